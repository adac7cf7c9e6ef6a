/**
 * An agent who is gone without a word, while calls rang for somebody: the one hole that no admission can close. What is uncovered then is
 * charged to the budget when it is dropped (INVARIANT never-above-ceiling tells it apart), and the ledger says so at once.
 */
import type { AgentId, CampaignId } from '../domain/ids.ts';
import type { AgentState } from '../ports/counters.ts';
import { countingWindows } from './counting-windows.ts';
import { messageOf } from './deadline.ts';
import { knownCampaign } from './ruling.ts';
import type { Station } from './sidecar.ts';

export interface AgentLoss {
  readonly agentId: AgentId;
  readonly campaigns: readonly CampaignId[];
  readonly was: AgentState;
  /**
   * The agent's own channel has gone; the sidecar that told of the agent shows no life; the exchange says that the member of a queue
   * cannot be reached, or is in no queue any more.
   */
  readonly why: 'channel_gone' | 'sidecar_gone' | 'member_gone';
}

/** To be called when the counters know of it already. Nothing is written of an agent who was away, or ready while nothing rang. */
export async function recordAgentLoss(station: Station, loss: AgentLoss): Promise<void> {
  const { agentId, campaigns, was, why } = loss;
  if (was === 'paused' || was === 'logged_out') return;
  for (const campaignId of campaigns) {
    try {
      const uncovered = await uncoveredCalls(station, campaignId);
      if (was === 'ready' && uncovered === 0) continue;
      await station.ledger.append({ kind: 'agent_lost', body: { agentId, campaignId, was, why, uncovered } });
    } catch (error) {
      station.log.warn({ agentId, problem: messageOf(error) }, 'loss of an agent not recorded');
    }
  }
}

/** Calls in flight beyond the agents who are idle now; null when the counters do not say. */
async function uncoveredCalls(
  { inForce, counters, clock }: Station,
  campaignId: CampaignId,
): Promise<number | null> {
  const campaign = knownCampaign(inForce(), campaignId)?.campaign;
  if (campaign === undefined) return null;
  const now = clock.now();
  try {
    const { inFlight, agents } = await counters.tally(campaignId, now, countingWindows(campaign, now));
    return Math.max(0, inFlight - agents.ready);
  } catch {
    return null;
  }
}
