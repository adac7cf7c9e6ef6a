/** Carries out the effects of the call machine through the ports; answers come back as events. */
import { MESSAGE_SLACK_MS } from '../callflow/greeting.ts';
import type { Agent, CallEffect, CallEvent } from '../callflow/state.ts';
import type { CallId } from '../domain/ids.ts';
import type { AgentPool } from './agents.ts';
import { MONITOR_VARIABLES } from './channel-variables.ts';
import { messageOf } from './deadline.ts';
import { startHeartbeat, SWITCH_OFF, SWITCH_SECONDS, stopHeartbeat, writeSwitch } from './dead-man.ts';
import type { GreetingClock } from './call-timeline.ts';
import type { FollowedCall } from './follow-call.ts';
import { persist } from './persist.ts';
import type { CallRecordings } from './recordings/call-recordings.ts';
import { recordOptOut, settleCall } from './settle-call.ts';
import type { Station } from './sidecar.ts';
import type { WaitingOptOuts } from './waiting-opt-outs.ts';

/**
 * A playback is told, or its command answered, within a millisecond or two. One that is not is taken for lost: waiting for the
 * command's own deadline would be silence. Looked at in turns, so that a busy moment of ours is not taken for the exchange's.
 */
const BEGINS_WITHIN_MS = 250;
const LOOKS_EVERY_MS = 50;

const OPT_OUT_SECONDS = '5.0';

export interface EffectRunner {
  run(call: FollowedCall, effect: CallEffect): void;
}

interface Back {
  tell(callId: CallId, event: CallEvent): void;
  forget(callId: CallId): void;
}

/** The bridge of a call is named after it, so that a later life can tell whose it was. */
export const BRIDGE_PREFIX = 'call-';

export const bridgeOf = (callId: CallId): string => `${BRIDGE_PREFIX}${callId}`;

const clockJson = (clock: GreetingClock | null): Readonly<Record<string, string | number | null>> | null =>
  clock === null ? null : { ...clock };

/** The key was pressed under the message: it has been stopped, and the call ends when the request is durable. */
const isOptingOut = ({ state }: FollowedCall): boolean => state.kind === 'safe_harbor' && state.optingOut;

