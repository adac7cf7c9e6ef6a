/** What a call does with its agent: asks for one, brings the two together, parts them, or gives the person to the dialplan's agents. */
import type { Agent, CallEffect, CallEvent } from '../callflow/state.ts';
import type { CallId } from '../domain/ids.ts';
import { BRIDGED, BRIDGED_WITHIN_VARIABLE } from '../ports/telephony.ts';
import type { AgentPool } from './agents.ts';
import { messageOf } from './deadline.ts';
import type { FollowedCall } from './follow-call.ts';
import type { Station } from './sidecar.ts';

/** The bridge of a call is named after it, so that a later life can tell whose it was. */
export const BRIDGE_PREFIX = 'call-';

export const bridgeOf = (callId: CallId): string => `${BRIDGE_PREFIX}${callId}`;

export interface AgentEffects {
  /** The answer comes as an event, in a later turn. */
  request(call: FollowedCall): void;
  /** The same, when there is one. */
  wait(call: FollowedCall): void;
  /** Resolves when the two are in one bridge, or when the attempt was given up meanwhile. Rejects when they cannot be. */
  connect(call: FollowedCall, agent: Agent): Promise<void>;
  release(call: FollowedCall, effect: CallEffect & { do: 'release_agent' }): void;
  /** Rejects when the dialplan cannot have the person. */
  handOver(call: FollowedCall, to: CallEffect & { do: 'hand_over' }): Promise<void>;
  /** The person is with an agent of the dialplan: the exchange need not look. Rejects when it cannot be told so. */
  callOff(call: FollowedCall): Promise<void>;
  /** Once for each call; a failure is only a line in the log. */
  takeDown(call: FollowedCall): Promise<void>;
}

export function createAgentEffects(
  { clock, telephony, log }: Station,
  agents: AgentPool,
  tell: (callId: CallId, event: CallEvent) => void,
): AgentEffects {
  function request(call: FollowedCall): void {
    const agent = agents.promise(call.campaign.id, call.callId);
    // Answered in a later turn: the machine has taken its step before the next event arrives.
    queueMicrotask(() => {
      tell(call.callId, agent === null ? { kind: 'no_agent' } : { kind: 'agent_promised', agent });
    });
  }

  function wait(call: FollowedCall): void {
    agents.await(call.campaign.id, call.callId, (agent) => {
      queueMicrotask(() => {
        tell(call.callId, { kind: 'agent_promised', agent });
      });
    });
  }

  async function connect(call: FollowedCall, agent: Agent): Promise<void> {
    if (agent.channelId === null) {
      agents.unreachable(agent);
      throw new Error(`agent ${agent.agentId} has no channel`);
    }
    try {
      await telephony.bridge(bridgeOf(call.callId), [call.callId, agent.channelId]);
    } catch (error) {
      // It may stand all the same: the agent is about to be free for others, the person about to hear the message.
      void takeDown(call);
      throw error;
    }
    if (call.state.kind !== 'connecting') {
      // Given up meanwhile: the person is hearing the message and must not hear the agent as well.
      await takeDown(call);
      return;
    }
    agents.talk(agent);
    call.notice.connected();
    tell(call.callId, { kind: 'bridged' });
  }

  function takeDown(call: FollowedCall): Promise<void> {
    const { callId } = call;
    call.parting ??= telephony.destroyBridge(bridgeOf(callId)).catch((error: unknown) => {
      log.warn({ callId, what: 'destroy bridge', problem: messageOf(error) }, 'telephone command failed');
    });
    return call.parting;
  }

  function startBridging(call: FollowedCall, agent: Agent): Promise<void> {
    const connecting = connect(call, agent);
    call.bridging = connecting.catch(() => call.parting ?? undefined);
    return connecting;
  }

  /**
   * INVARIANT (parted-before-free): an agent who may have been bridged is free when the exchange knows that this talk is over. What
   * the next call plays to the agent could hold that word back, and the exchange would hang the agent up as one left alone.
   */
  function release(call: FollowedCall, { agent, after }: CallEffect & { do: 'release_agent' }): void {
    const free = (): void => {
      agents.release(agent, after, call.campaign.agents.wrapUpSeconds);
    };
    if (call.bridging === null) free();
    else void (after === 'talk' ? takeDown(call) : call.bridging).then(free);
  }

  async function handOver(call: FollowedCall, to: CallEffect & { do: 'hand_over' }): Promise<void> {
    const begunAt = clock.monotonic();
    if (!(await telephony.hasPlace(call.callId, to)))
      throw new Error(`there is no ${to.context},${to.extension},${to.priority} in the dialplan`);
    if (call.state.kind !== 'handing_over') return;
    const { bridgedWithinMs } = to;
    // Where somebody must be seen with the person, that is when the agent talks; a wait in vain is no talk to learn from.
    if (bridgedWithinMs === null) agents.talk(call.state.agent);
    // INVARIANT (switch-until-handed-over): the switch goes on until the dialplan has the call and turns it off itself.
    const leftMs =
      bridgedWithinMs === null ? null : Math.max(0, bridgedWithinMs - (clock.monotonic() - begunAt));
    const given = await telephony.handOver(call.callId, to, leftMs, () => call.state.kind === 'handing_over');
    // Given up meanwhile: the person is a drop, and hears the message.
    if (!given) return;
    tell(call.callId, { kind: leftMs === null ? 'bridged' : 'handed_over' });
  }

  async function callOff({ callId, state }: FollowedCall): Promise<void> {
    if (state.kind === 'handed_over') agents.talk(state.agent);
    await telephony.setAtOnce(callId, { [BRIDGED_WITHIN_VARIABLE]: BRIDGED });
  }

  return { request, wait, connect: startBridging, release, handOver, callOff, takeDown };
}
