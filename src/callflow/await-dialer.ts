/** The greeting of a call that a dialer holds has ended: the dialer has what is left of the two seconds to bridge an agent. */
import { BEHIND_OUR_TAKE_MS, leftMs } from './left-ms.ts';
import type { CallEffect, CallPlan, GreetingEnd, Step } from './state.ts';

export function awaitDialer(plan: CallPlan, how: GreetingEnd, noted: readonly CallEffect[]): Step {
  const ms = leftMs(plan, how);
  const byItself: readonly CallEffect[] = plan.deadMan
    ? [{ do: 'stop_heartbeat' }, { do: 'leave_to_switch', ms: ms + BEHIND_OUR_TAKE_MS }]
    : [];
  return {
    state: { kind: 'awaiting_dialer', hangingUp: false },
    effects: [...noted, ...byItself, { do: 'set_timer', timer: 'connect', ms }],
  };
}
