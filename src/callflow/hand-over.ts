/**
 * The person goes to a place in the dialplan, where agents of a queue or of somebody else's are to be: every pair written out, as in
 * `step.ts`. Whoever is there only when that is seen: music, a queue nobody answers and silence are not an agent.
 * INVARIANT (handed-over-then-bridged-or-message): a person handed over is connected when seen bridged with somebody in time; who is
 * not is taken back to the message, and is a drop. Where we cannot see, it is a drop, and the exchange looks itself: it brings whoever
 * is alone to the message (`breakwater-unbridged` of the dialplan), also when we are dead.
 * Only where the operator vouches for the place (`connectedBy: handover`) is the hand-over itself the connection.
 */
import { dropToSafeHarbor, leaveGreeting, releasing } from './greeting.ts';
import type { Agent, CallEffect, CallEvent, CallPlan, CallState, Step } from './state.ts';

type HandingOver = CallState & { kind: 'handing_over' };
type AwaitingBridge = CallState & { kind: 'awaiting_bridge' };

const ignore = (state: CallState): Step => ({ state, effects: [] });

const CANCEL_CONNECT: CallEffect = { do: 'cancel_timer', timer: 'connect' };
const CONNECTED: CallEffect = { do: 'settle', outcome: 'connected', hangupCause: null, sipStatus: null };
const DROPPED: CallEffect = { do: 'settle', outcome: 'dropped', hangupCause: null, sipStatus: null };

export function handingOver(state: HandingOver, event: CallEvent, plan: CallPlan): Step {
  switch (event.kind) {
    // The exchange has let the channel go on at a place that the operator vouches for.
    case 'bridged':
      return {
        state: { kind: 'handed_over', agent: state.agent },
        effects: [CANCEL_CONNECT, { do: 'stop_heartbeat' }, CONNECTED],
      };
    // The switch is off by now; the exchange's own look stands behind the timer.
    case 'handed_over':
      return {
        state: { kind: 'awaiting_bridge', agent: state.agent, unseen: false, hangingUp: state.hangingUp },
        effects: [{ do: 'stop_heartbeat' }],
      };
    // A queue may be faster than the answer to our command.
    case 'agent_reached':
      return reached(state.agent, [{ do: 'stop_heartbeat' }]);
    case 'connect_failed':
      return dropToSafeHarbor(plan, [CANCEL_CONNECT, ...releasing(state.agent)]);
    case 'timer':
      return event.timer === 'connect' ? dropToSafeHarbor(plan, releasing(state.agent)) : ignore(state);
    case 'hangup_requested':
      return { state: { ...state, hangingUp: true }, effects: [] };
    case 'left':
      return ignore(state);
    case 'ended': {
      const { effects } = leaveGreeting({ ...state, hangingUp: true }, state.agent);
      return { state: { kind: 'ended' }, effects: [...effects, { do: 'finish' }] };
    }
    case 'agent_promised':
    case 'ringing':
    case 'answered':
    case 'entered':
    case 'talk_started':
    case 'talk_finished':
    case 'greeting_missed':
    case 'digit':
    case 'no_agent':
    case 'agent_lost':
    case 'take_failed':
    case 'message_finished':
    case 'message_failed':
    case 'disclosure_finished':
    case 'disclosure_failed':
    case 'recording_refused':
    case 'connection_lost':
    case 'threshold_raised':
    case 'opt_out_durable':
      return ignore(state);
    default:
      return event satisfies never;
  }
}

export function awaitingBridge(state: AwaitingBridge, event: CallEvent): Step {
  switch (event.kind) {
    case 'agent_reached':
      return reached(state.agent, []);
    case 'timer':
      return event.timer === 'connect' ? nobodyCame(state) : ignore(state);
    // What is missed now is told anew when the connection is back, if that is in time.
    case 'connection_lost':
      return { state: { ...state, unseen: true }, effects: [] };
    case 'hangup_requested':
      return event.bySide === 'exchange'
        ? ignore(state)
        : { state: { ...state, hangingUp: true }, effects: [] };
    // Hung up by the place itself, without an agent and without the message: that is a drop as well.
    case 'ended': {
      const settled: CallEffect = state.hangingUp
        ? { do: 'settle', outcome: 'hung_up', hangupCause: null, sipStatus: null }
        : DROPPED;
      return {
        state: { kind: 'ended' },
        effects: [CANCEL_CONNECT, ...releasing(state.agent), settled, { do: 'finish' }],
      };
    }
    // A key may mean anything at that place; it means the opt-out under our message.
    case 'digit':
    case 'left':
    case 'agent_promised':
    case 'ringing':
    case 'answered':
    case 'entered':
    case 'talk_started':
    case 'talk_finished':
    case 'greeting_missed':
    case 'no_agent':
    case 'agent_lost':
    case 'bridged':
    case 'handed_over':
    case 'connect_failed':
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

const reached = (agent: Agent, before: readonly CallEffect[]): Step => ({
  state: { kind: 'handed_over', agent },
  effects: [CANCEL_CONNECT, ...before, { do: 'call_off' }, CONNECTED],
});

/**
 * Whom we cannot see may be talking: no command of ours breaks that up, and the agent is not free before the end. The exchange sees, and
 * looks a moment later.
 */
function nobodyCame({ agent, unseen }: AwaitingBridge): Step {
  return unseen
    ? { state: { kind: 'handed_over', agent }, effects: [DROPPED] }
    : { state: { kind: 'taken', again: false }, effects: [{ do: 'take' }, DROPPED, ...releasing(agent)] };
}
