/**
 * A seller that calls and texts, over any ledger: the doors of text messages, of people's requests and of calls, on one clock. By default a
 * consent to texts can be recorded, asked for and confirmed at 11:00 on a Tuesday in Colorado.
 */
import { memoryCounters } from '../../src/adapters/memory/counters.ts';
import { openMemoryLedger } from '../../src/adapters/memory/ledger.ts';
import { peopleDoors } from '../../src/control/doors/index.ts';
import type { PeopleDoors } from '../../src/control/doors/people-doors.ts';
import { messageDoors } from '../../src/control/messages/index.ts';
import type {
  MessageDoors,
  MessageTaken,
  TextAnswer,
  TextInput,
} from '../../src/control/messages/message-doors.ts';
import { consentDraft } from '../../src/control/record-entries.ts';
import type { Ruling } from '../../src/control/ruling.ts';
import { screenOrigination } from '../../src/control/screen-origination.ts';
import type { Sidecar } from '../../src/control/sidecar.ts';
import type { Campaign } from '../../src/domain/campaign.ts';
import type { ConsentEntry } from '../../src/domain/consent.ts';
import type { Decision } from '../../src/domain/decision.ts';
import type { ListFacts } from '../../src/domain/facts.ts';
import type { AgentId, CallId, WriterId } from '../../src/domain/ids.ts';
import { NO_LEAD_FACTS } from '../../src/domain/origination.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { addMs, type Instant } from '../../src/domain/time.ts';
import { writeText } from '../../src/domain/text-templates.ts';
import type { TextSettings } from '../../src/domain/text-message.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ComplianceRecords } from '../../src/ports/fact-sources.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import { at, AT, factsOf, policyOf } from './rules-world.ts';
import { noSteps, ON_DUTY } from './sidecar-on-stores.ts';
import { SOLAR } from './sim-world.ts';
import { youngConsent } from './written-consent.ts';

export const SENDER = SOLAR.callerIds[0]?.number ?? ('' as PhoneNumber);
export const SHORT_CODE = '55512';
export const PERSON = '+13035550142' as PhoneNumber;

const words = (kind: 'optInRequest' | 'optOutConfirmation' | 'help'): string => {
  const written = writeText(kind, null, {
    sellerName: SOLAR.seller.name,
    callbackNumber: SOLAR.seller.callbackNumber,
  });
  if (!written.ok) throw new Error(written.problem);
  return written.value;
};

export const TEXTS: TextSettings = {
  senders: [SENDER, SHORT_CODE],
  doubleOptIn: true,
  limit: { max: 2, perHours: 24 },
  deliverWithinSeconds: 60,
  templates: {
    optInRequest: words('optInRequest'),
    optOutConfirmation: words('optOutConfirmation'),
    help: words('help'),
  },
};

export const TEXTING: Campaign = { ...SOLAR, texts: TEXTS };

export interface TextWorld {
  readonly sidecar: Sidecar;
  readonly messages: MessageDoors;
  readonly people: PeopleDoors;
  now(): Instant;
  later(ms: number): Instant;
  /** Lists that hold every number from now on. */
  listed(hits: readonly string[]): void;
  /** Nothing differs: a complete consent to texts, young enough for the reassigned-numbers database. */
  agree(differs?: Partial<ConsentEntry>): Promise<unknown>;
  agreeToCalls(differs?: Partial<ConsentEntry>): Promise<unknown>;
  text(differs?: Partial<TextInput>): Promise<TextAnswer>;
  /** The person writes. */
  says(
    body: string,
    differs?: { readonly from?: string; readonly to?: string; readonly id?: string },
  ): Promise<MessageTaken>;
  /** Agrees, is asked, says yes. */
  optIn(): Promise<void>;
  /** What a dialer that places calls itself is told. */
  call(number?: string): Promise<Decision>;
}

export const codes = (decision: Decision): readonly string[] =>
  decision.kind === 'permit' ? ['permit'] : decision.reasons.map(({ code }) => code);

