/** `(state, event) -> (state, effects)`: pure, total, every pair written out. Late and repeated events change nothing. */
import { awaitAgent, endingWait } from './agent-wait.ts';
import { doubted } from './doubted.ts';
import { enter } from './entry.ts';
import { connect, dropToSafeHarbor, leaveGreeting, optOutEarly } from './greeting.ts';
import { inGreeting } from './in-greeting.ts';
import { awaitingBridge, handingOver } from './hand-over.ts';
import { closing, closingTimer, safeHarbor } from './in-safe-harbor.ts';
import { machine } from './machine.ts';
import { unansweredOutcome } from './outcome.ts';
import type { CallEffect, CallEvent, CallPlan, CallState, Step } from './state.ts';
import { awaitingDialer, taken, withDialer } from './watched.ts';

const ignore = (state: CallState): Step => ({ state, effects: [] });
const ended = (...effects: readonly CallEffect[]): Step => ({
  state: { kind: 'ended' },
  effects: [...effects, { do: 'finish' }],
});

export const INITIAL_STATE: CallState = { kind: 'dialing' };

export function step(state: CallState, event: CallEvent, plan: CallPlan): Step {
  // INVARIANT (promised-agents-come-back): a promise that this call has no use for, or comes too late, is given back.
  if (event.kind === 'agent_promised' && !wantsAgent(state)) {
    return { state, effects: [{ do: 'release_agent', agent: event.agent, after: 'promise' }] };
  }
  if (event.kind === 'recording_refused') return refuse(state, plan, 'request', event.who);
  switch (state.kind) {
    case 'dialing':
    case 'ringing':
    case 'answered':
      return beforeGreeting(state, event, plan);
    case 'greeting':
      return inGreeting(state, event, plan);
    case 'awaiting_agent':
      return awaitingAgent(state, event, plan);
    case 'connecting':
      return connecting(state, event, plan);
    case 'handing_over':
      return handingOver(state, event, plan);
    case 'connected':
      return connected(state, event, plan);
    case 'awaiting_bridge':
      return awaitingBridge(state, event);
    case 'handed_over':
      return event.kind === 'ended'
        ? ended({ do: 'release_agent', agent: state.agent, after: 'talk' })
        : ignore(state);
    case 'with_dialer':
      return withDialer(state, event, plan);
    case 'awaiting_dialer':
      return awaitingDialer(state, event, plan);
    case 'taken':
      return taken(state, event, plan);
    case 'rescued':
      // The key may still reach us while the dialplan takes over; what it records as well is the same request.
      if (event.kind === 'digit' && event.digit === plan.optOutDigit)
        return { state, effects: [{ do: 'record_opt_out' }] };
      return event.kind === 'ended' ? ended() : ignore(state);
    case 'doubted':
      return doubted(state, event, plan);
    case 'machine':
      return machine(state, event, plan);
    case 'safe_harbor':
      return safeHarbor(state, event, plan);
    case 'closing':
      return closing(state, event, plan);
    case 'ended':
      return ignore(state);
    default:
      return state satisfies never;
  }
}

const wantsAgent = (state: CallState): boolean =>
  state.kind === 'awaiting_agent' || (state.kind === 'greeting' && state.agent === null);

function beforeGreeting(
  state: CallState & { kind: 'dialing' | 'ringing' | 'answered' },
  event: CallEvent,
  plan: CallPlan,
): Step {
  switch (event.kind) {
    case 'ringing':
      return state.kind === 'dialing' ? { state: { kind: 'ringing' }, effects: [] } : ignore(state);
    case 'answered':
      return state.kind === 'answered'
        ? ignore(state)
        : { state: { kind: 'answered', keys: '' }, effects: [] };
    case 'entered':
      return enter(plan, event, state.kind === 'answered' ? state.keys : '');
    case 'digit':
      return state.kind === 'answered'
        ? { state: { ...state, keys: state.keys + event.digit }, effects: [] }
        : ignore(state);
    case 'ended': {
      const outcome =
        state.kind === 'answered' ? 'hung_up' : unansweredOutcome(event.hangupCause, event.sipStatus);
      return ended({
        do: 'settle',
        outcome,
        hangupCause: event.hangupCause,
        sipStatus: event.sipStatus,
      });
    }
    // Left what we never saw it enter: the dialplan has the person and plays the message.
    case 'left':
      return {
        state: { kind: 'rescued' },
        effects: [{ do: 'settle', outcome: 'dropped', hangupCause: null, sipStatus: null }],
      };
    case 'talk_started':
    case 'talk_finished':
    case 'greeting_missed':
    case 'hangup_requested':
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
    case 'opt_out_durable':
    case 'recording_refused':
    case 'connection_lost':
    case 'threshold_raised':
    case 'timer':
      return ignore(state);
    default:
      return event satisfies never;
  }
}

