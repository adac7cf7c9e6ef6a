/** The agents of a sidecar as the calls see them, and what the two sides tell each other; `agents.ts` makes them. */
import type { Agent } from '../callflow/state.ts';
import type { AgentId, CallId, CampaignId } from '../domain/ids.ts';
import type { MonotonicMs } from '../domain/time.ts';
import type { AgentState } from '../ports/counters.ts';
import type { AgentLoss } from './record-agent-loss.ts';

export interface BusyAgents {
  /** Since when each of those has been who will be free again. */
  readonly since: readonly MonotonicMs[];
  /** How many have asked for a pause, or to log out, behind the call. */
  readonly leaving: number;
}

/** What the floor of calls and the agents tell each other. */
export interface AgentFloor {
  /** Calls of the campaign that have been dialed and have no result yet. */
  openLines(campaignId: CampaignId): readonly CallId[];
  /** An agent of these campaigns is free again, `handleMs` after the connect: talk and wrap-up. */
  handled(campaigns: readonly CampaignId[], handleMs: number): void;
  changed(campaigns: readonly CampaignId[]): void;
}

export interface AgentPool {
  /** An agent's channel has come in, ready or (found after a restart) paused. Told again of the same channel, nothing changes. */
  arrive(agentId: AgentId, channelId: string, paused: boolean): void;
  /** The channel is gone; answers the agent that sat behind it, with its state until now, and when the counters know. */
  leave(channelId: string): (Omit<AgentLoss, 'why'> & { readonly told: Promise<void> }) | null;
  /** Channels of the agents who have come in. */
  channels(): readonly string[];
  /**
   * What an agent says, or the dialer that owns the agent. False, and nothing is changed, for an agent of no campaign: nobody would
   * ever be promised, and who misspelt an id would not hear of it.
   */
  set(agentId: AgentId, state: AgentState, campaigns: readonly CampaignId[] | null): boolean;
  /** The agent sits at a telephone here, and works for a campaign. */
  sits(agentId: AgentId): boolean;
  /**
   * Somebody else tells of this agent from now on: what a dialer has reported does not hold any more. Resolves when the counters know; null
   * when nothing was reported. Nobody who sits here is let go.
   */
  letGo(agentId: AgentId): Promise<void> | null;
  /**
   * Reserves an agent of ours for a call that is about to ring: who has been ready longest and has no call ringing, or null. `lost` is
   * called at most once, and not when the agent is promised to this very call.
   */
  reserve(campaignId: CampaignId, callId: CallId, lost: () => void): Agent | null;
  /**
   * As `reserve`, before the call is decided: this agent, or null when the agent is not ready here or another call rings for the agent.
   * What follows the call then takes the reservation over with `reserve`.
   */
  hold(campaignId: CampaignId, callId: CallId, agentId: AgentId, lost: () => void): Agent | null;
  /** The call needs no agent, or has got one: what is still reserved for it is lost. */
  unreserve(callId: CallId): void;
  /**
   * Promises the agent who is reserved for this call; else who has been ready longest, and one for whom another call only rings when
   * there is nobody else; or null.
   */
  promise(campaignId: CampaignId, callId: CallId): Agent | null;
  /**
   * Promises the next agent who becomes free, unless somebody has waited longer; one who is free by now at once. INVARIANT
   * (first-waiting-first): nobody who answers later overtakes, for as long as somebody waits nobody is free.
   */
  await(campaignId: CampaignId, callId: CallId, promised: (agent: Agent) => void): void;
  stopWaiting(callId: CallId): void;
  /** A call has its result: agents who leave no longer stay for it. */
  lineEnded(callId: CallId): void;
  /** The agents of the campaign who are in talk or wrap-up. */
  busy(campaignId: CampaignId): BusyAgents;
  talk(agent: Agent): void;
  /** There is no channel to bridge, whatever was reported: one call has found out, and no other shall. */
  unreachable(agent: Agent): void;
  /** Back from a promise (ready at once) or from a talk (after the campaign's wrap-up time). */
  release(agent: Agent, after: 'promise' | 'talk', wrapUpSeconds: number): void;
  /** Tells the counters everything again, after they were lost. */
  republish(): Promise<void>;
  /**
   * Seats agents as the settings have them now. Who works for a campaign that has been taken out stays while `isIdle` says that
   * calls of it are on their way: they were dialed for this agent.
   */
  followSettings(isIdle: (campaignId: CampaignId) => Promise<boolean>): Promise<void>;
}