export function createCallEffects(
  sidecar: Station,
  agents: AgentPool,
  waiting: WaitingOptOuts,
  recordings: CallRecordings,
  back: Back,
): EffectRunner {
  const { clock, telephony, log } = sidecar;

  /** Runs one command; a failure becomes the given event, or only a line in the log. */
  function command(call: FollowedCall, what: string, act: () => Promise<void>, onFailure?: CallEvent): void {
    act().catch((error: unknown) => {
      log.warn({ callId: call.callId, what, problem: messageOf(error) }, 'telephone command failed');
      if (onFailure !== undefined) back.tell(call.callId, onFailure);
    });
  }

  function setTimer(call: FollowedCall, effect: CallEffect & { do: 'set_timer' }): void {
    call.timers.get(effect.timer)?.cancel();
    call.timers.set(
      effect.timer,
      clock.after(effect.ms, () => {
        back.tell(call.callId, { kind: 'timer', timer: effect.timer });
      }),
    );
  }

  const waited = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      clock.after(ms, resolve);
    });

  function requestAgent(call: FollowedCall): void {
    const agent = agents.promise(call.campaign.id);
    // Answered in a later turn: the machine has taken its step before the next event arrives.
    queueMicrotask(() => {
      back.tell(call.callId, agent === null ? { kind: 'no_agent' } : { kind: 'agent_promised', agent });
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
    back.tell(call.callId, { kind: 'bridged' });
  }

  /** Once for each call; a failure is only a line in the log. */
  function takeDown(call: FollowedCall): Promise<void> {
    const { callId } = call;
    call.parting ??= telephony.destroyBridge(bridgeOf(callId)).catch((error: unknown) => {
      log.warn({ callId, what: 'destroy bridge', problem: messageOf(error) }, 'telephone command failed');
    });
    return call.parting;
  }

  function startBridging(call: FollowedCall, agent: Agent): void {
    const connecting = connect(call, agent);
    call.bridging = connecting.catch(() => call.parting ?? undefined);
    command(call, 'connect', () => connecting, { kind: 'connect_failed' });
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
    if (!(await telephony.hasPlace(call.callId, to)))
      throw new Error(`there is no ${to.context},${to.extension},${to.priority} in the dialplan`);
    if (call.state.kind !== 'handing_over') return;
    agents.talk(call.state.agent);
    // INVARIANT (switch-until-handed-over): the switch goes on until the dialplan has the call and turns it off itself.
    const given = await telephony.handOver(call.callId, to, () => call.state.kind === 'handing_over');
    // Given up meanwhile: the person is a drop, and hears the message.
    if (!given) return;
    back.tell(call.callId, { kind: 'bridged' });
  }

  async function playMessage(
    call: FollowedCall,
    kind: 'safe_harbor' | 'machine_message',
    messageMs: number,
  ): Promise<void> {
    const prompt = call.prompts.prompt(call.campaign.id, kind);
    if (!prompt.fit) throw new Error(prompt.problem);
    await begun(call, telephony.play(call.callId, `${call.callId}:message`, prompt.media));
    // INVARIANT (switch-until-heard): the switch is set for the length of the message only when that is being heard. Until then it
    // stays as the heartbeat left it: whatever dies or is lost, the dialplan has the person again within 0.8 s.
    command(call, 'switch for the message', () =>
      telephony.setAtOnce(call.callId, {
        [MONITOR_VARIABLES.deadMan]: ((messageMs + MESSAGE_SLACK_MS) / 1_000 + 1).toFixed(1),
        [MONITOR_VARIABLES.harbor]: 'playing',
      }),
    );
  }

  /** Throws when the message has not begun in time, by its command's answer or by its event. */
  async function begun(call: FollowedCall, playing: Promise<void>): Promise<void> {
    const answer = playing.then(() => 'answered' as const);
    for (let waitedMs = 0; waitedMs < BEGINS_WITHIN_MS; waitedMs += LOOKS_EVERY_MS) {
      const told = await Promise.race([answer, waited(LOOKS_EVERY_MS)]);
      if (told === 'answered' || call.timeline.at('message_started') !== null) {
        // Only the answer may still be lost: the person hears the message.
        answer.catch(() => undefined);
        return;
      }
    }
    answer.catch(() => undefined);
    throw new Error(`the message has not begun within ${BEGINS_WITHIN_MS} ms`);
  }

  /**
   * The dialplan takes `playing` for a message that is being heard and would hang up: should our command be lost, the switch must
   * not find it. Not one after the other: the person waits.
   */
  async function rescue(call: FollowedCall): Promise<void> {
    const switched = telephony.setVariables(call.callId, {
      [MONITOR_VARIABLES.harbor]: 'over',
      [MONITOR_VARIABLES.deadMan]: SWITCH_SECONDS,
    });
    // Refused when the call has gone on already, as it should.
    switched.catch(() => undefined);
    await telephony.rescue(call.callId);
  }

  async function optOut(call: FollowedCall): Promise<void> {
    const request = {
      number: call.number,
      sellerId: call.campaign.seller.id,
      channel: 'key_press',
      callId: call.callId,
    };
    // The message has been stopped: its dead-man must not cut in while the request is made durable. After a key before the message
    // that is still to come, and its switch with it.
    if (isOptingOut(call)) void writeSwitch(sidecar, call, { [MONITOR_VARIABLES.deadMan]: OPT_OUT_SECONDS });
    const written = waiting.add(call.number, call.campaign.seller.id, {
      requestedAt: clock.now(),
      channel: request.channel,
    });
    try {
      await recordOptOut(sidecar, request);
      written();
    } catch (error) {
      log.error({ callId: call.callId, problem: messageOf(error) }, 'opt-out not in the ledger yet');
      const later = persist(sidecar, `opt-out of ${call.callId}`, () => recordOptOut(sidecar, request)).then(
        written,
      );
      // The exchange keeps it for a later life of ours; where it cannot either, the call waits for the ledger.
      await telephony.keepOptOut(call.callId, Math.floor(clock.now() / 1_000)).catch(() => later);
    }
    // The hang-up follows, so the dialplan need not note the key. After a key before the message it does: the message is still to come.
    if (isOptingOut(call)) void writeSwitch(sidecar, call, { [MONITOR_VARIABLES.harbor]: 'done' });
    back.tell(call.callId, { kind: 'opt_out_durable' });
  }

  async function playDisclosure(call: FollowedCall): Promise<void> {
    const prompt = call.prompts.prompt(call.campaign.id, 'disclosure');
    if (!prompt.fit) throw new Error(prompt.problem);
    await telephony.playToBridge(bridgeOf(call.callId), `${call.callId}:disclosure`, prompt.media);
  }

  function settle(call: FollowedCall, effect: CallEffect & { do: 'settle' }): void {
    const result = {
      callId: call.callId,
      campaignId: call.campaign.id,
      outcome: effect.outcome,
      endedAt: clock.now(),
      hangupCause: effect.hangupCause,
      sipStatus: effect.sipStatus,
      source: call.plan.heldBy === 'dialer' ? 'watchdog' : 'ari',
    } as const;
    call.settling = settleCall(sidecar, call.campaign, call.number, result);
  }

  function finish(call: FollowedCall): void {
    stopHeartbeat(call);
    call.briefing?.end();
    for (const timer of call.timers.values()) timer.cancel();
    if (call.timeline.at('connected') !== null) {
      void takeDown(call);
    }
    // Followed until the result is durable: `reconcile` would take the call for one that nobody follows.
    void Promise.all([call.settling, writeTimeline(call)]).then(() => {
      back.forget(call.callId);
    });
  }

  async function writeTimeline(call: FollowedCall): Promise<void> {
    const { timeline } = call;
    await persist(sidecar, `timeline of ${call.callId}`, () =>
      sidecar.ledger.append({
        kind: 'call_progress',
        dedupeKey: call.callId,
        body: {
          callId: call.callId,
          campaignId: call.campaign.id,
          number: call.number,
          timeline: timeline.toJson(),
          sources: timeline.sources(),
          greetingEndSource: timeline.clock()?.source ?? null,
          clock: clockJson(timeline.clock()),
          ...(call.evidence === null ? {} : { machine: call.evidence.toJson(timeline.at('clock_started')) }),
        },
      }),
    );
    await recordings.finish(call);
  }

  function run(call: FollowedCall, effect: CallEffect): void {
    const { callId } = call;
    switch (effect.do) {
      case 'start_heartbeat':
        startHeartbeat(sidecar, call);
        return;
      case 'stop_heartbeat':
        stopHeartbeat(call);
        return;
      case 'set_timer':
        setTimer(call, effect);
        return;
      case 'cancel_timer':
        call.timers.get(effect.timer)?.cancel();
        return;
      case 'listen':
        command(call, 'listen beside', () =>
          telephony.listenBeside(callId, {
            silenceMs: call.plan.silenceMs,
            threshold: call.plan.talkThreshold,
          }),
        );
        return;
      case 'stop_listening':
        command(call, 'stop listening', () => telephony.stopListening(callId));
        return;
      case 'raise_threshold':
        command(call, 'raise threshold', async () => {
          const { silenceMs, noiseThreshold } = call.plan;
          await telephony.detectTalk(callId, { silenceMs, threshold: noiseThreshold });
          back.tell(callId, { kind: 'threshold_raised' });
        });
        return;
      case 'note_speech':
        call.unheard = false;
        if (call.plan.deadMan) void writeSwitch(sidecar, call, { [MONITOR_VARIABLES.harbor]: 'heard' });
        return;
      case 'note_greeting_end':
        // The exchange has heard the person, and its dialplan knows that the greeting is over.
        if (effect.how === 'amd_human') call.unheard = false;
        return;
      // The timeline's, and the evidence's.
      case 'note_verdict':
      case 'note_human_sign':
        return;
      case 'request_agent':
        requestAgent(call);
        return;
      case 'brief_agent':
        call.briefing?.tell(effect.agent);
        return;
      case 'release_agent':
        call.briefing?.stop();
        release(call, effect);
        return;
      case 'connect_agent':
        call.briefing?.stop();
        startBridging(call, effect.agent);
        return;
      case 'hand_over':
        command(call, 'hand over', () => handOver(call, effect), { kind: 'connect_failed' });
        return;
      case 'disarm':
        void writeSwitch(sidecar, call, SWITCH_OFF);
        return;
      case 'leave_to_switch':
        void writeSwitch(sidecar, call, {
          [MONITOR_VARIABLES.harbor]: 'over',
          [MONITOR_VARIABLES.deadMan]: (effect.ms / 1_000).toFixed(3),
        });
        return;
      case 'take':
        command(call, 'take', () => telephony.take(callId), { kind: 'take_failed' });
        return;
      case 'play_message':
        command(call, 'message', () => playMessage(call, 'safe_harbor', call.plan.messageMs), {
          kind: 'message_failed',
        });
        return;
      case 'play_machine_message': {
        const messageMs = call.plan.machine?.messageMs ?? 0;
        command(call, 'message for a machine', () => playMessage(call, 'machine_message', messageMs), {
          kind: 'message_failed',
        });
        return;
      }
      case 'stop_message':
        command(call, 'stop message', () => telephony.stopPlayback(`${callId}:message`));
        return;
      case 'record_opt_out':
        command(call, 'opt-out', () => optOut(call));
        return;
      case 'play_disclosure':
        command(call, 'disclosure', () => playDisclosure(call), { kind: 'disclosure_failed' });
        return;
      case 'start_recording':
        command(call, 'recording', () => recordings.start(call));
        return;
      case 'refuse_recording':
        recordings.refuse(call, effect);
        return;
      case 'settle':
        settle(call, effect);
        return;
      case 'hang_up':
        command(call, 'hang up', () => telephony.hangUp(callId));
        return;
      case 'rescue':
        command(call, 'rescue', () => rescue(call));
        return;
      case 'finish':
        finish(call);
        return;
      default:
        effect satisfies never;
    }
  }

  return { run };
}
