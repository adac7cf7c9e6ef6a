/**
 * Follows each placed call: turns what the exchange says into events of the call's state machine, and carries out its effects.
 * Decides nothing itself: what happens next is `callflow/step`.
 */
import { isAttended } from '../callflow/attended.ts';
import { INITIAL_STATE, step } from '../callflow/step.ts';
import type { Agent, CallEffect, CallEvent, CallPlan, CallState, TimerName } from '../callflow/state.ts';
import type { Briefing } from '../domain/briefing.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { AgentId, CallId, CampaignId } from '../domain/ids.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';
import { type LeadNote, NO_LEAD_NOTE } from '../domain/screen-pop.ts';
import { type MonotonicMs, monotonicMs } from '../domain/time.ts';
import type { Timer } from '../ports/clock.ts';
import type { Prompts } from '../ports/prompts.ts';
import type { TelephonyEvent } from '../ports/telephony.ts';
import { bridgeOf } from './agent-effects.ts';
import type { AgentPool } from './agents.ts';
import { type AgentNotice, noticeFor } from './agent-notice.ts';
import { beginBriefing, BRIEFING_PLAYBACK } from './call-briefing.ts';
import { createCallEffects, type EffectRunner } from './call-effects.ts';
import type { CallRecordings } from './recordings/call-recordings.ts';
import type { RefusalAnswer } from './recordings/recording-doors.ts';
import { type MachineEvidence, newMachineEvidence } from './machine-evidence.ts';
import { newTimeline, type Moment, type Timeline } from './call-timeline.ts';
import { partTalk } from './part-talk.ts';
import { recordAgentLoss } from './record-agent-loss.ts';
import type { Proven } from './dialer-results.ts';
import type { Screens } from './screen-pops.ts';
import type { Station } from './sidecar.ts';
import type { WaitingOptOuts } from './waiting-opt-outs.ts';

/** One live call as the follower holds it. */
export interface FollowedCall {
  readonly callId: CallId;
  readonly campaign: Campaign;
  readonly number: PhoneNumber;
  /** As it was when the call was placed, until the person refuses to be recorded. */
  plan: CallPlan;
  /** The messages that were in force when the call began: it plays these to its end. */
  readonly prompts: Prompts;
  readonly timeline: Timeline;
  readonly lead: LeadNote;
  /** What its agent is told of it. */
  readonly notice: AgentNotice;
  /** Null where nobody looks for machines. */
  readonly evidence: MachineEvidence | null;
  state: CallState;
  readonly timers: Map<TimerName, Timer>;
  heartbeat: Timer | null;
  /** Or since when the call is in our hands, where the answer was not told; null before. */
  answeredAt: MonotonicMs | null;
  /** Nobody has heard the person speak: the two seconds run from the answer. */
  unheard: boolean;
  /** The dead-man switch is written one value after the other: a late re-arm must not cut the message. */
  deadMan: Promise<void>;
  /** Its start and its stop come one after the other, however late the exchange answers. */
  recording: Promise<void>;
  /** Since an agent was to be bridged: resolves when the attempt is over, and what came of it stands or is taken down. Null before. */
  bridging: Promise<void> | null;
  /** The bridge is being taken down: resolves when it is, or cannot be. Null before. */
  parting: Promise<void> | null;
  /** Resolves when the call's one result is durable; null while it has none. */
  settling: Promise<unknown> | null;
  /** The connection was lost before the greeting had ended: answer, entry or the end of the talk may have been missed. */
  missedEvents: boolean;
  /** Something of it was not heard, whenever that was: what is heard now proves nothing of its two seconds. */
  deaf: boolean;
  /** Since when no channel of the call has been listed. */
  absentSince: MonotonicMs | null;
}

