/**
 * Plans each campaign's lines after every result and every change of agents, and a few times a second while there are agents: time alone
 * changes the plan. Publishes the dial level; a change is a ledger entry, with what the pacer has learned, so that the next life begins warm.
 */
import { budgetLeft } from '../domain/budget-left.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { CampaignId } from '../domain/ids.ts';
import type { MonotonicMs } from '../domain/time.ts';
import { promptProblemOf } from '../ports/prompts.ts';
import type { AgentPool } from './agents.ts';
import { countingWindows } from './counting-windows.ts';
import { messageOf } from './deadline.ts';
import type { CampaignStatus, DialLevelStatus } from './operations.ts';
import type { Pacing } from './pace-campaign.ts';
import type { Station } from './sidecar.ts';
import { type LevelBoard, WITHDRAWN } from './tell-levels.ts';
import type { FloorWatch } from './watch-floor.ts';

/** At most one look per campaign in this time: a burst of results is one change. */
const SETTLE_MS = 200;

/** Campaigns with agents are planned anew this often, the others that often: another sidecar's agents are seen in the counters only. */
const PLAN_EVERY_MS = 250;
const LOOK_EVERY_MS = 2_000;

/** At most one entry per campaign in this time: the plan binds at once, people read it later. */
const PUBLISH_EVERY_MS = 1_000;

export interface Throttle {
  status(campaign: Campaign): Promise<CampaignStatus>;
  /** Something happened that may change the level. */
  nudge(campaignId: CampaignId): void;
  /** Publishes the level again, changed or not. */
  refresh(campaignId: CampaignId): void;
  /** No level is published any more. */
  stop(): void;
}

interface Published {
  readonly level: DialLevelStatus;
  readonly at: MonotonicMs;
  /** Null while the ledger is asked. */
  readonly entryId: number | null;
}

export interface ThrottleParts {
  readonly pacing: Pacing;
  readonly floor: Pick<FloorWatch, 'view'>;
  readonly agents: Pick<AgentPool, 'busy'>;
  readonly board: Pick<LevelBoard, 'publish' | 'withdraw'>;
}