function awaitingAgent(
  state: CallState & { kind: 'awaiting_agent' },
  event: CallEvent,
  plan: CallPlan,
): Step {
  switch (event.kind) {
    case 'agent_promised':
      return connect(plan, event.agent, state.withinMs, endingWait(state));
    case 'no_agent':
      if (state.wait === 'begun') return ignore(state);
      return state.wait === null ? dropToSafeHarbor(plan) : awaitAgent(state, state.wait);
    case 'timer':
      return event.timer === 'agent_wait' ? dropToSafeHarbor(plan, endingWait(state)) : ignore(state);
    case 'digit':
      return event.digit === plan.optOutDigit ? behindWait(state, optOutEarly(plan, null)) : ignore(state);
    case 'hangup_requested':
      return { state: { ...state, hangingUp: true }, effects: [] };
    case 'left':
      return behindWait(state, leaveGreeting(state, null));
    case 'ended':
      return ended(...endingWait(state), ...leaveGreeting({ ...state, hangingUp: true }, null).effects);
    case 'ringing':
    case 'answered':
    case 'entered':
    case 'talk_started':
    case 'talk_finished':
    case 'greeting_missed':
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
    case 'opt_out_durable':
    case 'recording_refused':
    case 'connection_lost':
    case 'threshold_raised':
      return ignore(state);
    default:
      return event satisfies never;
  }
}

const behindWait = (from: CallState & { kind: 'awaiting_agent' }, { state, effects }: Step): Step => ({
  state,
  effects: [...endingWait(from), ...effects],
});

function connecting(state: CallState & { kind: 'connecting' }, event: CallEvent, plan: CallPlan): Step {
  switch (event.kind) {
    case 'bridged':
      return {
        state: { kind: 'connected', agent: state.agent, recording: plan.record && !plan.disclose },
        effects: [
          { do: 'cancel_timer', timer: 'connect' },
          { do: 'stop_heartbeat' },
          { do: 'disarm' },
          { do: 'settle', outcome: 'connected', hangupCause: null, sipStatus: null },
          ...afterConnect(plan),
        ],
      };
    case 'connect_failed':
      return dropToSafeHarbor(plan, [
        { do: 'cancel_timer', timer: 'connect' },
        { do: 'release_agent', agent: state.agent, after: 'promise' },
      ]);
    case 'agent_lost':
      return dropToSafeHarbor(plan, [{ do: 'cancel_timer', timer: 'connect' }]);
    case 'digit':
      return event.digit === plan.optOutDigit ? optOutEarly(plan, state.agent) : ignore(state);
    case 'timer':
      return event.timer === 'connect'
        ? dropToSafeHarbor(plan, [{ do: 'release_agent', agent: state.agent, after: 'promise' }])
        : ignore(state);
    case 'hangup_requested':
      return { state: { ...state, hangingUp: true }, effects: [] };
    case 'left':
      return leaveGreeting(state, state.agent);
    case 'ended':
      return ended(...leaveGreeting({ ...state, hangingUp: true }, state.agent).effects);
    case 'agent_promised':
      return ignore(state);
    case 'ringing':
    case 'answered':
    case 'entered':
    case 'talk_started':
    case 'talk_finished':
    case 'greeting_missed':
    case 'handed_over':
    case 'no_agent':
    case 'agent_reached':
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

function afterConnect(plan: CallPlan): readonly CallEffect[] {
  if (!plan.record) return [];
  return plan.disclose ? [{ do: 'play_disclosure' }] : [{ do: 'start_recording' }];
}

/**
 * A refusal binds from any state on: the plan does not record any more. Of calls that are not ours to record nothing is to be said.
 */
function refuse(state: CallState, plan: CallPlan, how: 'key' | 'request', who: string): Step {
  if (!plan.record || state.kind === 'ended') return ignore(state);
  const running = state.kind === 'connected' && state.recording;
  return {
    state: state.kind === 'connected' ? { ...state, recording: false } : state,
    effects: [{ do: 'refuse_recording', how, who, running }],
  };
}

/** Who refuses with the key. */
const CALLED_PARTY = 'called party';

function connected(state: CallState & { kind: 'connected' }, event: CallEvent, plan: CallPlan): Step {
  const released: CallEffect = { do: 'release_agent', agent: state.agent, after: 'talk' };
  switch (event.kind) {
    case 'disclosure_finished':
      return state.recording || !plan.record
        ? ignore(state)
        : { state: { ...state, recording: true }, effects: [{ do: 'start_recording' }] };
    // The agent went first: the person must not be left alone in silence.
    case 'agent_lost':
      return { state: { kind: 'closing' }, effects: [{ do: 'hang_up' }, closingTimer] };
    case 'ended':
      return ended(released);
    case 'digit':
      return event.digit === plan.refusalDigit ? refuse(state, plan, 'key', CALLED_PARTY) : ignore(state);
    case 'agent_promised':
      return ignore(state);
    // Heard without the disclosure having been played: no recording.
    case 'disclosure_failed':
    case 'ringing':
    case 'answered':
    case 'entered':
    case 'talk_started':
    case 'talk_finished':
    case 'greeting_missed':
    case 'hangup_requested':
    case 'left':
    case 'no_agent':
    case 'bridged':
    case 'handed_over':
    case 'connect_failed':
    case 'agent_reached':
    case 'take_failed':
    case 'message_finished':
    case 'message_failed':
    case 'opt_out_durable':
    case 'recording_refused':
    case 'connection_lost':
    case 'threshold_raised':
    case 'timer':
      return ignore(state);
    default:
      return event satisfies never;
  }
}
