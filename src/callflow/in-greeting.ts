/** The greeting, event by event: every pair written out, as in `step.ts`. */
import { endGreeting, leaveGreeting, LISTEN, optOutEarly, SUSPECT_NOBODY } from './greeting.ts';
import { confirmMachine, cutOff, listenForMachine, suspectMachine } from './machine.ts';
import { noSpeech, suspectNoise, talkFinished, talkStarted, voiceEnded } from './hearing.ts';
import type { CallEffect, CallEvent, CallPlan, CallState, Step, TimerName } from './state.ts';
import { inWatchedGreeting } from './watched.ts';

type Greeting = CallState & { kind: 'greeting' };

export function inGreeting(state: Greeting, event: CallEvent, plan: CallPlan): Step {
  const watched = plan.heldBy === 'dialer' ? inWatchedGreeting(state, event, plan) : null;
  if (watched !== null) return watched;
  switch (event.kind) {
    case 'talk_started':
      return talkStarted(state, event.by, plan);
    case 'talk_finished':
      return talkFinished(state, event, plan);
    case 'threshold_raised':
      return listenForMachine(state, plan);
    case 'connection_lost':
      return cutOff(state);
    case 'timer':
      return greetingTimer(state, event.timer, plan);
    case 'greeting_missed':
      return endGreeting(plan, state.agent, 'missed');
    case 'agent_promised':
      return plan.connectAt === 'at_answer'
        ? endGreeting(plan, event.agent, 'at_answer')
        : {
            state: { ...state, agent: event.agent },
            effects: [{ do: 'brief_agent', agent: event.agent }],
          };
    case 'no_agent':
      return plan.connectAt === 'at_answer' ? { state, effects: [LISTEN] } : { state, effects: [] };
    case 'digit':
      return pressed(state, event.digit, plan);
    case 'agent_lost':
      return { state: { ...state, agent: null }, effects: [] };
    case 'hangup_requested':
      return { state: { ...state, hangingUp: true }, effects: [] };
    case 'left':
      return withoutVerdict(leaveGreeting(state, state.agent), plan);
    case 'ended': {
      const { effects } = withoutVerdict(leaveGreeting({ ...state, hangingUp: true }, state.agent), plan);
      return { state: { kind: 'ended' }, effects: [...effects, { do: 'finish' }] };
    }
    case 'ringing':
    case 'answered':
    case 'entered':
    case 'bridged':
    case 'handed_over':
    case 'connect_failed':
    case 'agent_reached':
    case 'take_failed':
    case 'message_finished':
    case 'message_failed':
    case 'disclosure_finished':
    case 'disclosure_failed':
    case 'recording_refused':
    case 'opt_out_durable':
      return { state, effects: [] };
    default:
      return event satisfies never;
  }
}

function withoutVerdict(left: Step, { machine }: CallPlan): Step {
  const undecided: CallEffect = { do: 'note_verdict', verdict: 'undecided', rule: 'left' };
  return machine?.by === 'own' ? { ...left, effects: [undecided, ...left.effects] } : left;
}

/** Machines press no keys: whoever does is a person. */
function pressed(state: Greeting, digit: string, plan: CallPlan): Step {
  const human: readonly CallEffect[] =
    plan.machine?.by === 'own'
      ? [...SUSPECT_NOBODY, { do: 'note_verdict', verdict: 'human', rule: 'key' }]
      : [];
  if (digit !== plan.optOutDigit) {
    const hearing = { ...state.hearing, perhapsMachine: false };
    return { state: { ...state, hearing }, effects: human };
  }
  const out = optOutEarly(plan, state.agent);
  return { ...out, effects: [...human, ...out.effects] };
}

function greetingTimer(state: Greeting, timer: TimerName, plan: CallPlan): Step {
  switch (timer) {
    case 'no_speech':
      return noSpeech(state, plan);
    case 'noise_suspected':
      return suspectNoise(state);
    case 'voice_ended':
      return voiceEnded(state, plan);
    case 'longest_greeting':
      return endGreeting(plan, state.agent, 'longest');
    case 'machine_suspected':
      return suspectMachine(state, plan);
    case 'machine_confirmed':
      return confirmMachine(state, plan);
    case 'machine_greeting':
    case 'tone':
    case 'agent_wait':
    case 'connect':
    case 'message':
    case 'closing':
      return { state, effects: [] };
    default:
      return timer satisfies never;
  }
}
