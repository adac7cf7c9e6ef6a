/**
 * A call that a dialer has placed and holds, watched by us: with the dialer -> greeting -> awaiting the dialer -> taken -> safe harbor.
 * Until it is taken its result is the dialer's to report; taking it is the drop. An agent whom the exchange shows in time, and a person
 * who hangs up before the time is over, are proven where the dialer says nothing; whatever else becomes of the call is a drop then.
 * INVARIANT (watched-then-agent-or-taken): a watched person who has not hung up reaches an agent, or is taken in time.
 */
import { CANCEL_GREETING_TIMERS, endGreeting, enterGreeting, startMessage } from './greeting.ts';
import type { CallEffect, CallEvent, CallPlan, CallState, Step } from './state.ts';

/** The exchange would not give the channel: asked again so soon, for as long as the call lasts. */
const TAKE_AGAIN_MS = 250;

/** The call is watched no longer: the dialer has it, or nobody. */
const over: Step = {
  state: { kind: 'ended' },
  effects: [
    ...CANCEL_GREETING_TIMERS,
    { do: 'cancel_timer', timer: 'connect' },
    { do: 'stop_listening' },
    { do: 'finish' },
  ],
};

/** What ends the watch in any state; null for every other event. `hangingUp`: the person is, and has not been taken. */
function watchEnds(event: CallEvent, plan: CallPlan, hangingUp = false): Step | null {
  if (event.kind === 'ended') return hangingUp ? { ...over, effects: [HUNG_UP, ...over.effects] } : over;
  if (event.kind !== 'agent_reached') return null;
  const proof: readonly CallEffect[] = event.proven === true ? [CONNECTED] : [];
  const disarmed: readonly CallEffect[] = plan.deadMan ? [{ do: 'stop_heartbeat' }, { do: 'disarm' }] : [];
  return { ...over, effects: [...proof, ...disarmed, ...over.effects] };
}

const HUNG_UP: CallEffect = { do: 'prove', outcome: 'hung_up' };
const CONNECTED: CallEffect = { do: 'prove', outcome: 'connected' };

const byPerson = (event: CallEvent): boolean =>
  event.kind === 'hangup_requested' && event.bySide === 'person';

export function withDialer(
  state: CallState & { kind: 'with_dialer' },
  event: CallEvent,
  plan: CallPlan,
): Step {
  if (event.kind === 'answered') return enterGreeting(plan, event.lateMs);
  if (event.kind === 'greeting_missed') return endGreeting(plan, null, 'missed');
  return watchEnds(event, plan) ?? { state, effects: [] };
}

/** In the greeting of a watched call; null where it is like any other. */
export function inWatchedGreeting(
  state: CallState & { kind: 'greeting' },
  event: CallEvent,
  plan: CallPlan,
): Step | null {
  // A key may mean anything in the dialer's own dialplan; it means the opt-out under our message.
  if (event.kind === 'digit' || event.kind === 'left') return { state, effects: [] };
  if (event.kind === 'hangup_requested') {
    // The dialer hangs up on somebody who waits: that is no hang-up of the person.
    return { state: { ...state, hangingUp: state.hangingUp || byPerson(event) }, effects: [] };
  }
  return watchEnds(event, plan, state.hangingUp);
}

export function awaitingDialer(
  state: CallState & { kind: 'awaiting_dialer' },
  event: CallEvent,
  plan: CallPlan,
): Step {
  if (event.kind === 'timer' && event.timer === 'connect') {
    const effects: readonly CallEffect[] = [
      { do: 'take' },
      { do: 'settle', outcome: 'dropped', hangupCause: null, sipStatus: null },
    ];
    return { state: { kind: 'taken', again: false }, effects };
  }
  if (byPerson(event)) return { state: { ...state, hangingUp: true }, effects: [] };
  return watchEnds(event, plan, state.hangingUp) ?? { state, effects: [] };
}

export function taken(state: CallState & { kind: 'taken' }, event: CallEvent, plan: CallPlan): Step {
  switch (event.kind) {
    case 'entered':
      return startMessage(plan, [{ do: 'cancel_timer', timer: 'connect' }]);
    // We were too slow, and the dialplan plays the message.
    case 'left':
      return { state: { kind: 'rescued' }, effects: [{ do: 'cancel_timer', timer: 'connect' }] };
    case 'take_failed':
      // From a place in the dialplan the exchange takes whoever is alone by itself.
      if (plan.heldBy === 'sidecar') return { state: { kind: 'rescued' }, effects: [] };
      return {
        state: { kind: 'taken', again: true },
        effects: [{ do: 'set_timer', timer: 'connect', ms: TAKE_AGAIN_MS }],
      };
    case 'timer':
      return state.again && event.timer === 'connect'
        ? { state: { kind: 'taken', again: false }, effects: [{ do: 'take' }] }
        : { state, effects: [] };
    case 'ended':
      return over;
    // Too late for the law, but an agent after all where the exchange would not give us the channel: a talk is not broken up.
    case 'agent_reached':
      return state.again ? (watchEnds({ kind: 'agent_reached' }, plan) ?? over) : { state, effects: [] };
    case 'ringing':
    case 'answered':
    case 'talk_started':
    case 'talk_finished':
    case 'greeting_missed':
    case 'digit':
    case 'hangup_requested':
    case 'agent_promised':
    case 'no_agent':
    case 'agent_lost':
    case 'bridged':
    case 'handed_over':
    case 'connect_failed':
    case 'message_finished':
    case 'message_failed':
    case 'disclosure_finished':
    case 'disclosure_failed':
    case 'opt_out_durable':
    case 'recording_refused':
    case 'connection_lost':
    case 'threshold_raised':
      return { state, effects: [] };
    default:
      return event satisfies never;
  }
}