export interface Follower {
  /** Starts following; `resumedIn` for calls found again after a restart. */
  begin(
    call: Pick<FollowedCall, 'callId' | 'campaign' | 'number' | 'plan' | 'prompts'> & {
      readonly briefing?: Briefing | null;
      readonly lead?: LeadNote;
      /** An agent is held for it, who makes it. */
      readonly byHand?: boolean;
    },
    resumedIn?: CallState,
  ): void;
  /** A call that is being decided and placed counts as followed until `work` has ended: nobody else may take it for lost. */
  whilePlacing<T>(callId: CallId, work: () => Promise<T>): Promise<T>;
  /** Stops following a call that was never placed. */
  forget(callId: CallId): void;
  follows(callId: string): boolean;
  /** Calls placed and not yet ended. */
  followed(): readonly CallId[];
  agentChannels(): readonly string[];
  /** Calls of the campaign that have no result yet, nor one on its way. */
  openCalls(campaignId: CampaignId): readonly CallId[];
  /** How long the call's channel has been missing from what the exchange lists; `absent` is what it lists now. */
  absentMs(callId: CallId, absent: boolean): number;
  /** True for a call that has its result, durable or on its way. */
  isSettling(callId: CallId): boolean;
  /** True for a call that was not yet in our hands when the connection was lost. */
  missedEvents(callId: CallId): boolean;
  liveCalls(): number;
  /** Live calls that cannot be left alone yet. */
  unattended(): number;
  /** False also for a call that is not followed. */
  isBeforeAnswer(callId: CallId): boolean;
  /** The talk of the call's person with an agent of ours; null when there is none. */
  talkOf(callId: CallId): Talk | null;
  hear(event: TelephonyEvent): void;
  /** For reconcile: an event the exchange could not tell us. */
  tell(callId: CallId, event: CallEvent): void;
  /** See `RecordingDoors.refuse`. */
  refuseRecording(callId: CallId, who: string): RefusalAnswer;
  /** For reconcile: the person refused to be recorded before this life began. */
  recallRefusal(callId: CallId): void;
}

/** A person and an agent of ours in one bridge. */
export interface Talk {
  readonly callId: CallId;
  readonly campaign: Campaign;
  readonly number: PhoneNumber;
  readonly agentId: AgentId;
  readonly agentChannelId: string;
  readonly bridgeId: string;
  /** A disclosure is due and has not been heard to its end. */
  readonly awaitsDisclosure: boolean;
}

/** How a call comes to us: dialed by us, or by a dialer; else it was dialed by an earlier life. */
const FIRST_MOMENTS: Partial<Record<CallState['kind'], Moment>> = {
  dialing: 'dialed',
  with_dialer: 'watched',
};

/** The exchange empties a bridge within milliseconds; its events may come late. */
const LATELY_MS = 10_000;

const isBeforeGreeting = ({ state }: FollowedCall): boolean =>
  state.kind === 'dialing' || state.kind === 'ringing' || state.kind === 'answered';

