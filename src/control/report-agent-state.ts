/** What a dialer says of an agent that it owns; of members of queues the exchange itself tells. */
import type { Campaign } from '../domain/campaign.ts';
import type { AgentId, CampaignId } from '../domain/ids.ts';
import type { AgentState } from '../ports/counters.ts';
import type { AgentPool } from './agents.ts';
import { InputProblem } from './input-problem.ts';
import type { QueueDesk } from './queue-desk.ts';

interface Desks {
  /** Throws for a campaign that there is not. */
  readonly campaignNamed: (id: CampaignId) => Campaign;
  readonly agents: Pick<AgentPool, 'set'>;
  readonly queueDesk: Pick<QueueDesk, 'has'>;
}

/** Throws `InputProblem` where nobody, or two, would be counted. `campaignIds` null: the campaigns of the settings. */
export function reportAgentState(
  { campaignNamed, agents, queueDesk }: Desks,
  report: {
    readonly agentId: AgentId;
    readonly state: AgentState;
    readonly campaignIds: readonly CampaignId[] | null;
  },
): void {
  const { agentId, state, campaignIds } = report;
  // INVARIANT (never-above-ceiling): two campaigns that count one agent as free open two lines for one agent.
  if (campaignIds !== null && campaignIds.length > 1) {
    throw new InputProblem(
      'campaigns',
      campaignIds.join(', '),
      'one campaign: an agent works for one at a time',
    );
  }
  for (const id of campaignIds ?? []) {
    if ((campaignNamed(id).agents.queues ?? []).length > 0)
      throw new InputProblem('campaigns', id, 'a campaign without agents.queues: there the queues tell');
  }
  if (queueDesk.has(agentId))
    throw new InputProblem('id', agentId, 'an agent who is no member of a queue in agents.queues');
  if (!agents.set(agentId, state, campaignIds)) {
    throw new InputProblem(
      'id',
      agentId,
      'an agent of a campaign (agents.members), or one campaign in campaigns',
    );
  }
}
