/** Publishes each campaign's dial level after every result and every change of agents; a change is a ledger entry. */
import type { Campaign } from '../domain/campaign.ts';
import type { CampaignId } from '../domain/ids.ts';
import { budgetLeft, dialLevel } from '../pacing/dial-level.ts';
import type { CampaignTally } from '../ports/counters.ts';
import { promptProblemOf } from '../ports/prompts.ts';
import { countingWindows } from './counting-windows.ts';
import { messageOf } from './deadline.ts';
import type { CampaignStatus, DialLevelStatus } from './operations.ts';
import type { Station } from './sidecar.ts';
import { type LevelBoard, WITHDRAWN } from './tell-levels.ts';

/** At most one look per campaign in this time: a burst of results is one change. */
const SETTLE_MS = 200;

export interface Throttle {
  status(campaign: Campaign): Promise<CampaignStatus>;
  /** Something happened that may change the level. */
  nudge(campaignId: CampaignId): void;
  /** Publishes the level again, changed or not. */
  refresh(campaignId: CampaignId): void;
  stop(): void;
}

export function createThrottle(sidecar: Station, board: Pick<LevelBoard, 'publish' | 'withdraw'>): Throttle {
  const published = new Map<CampaignId, DialLevelStatus>();
  const waiting = new Map<CampaignId, { cancel(): void }>();

  async function status(campaign: Campaign): Promise<CampaignStatus> {
    const now = sidecar.clock.now();
    const [tally, pausedCampaigns] = await Promise.all([
      sidecar.counters.tally(campaign.id, now, countingWindows(campaign, now)),
      sidecar.records.pausedCampaigns(),
    ]);
    const paused = pausedCampaigns.includes(campaign.id);
    const snapshot = snapshotOf(tally);
    const { ready, promised, busy, paused: agentsPaused } = tally.agents;
    return {
      campaign,
      paused,
      today: tally.today,
      block: tally.block,
      rolling: tally.rolling,
      inFlight: tally.inFlight,
      agents: { ready, promised, busy, paused: agentsPaused },
      budgetLeft: budgetLeft(snapshot, campaign.dropRateMaxBp),
      dialLevel: dialLevel({
        snapshot,
        ceilingBp: campaign.dropRateMaxBp,
        loggedIn: ready + promised + busy + agentsPaused,
        overDialing: campaign.mode === 'predictive' ? 'allowed' : 'barred',
        levelMax: campaign.dialLevelMax,
        paused,
      }),
      promptProblem: promptProblemOf(sidecar.inForce().prompts, campaign),
      rebuilt: tally.rebuilt,
    };
  }

  async function publish(campaignId: CampaignId): Promise<void> {
    // As it is when its turn has come; it may have been taken out meanwhile.
    const campaign = sidecar.inForce().campaigns.get(campaignId);
    if (campaign === undefined) {
      published.delete(campaignId);
      return;
    }
    const { dialLevel: level, today, block } = await status(campaign);
    const last = published.get(campaign.id);
    if (last?.levelHundredths === level.levelHundredths && last.because === level.because) return;
    published.set(campaign.id, level);
    const { entry } = await sidecar.ledger.append({
      kind: 'dial_level_changed',
      body: {
        campaignId: campaign.id,
        levelHundredths: level.levelHundredths,
        linesNow: level.linesNow,
        because: level.because,
        today: { ...today },
        block: { ...block },
      },
    });
    board.publish({ campaignId: campaign.id, ...level, at: entry.at, entryId: entry.id });
  }

  function nudge(campaignId: CampaignId): void {
    if (!sidecar.inForce().campaigns.has(campaignId) || waiting.has(campaignId)) return;
    const timer = sidecar.clock.after(SETTLE_MS, () => {
      waiting.delete(campaignId);
      publish(campaignId).catch((error: unknown) => {
        // The next result looks again; enforcement is the reservation, not this figure.
        published.delete(campaignId);
        board.withdraw(campaignId, WITHDRAWN.budget);
        sidecar.log.warn({ campaignId, problem: messageOf(error) }, 'dial level not published');
      });
    });
    waiting.set(campaignId, timer);
  }

  return {
    status,
    nudge,
    refresh(campaignId) {
      published.delete(campaignId);
      nudge(campaignId);
    },
    stop() {
      for (const timer of waiting.values()) timer.cancel();
      waiting.clear();
    },
  };
}

/** The budget's view of a tally. In the tally `ready` excludes promised agents, in the snapshot it includes them. */
function snapshotOf(tally: CampaignTally): Parameters<typeof budgetLeft>[0] {
  return {
    windows: [tally.today, tally.block],
    inFlight: tally.inFlight,
    ready: tally.agents.ready + tally.agents.promised,
    promised: tally.agents.promised,
    rebuilt: tally.rebuilt,
  };
}
