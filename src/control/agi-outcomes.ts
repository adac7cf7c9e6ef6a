/**
 * What a dialplan knows at hangup -> the outcome of the call. An answered call for which nothing tells that an agent was connected
 * is a drop: a dial status of ANSWER only says that somebody picked up.
 */
import { OUTCOMES, type Outcome } from '../domain/call-result.ts';
import { type Parsed, parsed, problem } from '../domain/brand.ts';

export interface DialplanResult {
  /** One of `OUTCOMES` except `expired`; outranks everything else. */
  readonly outcome: string | null;
  readonly dialStatus: string | null;
  readonly hangupCause: number | null;
  /** Whole seconds since answer (ANSWEREDTIME). */
  readonly answeredSeconds: number | null;
  /** An agent was bridged. */
  readonly connected: boolean;
  /** AMDSTATUS. */
  readonly amdStatus: string | null;
  /** `called_party` when the person hung up first. */
  readonly endedBy: string | null;
}

/** The two seconds of 47 CFR 64.1200(a)(7): whoever hung up within them of the answer was not made to wait. */
const TWO_SECONDS = 2;

/** DIALSTATUS of app_dial. `answered` is decided by the rest; null: no call was placed, so it has no result. */
export const DIAL_STATUS: Readonly<Record<string, Outcome | 'answered' | null>> = {
  ANSWER: 'answered',
  BUSY: 'busy',
  NOANSWER: 'no_answer',
  CANCEL: 'no_answer',
  CONGESTION: 'failed',
  CHANUNAVAIL: 'failed',
  INVALIDARGS: 'failed',
  // Privacy screening: a person picked up and refused.
  DONTCALL: 'answered',
  TORTURE: 'answered',
  DNC: null,
};

/** Q.850 causes, read only when there is no dial status. Cause 16 (normal clearing) says nothing about an answer. */
export const HANGUP_CAUSE: Readonly<Record<number, Outcome>> = {
  1: 'failed',
  2: 'failed',
  3: 'failed',
  17: 'busy',
  18: 'no_answer',
  19: 'no_answer',
  20: 'no_answer',
  21: 'failed',
  22: 'failed',
  27: 'failed',
  28: 'failed',
  34: 'failed',
  38: 'failed',
  41: 'failed',
  42: 'failed',
  44: 'failed',
  58: 'failed',
  88: 'failed',
  127: 'failed',
};

/** Null when there is nothing to report: the call was vetoed and never placed. */
export function outcomeOf(result: DialplanResult): Parsed<Outcome | null> {
  if (result.outcome !== null) {
    const named = OUTCOMES.find((outcome) => outcome === result.outcome);
    return named === undefined || named === 'expired'
      ? problem(`outcome \`${result.outcome.slice(0, 40)}\`: expected ${REPORTABLE.join(', ')}`)
      : parsed(named);
  }
  if (result.connected) return parsed('connected');
  const answered = (result.answeredSeconds ?? 0) > 0;
  const status = result.dialStatus?.toUpperCase() ?? null;
  const byStatus = status === null ? undefined : DIAL_STATUS[status];
  if (byStatus === null) return parsed(null);
  if (byStatus !== undefined && byStatus !== 'answered') return parsed(byStatus);
  if (byStatus === undefined && !answered) {
    const byCause = result.hangupCause === null ? undefined : HANGUP_CAUSE[result.hangupCause];
    if (byCause !== undefined) return parsed(byCause);
  }
  if (result.amdStatus?.toUpperCase() === 'MACHINE') return parsed('machine');
  const left = result.endedBy === 'called_party';
  const seconds = result.answeredSeconds;
  return parsed(left && seconds !== null && seconds < TWO_SECONDS ? 'hung_up' : 'dropped');
}

export const REPORTABLE: readonly Outcome[] = OUTCOMES.filter((outcome) => outcome !== 'expired');
