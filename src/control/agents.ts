/**
 * Who is there to talk. Promises are made here, in one place and without waiting, so that no agent is promised twice;
 * the counters are told afterwards, they only need it for the budget.
 * What an agent (or the dialer that owns the agent) says and what a call of ours does with the agent are kept apart: a pause takes
 * effect after the call that was promised, and "ready" while a call has the agent makes nobody free.
 * INVARIANT (leaving-agents-stay-for-what-rings): telephones ring because this agent was free. A pause or log-out then opens no further
 * line for the agent (to the counters the agent has gone), but who answers of those that ring still gets the agent.
 * While a telephone rings an agent may be reserved for its call. To the counters such an agent is ready: the ringing call counts as in
 * flight already. INVARIANT (answered-before-ringing): a reservation never keeps an agent from a person who has answered.
 */
import type { Agent } from '../callflow/state.ts';
import type { AgentId, CallId, CampaignId } from '../domain/ids.ts';
import type { MonotonicMs } from '../domain/time.ts';
import type { AgentState, AgentWord } from '../ports/counters.ts';
import { persist } from './persist.ts';
import { AGENT_STATE_VARIABLE } from '../ports/telephony.ts';
import type { AgentFloor, AgentPool } from './agent-pool.ts';
import type { Station } from './sidecar.ts';

interface Reservation {
  readonly callId: CallId;
  /** The agent will not get this call: somebody who has answered needs the agent, or the agent is not there any more. */
  readonly lost: () => void;
}

interface Desk {
  readonly agentId: AgentId;
  readonly channelId: string | null;
  campaigns: readonly CampaignId[];
  /** The campaigns were named with a state, not taken from the settings: a reload does not change them. */
  named: boolean;
  /** What was last said of the agent. */
  said: AgentState;
  /** What a call of ours does with the agent now. */
  engaged: 'promised' | 'talking' | 'wrap_up' | null;
  /** Reported ready, and then there was no channel to bridge: not ready again before the agent has come in. */
  unreachable: boolean;
  /** The call that rings for this agent. */
  reserved: Reservation | null;
  /** The agent has asked to leave, and stays for these calls: no other agent would be there for one of them. */
  leaving: Set<CallId> | null;
  since: MonotonicMs;
  /** In talk or wrap-up, or reported to be busy. */
  talkSince: MonotonicMs | null;
}

export type { AgentFloor, AgentPool, BusyAgents } from './agent-pool.ts';

const NO_FLOOR: AgentFloor = { openLines: () => [], handled: () => undefined, changed: () => undefined };

const comesBack = (said: AgentState): boolean => said !== 'paused' && said !== 'logged_out';

