/**
 * Person or machine? Our own detector, and the course of a call that is taken for a
 * machine's. Pure; what it stands on is when talk began and ended, as the ears tell it.
 *
 * Own detector: a voice above the noise that has lasted `longestHumanTalkMs` without a pause of `silenceMs`, counted from when noise
 * can be told from it (`hearing.ts`), is a machine's greeting. The verdict falls while somebody talks or not at all, so nobody waits
 * for it: whoever ends sooner is a person, at the instant at which the end of the greeting is told anyway.
 *
 * INVARIANT (machine-only-while-talking): no silence, and nothing that comes after the greeting has ended, makes a machine.
 * Nor is anybody taken for one while the exchange cannot be heard: what it tells us of last may be over.
 * INVARIANT (taken-for-a-machine-not-left): silence behind a machine's greeting lasts at most `silenceMs + toneWithinMs`, then the
 * message begins; and the dead-man switch is on until it has, and brings it within the two seconds.
 */
import { EARS } from '../domain/ear.ts';
import type { VerdictRule } from '../domain/machine-detection.ts';
import {
  CANCEL_GREETING_TIMERS,
  dropToSafeHarbor,
  endGreeting,
  MESSAGE_SLACK_MS,
  optOutEarly,
  releasing,
  START_HEARTBEAT,
  SUSPECT_NOBODY,
} from './greeting.ts';
import { closingTimer, waitForRecord } from './in-safe-harbor.ts';
import type { Agent, CallEffect, CallEvent, CallPlan, CallState, MachinePlan, Step } from './state.ts';

type Greeting = CallState & { kind: 'greeting' };
type Machine = CallState & { kind: 'machine' };

const ignore = (state: CallState): Step => ({ state, effects: [] });

/** From here on what the channel's ear hears is a voice: noise that began before it cannot be told from talk, and does not count. */
export function listenForMachine(state: Greeting, plan: CallPlan): Step {
  const { raised, perhapsMachine } = state.hearing;
  if (plan.machine?.by !== 'own' || !raised || !perhapsMachine) return ignore(state);
  const ms = plan.machine.longestHumanTalkMs + plan.silenceMs;
  return { state, effects: [{ do: 'set_timer', timer: 'machine_suspected', ms }] };
}

/**
 * Asked `silenceMs` after a voice has lasted that long: an end before that would have been told. After a stall the answer may still
 * wait to be read, for timers come first: the verdict falls when it has been.
 */
export function suspectMachine(state: Greeting, plan: CallPlan): Step {
  return isSuspect(state, plan)
    ? { state, effects: [{ do: 'set_timer', timer: 'machine_confirmed', ms: READ_WITHIN_MS }] }
    : ignore(state);
}

export function confirmMachine(state: Greeting, plan: CallPlan): Step {
  return plan.machine !== null && isSuspect(state, plan)
    ? foundMachine(plan.machine, state.agent, 'long_talk')
    : ignore(state);
}

/** One turn of the event loop is enough to read what has come. */
export const READ_WITHIN_MS = 50;

/**
 * Both ears must hear it: the channel's tells a voice from noise, the one beside it hears when no packets come any more, which to the
 * channel's is talk that goes on.
 */
function isSuspect({ hearing }: Greeting, { machine }: CallPlan): boolean {
  const { raised, perhapsMachine, perhapsNoise, talking } = hearing;
  return machine?.by === 'own' && perhapsMachine && raised && !perhapsNoise && talking.length === EARS.length;
}

/** An end of the talk that falls into the gap is not told: whoever it was stays a person. */
export const cutOff = (state: Greeting): Step => ({
  state: { ...state, hearing: { ...state.hearing, perhapsMachine: false } },
  effects: SUSPECT_NOBODY,
});

export function foundMachine(
  { onMachine, longestMachineGreetingMs }: MachinePlan,
  agent: Agent | null,
  rule: VerdictRule,
): Step {
  const found: readonly CallEffect[] = [
    ...CANCEL_GREETING_TIMERS,
    { do: 'note_verdict', verdict: 'machine', rule },
    ...releasing(agent),
  ];
  switch (onMachine) {
    case 'hang_up':
      return {
        state: { kind: 'machine', doing: 'is_hung_up', hangingUp: false },
        effects: [...found, { do: 'stop_listening' }, ...hangUp],
      };
    case 'message':
      return {
        state: { kind: 'machine', doing: 'greets', hangingUp: false },
        effects: [...found, { do: 'set_timer', timer: 'machine_greeting', ms: longestMachineGreetingMs }],
      };
    default:
      return onMachine satisfies never;
  }
}

const hangUp: readonly CallEffect[] = [{ do: 'stop_heartbeat' }, { do: 'hang_up' }, closingTimer];

const QUIET: readonly CallEffect[] = [
  { do: 'cancel_timer', timer: 'machine_greeting' },
  { do: 'cancel_timer', timer: 'tone' },
  { do: 'stop_listening' },
];

const dropped: CallEffect = { do: 'settle', outcome: 'dropped', hangupCause: null, sipStatus: null };

