/**
 * The one result of a permitted call and what it counts as.
 * Counting (law.md section 2): a live answer is the denominator, a drop is in both, a machine is in neither.
 */
import type { ConnectTime } from './connect-times.ts';
import type { CallId, CampaignId } from './ids.ts';
import type { Instant } from './time.ts';

export const OUTCOMES = [
  'connected',
  'dropped',
  'hung_up',
  'machine',
  'no_answer',
  'busy',
  'failed',
  'expired',
] as const;
/**
 * `hung_up`: a person answered and hung up before the two seconds had passed; denominator only.
 * `expired`: no result ever came; counts as a drop until proven otherwise (design ruling 13).
 */
export type Outcome = (typeof OUTCOMES)[number];

export interface CallResult {
  readonly callId: CallId;
  readonly campaignId: CampaignId;
  readonly outcome: Outcome;
  readonly endedAt: Instant;
  /** Asterisk hangup cause and SIP status where known. */
  readonly hangupCause: number | null;
  readonly sipStatus: number | null;
  /**
   * Who reported it; `watchdog`: we took the call from the dialer that held it; `events`: the exchange showed what became of a dialer's
   * call, and the dialer said nothing; `dialer_log`: the dialer's own books say it.
   */
  readonly source:
    | 'ari'
    | 'watchdog'
    | 'events'
    | 'dialplan_fallback'
    | 'agi'
    | 'http'
    | 'dialer_log'
    | 'reconcile'
    | 'lease';
  /** Of a call that a detector looked at and whose agent was to be connected. */
  readonly connectTime?: ConnectTime;
}

/** Contribution of an outcome to the tally: integers. */
export function countsOf(outcome: Outcome): { readonly liveAnswers: 0 | 1; readonly drops: 0 | 1 } {
  switch (outcome) {
    case 'connected':
    case 'hung_up':
      return { liveAnswers: 1, drops: 0 };
    case 'dropped':
    case 'expired':
      return { liveAnswers: 1, drops: 1 };
    case 'machine':
    case 'no_answer':
    case 'busy':
    case 'failed':
      return { liveAnswers: 0, drops: 0 };
    default:
      return outcome satisfies never;
  }
}
