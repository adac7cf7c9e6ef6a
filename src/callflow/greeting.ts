/** From the answer to the end of the greeting: listen, promise an agent meanwhile, then connect or play the message at once. */
import type { Agent, CallEffect, CallPlan, CallState, GreetingEnd, Step } from './state.ts';

const CANCEL_GREETING_TIMERS: readonly CallEffect[] = [
  { do: 'cancel_timer', timer: 'no_speech' },
  { do: 'cancel_timer', timer: 'longest_greeting' },
];

/** Nobody spoke: the two seconds run from the answer, so what is left of them must hold a bridge that fails and the message. */
const NO_SPEECH_MARGIN_MS = 350;
const NO_SPEECH_CONNECT_MS = 200;

/** The channel is in our hands: arm everything that ends the greeting. Answer and entry are about 1 ms apart. */
export function enterGreeting(plan: CallPlan): Step {
  return {
    state: { kind: 'greeting', agent: null, heardSpeech: false, hangingUp: false },
    effects: [
      { do: 'start_heartbeat' },
      {
        do: 'set_timer',
        timer: 'no_speech',
        ms: Math.max(0, plan.connectWithinMs - NO_SPEECH_MARGIN_MS),
      },
      { do: 'set_timer', timer: 'longest_greeting', ms: plan.longestGreetingMs },
      { do: 'request_agent' },
    ],
  };
}

/** The clock of the two seconds starts now. */
export function endGreeting(plan: CallPlan, agent: Agent | null, how: GreetingEnd): Step {
  const noted: readonly CallEffect[] = [...CANCEL_GREETING_TIMERS, { do: 'note_greeting_end', how }];
  const withinMs = connectMs(plan, how);
  if (agent !== null) return connect(plan, agent, withinMs, noted);
  return {
    state: { kind: 'awaiting_agent', withinMs, hangingUp: false },
    effects: [...noted, { do: 'request_agent' }],
  };
}

/** Our own agent is bridged; a destination in the dialplan gets the channel. */
export function connect(
  plan: CallPlan,
  agent: Agent,
  withinMs: number,
  before: readonly CallEffect[] = [],
): Step {
  const timer: CallEffect = { do: 'set_timer', timer: 'connect', ms: withinMs };
  if (plan.destination.kind === 'dialplan') {
    const { context, extension, priority } = plan.destination;
    return {
      state: { kind: 'handing_over', agent, hangingUp: false },
      effects: [...before, timer, { do: 'hand_over', context, extension, priority }],
    };
  }
  return {
    state: { kind: 'connecting', agent, hangingUp: false },
    effects: [...before, timer, { do: 'connect_agent', agent }],
  };
}

/** Half of the time to connect: a bridge that takes longer is given up while the message can still start in time. */
function connectMs(plan: CallPlan, how: GreetingEnd): number {
  const half = Math.floor(plan.connectWithinMs / 2);
  return how === 'no_speech' ? Math.min(half, NO_SPEECH_CONNECT_MS) : half;
}

/** The message starts at once; it need not wait for the two seconds. The drop is settled as it starts. */
export function dropToSafeHarbor(plan: CallPlan, before: readonly CallEffect[] = []): Step {
  return {
    state: { kind: 'safe_harbor', optingOut: false },
    effects: [
      ...before,
      { do: 'stop_heartbeat' },
      { do: 'play_message' },
      { do: 'set_timer', timer: 'message', ms: plan.messageMs + MESSAGE_SLACK_MS },
      { do: 'settle', outcome: 'dropped', hangupCause: null, sipStatus: null },
    ],
  };
}

/** A message that has not ended this long after its length is taken as ended. */
export const MESSAGE_SLACK_MS = 1_500;

/** The person has hung up, or the dialplan has taken the call back, before we had done our part. */
export function leaveGreeting(state: CallState & { hangingUp: boolean }, agent: Agent | null): Step {
  const released: readonly CallEffect[] =
    agent === null ? [] : [{ do: 'release_agent', agent, after: 'promise' }];
  const quiet: readonly CallEffect[] = [
    { do: 'stop_heartbeat' },
    ...CANCEL_GREETING_TIMERS,
    { do: 'cancel_timer', timer: 'connect' },
    ...released,
  ];
  return state.hangingUp
    ? {
        state: { kind: 'closing' },
        effects: [...quiet, { do: 'settle', outcome: 'hung_up', hangupCause: null, sipStatus: null }],
      }
    : {
        state: { kind: 'rescued' },
        effects: [...quiet, { do: 'settle', outcome: 'dropped', hangupCause: null, sipStatus: null }],
      };
}
