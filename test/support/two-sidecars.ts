/** Two sidecars on one PostgreSQL, each with its own connections and ledger writer: what comes in through a door of one binds the other. */
import { memoryCounters } from '../../src/adapters/memory/counters.ts';
import { peopleDoors } from '../../src/control/doors/index.ts';
import type { PeopleDoors } from '../../src/control/doors/people-doors.ts';
import { consentDraft } from '../../src/control/record-entries.ts';
import { decideOnly } from '../../src/control/screen-origination.ts';
import { recordOptOut } from '../../src/control/settle-call.ts';
import type { Sidecar } from '../../src/control/sidecar.ts';
import type { AgentId, CallId } from '../../src/domain/ids.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import type { LocalDate } from '../../src/domain/time.ts';
import type { WebhookMapping } from '../../src/domain/webhook-event.ts';
import type { LedgerReceipt } from '../../src/ports/ledger.ts';
import { codesOf, requestOf } from './rules-world.ts';
import { noSteps, ON_DUTY, openSidecarOn } from './sidecar-on-stores.ts';
import { SOLAR } from './sim-world.ts';
import { writtenConsent } from './written-consent.ts';

const sellerId = SOLAR.seller.id;

const EVENTS: WebhookMapping = {
  source: 'crm',
  id: '/id',
  kind: '/type',
  kinds: [
    { value: 'unsubscribed', means: 'opt_out' },
    { value: 'withdrawn', means: 'revocation' },
  ],
  seller: sellerId,
  sellerPointer: null,
  fields: [{ column: 'number', pointer: '/phone' }],
};

export interface SidecarOfTwo {
  readonly sidecar: Sidecar;
  readonly doors: PeopleDoors;
  /** `permit`, or the reason codes in rank order. */
  readonly decide: (number: PhoneNumber) => Promise<readonly string[]>;
  readonly consent: (number: PhoneNumber) => Promise<LedgerReceipt>;
  close(): Promise<void>;
}

export async function openOne(writer: string, url: string): Promise<SidecarOfTwo> {
  const counters = memoryCounters();
  const { sidecar, close } = await openSidecarOn(url, writer, counters);
  const { clock, ledger } = sidecar;
  await counters.rebuild(SOLAR.id, noSteps(), clock.now());
  await counters.setAgent(SOLAR.id, 'agent-1' as AgentId, 'ready');
  return {
    sidecar,
    doors: peopleDoors(sidecar),
    async decide(number) {
      const request = { ...requestOf({ call: { number } }), callId: 'asked' as CallId };
      return codesOf((await decideOnly(sidecar, ON_DUTY, request, clock.now())).decision);
    },
    consent: (number) => ledger.append(consentDraft(writtenConsent(number, sellerId))),
    close,
  };
}

const text =
  (body: string) =>
  ({ doors, sidecar }: SidecarOfTwo, number: PhoneNumber): Promise<unknown> =>
    doors.receiveText({
      from: number,
      to: SOLAR.seller.callbackNumber,
      text: body,
      receivedAt: sidecar.clock.now(),
      messageId: `m-${number}`,
      seller: null,
      adjusted: [],
    });
const event =
  (type: string) =>
  ({ doors }: SidecarOfTwo, phone: PhoneNumber): Promise<unknown> =>
    doors.receiveEvent({ id: `e-${phone}`, type, phone }, EVENTS);
const spoken =
  (channel: string) =>
  ({ sidecar }: SidecarOfTwo, number: PhoneNumber): Promise<unknown> =>
    recordOptOut(sidecar, { number, sellerId, channel, callId: `c-${number.slice(1)}` });

interface Door {
  readonly name: string;
  /** What the next decision names first. */
  readonly headline: string;
  readonly use: (one: SidecarOfTwo, number: PhoneNumber) => Promise<unknown>;
}

/** Every way a person's request comes in. */
export const DOORS: readonly Door[] = [
  { name: 'api or agent', headline: 'on_internal_list', use: spoken('voice') },
  { name: 'key press', headline: 'on_internal_list', use: spoken('key') },
  { name: 'text', headline: 'on_internal_list', use: text('STOP') },
  { name: 'unclear text', headline: 'request_unsettled', use: text('who is this') },
  { name: 'webhook', headline: 'on_internal_list', use: event('unsubscribed') },
  { name: 'webhook revocation', headline: 'consent_revoked', use: event('withdrawn') },
  {
    name: 'file',
    headline: 'on_internal_list',
    use: ({ doors }, number) => doors.importOptOuts({ sellerId, channel: 'file', rows: [{ number }] }),
  },
];

export const declareIn = (one: SidecarOfTwo, state: string): Promise<unknown> =>
  one.doors.declareEmergency({
    ...{ state, source: 'proclamation 41', who: 'Jo Example' },
    from: '2026-11-20' as LocalDate,
    until: null,
  });
