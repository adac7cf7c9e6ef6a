/**
 * Person or machine? Our own detector, what `AMD()` of the exchange has found, and the course of a call that is taken for a
 * machine's. Pure; what it stands on is when talk began and ended, as the ears tell it.
 *
 * Own detector: a voice above the noise that has lasted `longestHumanTalkMs` without a pause of `silenceMs`, counted from when noise
 * can be told from it (`hearing.ts`), is a machine's greeting. The verdict falls while somebody talks or not at all, so nobody waits
 * for it: whoever ends sooner is a person, at the instant at which the end of the greeting is told anyway.
 *
 * INVARIANT (machine-only-while-talking): no silence, and nothing that comes after the greeting has ended, makes a machine.
 * INVARIANT (taken-for-a-machine-not-left): silence behind a machine's greeting lasts at most `silenceMs + toneWithinMs`, then the
 * message begins; and the dead-man switch is on until it has.
 */
import { EARS } from '../domain/ear.ts';
import { type AmdReport, verdictOfAmd, type VerdictRule } from '../domain/machine-detection.ts';
import {
  CANCEL_GREETING_TIMERS,
  dropToSafeHarbor,
  endGreeting,
  enterGreeting,
  LISTEN,
  MESSAGE_SLACK_MS,
  optOutEarly,
  releasing,
  START_HEARTBEAT,
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
 * Asked `silenceMs` after a voice has lasted that long: an end before that would have been told. Both ears must hear it: the
 * channel's tells a voice from noise, the one beside it hears when no packets come any more, which to the channel's is talk that goes
 * on.
 */
export function suspectMachine(state: Greeting, plan: CallPlan): Step {
  const { raised, perhapsMachine, perhapsNoise, talking } = state.hearing;
  if (
    plan.machine?.by !== 'own' ||
    !perhapsMachine ||
    !raised ||
    perhapsNoise ||
    talking.length < EARS.length
  )
    return ignore(state);
  return foundMachine(plan.machine, state.agent, 'long_talk');
}

/** The exchange has looked at the answer before it gave us the call: there is no greeting left to wait for, unless a machine's. */
export function enterAfterAmd(plan: CallPlan, machine: MachinePlan, amd: AmdReport | undefined): Step {
  // It has not looked: the exchange lacks `AMD()`, or the call was found again after a restart.
  if (amd === undefined) {
    const { state, effects } = enterGreeting(plan);
    return {
      state,
      effects: [{ do: 'note_verdict', verdict: 'undecided', rule: 'amd_not_sure' }, ...effects],
    };
  }
  const { verdict, rule } = verdictOfAmd(amd);
  if (verdict === 'machine') {
    const listening: readonly CallEffect[] = [START_HEARTBEAT, { do: 'note_speech' }, LISTEN];
    if (machine.onMachine === 'hang_up') return foundMachine(machine, null, rule);
    // Its talk may have ended while nobody listened: until an ear tells of it, it counts as over.
    const { effects } = foundMachine(machine, null, rule);
    const tone: CallEffect = { do: 'set_timer', timer: 'tone', ms: machine.toneWithinMs };
    return {
      state: { kind: 'machine', doing: 'pauses', hangingUp: false },
      effects: [...listening, ...effects, tone],
    };
  }
  const nobodySpoke = amd.cause.startsWith('INITIALSILENCE');
  const how = verdict === 'human' ? 'amd_human' : nobodySpoke ? 'no_speech' : 'missed';
  const { state, effects } = endGreeting(plan, null, how);
  return { state, effects: [START_HEARTBEAT, { do: 'note_verdict', verdict, rule }, ...effects] };
}

function foundMachine(
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
      return { state: { kind: 'rescued' }, effects: [...QUIET, CANCEL_MESSAGE, dropped, { do: 'rescue' }] };
    case 'hangup_requested':
      return { state: { ...state, hangingUp: true }, effects: [] };
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
      return { state: { ...state, doing: 'greets' }, effects: [{ do: 'cancel_timer', timer: 'tone' }] };
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

const pause = (state: Machine, { machine: settings }: CallPlan): Step => ({
  state: { ...state, doing: 'pauses' },
  effects: [{ do: 'set_timer', timer: 'tone', ms: settings?.toneWithinMs ?? 0 }],
});

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
