/** One sidecar on memory stores with the real law, and the mix of calls that `bench:decide` asks it about. Fictional numbers only. */
import { memoryCounters } from '../../src/adapters/memory/counters.ts';
import { openMemoryLedger } from '../../src/adapters/memory/ledger.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { Ruling } from '../../src/control/ruling.ts';
import type { Duty, Sidecar } from '../../src/control/sidecar.ts';
import type { Campaign } from '../../src/domain/campaign.ts';
import { NO_DIAL_LIMITS } from '../../src/domain/dial-limits.ts';
import type { AgentId, CallId, WriterId } from '../../src/domain/ids.ts';
import type { OriginationRequest } from '../../src/domain/origination.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { addMs, formatInstant, type Instant } from '../../src/domain/time.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ComplianceRecords, DoNotCallLists } from '../../src/ports/fact-sources.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import { at, CAMPAIGN, LAW, policyOf } from '../../test/support/rules-world.ts';

export interface MixPart {
  readonly name: string;
  readonly percent: number;
  /** Area codes of one state, or of all. */
  readonly state: string | null;
  readonly leadState: string | null;
  /** UTC of the first call; each next one is some seconds later, for two hours, then again from the start. */
  readonly from: string;
  readonly listed: boolean;
  readonly onFile: 'consent' | 'nothing' | 'consent and a later request not to be called';
}

const NOON = '2026-11-24T17:00:00Z';
const usual = { leadState: null, from: NOON, listed: false, onFile: 'consent' } as const;

export const MIX: readonly MixPart[] = [
  { name: 'permit, one place', percent: 40, ...usual, state: 'CO' },
  {
    name: 'permit, many places: Kentucky, lead in Indiana',
    percent: 10,
    ...usual,
    state: 'KY',
    leadState: 'IN',
  },
  { name: 'any area code', percent: 20, ...usual, state: null },
  { name: 'veto, California at 05:00', percent: 10, ...usual, state: 'CA', from: '2026-11-24T13:00:00Z' },
  { name: 'veto, national list', percent: 10, ...usual, state: 'OH', listed: true, onFile: 'nothing' },
  { name: 'veto, no consent', percent: 5, ...usual, state: 'NY', onFile: 'nothing' },
  {
    name: 'veto, asked not to be called',
    percent: 5,
    ...usual,
    state: 'TX',
    onFile: 'consent and a later request not to be called',
  },
];

export interface DecideWorld {
  readonly sidecar: Sidecar;
  readonly duty: Duty;
  readonly campaign: Campaign;
}

/** The geographic area codes of one state, or all. */
export const areaCodesOf = (state: string | null): readonly string[] =>
  Object.entries(LAW.areaCodes).flatMap(([code, known]) =>
    known.kind === 'us' && (state === null || known.state === state) ? [code] : [],
  );

/** Persons of one part in each area code; no part calls those of another. */
const PERSONS = 7;

/** Even lines of 555-0100 to 555-0199 are on no list, odd ones on the national one. */
function numberOf(part: MixPart, index: number): PhoneNumber {
  const codes = areaCodesOfPart.get(part) ?? [];
  const code = codes[index % codes.length] ?? '';
  const person = MIX.indexOf(part) * PERSONS + (Math.floor(index / codes.length) % PERSONS);
  const line = 100 + 2 * person + (part.listed ? 1 : 0);
  return `+1${code}5550${line}` as PhoneNumber;
}
const areaCodesOfPart = new Map(MIX.map((part) => [part, areaCodesOf(part.state)]));
const firstInstantOf = new Map(MIX.map((part) => [part, at(part.from)]));

const callerId = CAMPAIGN.callerIds[0]?.number ?? ('' as PhoneNumber);

export function requestOf(
  part: MixPart,
  index: number,
  { campaign }: Pick<DecideWorld, 'campaign'>,
): OriginationRequest {
  const number = numberOf(part, index);
  // Steps of a prime number of milliseconds: no two neighbours share an instant.
  const requestedAt: Instant = addMs(firstInstantOf.get(part) ?? at(part.from), (index * 3_571) % 7_200_000);
  return {
    callId: `bench-${index}` as CallId,
    campaignId: campaign.id,
    numberText: number,
    number,
    callerIdText: callerId,
    callerId,
    lead: { zip: null, state: part.leadState, leadId: null, lineType: 'landline' },
    automated: false,
    requestedAt,
    placedBy: 'sidecar',
    door: 'http',
  };
}

