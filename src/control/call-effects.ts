/** Carries out the effects of the call machine through the ports; answers come back as events. */
import type { CallEffect, CallEvent } from '../callflow/state.ts';
import type { CallId } from '../domain/ids.ts';
import { createAgentEffects } from './agent-effects.ts';
import type { AgentPool } from './agents.ts';
import { MONITOR_VARIABLES } from './channel-variables.ts';
import { startHeartbeat, SWITCH_OFF, stopHeartbeat, writeSwitch } from './dead-man.ts';
import { messageOf } from './deadline.ts';
import type { Proven } from './dialer-results.ts';
import { createEndEffects } from './end-effects.ts';
import type { FollowedCall } from './follow-call.ts';
import { createMessageEffects } from './message-effects.ts';
import type { CallRecordings } from './recordings/call-recordings.ts';
import type { Station } from './sidecar.ts';
import type { WaitingOptOuts } from './waiting-opt-outs.ts';

export interface EffectRunner {
  run(call: FollowedCall, effect: CallEffect): void;
}

interface Back {
  readonly tell: (callId: CallId, event: CallEvent) => void;
  readonly forget: (callId: CallId) => void;
  readonly prove: (callId: CallId, outcome: Proven) => void;
}

export function createCallEffects(
  sidecar: Station,
  agents: AgentPool,
  waiting: WaitingOptOuts,
  recordings: CallRecordings,
  back: Back,
): EffectRunner {
  const { clock, telephony, log } = sidecar;
  const ofAgent = createAgentEffects(sidecar, agents, back.tell);
  const ofMessage = createMessageEffects(sidecar, waiting, back.tell);
  const ofEnd = createEndEffects(sidecar, ofAgent, recordings, back.forget);

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
        ofAgent.request(call);
        return;
      case 'await_agent':
        ofAgent.wait(call);
        return;
      case 'stop_waiting':
        agents.stopWaiting(callId);
        return;
      case 'brief_agent':
        call.notice.expect(effect.agent);
        return;
      case 'release_agent':
        call.notice.leave(effect.agent.channelId);
        ofAgent.release(call, effect);
        return;
      case 'connect_agent':
        call.notice.connecting(effect.agent);
        command(call, 'connect', () => ofAgent.connect(call, effect.agent), { kind: 'connect_failed' });
        return;
      case 'hand_over':
        command(call, 'hand over', () => ofAgent.handOver(call, effect), { kind: 'connect_failed' });
        return;
      case 'call_off':
        command(call, 'call off', () => ofAgent.callOff(call));
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
        command(call, 'message', () => ofMessage.play(call, 'safe_harbor', call.plan.messageMs), {
          kind: 'message_failed',
        });
        return;
      case 'play_machine_message': {
        const messageMs = call.plan.machine?.messageMs ?? 0;
        command(call, 'message for a machine', () => ofMessage.play(call, 'machine_message', messageMs), {
          kind: 'message_failed',
        });
        return;
      }
      case 'stop_message':
        command(call, 'stop message', () => telephony.stopPlayback(`${callId}:message`));
        return;
      case 'record_opt_out':
        command(call, 'opt-out', () => ofMessage.optOut(call));
        return;
      case 'play_disclosure':
        command(call, 'disclosure', () => ofMessage.playDisclosure(call), { kind: 'disclosure_failed' });
        return;
      case 'start_recording':
        command(call, 'recording', () => recordings.start(call));
        return;
      case 'refuse_recording':
        recordings.refuse(call, effect);
        return;
      case 'settle':
        ofEnd.settle(call, effect);
        return;
      case 'prove':
        if (!call.deaf) back.prove(callId, effect.outcome);
        return;
      case 'hang_up':
        command(call, 'hang up', () => telephony.hangUp(callId));
        return;
      case 'rescue':
        command(call, 'rescue', () => ofMessage.rescue(call));
        return;
      case 'finish':
        ofEnd.finish(call);
        return;
      default:
        effect satisfies never;
    }
  }

  return { run };
}
