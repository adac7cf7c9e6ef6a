/** Requests and windows for counter tests; a campaign in UTC that started on the first day. */
import { countingWindows } from '../../src/control/counting-windows.ts';
import type { Outcome } from '../../src/domain/call-result.ts';
import type { AgentId, CallId, CampaignId, SellerId } from '../../src/domain/ids.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { HOUR_MS, type Instant, instant, type LocalDate } from '../../src/domain/time.ts';
import type {
  CalledPerson,
  Counters,
  CountingWindows,
  RebuildStep,
  ReservationRequest,
} from '../../src/ports/counters.ts';

export const CAMPAIGN = 'c1' as CampaignId;
/** 2026-11-10T12:00Z, the tenth day of the first block. */
export const NOON = instant(Date.parse('2026-11-10T12:00:00Z'));
export const hours = (count: number): Instant => instant(NOON + count * HOUR_MS);
export const call = (name: string): CallId => name as CallId;
export const agent = (name: string): AgentId => name as AgentId;

export const windowsAt = (at: Instant): CountingWindows =>
  countingWindows({ startedOn: '2026-11-01' as LocalDate, zone: 'UTC' }, at);

export function request(callId: string, change: Partial<ReservationRequest> = {}): ReservationRequest {
  const at = change.at ?? NOON;
  return {
    callId: callId as CallId,
    campaignId: CAMPAIGN,
    sellerId: 's1' as SellerId,
    besides: [],
    number: `+1303555${String(1000 + hash(callId)).padStart(4, '0')}` as PhoneNumber,
    at,
    windows: windowsAt(at),
    ceilingBp: 300,
    overDialing: 'allowed',
    agentsOf: 'all',
    attempts: { max: 3, windowHours: 24 },
    lockoutHours: 72,
    leaseMs: 60_000,
    ...change,
  };
}

/** A number of its own for each call id of a test. */
function hash(text: string): number {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + letter.charCodeAt(0)) % 8_999;
  return sum;
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream of nothing awaited
export async function* steps(...list: readonly RebuildStep[]): AsyncGenerator<RebuildStep> {
  yield* list;
}

/** A rebuilt campaign with ready agents `a0..`, in another one than the usual agents of its own. */
export async function ready(counters: Counters, agents: number, campaignId = CAMPAIGN): Promise<void> {
  await counters.rebuild(campaignId, steps(), NOON);
  for (let index = 0; index < agents; index += 1) {
    const id = campaignId === CAMPAIGN ? `a${index}` : `${campaignId}-a${index}`;
    await counters.setAgent(campaignId, agent(id), 'ready');
  }
}

export const settle = (
  counters: Counters,
  callId: string,
  outcome: Outcome,
  at = NOON,
  person: CalledPerson | null = null,
) => counters.settle(call(callId), CAMPAIGN, outcome, at, windowsAt(at), person);

/** Live answers without a reservation: the quickest way to fill a tally. */
export async function answered(counters: Counters, count: number, at = NOON): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_, index) => settle(counters, `past-${at}-${index}`, 'connected', at)),
  );
}
