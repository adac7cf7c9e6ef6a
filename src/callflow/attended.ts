/** Whether a call can be left alone: what an upgrade waits for. */
import type { CallState } from './state.ts';

/** True when the person has somebody to talk to, or the call is over: nothing is owed to the person that only we can bring about. */
export function isAttended({ kind }: CallState): boolean {
  switch (kind) {
    case 'connected':
    case 'handed_over':
    case 'closing':
    case 'ended':
      return true;
    // An answer that nobody of us hears is the dialplan's message: a drop.
    case 'dialing':
    case 'ringing':
    case 'answered':
    case 'greeting':
    case 'awaiting_agent':
    case 'connecting':
    case 'handing_over':
    case 'awaiting_bridge':
    case 'doubted':
    case 'machine':
    case 'safe_harbor':
    case 'with_dialer':
    case 'awaiting_dialer':
    case 'taken':
    case 'rescued':
      return false;
    default:
      return kind satisfies never;
  }
}