/** Starts at noon of the mix and runs on. */
export const benchClock: Clock = systemClock(at(NOON));

function memoryStores(): { readonly ledger: Ledger; readonly records: ComplianceRecords } {
  const ledger = openMemoryLedger({ writer: 'bench' as WriterId, clock: benchClock });
  return { ledger, records: ledger.records };
}

/** `agents`: as many lines may be open at once. `attemptsMax`: calls to one number in 24 hours. */
export async function openDecideWorld(
  lists: DoNotCallLists,
  stores: { readonly ledger: Ledger; readonly records: ComplianceRecords } = memoryStores(),
  { agents = 1, attemptsMax = CAMPAIGN.attempts.max } = {},
): Promise<DecideWorld> {
  const { ledger, records } = stores;
  const counters = memoryCounters();
  const campaign: Campaign = { ...CAMPAIGN, attempts: { ...CAMPAIGN.attempts, max: attemptsMax } };
  await counters.rebuild(campaign.id, nothing(), benchClock.now());
  for (let agent = 0; agent < agents; agent += 1) {
    await counters.setAgent(campaign.id, `agent-${agent}` as AgentId, 'ready');
  }
  await ledger.append({
    kind: 'attestation_recorded',
    body: {
      callerId,
      level: 'A',
      way: 'signed_here',
      confirmedAt: '2026-11-24T12:00:00Z',
      expiresAt: '2026-11-30T12:00:00Z',
      proof: 'bench',
    },
  });
  const ruling: Ruling = {
    lists,
    prompts: {
      prompt: () => ({ fit: true, media: 'sound:breakwater/x', durationMs: 6_000, text: 'x', sha256: 'x' }),
    },
    campaigns: new Map([[campaign.id, campaign]]),
    policy: policyOf({}),
    limits: { factMs: 5_000, countersMs: 5_000, leaseAfterRingMs: 60_000, overrideDays: 366 },
    retired: new Map(),
  };
  const sidecar: Sidecar = {
    clock: benchClock,
    ledger,
    records,
    counters,
    telephony: { problem: () => null } as Sidecar['telephony'],
    recordings: { digest: () => Promise.resolve([]) },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    newCallId: () => 'unused',
    ...ruling,
    inForce: () => ruling,
  };
  for (const part of MIX) await file(sidecar, part);
  return {
    sidecar,
    duty: {
      isDraining: () => false,
      isReconciled: () => true,
      isRebuilding: () => false,
      limits: () => NO_DIAL_LIMITS,
      // Its campaigns have no detector.
      measured: () => null,
    },
    campaign,
  };
}

async function file({ ledger }: Sidecar, part: MixPart): Promise<void> {
  if (part.onFile === 'nothing') return;
  const numbers = new Set<PhoneNumber>();
  for (let index = 0; index < (areaCodesOfPart.get(part)?.length ?? 0) * PERSONS; index += 1) {
    numbers.add(numberOf(part, index));
  }
  const append = async (number: PhoneNumber): Promise<void> => {
    await ledger.append({ kind: 'consent_recorded', body: consentBody(number) });
    if (part.onFile === 'consent') return;
    await ledger.append({
      kind: 'opt_out',
      body: {
        number,
        sellerId: CAMPAIGN.seller.id,
        channel: 'key press',
        requestedAt: '2026-10-01T12:00:00.000Z',
      },
    });
  };
  await Promise.all([...numbers].map(append));
}

const consentBody = (number: PhoneNumber): Record<string, string | boolean | null> => ({
  consentId: `consent-${number.slice(1)}`,
  number,
  sellerId: CAMPAIGN.seller.id,
  kind: 'written',
  givenAt: formatInstant(at('2026-06-01T12:00:00Z')),
  expiresAt: null,
  disclosureText: 'I agree that Sunrise Solar may call me with an automatic system about roof panels.',
  act: 'checked the box and pressed Send',
  signature: 'typed name',
  source: 'https://example.com/quote',
  notConditionOfPurchase: true,
});

async function* nothing(): AsyncGenerator<never> {
  // a campaign without a past
}
