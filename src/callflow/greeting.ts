/** From the answer to the end of the greeting: listen, promise an agent meanwhile, then connect or play the message at once. */
import { MESSAGE_MARGIN_MS, SHORTEST_CONNECT_MS } from '../domain/agent-wait.ts';
import type { Ear } from '../domain/ear.ts';
import { connectBoundMs } from '../domain/machine-detection.ts';
import { agentWait } from './agent-wait.ts';
import { awaitDialer } from './await-dialer.ts';
import { awaitsBridge, BEHIND_OUR_TAKE_MS, bridgeAfterSilenceMs, bridgeWithinMs } from './left-ms.ts';
import type { Agent, CallEffect, CallPlan, CallState, GreetingEnd, Step } from './state.ts';

export const SUSPECT_NOBODY: readonly CallEffect[] = [
  { do: 'cancel_timer', timer: 'machine_suspected' },
  { do: 'cancel_timer', timer: 'machine_confirmed' },
];

export const CANCEL_GREETING_TIMERS: readonly CallEffect[] = [
  { do: 'cancel_timer', timer: 'no_speech' },
  { do: 'cancel_timer', timer: 'noise_suspected' },
  { do: 'cancel_timer', timer: 'voice_ended' },
  { do: 'cancel_timer', timer: 'longest_greeting' },
  ...SUSPECT_NOBODY,
];

/** Nobody spoke: the two seconds run from the answer, so what is left of them must hold a bridge that fails and the message. */
const NO_SPEECH_MARGIN_MS = 350;
const NO_SPEECH_CONNECT_MS = 200;

/**
 * The channel is in our hands: arm everything that ends the greeting. Answer and entry are about 1 ms apart; that was `lateMs` ago.
 */
export function enterGreeting(plan: CallPlan, lateMs = 0): Step {
  const noSpeechMs = plan.connectWithinMs - noSpeechMarginMs(plan) - lateMs;
  const timers: readonly CallEffect[] = [
    { do: 'set_timer', timer: 'no_speech', ms: Math.max(0, noSpeechMs) },
    { do: 'set_timer', timer: 'longest_greeting', ms: plan.longestGreetingMs },
  ];
  // An agent at the answer needs no ear; it is set when there is none.
  const ours: readonly CallEffect[] = [
    { do: 'request_agent' },
    ...(plan.connectAt === 'at_answer' ? [] : [LISTEN]),
  ];
  const hearing = {
    talking: [],
    heardSpeech: false,
    noSpeechOver: false,
    raised: false,
    perhapsNoise: false,
    perhapsMachine: true,
  };
  return {
    state: { kind: 'greeting', agent: null, hearing, hangingUp: false },
    effects: [
      ...(plan.deadMan ? [START_HEARTBEAT] : []),
      ...timers,
      ...(plan.heldBy === 'dialer' ? [LISTEN] : ours),
    ],
  };
}

function noSpeechMarginMs(plan: CallPlan): number {
  if (plan.heldBy === 'dialer') return MESSAGE_MARGIN_MS;
  return awaitsBridge(plan) ? MESSAGE_MARGIN_MS + bridgeAfterSilenceMs(plan) : NO_SPEECH_MARGIN_MS;
}

export const LISTEN: CallEffect = { do: 'listen' };
export const START_HEARTBEAT: CallEffect = { do: 'start_heartbeat' };

/** The clock of the two seconds starts now, or has started already: `how` says which. */
export function endGreeting(
  plan: CallPlan,
  agent: Agent | null,
  how: GreetingEnd,
  by: Ear | null = null,
): Step {
  const noted: readonly CallEffect[] = [
    ...CANCEL_GREETING_TIMERS,
    { do: 'note_greeting_end', how, by },
    ...ownVerdict(plan, how),
    { do: 'stop_listening' },
  ];
  if (plan.heldBy === 'dialer') return awaitDialer(plan, how, noted);
  const withinMs = awaitsBridge(plan) ? bridgeWithinMs(plan, how) : connectMs(plan, how);
  // Too late for any queue: the person would hear its music, and then the message.
  if (awaitsBridge(plan) && withinMs < SHORTEST_CONNECT_MS)
    return dropToSafeHarbor(plan, [...noted, ...releasing(agent)]);
  if (agent !== null) return connect(plan, agent, withinMs, noted);
  return {
    state: { kind: 'awaiting_agent', withinMs, wait: agentWait(plan, how), hangingUp: false },
    effects: [...noted, { do: 'request_agent' }],
  };
}