export function createAgentPool(sidecar: Station, floor: AgentFloor = NO_FLOOR): AgentPool {
  const desks = new Map<AgentId, Desk>();
  /** In the order in which they began to wait. */
  const waiting = new Map<CallId, { readonly campaignId: CampaignId; promised: (agent: Agent) => void }>();
  const { clock, counters } = sidecar;

  const memberOf = (agentId: AgentId): readonly CampaignId[] =>
    [...sidecar.inForce().campaigns.values()]
      .filter((campaign) => campaign.agents.members.includes(agentId))
      .map((campaign) => campaign.id);

  const stateFor = (desk: Desk | undefined, campaignId: CampaignId): AgentState => {
    if (desk === undefined || !desk.campaigns.includes(campaignId)) return 'logged_out';
    if (desk.engaged !== null) return desk.engaged === 'promised' ? 'promised' : 'busy';
    return desk.unreachable && desk.said === 'ready' ? 'paused' : desk.said;
  };

  // One agent's states reach the counters in order; only the newest matters when the store was away.
  const pending = new Map<AgentId, Promise<void>>();
  const publish = (
    agentId: AgentId,
    campaigns: readonly CampaignId[],
    how: 'said' | 'as_before' | 'gone' = 'as_before',
  ): Promise<void> => {
    const wordOf = (desk: Desk | undefined): AgentWord => {
      if (how === 'gone' || (how === 'as_before' && desk?.channelId != null)) return 'here';
      if (how === 'as_before') return 'said_before';
      return desk?.channelId == null ? 'said' : 'said_here';
    };
    const write = async (): Promise<void> => {
      for (const campaignId of campaigns) {
        await persist(sidecar, `state of agent ${agentId}`, () => {
          const desk = desks.get(agentId);
          return counters.setAgent(campaignId, agentId, stateFor(desk, campaignId), wordOf(desk));
        });
      }
    };
    const done = (pending.get(agentId) ?? Promise.resolve()).then(write);
    pending.set(agentId, done);
    return done;
  };

  const change = (
    desk: Desk,
    to: Partial<Pick<Desk, 'said' | 'engaged' | 'unreachable'>>,
    how: 'said' | 'as_before' = 'as_before',
  ): void => {
    Object.assign(desk, to);
    desk.since = clock.monotonic();
    noteTalk(desk);
    if (desk.said !== 'ready' && desk.leaving === null) lose(desk);
    void publish(desk.agentId, desk.campaigns, how);
    floor.changed(desk.campaigns);
    serveWaiting(desk);
  };

  /** How long calls keep an agent, whoever brought the two together. */
  const noteTalk = (desk: Desk): void => {
    const now = clock.monotonic();
    if (isWithCall(desk)) desk.talkSince ??= now;
    else if (desk.talkSince !== null) {
      floor.handled(desk.campaigns, now - desk.talkSince);
      desk.talkSince = null;
    }
  };

  const isWithCall = ({ engaged, said }: Desk): boolean =>
    engaged === 'talking' || engaged === 'wrap_up' || (engaged === null && said === 'busy');

  /** Whoever has waited longest for this agent gets the agent, at once. */
  const serveWaiting = (desk: Desk): void => {
    // Who waits, waits for somebody to be bridged with.
    if (desk.channelId === null) return;
    for (const [callId, { campaignId, promised }] of waiting) {
      if (stateFor(desk, campaignId) !== 'ready' && !staysThere(desk, campaignId, callId)) continue;
      waiting.delete(callId);
      lose(desk);
      change(desk, { engaged: 'promised' });
      promised(agentAt(desk));
      return;
    }
  };

  /** The agent has asked to leave, and would be free for this call. */
  const staysThere = (
    { leaving, engaged, campaigns }: Desk,
    campaignId: CampaignId,
    callId: CallId,
  ): boolean => leaving?.has(callId) === true && engaged === null && campaigns.includes(campaignId);

  const lose = (desk: Desk | undefined): void => {
    const reserved = desk?.reserved ?? null;
    if (desk === undefined || reserved === null) return;
    desk.reserved = null;
    reserved.lost();
  };

  const readyFor = (campaignId: CampaignId): readonly Desk[] =>
    [...desks.values()]
      .filter((each) => stateFor(each, campaignId) === 'ready')
      .sort((a, b) => a.since - b.since);

  const agentAt = ({ agentId, channelId }: Desk): Agent => ({ agentId, channelId });

  const seat = (
    agentId: AgentId,
    channelId: string | null,
    campaigns: readonly CampaignId[] | null,
    said: AgentState,
  ): void => {
    const before = desks.get(agentId)?.campaigns ?? [];
    lose(desks.get(agentId));
    const since = clock.monotonic();
    const named = campaigns !== null;
    const seated = campaigns ?? memberOf(agentId);
    const desk = { agentId, channelId, campaigns: seated, named, said, since };
    const fresh: Desk = {
      ...desk,
      engaged: null,
      unreachable: false,
      reserved: null,
      leaving: null,
      talkSince: null,
    };
    desks.set(agentId, fresh);
    noteTalk(fresh);
    void publish(agentId, [...new Set([...before, ...seated])], channelId === null ? 'said' : 'as_before');
    floor.changed(seated);
    serveWaiting(fresh);
  };

  const reassign = (desk: Desk, campaigns: readonly CampaignId[]): void => {
    const all = [...new Set([...desk.campaigns, ...campaigns])];
    if (all.length === desk.campaigns.length && all.length === campaigns.length) return;
    desk.campaigns = campaigns;
    lose(desk);
    void publish(desk.agentId, all);
    floor.changed(all);
    serveWaiting(desk);
  };

  /**
   * The calls for which the agent must stay: there are more of them than other agents who are free. What a dialer reports of its own
   * agent is a fact, no wish: that agent has gone.
   */
  const staysFor = (desk: Desk): Set<CallId> | null => {
    if (desk.channelId === null) return null;
    if (!desk.campaigns.some((id) => stateFor(desk, id) === 'ready')) return null;
    const calls = new Set(desk.campaigns.flatMap((id) => floor.openLines(id)));
    return isCovered(desk, calls) ? null : calls;
  };

  const isCovered = (desk: Desk, calls: ReadonlySet<CallId>): boolean =>
    calls.size <= desk.campaigns.flatMap(readyFor).filter((other) => other !== desk).length;

  const isNamed = (desk: Desk): boolean => desk.named;

  /** The desk a call means: not that of an agent who has come in anew since. */
  const deskOf = ({ agentId, channelId }: Agent): Desk | null => {
    const desk = desks.get(agentId);
    return desk?.channelId === channelId ? desk : null;
  };

  /** On the agent's own channel, so that a sidecar that starts later does not take a paused agent for a ready one. */
  const remember = (channelId: string | null, state: AgentState): void => {
    if (channelId === null) return;
    sidecar.telephony.setVariables(channelId, { [AGENT_STATE_VARIABLE]: state }).catch((error: unknown) => {
      sidecar.log.warn({ channelId, problem: String(error) }, 'state of an agent not kept on the channel');
    });
  };

  return {
    arrive(agentId, channelId, paused) {
      if (desks.get(agentId)?.channelId === channelId) return;
      seat(agentId, channelId, null, paused ? 'paused' : 'ready');
      if (memberOf(agentId).length === 0) sidecar.log.warn({ agentId }, 'agent is a member of no campaign');
    },
    leave(channelId) {
      for (const desk of desks.values()) {
        if (desk.channelId !== channelId) continue;
        const [campaignId] = desk.campaigns;
        const stays = desk.leaving !== null && desk.engaged === null;
        const was = campaignId === undefined ? desk.said : stays ? 'ready' : stateFor(desk, campaignId);
        desks.delete(desk.agentId);
        lose(desk);
        const { agentId, campaigns } = desk;
        floor.changed(campaigns);
        return { agentId, campaigns, was, told: publish(agentId, campaigns, 'gone') };
      }
      return null;
    },
    channels: () => [...desks.values()].flatMap(({ channelId }) => (channelId === null ? [] : [channelId])),
    set(agentId, state, campaigns) {
      const desk = desks.get(agentId);
      if (desk === undefined) {
        const seated = campaigns ?? memberOf(agentId);
        if (seated.length === 0) return false;
        if (state === 'logged_out') void publish(agentId, seated, 'said');
        else seat(agentId, null, campaigns, state);
        return true;
      }
      if (campaigns !== null) {
        desk.named = true;
        reassign(desk, campaigns);
      }
      remember(desk.channelId, state);
      desk.leaving = state === 'paused' || state === 'logged_out' ? (desk.leaving ?? staysFor(desk)) : null;
      if (desk.engaged === 'wrap_up' && state === 'ready')
        change(desk, { said: state, engaged: null }, 'said');
      else if (desk.said !== state) change(desk, { said: state }, 'said');
      // Another sidecar may have been told something else meanwhile.
      else void publish(agentId, desk.campaigns, 'said');
      return true;
    },
    sits(agentId) {
      const desk = desks.get(agentId);
      return desk !== undefined && desk.channelId !== null && desk.campaigns.length > 0;
    },
    letGo(agentId) {
      const desk = desks.get(agentId);
      if (desk === undefined || desk.channelId !== null) return null;
      desks.delete(agentId);
      lose(desk);
      floor.changed(desk.campaigns);
      return publish(agentId, desk.campaigns, 'said');
    },
    reserve(campaignId, callId, lost) {
      const ready = readyFor(campaignId);
      const desk =
        ready.find(({ reserved }) => reserved?.callId === callId) ??
        ready.find(({ channelId, reserved }) => channelId !== null && reserved === null);
      if (desk === undefined) return null;
      desk.reserved = { callId, lost };
      return agentAt(desk);
    },
    hold(campaignId, callId, agentId, lost) {
      const desk = readyFor(campaignId).find((each) => each.agentId === agentId);
      if (desk === undefined || desk.channelId === null || desk.reserved !== null) return null;
      desk.reserved = { callId, lost };
      return agentAt(desk);
    },
    unreserve(callId) {
      for (const desk of desks.values()) if (desk.reserved?.callId === callId) lose(desk);
    },
    promise(campaignId, callId) {
      const ready = readyFor(campaignId);
      const staying = [...desks.values()].filter((each) => staysThere(each, campaignId, callId));
      const desk =
        [...ready, ...staying].find(({ reserved }) => reserved?.callId === callId) ??
        ready.find(({ reserved }) => reserved === null) ??
        ready[0] ??
        staying[0];
      if (desk === undefined) return null;
      if (desk.reserved?.callId === callId) desk.reserved = null;
      else lose(desk);
      change(desk, { engaged: 'promised' });
      return agentAt(desk);
    },
    await(campaignId, callId, promised) {
      waiting.set(callId, { campaignId, promised });
      for (const desk of readyFor(campaignId)) serveWaiting(desk);
    },
    stopWaiting: (callId) => void waiting.delete(callId),
    lineEnded(callId) {
      for (const desk of desks.values()) {
        if (desk.leaving?.delete(callId) !== true || !isCovered(desk, desk.leaving)) continue;
        desk.leaving = null;
        lose(desk);
      }
    },
    busy(campaignId) {
      const busy = [...desks.values()].filter(
        ({ campaigns, talkSince }) => talkSince !== null && campaigns.includes(campaignId),
      );
      const since = busy.flatMap(({ said, talkSince }) =>
        talkSince !== null && comesBack(said) ? [talkSince] : [],
      );
      return { since, leaving: busy.length - since.length };
    },
    talk(agent) {
      const desk = deskOf(agent);
      if (desk !== null) change(desk, { engaged: 'talking' });
    },
    unreachable(agent) {
      const desk = deskOf(agent);
      if (desk !== null) change(desk, { unreachable: true });
    },
    release(agent, after, wrapUpSeconds) {
      const desk = deskOf(agent);
      if (desk === null) return;
      if (after === 'promise' || wrapUpSeconds === 0) {
        change(desk, { engaged: null });
        return;
      }
      change(desk, { engaged: 'wrap_up' });
      clock.after(wrapUpSeconds * 1_000, () => {
        if (desks.get(agent.agentId) === desk && desk.engaged === 'wrap_up') change(desk, { engaged: null });
      });
    },
    async followSettings(isIdle) {
      for (const desk of [...desks.values()]) {
        if (isNamed(desk)) continue;
        const present = desk.campaigns;
        const wanted = memberOf(desk.agentId);
        const { campaigns } = sidecar.inForce();
        const gone = present.filter((id) => !wanted.includes(id) && !campaigns.has(id));
        const idle = await Promise.all(gone.map(isIdle));
        const same = desks.get(desk.agentId) === desk && desk.campaigns === present;
        if (same && !isNamed(desk) && desk.engaged === null && idle.every(Boolean)) reassign(desk, wanted);
      }
    },
    async republish() {
      await Promise.all([...desks.values()].map((desk) => publish(desk.agentId, desk.campaigns)));
    },
  };
}