export function createThrottle(sidecar: Station, { pacing, floor, agents, board }: ThrottleParts): Throttle {
  const { clock } = sidecar;
  const published = new Map<CampaignId, Published>();
  const waiting = new Map<CampaignId, { cancel(): void }>();
  /** Campaigns that had agents or lines when they were last looked at. */
  const lively = new Set<CampaignId>();
  const looking = new Set<CampaignId>();
  let round: { cancel(): void } | null = null;
  let sinceLookMs = 0;
  let stopped = false;

  async function status(campaign: Campaign): Promise<CampaignStatus> {
    const now = clock.now();
    const [tally, pausedCampaigns] = await Promise.all([
      sidecar.counters.tally(campaign.id, now, countingWindows(campaign, now)),
      sidecar.records.pausedCampaigns(),
    ]);
    const paused = pausedCampaigns.includes(campaign.id);
    const view = floor.view(campaign.id, tally, agents.busy(campaign.id));
    const dialLevel = await pacing.plan(campaign, { tally, view, paused });
    const { ready, promised, busy, paused: agentsPaused } = tally.agents;
    if (ready + promised + busy + agentsPaused + tally.inFlight > 0) lively.add(campaign.id);
    else lively.delete(campaign.id);
    return {
      campaign,
      paused,
      today: tally.today,
      block: tally.block,
      rolling: tally.rolling,
      inFlight: tally.inFlight,
      agents: { ready, promised, busy, paused: agentsPaused },
      budgetLeft: budgetLeft(
        { windows: [tally.today, tally.block], inFlight: tally.inFlight },
        campaign.dropRateMaxBp,
      ),
      dialLevel,
      promptProblem: promptProblemOf(sidecar.inForce().prompts, campaign),
      rebuilt: tally.rebuilt,
    };
  }

  /** Looks at the campaign as it is when its turn has come; it may have been taken out meanwhile. */
  async function look(campaignId: CampaignId): Promise<void> {
    const campaign = sidecar.inForce().campaigns.get(campaignId);
    if (campaign === undefined) {
      published.delete(campaignId);
      lively.delete(campaignId);
      return;
    }
    const { dialLevel: level, today, block } = await status(campaign);
    if (stopped) return;
    const last = published.get(campaignId);
    const at = clock.monotonic();
    if (last !== undefined && isTold(last.level, level)) return;
    if (last !== undefined && at - last.at < PUBLISH_EVERY_MS) {
      // Too soon, and perhaps nothing else will happen there: looked at again with the next round.
      lively.add(campaignId);
      return;
    }
    if (last !== undefined && last.entryId !== null && isSame(last.level, level)) {
      // Of the same level fewer lines are to be opened once some ring: told, and no entry of the ledger.
      published.set(campaignId, { ...last, level, at });
      board.publish({ campaignId, ...level, at: clock.now(), entryId: last.entryId });
      return;
    }
    const publishing: Published = { level, at, entryId: null };
    published.set(campaignId, publishing);
    const learned = pacing.learned(campaignId);
    const { entry } = await sidecar.ledger.append({
      kind: 'dial_level_changed',
      body: {
        campaignId,
        levelHundredths: level.levelHundredths,
        linesNow: level.linesNow,
        because: level.because,
        today: { ...today },
        block: { ...block },
        learned: learned === null ? null : { ...learned },
      },
    });
    if (published.get(campaignId) === publishing) published.set(campaignId, { level, at, entryId: entry.id });
    board.publish({ campaignId, ...level, at: entry.at, entryId: entry.id });
  }

  function nudge(campaignId: CampaignId): void {
    if (stopped || !sidecar.inForce().campaigns.has(campaignId) || waiting.has(campaignId)) return;
    const timer = sidecar.clock.after(SETTLE_MS, () => {
      waiting.delete(campaignId);
      publish(campaignId);
    });
    waiting.set(campaignId, timer);
  }

  /** The next look publishes again; enforcement is the reservation, not this figure. */
  const withdraw = (campaignId: CampaignId): void => {
    published.delete(campaignId);
    board.withdraw(campaignId, WITHDRAWN.budget);
  };

  const publish = (campaignId: CampaignId): void => {
    look(campaignId).catch((error: unknown) => {
      withdraw(campaignId);
      sidecar.log.warn({ campaignId, problem: messageOf(error) }, 'dial level not published');
    });
  };

  /** One look after the other; the log of a store that is away is the nudges'. */
  function planAgain(campaignId: CampaignId): void {
    if (looking.has(campaignId)) return;
    looking.add(campaignId);
    look(campaignId)
      .catch(() => {
        withdraw(campaignId);
      })
      .finally(() => looking.delete(campaignId));
  }

  function keepPlanning(): void {
    round = clock.after(PLAN_EVERY_MS, () => {
      sinceLookMs += PLAN_EVERY_MS;
      const all = sinceLookMs >= LOOK_EVERY_MS;
      if (all) sinceLookMs = 0;
      for (const id of all ? sidecar.inForce().campaigns.keys() : lively) {
        // Also where the last agent has gone: somebody else may have looked, and the level of before would stay.
        if (lively.has(id) || published.has(id)) planAgain(id);
        else void seeLife(id);
      }
      keepPlanning();
    });
  }

  async function seeLife(campaignId: CampaignId): Promise<void> {
    const campaign = sidecar.inForce().campaigns.get(campaignId);
    if (campaign !== undefined) await status(campaign).catch(() => undefined);
  }

  keepPlanning();

  return {
    status,
    nudge,
    refresh(campaignId) {
      published.delete(campaignId);
      nudge(campaignId);
    },
    stop() {
      stopped = true;
      round?.cancel();
      for (const timer of waiting.values()) timer.cancel();
      waiting.clear();
    },
  };
}

const isTold = (a: DialLevelStatus, b: DialLevelStatus): boolean => isSame(a, b) && a.linesNow === b.linesNow;

const isSame = (a: DialLevelStatus, b: DialLevelStatus): boolean =>
  a.levelHundredths === b.levelHundredths && a.because === b.because;