interface Stores {
  readonly ledger: Ledger;
  readonly records: ComplianceRecords;
}

export function openTextWorld(
  campaign: Campaign = TEXTING,
  stores?: (clock: Clock) => Stores,
  startAt: string = AT,
): TextWorld {
  let now = at(startAt);
  let hits: readonly string[] = [];
  let ids = 0;
  const clock = {
    now: () => now,
    monotonic: () => now,
    after: () => ({ cancel: () => undefined }),
  } as unknown as Clock;
  const memory = openMemoryLedger({ writer: 'texts' as WriterId, clock });
  const { ledger, records } = stores?.(clock) ?? { ledger: memory, records: memory.records };
  const fresh = factsOf({}).lists;
  const lists: ListFacts = fresh.known ? fresh.value : { consulted: [], hits: [] };
  const ruling: Ruling = {
    policy: policyOf({}),
    campaigns: new Map([[campaign.id, campaign]]),
    retired: new Map(),
    lists: { lookUp: () => Promise.resolve({ ...lists, hits }), status: () => [] },
    prompts: {
      prompt: () => ({ fit: true, media: 'sound:breakwater/x', durationMs: 6_000, text: 'x', sha256: 'x' }),
    },
    limits: { factMs: 30_000, countersMs: 30_000, leaseAfterRingMs: 60_000, overrideDays: 366 },
  };
  const counters = memoryCounters();
  let isReady = false;
  const sidecar: Sidecar = {
    clock,
    ledger,
    records,
    counters,
    telephony: { problem: () => null } as Sidecar['telephony'],
    recordings: { digest: () => Promise.resolve([]) },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    newCallId: () => `message-${(ids += 1)}`,
    ...ruling,
    inForce: () => ruling,
  };
  const messages = messageDoors(sidecar, ON_DUTY);
  const world: TextWorld = {
    sidecar,
    messages,
    people: peopleDoors(sidecar),
    now: () => now,
    later: (ms) => (now = addMs(now, ms)),
    listed: (names) => {
      hits = names;
    },
    agree: (differs = {}) =>
      messages.recordConsent(
        youngConsent(PERSON, campaign.seller.id, {
          consentId: 'texts-1',
          disclosureText: 'I agree to receive marketing text messages.',
          ...differs,
        }),
      ),
    agreeToCalls: (differs = {}) =>
      ledger.append(consentDraft(youngConsent(PERSON, campaign.seller.id, differs))),
    text: (differs = {}) =>
      messages.screen({
        messageId: null,
        campaignId: campaign.id,
        number: PERSON,
        lead: NO_LEAD_FACTS,
        purpose: 'marketing',
        sender: null,
        text: differs.purpose === 'opt_in_request' ? null : 'Panels are cheap today. STOP to end.',
        ...differs,
      }),
    says: (body, { from = PERSON, to = SENDER, id } = {}) =>
      messages.receive({
        from,
        to,
        text: body,
        receivedAt: now,
        messageId: id ?? `in-${(ids += 1)}`,
        seller: null,
        adjusted: [],
      }),
    async optIn() {
      await world.agree();
      await world.text({ purpose: 'opt_in_request' });
      await world.says('YES');
    },
    async call(number = PERSON) {
      if (!isReady) {
        await counters.rebuild(campaign.id, noSteps(), now);
        isReady = true;
      }
      await counters.setAgent(campaign.id, 'ann' as AgentId, 'ready');
      const { screened } = await screenOrigination(sidecar, ON_DUTY, {
        callId: `call-${(ids += 1)}` as CallId,
        campaignId: campaign.id,
        numberText: number,
        number: number as PhoneNumber,
        callerIdText: SENDER,
        callerId: SENDER,
        lead: NO_LEAD_FACTS,
        automated: false,
        requestedAt: now,
        placedBy: 'dialer',
        door: 'http',
      });
      return screened.decision;
    },
  };
  return world;
}
