/**
 * Who is there to talk. Promises are made here, in one place and without waiting, so that no agent is promised twice;
 * the counters are told afterwards, they only need it for the budget.
 */
import type { Agent } from '../callflow/state.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { AgentId, CampaignId } from '../domain/ids.ts';
import type { MonotonicMs } from '../domain/time.ts';
import type { AgentState } from '../ports/counters.ts';
import { persist } from './persist.ts';
import type { Sidecar } from './sidecar.ts';

interface Desk {
  readonly agentId: AgentId;
  readonly channelId: string | null;
  readonly campaigns: readonly CampaignId[];
  state: AgentState;
  since: MonotonicMs;
}

export interface AgentPool {
  /** An agent's channel has come in; the agent is ready from now on. A channel that sits here already stays as it is. */
  arrive(agentId: AgentId, channelId: string): void;
  /** The channel is gone; answers the agent that sat behind it, with its state until now. */
  leave(channelId: string): { readonly agentId: AgentId; readonly was: AgentState } | null;
  /** For agents that a dialer owns. */
  set(agentId: AgentId, state: AgentState, campaigns: readonly CampaignId[] | null): void;
  /** Promises the agent who has been ready longest, or null. */
  promise(campaignId: CampaignId): Agent | null;
  talk(agentId: AgentId): void;
  /** Back from a promise (ready at once) or from a talk (after the campaign's wrap-up time). */
  release(agentId: AgentId, after: 'promise' | 'talk', wrapUpSeconds: number): void;
  /** Channels of the agents that sit here. */
  channels(): readonly string[];
  /** Tells the counters everything again, after they were lost. */
  republish(): Promise<void>;
}

export function createAgentPool(sidecar: Sidecar): AgentPool {
  const desks = new Map<AgentId, Desk>();
  const { clock, counters } = sidecar;

  const memberOf = (agentId: AgentId): readonly CampaignId[] =>
    [...sidecar.campaigns.values()]
      .filter((campaign: Campaign) => campaign.agents.members.includes(agentId))
      .map((campaign) => campaign.id);

  // One agent's states reach the counters in order; only the newest matters when the store was away.
  const pending = new Map<AgentId, Promise<void>>();
  const publish = (agentId: AgentId, campaigns: readonly CampaignId[]): Promise<void> => {
    const write = async (): Promise<void> => {
      for (const campaignId of campaigns) {
        await persist(sidecar, `state of agent ${agentId}`, () =>
          counters.setAgent(campaignId, agentId, desks.get(agentId)?.state ?? 'logged_out'),
        );
      }
    };
    const done = (pending.get(agentId) ?? Promise.resolve()).then(write);
    pending.set(agentId, done);
    return done;
  };

  const move = (desk: Desk, state: AgentState): void => {
    desk.state = state;
    desk.since = clock.monotonic();
    void publish(desk.agentId, desk.campaigns);
  };

  const seat = (
    agentId: AgentId,
    channelId: string | null,
    campaigns: readonly CampaignId[],
    state: AgentState,
  ): void => {
    const desk: Desk = { agentId, channelId, campaigns, state, since: clock.monotonic() };
    desks.set(agentId, desk);
    void publish(agentId, campaigns);
  };

  return {
    arrive(agentId, channelId) {
      // Told again after a reconnect: whoever is promised or wraps up must not be promised a second time.
      if (desks.get(agentId)?.channelId === channelId) return;
      const campaigns = memberOf(agentId);
      if (campaigns.length === 0) sidecar.log.warn({ agentId }, 'agent is a member of no campaign');
      seat(agentId, channelId, campaigns, 'ready');
    },
    leave(channelId) {
      for (const desk of desks.values()) {
        if (desk.channelId !== channelId) continue;
        desks.delete(desk.agentId);
        void publish(desk.agentId, desk.campaigns);
        return { agentId: desk.agentId, was: desk.state };
      }
      return null;
    },
    set(agentId, state, campaigns) {
      const desk = desks.get(agentId);
      if (state === 'logged_out') {
        desks.delete(agentId);
        void publish(agentId, campaigns ?? desk?.campaigns ?? memberOf(agentId));
      } else if (desk === undefined) {
        seat(agentId, null, campaigns ?? memberOf(agentId), state);
      } else if (desk.state !== state) {
        move(desk, state);
      }
    },
    promise(campaignId) {
      const ready = [...desks.values()]
        .filter((desk) => desk.state === 'ready' && desk.campaigns.includes(campaignId))
        .sort((a, b) => a.since - b.since);
      const [desk] = ready;
      if (desk === undefined) return null;
      move(desk, 'promised');
      return { agentId: desk.agentId, channelId: desk.channelId };
    },
    talk(agentId) {
      const desk = desks.get(agentId);
      if (desk !== undefined) move(desk, 'busy');
    },
    release(agentId, after, wrapUpSeconds) {
      const desk = desks.get(agentId);
      if (desk === undefined) return;
      if (after === 'promise' || wrapUpSeconds === 0) {
        if (desk.state === 'promised' || desk.state === 'busy') move(desk, 'ready');
        return;
      }
      clock.after(wrapUpSeconds * 1_000, () => {
        if (desks.get(agentId) === desk && desk.state === 'busy') move(desk, 'ready');
      });
    },
    channels: () => [...desks.values()].flatMap(({ channelId }) => (channelId === null ? [] : [channelId])),
    async republish() {
      await Promise.all([...desks.values()].map((desk) => publish(desk.agentId, desk.campaigns)));
    },
  };
}
