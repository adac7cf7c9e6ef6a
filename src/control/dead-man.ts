/**
 * The dead-man switch of each answered call: when nobody re-arms it, the dialplan takes the call back and plays the message.
 * Bound by arithmetic: silence threshold 0.5 s + switch 0.8 s + the dialplan's own wait 0.4 s = 1.7 s after the greeting. As long as
 * nobody has spoken the two seconds run from the answer, and the switch is never set beyond them.
 */
import { MONITOR_VARIABLES } from './channel-variables.ts';
import { messageOf } from './deadline.ts';
import type { FollowedCall } from './follow-call.ts';
import type { Station } from './sidecar.ts';

export const SWITCH_SECONDS = '0.8';
/** An agent has the person: nothing is left to be done. */
export const SWITCH_OFF = { [MONITOR_VARIABLES.deadMan]: '0', [MONITOR_VARIABLES.harbor]: 'done' } as const;
const SWITCH_MS = 800;
const REARM_EVERY_MS = 250;
/** The dialplan needs a moment to begin; a switch of less than the other would take calls from us that we have in hand. */
const BEFORE_THE_END_MS = 50;
const SHORTEST_MS = 50;

export function startHeartbeat(sidecar: Station, call: FollowedCall): void {
  const beat = (): void => {
    call.heartbeat = sidecar.clock.after(REARM_EVERY_MS, beat);
    void writeSwitch(sidecar, call, { [MONITOR_VARIABLES.deadMan]: secondsFor(sidecar, call) });
  };
  if (call.heartbeat === null) beat();
}

function secondsFor(sidecar: Station, call: FollowedCall): string {
  if (!call.unheard || call.answeredAt === null) return SWITCH_SECONDS;
  const left = call.plan.connectWithinMs - BEFORE_THE_END_MS - (sidecar.clock.monotonic() - call.answeredAt);
  return (Math.min(SWITCH_MS, Math.max(SHORTEST_MS, left)) / 1_000).toFixed(3);
}

export function stopHeartbeat(call: FollowedCall): void {
  call.heartbeat?.cancel();
  call.heartbeat = null;
}

/** Writes in order behind every earlier write of the same call; a failed write is logged, the switch then does its work. */
export function writeSwitch(
  sidecar: Station,
  call: FollowedCall,
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  call.deadMan = call.deadMan
    .then(() => sidecar.telephony.setVariables(call.callId, variables))
    .catch((error: unknown) => {
      sidecar.log.warn({ callId: call.callId, problem: messageOf(error) }, 'dead-man switch not written');
    });
  return call.deadMan;
}
