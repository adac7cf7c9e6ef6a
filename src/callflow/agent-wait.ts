/**
 * Nobody is free at the end of the greeting, and the campaign lets people wait a moment: in the order in which they began to wait they
 * get the agents who become free, and the message when the wait is over.
 * Arithmetic: the message starts `connectWithinMs` after the end of the greeting at the latest. The wait and the connection behind it
 * end MESSAGE_MARGIN_MS before. Meanwhile nobody re-arms the dead-man switch: it stands where a sidecar that lives has given up before.
 */
import { SHORTEST_CONNECT_MS } from '../domain/agent-wait.ts';
import { BEHIND_OUR_TAKE_MS, leftMs } from './left-ms.ts';
import type { AgentWait, CallEffect, CallPlan, CallState, GreetingEnd, Step } from './state.ts';

/** Null where nobody may wait: the campaign does not want it, or the two seconds are nearly over when the end is told. */
export function agentWait(plan: CallPlan, how: GreetingEnd): AgentWait | null {
  if (plan.waitForAgentMs === 0 || plan.destination.kind === 'dialplan') return null;
  const leftToUs = leftMs(plan, how);
  const toldLateMs = leftMs(plan, 'longest') - leftToUs;
  const ms = Math.min(plan.waitForAgentMs - toldLateMs, leftToUs - SHORTEST_CONNECT_MS);
  return ms <= 0 ? null : { ms, connectMs: leftToUs - ms, switchMs: leftToUs + BEHIND_OUR_TAKE_MS };
}

/** The switch is left to itself: re-armed anew it would stand beyond the two seconds when we die. */
export function awaitAgent(
  state: CallState & { readonly kind: 'awaiting_agent' },
  { ms, connectMs, switchMs }: AgentWait,
): Step {
  return {
    state: { ...state, withinMs: Math.min(state.withinMs, connectMs), wait: 'begun' },
    effects: [
      { do: 'stop_heartbeat' },
      { do: 'leave_to_switch', ms: switchMs },
      { do: 'set_timer', timer: 'agent_wait', ms },
      { do: 'await_agent' },
    ],
  };
}

export const endingWait = ({
  wait,
}: CallState & { readonly kind: 'awaiting_agent' }): readonly CallEffect[] =>
  wait === 'begun' ? [{ do: 'cancel_timer', timer: 'agent_wait' }, { do: 'stop_waiting' }] : [];
