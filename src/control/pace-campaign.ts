/**
 * One pacer for each campaign in force: hands it what the floor tells, keeps its newest plan, and says what of it binds an origination.
 * A plan that is not made anew in time binds nobody to more than one line per free agent: INVARIANT (stale-plan-is-progressive).
 */
import type { Campaign } from '../domain/campaign.ts';
import { type DialLimits, NO_DIAL_LIMITS } from '../domain/dial-limits.ts';
import type { CampaignId } from '../domain/ids.ts';
import { numberIn, objectIn } from '../domain/json-parts.ts';
import type { LedgerEntry } from '../domain/ledger-entry.ts';
import type { MonotonicMs } from '../domain/time.ts';
import type {
  FloorView,
  LearnedRates,
  PaceFact,
  Pacer,
  PacePlan,
  PacingBounds,
} from '../pacing/floor-view.ts';
import { createPacer } from '../pacing/pacer.ts';
import type { CampaignTally } from '../ports/counters.ts';
import type { Station } from './sidecar.ts';

/** A plan is made anew several times in this. */
const PLAN_HOLDS_MS = 2_000;

/** Entries that are looked through for what was learned before; of the newest ones some may have learned nothing. */
const WARM_ENTRIES = 20;

export interface Pacing {
  learn(campaignId: CampaignId, fact: PaceFact): void;
  /** Plans now, and keeps the plan. Rejects when what was learned before cannot be read. */
  plan(campaign: Campaign, floor: Floor): Promise<PacePlan>;
  /** What was learned so far; null when nothing was. */
  learned(campaignId: CampaignId): LearnedRates | null;
  /** What of the newest plan, and of the operator's settings, an origination may not exceed. */
  limits(campaign: Campaign): DialLimits;
}

export interface Floor {
  readonly tally: CampaignTally;
  readonly view: FloorView;
  readonly paused: boolean;
}

interface Paced {
  readonly boundsText: string;
  readonly pacer: Pacer;
  /** Lines in flight that the newest plan allows, and when it was made. */
  allowed: { readonly lines: number; readonly at: MonotonicMs } | null;
}

type PacerMaker = (bounds: PacingBounds, warm: LearnedRates | null) => Pacer;

export function createPacing(
  { clock, ledger }: Pick<Station, 'clock' | 'ledger'>,
  makePacer: PacerMaker = createPacer,
): Pacing {
  const paced = new Map<CampaignId, Paced>();

  /** The same pacer until the settings change; what it has learned outlives them. */
  async function pacedOf(campaign: Campaign): Promise<Paced> {
    const bounds = boundsOf(campaign);
    const boundsText = JSON.stringify(bounds);
    const before = paced.get(campaign.id);
    if (before?.boundsText === boundsText) return before;
    const warm = before === undefined ? await learnedBefore(campaign.id) : before.pacer.learned();
    // Made by somebody else while the ledger was read.
    const meanwhile = paced.get(campaign.id);
    if (meanwhile?.boundsText === boundsText) return meanwhile;
    const made: Paced = { boundsText, pacer: makePacer(bounds, warm), allowed: null };
    paced.set(campaign.id, made);
    return made;
  }

  async function learnedBefore(campaignId: CampaignId): Promise<LearnedRates | null> {
    const entries = await ledger.read({
      kinds: ['dial_level_changed'],
      campaignId,
      order: 'desc',
      limit: WARM_ENTRIES,
    });
    return entries.map(learnedIn).find((learned) => learned !== null) ?? null;
  }

  return {
    learn(campaignId, fact) {
      paced.get(campaignId)?.pacer.learn(fact);
    },
    async plan(campaign, { tally, view, paused }) {
      const of = await pacedOf(campaign);
      const plan = standingStill(tally, paused) ?? (tally.rebuilt ? of.pacer.plan(view) : progressive(tally));
      of.allowed = { lines: tally.inFlight + plan.linesNow, at: clock.monotonic() };
      return plan;
    },
    learned: (campaignId) => paced.get(campaignId)?.pacer.learned() ?? null,
    limits({ id, pacing }) {
      if (pacing === undefined) return NO_DIAL_LIMITS;
      const { linesMax, callsPerSecondMax } = pacing;
      if (pacing.by === 'dialer') return { paceLinesMax: null, linesMax, callsPerSecondMax };
      const allowed = paced.get(id)?.allowed ?? null;
      const holds = allowed !== null && clock.monotonic() - allowed.at <= PLAN_HOLDS_MS;
      return { paceLinesMax: holds ? allowed.lines : 0, linesMax, callsPerSecondMax };
    },
  };
}

function boundsOf({ mode, dropRateMaxBp, dialLevelMax, pacing }: Campaign): PacingBounds {
  return {
    mode,
    ceilingBp: dropRateMaxBp,
    levelMaxHundredths: Math.round(dialLevelMax * 100),
    linesMax: pacing?.linesMax ?? null,
    agentsMin: pacing?.agentsMin ?? 1,
  };
}

/** Why no line at all is to be opened now; null when lines may be. */
function standingStill({ agents }: CampaignTally, paused: boolean): PacePlan | null {
  if (paused) return { linesNow: 0, levelHundredths: 0, because: 'the campaign is paused' };
  const loggedIn = agents.ready + agents.promised + agents.busy + agents.paused;
  if (loggedIn === 0) return { linesNow: 0, levelHundredths: 0, because: 'no agent is logged in' };
  return null;
}

function progressive({ agents, inFlight }: CampaignTally): PacePlan {
  const linesNow = Math.max(0, agents.ready - inFlight);
  const taking = agents.ready + agents.promised + agents.busy;
  const lines = agents.busy + inFlight + linesNow;
  return {
    linesNow,
    levelHundredths: taking === 0 ? 0 : Math.floor((100 * lines) / taking),
    because: 'counters are being rebuilt: one line per free agent',
  };
}

/** As it stands in `dial_level_changed`; null where it is not there, or cannot be read. */
function learnedIn({ body }: LedgerEntry): LearnedRates | null {
  const told = objectIn(body['learned']);
  if (told === null) return null;
  const answerRateBp = numberIn(told['answerRateBp']);
  const ringMeanMs = numberIn(told['ringMeanMs']);
  const handleMeanMs = numberIn(told['handleMeanMs']);
  const lines = numberIn(told['lines']);
  const handled = numberIn(told['handled']);
  return answerRateBp === null ||
    ringMeanMs === null ||
    handleMeanMs === null ||
    lines === null ||
    handled === null
    ? null
    : { answerRateBp, ringMeanMs, handleMeanMs, lines, handled };
}