export function createFollower(
  sidecar: Station,
  agents: AgentPool,
  waiting: WaitingOptOuts,
  recordings: CallRecordings,
  screens: Screens,
  prove: (callId: CallId, outcome: Proven) => void = () => undefined,
): Follower {
  const calls = new Map<string, FollowedCall>();
  const placing = new Map<string, number>();
  /** Ended a moment ago: their bridges are being taken down, one channel after the other. */
  const lately = new Set<string>();
  const effects: EffectRunner = createCallEffects(sidecar, agents, waiting, recordings, {
    tell,
    prove,
    forget: (callId) => {
      calls.delete(callId);
      lately.add(callId);
      sidecar.clock.after(LATELY_MS, () => lately.delete(callId));
    },
  });

  function tell(callId: CallId, event: CallEvent): void {
    const call = calls.get(callId);
    if (call === undefined) {
      if (event.kind === 'agent_promised') agents.release(event.agent, 'promise', 0);
      return;
    }
    if (event.kind === 'entered') call.missedEvents = false;
    if (event.kind === 'greeting_missed') call.deaf = true;
    if (event.kind === 'ended' && call.missedEvents && isBeforeGreeting(call)) {
      // Answered or not, message or not: the dialplan's record tells, and `reconcile` settles by it, or as `expired`.
      drop(call);
      return;
    }
    // The exchange may look for machines in between.
    if (event.kind === 'answered' || event.kind === 'entered') {
      call.answeredAt ??= monotonicMs(sidecar.clock.monotonic() - (event.lateMs ?? 0));
    }
    call.timeline.noteEvent(event);
    call.evidence?.noteEvent(event);
    const { state, effects: todo } = step(call.state, event, call.plan);
    call.state = state;
    for (const effect of todo) run(call, effect);
    // Whoever is reserved for a telephone that rings is promised by now, or is not needed.
    if (!isBeforeGreeting(call)) agents.unreserve(callId);
  }

  /** Stops following without a result: the call is nobody's, or the dialplan's. */
  function drop(call: FollowedCall): void {
    calls.delete(call.callId);
    agents.unreserve(call.callId);
    call.notice.end();
  }

  /** One line for each agent, so the agent is known before the answer. Where more are dialed whoever answers first gets one. */
  function reserve({ callId, campaign, notice }: FollowedCall, byHand: boolean): void {
    if ((campaign.mode === 'predictive' && !byHand) || campaign.agents.destination.kind !== 'stasis') return;
    const agent = agents.reserve(campaign.id, callId, () => notice.leave(agent?.channelId ?? null));
    if (agent !== null) notice.expect(agent);
  }

  function run(call: FollowedCall, effect: CallEffect): void {
    call.timeline.noteEffect(effect);
    call.evidence?.noteEffect(effect);
    effects.run(call, effect);
  }

  function agentOf(state: CallState): Agent | null {
    return 'agent' in state ? state.agent : null;
  }

  function connectionLost(): void {
    for (const call of [...calls.values()]) {
      if (isBeforeGreeting(call) || call.state.kind === 'greeting') call.missedEvents = true;
      call.deaf = true;
      tell(call.callId, { kind: 'connection_lost' });
    }
  }

  /** The end of a greeting that fell into the gap will not be told again: an agent or the message, now. */
  function connectionBack(): void {
    for (const call of [...calls.values()]) {
      if (!call.missedEvents || call.state.kind !== 'greeting') continue;
      call.missedEvents = false;
      tell(call.callId, { kind: 'greeting_missed' });
    }
  }

  function agentLeft(channelId: string): void {
    const gone = agents.leave(channelId);
    // Also when the agent has come in anew meanwhile: this channel is the one the person was talking to.
    for (const call of [...calls.values()]) {
      if (agentOf(call.state)?.channelId === channelId) tell(call.callId, { kind: 'agent_lost' });
      call.notice.leave(channelId);
    }
    if (gone !== null) void gone.told.then(() => recordAgentLoss(sidecar, { ...gone, why: 'channel_gone' }));
  }

  function hear(event: TelephonyEvent): void {
    switch (event.kind) {
      case 'connection':
        if (event.up) connectionBack();
        else connectionLost();
        return;
      case 'bridge_left':
        void partTalk(sidecar, event, (callId) => calls.has(callId) || lately.has(callId));
        return;
      case 'agent_arrived':
        agents.arrive(event.agentId, event.channelId, event.paused);
        return;
      case 'agent_left':
        agentLeft(event.channelId);
        return;
      case 'supervisor_arrived':
      case 'leg_dialed':
      case 'replaced':
      case 'refused':
        return;
      case 'playback_started':
      case 'playback_finished': {
        const [callId = '', what] = event.playbackId.split(':');
        if (what === BRIEFING_PLAYBACK) return;
        if (event.kind === 'playback_started') {
          calls.get(callId)?.timeline.note(what === 'message' ? 'message_started' : 'disclosure_started');
        } else if (what === 'message') {
          tell(callId as CallId, { kind: event.failed ? 'message_failed' : 'message_finished' });
        } else {
          tell(callId as CallId, { kind: event.failed ? 'disclosure_failed' : 'disclosure_finished' });
        }
        return;
      }
      case 'dialer_answered':
      case 'dialer_dialed':
      case 'dialer_leg_ended':
      case 'dialer_origination_failed':
        return;
      case 'ringing':
      case 'answered':
      case 'agent_reached':
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
      const { callId, campaign, number, plan, prompts, briefing = null, lead = NO_LEAD_NOTE } = call;
      const timeline = newTimeline(sidecar.clock, plan);
      const spoken = beginBriefing(sidecar, callId, briefing);
      const followed: FollowedCall = {
        callId,
        campaign,
        number,
        plan,
        prompts,
        lead,
        timeline,
        notice: noticeFor({ clock: sidecar.clock, screens }, { callId, campaign, number, lead }, spoken),
        evidence: newMachineEvidence(sidecar.clock, plan),
        state: resumedIn,
        timers: new Map(),
        heartbeat: null,
        bridging: null,
        parting: null,
        answeredAt: null,
        unheard: true,
        deadMan: Promise.resolve(),
        recording: Promise.resolve(),
        settling: null,
        missedEvents: false,
        deaf: false,
        absentSince: null,
      };
      calls.set(callId, followed);
      if (resumedIn.kind === 'dialing') reserve(followed, call.byHand === true);
      timeline.note(FIRST_MOMENTS[resumedIn.kind] ?? 'taken_back');
    },
    forget(callId) {
      const call = calls.get(callId);
      if (call !== undefined) drop(call);
    },
    follows: (callId) => calls.has(callId) || placing.has(callId),
    async whilePlacing(callId, work) {
      placing.set(callId, (placing.get(callId) ?? 0) + 1);
      try {
        return await work();
      } finally {
        const others = (placing.get(callId) ?? 1) - 1;
        if (others === 0) placing.delete(callId);
        else placing.set(callId, others);
      }
    },
    followed: () => [...calls.values()].flatMap(({ callId }) => (placing.has(callId) ? [] : [callId])),
    agentChannels: () => agents.channels(),
    openCalls: (campaignId) =>
      [...calls.values()].flatMap(({ callId, campaign, settling }) =>
        campaign.id === campaignId && settling === null ? [callId] : [],
      ),
    absentMs(callId, absent) {
      const call = calls.get(callId);
      // Told of its end already, and waiting only for the ledger.
      if (call === undefined || call.state.kind === 'ended') return 0;
      const now = sidecar.clock.monotonic();
      call.absentSince = absent ? (call.absentSince ?? now) : null;
      return call.absentSince === null ? 0 : now - call.absentSince;
    },
    isSettling: (callId) => (calls.get(callId)?.settling ?? null) !== null,
    missedEvents(callId) {
      const call = calls.get(callId);
      return call !== undefined && call.missedEvents && isBeforeGreeting(call);
    },
    liveCalls: () => calls.size,
    unattended: () => [...calls.values()].filter(({ state }) => !isAttended(state)).length,
    isBeforeAnswer(callId) {
      const state = calls.get(callId)?.state.kind;
      return state === 'dialing' || state === 'ringing';
    },
    talkOf(callId) {
      const call = calls.get(callId);
      if (call?.state.kind !== 'connected' || call.state.agent.channelId === null) return null;
      const { campaign, number, plan, timeline, state } = call;
      return {
        callId,
        campaign,
        number,
        agentId: state.agent.agentId,
        agentChannelId: call.state.agent.channelId,
        bridgeId: bridgeOf(callId),
        awaitsDisclosure: plan.disclose && timeline.at('disclosure_finished') === null,
      };
    },
    hear,
    tell,
    refuseRecording(callId, who) {
      const call = calls.get(callId);
      if (call === undefined) return 'unknown';
      if (call.state.kind === 'ended') return recordings.refuseAfter(call, who);
      const running = call.timeline.at('recording_started') !== null;
      tell(callId, { kind: 'recording_refused', who });
      return running ? 'stopped' : 'never_starts';
    },
    recallRefusal(callId) {
      const call = calls.get(callId);
      if (call !== undefined) recordings.recall(call);
    },
  };
}
