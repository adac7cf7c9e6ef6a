/**
 * The greeting of a call that a dialer holds has ended: how long may the dialer still take to bridge an agent?
 * Arithmetic: the message must start `connectWithinMs` after the end of the greeting (47 CFR 64.1200(a)(7)). Taking the channel and
 * starting the message takes START_MS; when we die in between, the dialplan starts it TAKEN_SWITCH_MS later.
 */
import { BELIEVED_AFTER_MS } from '../domain/ear.ts';
import type { CallEffect, CallPlan, GreetingEnd, Step } from './state.ts';

/** The dead-man switch of a taken call, as `breakwater-taken` of the dialplan sets it. */
const TAKEN_SWITCH_MS = 300;

/**
 * Measured: 3 to 10 ms from the command to the channel in our hands, and 20 ms by which the ear beside the call is slower than the
 * other; the rest is for a busy machine. With 100 the message of a person whose sidecar was killed as it took them began up to
 * 2,067 ms after the greeting where seven programs shared two cores.
 */
const START_MS = 200;

/** The switch of a call that a dialer holds fires so long after we should have taken it; still within the margin. */
const BEHIND_OUR_TAKE_MS = 200;

export const TAKE_MARGIN_MS = TAKEN_SWITCH_MS + START_MS;

export function awaitDialer(plan: CallPlan, how: GreetingEnd, noted: readonly CallEffect[]): Step {
  const ms = leftMs(plan, how);
  const byItself: readonly CallEffect[] = plan.deadMan
    ? [{ do: 'stop_heartbeat' }, { do: 'leave_to_switch', ms: ms + BEHIND_OUR_TAKE_MS }]
    : [];
  return {
    state: { kind: 'awaiting_dialer' },
    effects: [...noted, ...byItself, { do: 'set_timer', timer: 'connect', ms }],
  };
}

/** What is left of the two seconds when the end of the greeting is told. */
function leftMs({ connectWithinMs, silenceMs }: CallPlan, how: GreetingEnd): number {
  const whole = connectWithinMs - TAKE_MARGIN_MS;
  switch (how) {
    case 'talk_end':
      return Math.max(0, whole - silenceMs);
    case 'voice_end':
      return Math.max(0, whole - silenceMs - BELIEVED_AFTER_MS);
    // The clock starts with these.
    case 'longest':
    case 'at_answer':
      return Math.max(0, whole);
    // The two seconds ran from the answer, and are over but for the margin; or nobody knows how long it was.
    case 'no_speech':
    case 'noise':
    case 'missed':
    case 'amd_human':
    case 'amd_not_sure':
      return 0;
    default:
      return how satisfies never;
  }
}
