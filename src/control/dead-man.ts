/**
 * The dead-man switch of each answered call: when nobody re-arms it, the dialplan takes the call back and plays the message.
 * Bound by arithmetic: silence threshold 0.5 s + switch 0.8 s + the dialplan's own wait 0.4 s = 1.7 s after the greeting.
 */
import { MONITOR_VARIABLES } from './channel-variables.ts';
import { messageOf } from './deadline.ts';
import type { FollowedCall } from './follow-call.ts';
import type { Station } from './sidecar.ts';

export const SWITCH_SECONDS = '0.8';
const REARM_EVERY_MS = 250;

export function startHeartbeat(sidecar: Station, call: FollowedCall): void {
  const beat = (): void => {
    call.heartbeat = sidecar.clock.after(REARM_EVERY_MS, beat);
    void writeSwitch(sidecar, call, { [MONITOR_VARIABLES.deadMan]: SWITCH_SECONDS });
  };
  if (call.heartbeat === null) beat();
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