export function machine(state: Machine, event: CallEvent, plan: CallPlan): Step {
  switch (event.kind) {
    case 'digit':
      return key(state, event.digit, plan);
    case 'talk_started':
      return talkAfterVerdict(state);
    // Either ear: the one that cannot tell (DTX, noise) stays silent, and whoever is no machine must not wait.
    case 'talk_finished':
      return state.doing === 'greets' ? pause(state, plan) : ignore(state);
    case 'timer':
      return machineTimer(state, event, plan);
    case 'message_finished':
      return state.doing === 'is_told' ? { state, effects: [messageTimer(0)] } : ignore(state);
    case 'message_failed':
      // Cut off by the hang-up, theirs or ours: nobody is left who could be rescued.
      if (state.hangingUp || state.doing === 'is_hung_up') return ignore(state);
      return { state: { kind: 'rescued' }, effects: [...QUIET, CANCEL_MESSAGE, dropped, { do: 'rescue' }] };
    case 'hangup_requested':
      return { state: { ...state, hangingUp: true }, effects: [] };
    // A key or a word in the gap would not be told: it counts as a person's, whom the switch brings to the message.
    case 'connection_lost':
    case 'left':
      return left(state);
    case 'ended':
      return {
        state: { kind: 'ended' },
        effects: [...over, settled(event.hangupCause, event.sipStatus), { do: 'finish' }],
      };
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

const CANCEL_MESSAGE: CallEffect = { do: 'cancel_timer', timer: 'message' };

const messageTimer = (messageMs: number): CallEffect => ({
  do: 'set_timer',
  timer: 'message',
  ms: messageMs + MESSAGE_SLACK_MS,
});

const over: readonly CallEffect[] = [
  ...QUIET,
  { do: 'stop_heartbeat' },
  CANCEL_MESSAGE,
  { do: 'cancel_timer', timer: 'closing' },
];

const settled = (hangupCause: number | null, sipStatus: number | null): CallEffect => ({
  do: 'settle',
  outcome: 'machine',
  hangupCause,
  sipStatus,
});

/** Machines press no keys. Nobody has hung up yet: the person gets what is due to one, late as it is. */
function key(state: Machine, digit: string, plan: CallPlan): Step {
  const sign: CallEffect = { do: 'note_human_sign', sign: 'key' };
  const optsOut = digit === plan.optOutDigit;
  switch (state.doing) {
    case 'greets':
    case 'pauses': {
      const { state: next, effects } = optsOut ? optOutEarly(plan, null) : served(state, plan);
      return { state: next, effects: [sign, ...QUIET, ...effects] };
    }
    case 'is_told':
      return optsOut
        ? {
            state: { kind: 'safe_harbor', optingOut: true },
            effects: [sign, dropped, waitForRecord, { do: 'stop_message' }, { do: 'record_opt_out' }],
          }
        : { state: { kind: 'safe_harbor', optingOut: false }, effects: [sign, dropped] };
    case 'is_hung_up':
      return {
        state: { kind: 'closing' },
        effects: [sign, dropped, ...(optsOut ? [{ do: 'record_opt_out' } as const] : [])],
      };
    default:
      return state.doing satisfies never;
  }
}

/** Behind a greeting most of the two seconds is gone: an agent would come too late, the message need not. */
const served = ({ doing }: Machine, plan: CallPlan): Step =>
  doing === 'pauses' ? dropToSafeHarbor(plan) : endGreeting(plan, null, 'missed');

/** Behind the greeting it may be the tone, or the greeting that goes on. Under our message machines listen: who talks then is a person. */
function talkAfterVerdict(state: Machine): Step {
  switch (state.doing) {
    case 'pauses':
      return {
        state: { ...state, doing: 'greets' },
        effects: [{ do: 'cancel_timer', timer: 'tone' }, { do: 'note_speech' }, START_HEARTBEAT],
      };
    case 'is_told':
      return {
        state: { kind: 'safe_harbor', optingOut: false },
        effects: [{ do: 'note_human_sign', sign: 'talk' }, dropped],
      };
    case 'greets':
    case 'is_hung_up':
      return ignore(state);
    default:
      return state.doing satisfies never;
  }
}

const pause = (state: Machine, plan: CallPlan): Step => ({
  state: { ...state, doing: 'pauses' },
  effects: waitForTone(plan),
});

/** The switch is set once, to the end of the two seconds: a sidecar that dies while it waits for the tone is no longer silence. */
export const waitForTone = ({ machine, connectWithinMs, silenceMs }: CallPlan): readonly CallEffect[] => [
  { do: 'set_timer', timer: 'tone', ms: machine?.toneWithinMs ?? 0 },
  { do: 'stop_heartbeat' },
  { do: 'leave_to_switch', ms: connectWithinMs - silenceMs - BEFORE_THE_END_MS },
];

/** The dialplan needs a moment to begin; `toneWithinMs` ends sooner still. */
const BEFORE_THE_END_MS = 50;

function machineTimer(state: Machine, { timer }: CallEvent & { kind: 'timer' }, plan: CallPlan): Step {
  const { doing } = state;
  if ((timer === 'tone' && doing === 'pauses') || (timer === 'machine_greeting' && isGreeting(state))) {
    return {
      state: { ...state, doing: 'is_told' },
      effects: [
        ...QUIET,
        { do: 'stop_heartbeat' },
        { do: 'play_machine_message' },
        messageTimer(plan.machine?.messageMs ?? 0),
      ],
    };
  }
  if (timer === 'message' && doing === 'is_told') {
    return { state: { ...state, doing: 'is_hung_up' }, effects: hangUp };
  }
  if (timer === 'closing' && doing === 'is_hung_up') return { state, effects: hangUp };
  return ignore(state);
}

const isGreeting = ({ doing }: Machine): boolean => doing === 'greets' || doing === 'pauses';

/** Hung up, by us or by them; or the dialplan has taken the call back and plays the message to whoever is there. */
const left = ({ hangingUp }: Machine): Step =>
  hangingUp
    ? { state: { kind: 'closing' }, effects: [...over, settled(null, null)] }
    : { state: { kind: 'rescued' }, effects: [...over, dropped] };
