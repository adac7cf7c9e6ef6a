/** What a call that was never answered counts as, from its hangup cause (ITU-T Q.850) and SIP status. */
import type { Outcome } from '../domain/call-result.ts';

const USER_BUSY = 17;
const NO_USER_RESPONDING = 18;
const NO_ANSWER = 19;
const NORMAL_CLEARING = 16;

export function unansweredOutcome(hangupCause: number | null, sipStatus: number | null): Outcome {
  if (hangupCause === USER_BUSY || sipStatus === 486 || sipStatus === 600) return 'busy';
  if (hangupCause === NO_ANSWER || hangupCause === NO_USER_RESPONDING) return 'no_answer';
  if (sipStatus === 480 || sipStatus === 487) return 'no_answer';
  // Our own ring limit ends a call as cleared normally, with no status from the far end.
  if (hangupCause === NORMAL_CLEARING && sipStatus === null) return 'no_answer';
  return 'failed';
}
