/** What a sidecar asks of the counters, one call after the other: an admission, and some time later its result. */
import { countingWindows } from '../../src/control/counting-windows.ts';
import type { Outcome } from '../../src/domain/call-result.ts';
import type { AgentId, CallId, CampaignId, SellerId } from '../../src/domain/ids.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { instant, type LocalDate } from '../../src/domain/time.ts';
import type { Counters, RebuildStep, ReservationRequest } from '../../src/ports/counters.ts';

export const CAMPAIGN = 'bench' as CampaignId;
const SELLER = 'seller' as SellerId;
/** Ready agents of each sidecar: more than lines at any time, so that admissions are admissions and not refusals. */
const AGENTS = 400;
const NUMBERS = 20_000;
/** One in four is answered, as in many campaigns. */
const OUTCOMES: readonly Outcome[] = ['connected', 'no_answer', 'machine', 'no_answer'];
const ANCHOR = { startedOn: '2026-11-01' as LocalDate, zone: 'America/New_York' };

const now = () => instant(Date.now());

export interface Load {
  /** Asks for one call; false when it was refused. */
  readonly admit: (index: number) => Promise<boolean>;
  readonly settle: (index: number) => Promise<unknown>;
}

export async function rebuildEmpty(counters: Counters): Promise<void> {
  // eslint-disable-next-line @typescript-eslint/require-await -- a stream of nothing
  async function* nothing(): AsyncGenerator<RebuildStep> {
    yield* [];
  }
  await counters.rebuild(CAMPAIGN, nothing(), now());
}

export async function seatAgents(counters: Counters, name: string): Promise<void> {
  for (let index = 0; index < AGENTS; index += 1)
    await counters.setAgent(CAMPAIGN, `${name}-${index}` as AgentId, 'ready');
}

export function loadOf(
  counters: Counters,
  name: string,
  agentsOf: ReservationRequest['agentsOf'] = 'all',
): Load {
  const idOf = (index: number): CallId => `${name}-${index}` as CallId;
  return {
    async admit(index) {
      const at = now();
      const { kind } = await counters.reserve({
        callId: idOf(index),
        campaignId: CAMPAIGN,
        sellerId: SELLER,
        besides: [],
        number: `+1303555${String(index % NUMBERS).padStart(5, '0')}` as PhoneNumber,
        at,
        windows: countingWindows(ANCHOR, at),
        ceilingBp: 300,
        overDialing: 'allowed',
        agentsOf,
        attempts: { max: 1_000_000, windowHours: 24 },
        lockoutHours: 72,
        leaseMs: 90_000,
      });
      return kind === 'reserved';
    },
    settle(index) {
      const at = now();
      const outcome = OUTCOMES[index % OUTCOMES.length] ?? 'no_answer';
      return counters.settle(idOf(index), CAMPAIGN, outcome, at, countingWindows(ANCHOR, at), null);
    },
  };
}