/** Whoever has ended the greeting is a person, or it is undecided; of what the exchange has looked at the verdict is known already. */
function ownVerdict({ machine }: CallPlan, how: GreetingEnd): readonly CallEffect[] {
  if (machine?.by !== 'own') return [];
  switch (how) {
    case 'talk_end':
    case 'voice_end':
      return [{ do: 'note_verdict', verdict: 'human', rule: 'short_talk' }];
    case 'noise':
    case 'no_speech':
    case 'longest':
    case 'missed':
      return [{ do: 'note_verdict', verdict: 'undecided', rule: how }];
    case 'at_answer':
    case 'amd_human':
    case 'amd_not_sure':
      return [];
    default:
      return how satisfies never;
  }
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
    const bridgedWithinMs = awaitsBridge(plan) ? withinMs + BEHIND_OUR_TAKE_MS : null;
    return {
      state: { kind: 'handing_over', agent, hangingUp: false },
      effects: [...before, timer, { do: 'hand_over', context, extension, priority, bridgedWithinMs }],
    };
  }
  return {
    state: { kind: 'connecting', agent, hangingUp: false },
    effects: [...before, timer, { do: 'connect_agent', agent }],
  };
}

/** A bridge that takes longer is given up while the message can still start in time. */
function connectMs(plan: CallPlan, how: GreetingEnd): number {
  const half = connectBoundMs(plan.connectWithinMs);
  // These are told when the two seconds since the answer are nearly over.
  const late = how === 'no_speech' || how === 'noise' || how === 'amd_not_sure';
  return late ? Math.min(half, NO_SPEECH_CONNECT_MS) : half;
}

/** The message starts at once; it need not wait for the two seconds. The drop is settled as it starts. */
export function dropToSafeHarbor(plan: CallPlan, before: readonly CallEffect[] = []): Step {
  const { state, effects } = startMessage(plan, [...before, { do: 'stop_heartbeat' }]);
  return {
    state,
    effects: [...effects, { do: 'settle', outcome: 'dropped', hangupCause: null, sipStatus: null }],
  };
}

/** Of a call that has its result already. */
export function startMessage(plan: CallPlan, before: readonly CallEffect[]): Step {
  return {
    state: { kind: 'safe_harbor', optingOut: false },
    effects: [
      ...before,
      { do: 'play_message' },
      { do: 'set_timer', timer: 'message', ms: plan.messageMs + MESSAGE_SLACK_MS },
    ],
  };
}

/** A message that has not ended this long after its length is taken as ended. */
export const MESSAGE_SLACK_MS = 1_500;

/**
 * The opt-out key before agent and message, by somebody who knows it from an earlier call: the request is recorded and nobody is
 * connected. The message starts at once beside it: a record that is slow must not be silence, and a drop without it is no safe harbor.
 */
export function optOutEarly(plan: CallPlan, agent: Agent | null): Step {
  return dropToSafeHarbor(plan, [
    ...CANCEL_GREETING_TIMERS,
    { do: 'cancel_timer', timer: 'connect' },
    { do: 'stop_listening' },
    ...releasing(agent),
    { do: 'record_opt_out' },
  ]);
}

export const releasing = (agent: Agent | null): readonly CallEffect[] =>
  agent === null ? [] : [{ do: 'release_agent', agent, after: 'promise' }];

/** The person has hung up, or the dialplan has taken the call back, before we had done our part. */
export function leaveGreeting(state: CallState & { hangingUp: boolean }, agent: Agent | null): Step {
  const quiet: readonly CallEffect[] = [
    { do: 'stop_heartbeat' },
    ...CANCEL_GREETING_TIMERS,
    { do: 'cancel_timer', timer: 'connect' },
    { do: 'stop_listening' },
    ...releasing(agent),
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
