/**
 * `AMD()` of the exchange calls a machine what would be hung up on: nobody is, until our own ears have heard the talk go on. Pure; every
 * pair written out, as in `step.ts`. It costs the person nothing: while somebody talks nobody waits.
 *
 * INVARIANT (hung-up-on-by-two): who is hung up on as a machine has talked above noise for `amd.greetingMs`, as `AMD()` heard it, and
 * on without a pause for `longestHumanTalkMs`, as both of our ears heard it. Talk that ends sooner, or that nobody of us hears, is a
 * person's, and is served from its end on.
 */
import type { Ear } from '../domain/ear.ts';
import type { VerdictRule } from '../domain/machine-detection.ts';
import {
  CANCEL_GREETING_TIMERS,
  endGreeting,
  leaveGreeting,
  LISTEN,
  optOutEarly,
  START_HEARTBEAT,
} from './greeting.ts';
import { foundMachine, READ_WITHIN_MS } from './machine.ts';
import type { CallEffect, CallEvent, CallPlan, CallState, MachinePlan, Step, TimerName } from './state.ts';

type Doubted = CallState & { kind: 'doubted' };

const ignore = (state: CallState): Step => ({ state, effects: [] });

/** The call has come out of `AMD()`, in the middle of its talk. */
export function doubt({ silenceMs }: CallPlan, { longestHumanTalkMs }: MachinePlan): Step {
  return {
    state: { kind: 'doubted', heard: false, hangingUp: false },
    effects: [
      // Before the switch: it need not leave the call to the dialplan for want of a first word.
      { do: 'note_speech' },
      START_HEARTBEAT,
      LISTEN,
      // Noise would be talk without end.
      { do: 'raise_threshold' },
      { do: 'set_timer', timer: 'no_speech', ms: silenceMs },
      { do: 'set_timer', timer: 'machine_suspected', ms: longestHumanTalkMs + silenceMs },
    ],
  };
}

export function doubted(state: Doubted, event: CallEvent, plan: CallPlan): Step {
  switch (event.kind) {
    case 'talk_started':
      return { state: { ...state, heard: true }, effects: [] };
    // Either ear: the one that cannot tell (DTX, noise) stays silent.
    case 'talk_finished':
      return person(plan, 'short_talk', event.by);
    case 'timer':
      return doubtTimer(state, event.timer, plan);
    case 'digit':
      return pressed(event.digit, plan);
    case 'hangup_requested':
      return { state: { ...state, hangingUp: true }, effects: [] };
    // What the ears said last may be over: the dialplan brings whoever is there to the message.
    case 'connection_lost':
      return noted('undecided', 'left', leaveGreeting({ ...state, hangingUp: false }, null));
    case 'left':
      return state.hangingUp
        ? hungUp({ kind: 'closing' }, null, null)
        : noted('undecided', 'left', leaveGreeting(state, null));
    case 'ended': {
      const { effects } = hungUp({ kind: 'closing' }, event.hangupCause, event.sipStatus);
      return { state: { kind: 'ended' }, effects: [...effects, { do: 'finish' }] };
    }
    case 'ringing':
    case 'answered':
    case 'entered':
    case 'greeting_missed':
    case 'agent_promised':
    case 'no_agent':
    case 'agent_lost':
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
    case 'threshold_raised':
    case 'opt_out_durable':
      return ignore(state);
    default:
      return event satisfies never;
  }
}

/** After a stall of ours the end of the talk may still wait to be read, for timers come first: it is hung up when it has been. */
function doubtTimer(state: Doubted, timer: TimerName, plan: CallPlan): Step {
  switch (timer) {
    // By now the ear beside the call would have heard somebody who talks: the talk ended with the verdict of `AMD()`.
    case 'no_speech':
      return state.heard ? ignore(state) : person(plan, 'amd_not_sure', null);
    case 'machine_suspected':
      return { state, effects: [{ do: 'set_timer', timer: 'machine_confirmed', ms: READ_WITHIN_MS }] };
    case 'machine_confirmed':
      return plan.machine === null ? ignore(state) : foundMachine(plan.machine, null, 'amd_machine');
    case 'noise_suspected':
    case 'voice_ended':
    case 'longest_greeting':
    case 'machine_greeting':
    case 'tone':
    case 'agent_wait':
    case 'connect':
    case 'message':
    case 'closing':
      return ignore(state);
    default:
      return timer satisfies never;
  }
}

const noted = (verdict: 'human' | 'undecided', rule: VerdictRule, { state, effects }: Step): Step => ({
  state,
  effects: [{ do: 'note_verdict', verdict, rule }, ...effects],
});

/** Told `silenceMs` after the last sound, by an ear or by none that heard any: the rest of the two seconds is the agent's. */
const person = (plan: CallPlan, rule: 'short_talk' | 'amd_not_sure', by: Ear | null): Step =>
  noted(rule === 'short_talk' ? 'human' : 'undecided', rule, endGreeting(plan, null, 'talk_end', by));

/** Machines press no keys. */
const pressed = (digit: string, plan: CallPlan): Step =>
  noted(
    'human',
    'key',
    digit === plan.optOutDigit ? optOutEarly(plan, null) : endGreeting(plan, null, 'missed'),
  );

/** Whoever hangs up while the talk goes on has given no sign of a person: `AMD()` has the word, and the call counts nowhere. */
function hungUp(state: CallState, hangupCause: number | null, sipStatus: number | null): Step {
  const effects: readonly CallEffect[] = [
    { do: 'note_verdict', verdict: 'machine', rule: 'amd_machine' },
    { do: 'stop_heartbeat' },
    ...CANCEL_GREETING_TIMERS,
    { do: 'stop_listening' },
    { do: 'settle', outcome: 'machine', hangupCause, sipStatus },
  ];
  return { state, effects };
}
