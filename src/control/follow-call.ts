/**
 * Follows each placed call: turns what the exchange says into events of the call's state machine, and carries out its effects.
 * Decides nothing itself: what happens next is `callflow/step`.
 */
import { INITIAL_STATE, step } from '../callflow/step.ts';
import type { Agent, CallEffect, CallEvent, CallPlan, CallState, TimerName } from '../callflow/state.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { CallId } from '../domain/ids.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';
import type { MonotonicMs } from '../domain/time.ts';
import type { Timer } from '../ports/clock.ts';
import type { TelephonyEvent } from '../ports/telephony.ts';
import type { AgentPool } from './agents.ts';
import { BRIDGE_PREFIX, createCallEffects, type EffectRunner } from './call-effects.ts';
import { newTimeline, type Timeline } from './call-timeline.ts';
import type { Sidecar } from './sidecar.ts';
import type { WaitingOptOuts } from './waiting-opt-outs.ts';

/** One live call as the follower holds it. */
export interface FollowedCall {
  readonly callId: CallId;
  readonly campaign: Campaign;
  readonly number: PhoneNumber;
  readonly plan: CallPlan;
  readonly timeline: Timeline;
  state: CallState;
  readonly timers: Map<TimerName, Timer>;
  heartbeat: Timer | null;
  readonly begunAt: MonotonicMs;
  /** Its one result is on its way to the ledger; resolves when it stands there. Null: none yet. */
  result: Promise<unknown> | null;
  /** Since when the exchange has not known its channel; null while it does. */
  unseenSince: MonotonicMs | null;
  /** The dead-man switch is written one value after the other: a late re-arm must not cut the message. */
  deadMan: Promise<void>;
}

export interface Follower {
  /** Starts following; `resumedIn` for calls found again after a restart. */
  begin(call: Pick<FollowedCall, 'callId' | 'campaign' | 'number' | 'plan'>, resumedIn?: CallState): void;
  /** Stops following a call that was never placed. */
  forget(callId: CallId): void;
  follows(callId: string): boolean;
  liveCalls(): number;
  hear(event: TelephonyEvent): void;
  /** Calls that the exchange has not known for a while, given the channels it knows now: their end was never told. */
  vanished(channelIds: ReadonlySet<string>): readonly FollowedCall[];
  /** For reconcile: an event the exchange could not tell us. */
  tell(callId: CallId, event: CallEvent): void;
}

/** A call younger than this may not have reached the exchange yet. */
const PLACING_MS = 5_000;
/** The event of a channel's end may be on its way while a list without the channel has already come. */
const UNSEEN_MS = 1_000;

export function createFollower(sidecar: Sidecar, agents: AgentPool, waiting: WaitingOptOuts): Follower {
  const calls = new Map<string, FollowedCall>();
  const effects: EffectRunner = createCallEffects(sidecar, agents, waiting, {
    tell,
    forget: (callId) => calls.delete(callId),
  });

  function tell(callId: CallId, event: CallEvent): void {
    const call = calls.get(callId);
    if (call === undefined) {
      if (event.kind === 'agent_promised') agents.release(event.agent.agentId, 'promise', 0);
      return;
    }
    call.timeline.noteEvent(event);
    const { state, effects: todo } = step(call.state, event, call.plan);
    call.state = state;
    for (const effect of todo) run(call, effect);
  }

  function run(call: FollowedCall, effect: CallEffect): void {
    call.timeline.noteEffect(effect);
    effects.run(call, effect);
  }

  function agentOf(state: CallState): Agent | null {
    return 'agent' in state ? state.agent : null;
  }

  function agentLeft(channelId: string): void {
    const gone = agents.leave(channelId);
    // Also when the agent has come in anew meanwhile: this channel is the one the person was talking to.
    for (const call of [...calls.values()]) {
      if (agentOf(call.state)?.channelId === channelId) tell(call.callId, { kind: 'agent_lost' });
    }
    if (gone?.was === 'promised' || gone?.was === 'busy') {
      sidecar.ledger
        .append({ kind: 'agent_lost', body: { agentId: gone.agentId, was: gone.was } })
        .catch((error: unknown) => {
          sidecar.log.warn(
            { agentId: gone.agentId, problem: String(error) },
            'loss of an agent not recorded',
          );
        });
    }
  }

  /** A talk of a life before this one: whoever is left in it is not left in silence. */
  async function leftAlone(bridge: string, remaining: readonly string[]): Promise<void> {
    const callId = bridge.slice(BRIDGE_PREFIX.length);
    if (!bridge.startsWith(BRIDGE_PREFIX) || calls.has(callId)) return;
    try {
      // The talks of other sidecars on this exchange are theirs.
      const [decision] = await sidecar.ledger.read({ callId, kinds: ['decision'], limit: 1 });
      if (decision?.writer !== sidecar.ledger.writer) return;
      for (const channelId of remaining) await sidecar.telephony.hangUp(channelId);
    } catch (error) {
      sidecar.log.warn({ bridge, problem: String(error) }, 'channel left alone in a bridge not hung up');
    }
  }

  function hear(event: TelephonyEvent): void {
    switch (event.kind) {
      case 'connection':
        return;
      case 'bridge_left':
        void leftAlone(event.bridgeId, event.remaining);
        return;
      case 'agent_arrived':
        agents.arrive(event.agentId, event.channelId);
        return;
      case 'agent_left':
        agentLeft(event.channelId);
        return;
      case 'playback_started':
      case 'playback_finished': {
        const [callId = '', what] = event.playbackId.split(':');
        if (event.kind === 'playback_started') {
          calls.get(callId)?.timeline.note(what === 'message' ? 'message_started' : 'disclosure_started');
        } else if (what === 'message') {
          tell(callId as CallId, { kind: event.failed ? 'message_failed' : 'message_finished' });
        } else {
          tell(callId as CallId, { kind: event.failed ? 'disclosure_failed' : 'disclosure_finished' });
        }
        return;
      }
      case 'ringing':
      case 'answered':
      case 'entered':
      case 'talk_started':
      case 'talk_finished':
      case 'digit':
      case 'hangup_requested':
      case 'left':
      case 'ended':
        tell(event.callId, event);
        return;
      default:
        event satisfies never;
    }
  }

  return {
    begin(call, resumedIn = INITIAL_STATE) {
      const { callId, campaign, number, plan } = call;
      const timeline = newTimeline(sidecar.clock, plan);
      calls.set(callId, {
        callId,
        campaign,
        number,
        plan,
        timeline,
        state: resumedIn,
        timers: new Map(),
        heartbeat: null,
        begunAt: sidecar.clock.monotonic(),
        result: null,
        unseenSince: null,
        deadMan: Promise.resolve(),
      });
      timeline.note('dialed');
    },
    forget: (callId) => void calls.delete(callId),
    follows: (callId) => calls.has(callId),
    liveCalls: () => calls.size,
    hear,
    tell,
    vanished(channelIds) {
      const now = sidecar.clock.monotonic();
      return [...calls.values()].filter((call) => {
        if (channelIds.has(call.callId)) call.unseenSince = null;
        else call.unseenSince ??= now;
        const { unseenSince, begunAt, state } = call;
        return (
          state.kind !== 'ended' &&
          unseenSince !== null &&
          now - unseenSince >= UNSEEN_MS &&
          now - begunAt >= PLACING_MS
        );
      });
    },
  };
}
