/** The message, the key under it, and the end of the call that we ask for: every pair written out, as in `step.ts`. */
import { MESSAGE_SLACK_MS } from './greeting.ts';
import type { CallEffect, CallEvent, CallPlan, CallState, Step } from './state.ts';

const ignore = (state: CallState): Step => ({ state, effects: [] });

/** A channel that does not end after our hang-up is hung up again. */
export const closingTimer: CallEffect = { do: 'set_timer', timer: 'closing', ms: 2_000 };

/** As long as ledger and exchange may take in turn to make the request durable; then the person is not kept any longer. */
export const waitForRecord: CallEffect = { do: 'set_timer', timer: 'message', ms: 4_000 };

export function safeHarbor(
  state: CallState & { kind: 'safe_harbor' },
  event: CallEvent,
  plan: CallPlan,
): Step {
  const over: readonly CallEffect[] = [{ do: 'cancel_timer', timer: 'message' }];
  switch (event.kind) {
    case 'digit':
      return state.optingOut || event.digit !== plan.optOutDigit
        ? ignore(state)
        : {
            state: { kind: 'safe_harbor', optingOut: true },
            effects: [waitForRecord, { do: 'stop_message' }, { do: 'record_opt_out' }],
          };
    // INVARIANT (suppression-before-hang-up): the request is durable, now the call ends at once; of a key before the message, behind it.
    case 'opt_out_durable':
      if (!state.optingOut) return ignore(state);
      return { state: { kind: 'closing' }, effects: [...over, { do: 'hang_up' }, closingTimer] };
    // "Press 9 now" are its last words: some time for the key (47 CFR 64.1200(a)(7)(i)(B)), then the call ends.
    case 'message_finished':
      return state.optingOut
        ? ignore(state)
        : { state, effects: [{ do: 'set_timer', timer: 'message', ms: MESSAGE_SLACK_MS }] };
    case 'message_failed':
      return { state: { kind: 'rescued' }, effects: [...over, { do: 'rescue' }] };
    case 'timer':
      if (event.timer !== 'message') return ignore(state);
      return { state: { kind: 'closing' }, effects: [...over, { do: 'hang_up' }, closingTimer] };
    // The switch fell before it was set for the length of the message, or the person is hanging up: no hang-up of ours cuts what
    // the dialplan plays. A key has been heard: then nothing is due but its record.
    case 'left':
      return state.optingOut ? ignore(state) : { state: { kind: 'rescued' }, effects: over };
    case 'ended':
      return { state: { kind: 'ended' }, effects: [...over, { do: 'finish' }] };
    case 'agent_promised':
      return ignore(state);
    case 'ringing':
    case 'answered':
    case 'entered':
    case 'talk_started':
    case 'talk_finished':
    case 'greeting_missed':
    case 'hangup_requested':
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
    case 'connection_lost':
    case 'threshold_raised':
      return ignore(state);
    default:
      return event satisfies never;
  }
}

export function closing(state: CallState & { kind: 'closing' }, event: CallEvent, plan: CallPlan): Step {
  // The key may be pressed while our hang-up is on its way: a request is a request, and recorded once.
  if (event.kind === 'digit' && event.digit === plan.optOutDigit)
    return { state, effects: [{ do: 'record_opt_out' }] };
  if (event.kind === 'ended') {
    return {
      state: { kind: 'ended' },
      effects: [{ do: 'cancel_timer', timer: 'closing' }, { do: 'finish' }],
    };
  }
  if (event.kind === 'timer' && event.timer === 'closing')
    return { state, effects: [{ do: 'hang_up' }, closingTimer] };
  return ignore(state);
}
