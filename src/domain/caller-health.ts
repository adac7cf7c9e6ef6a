/**
 * How the calls of one caller ID over one trunk have fared lately: what networks refused, what ended as if they had, and whether it should
 * rest. Pure; thresholds of rest are the campaign's, those of a silent pattern are the house's and cause an alarm, never a call.
 */
import { HOUR_MS, addMs, type Instant } from './time.ts';

/**
 * `blocked`: a network said so. `at_once`: busy or failed before it rang. `silent`: answered, and nobody was heard. `none`: everything
 * else, also what is not known.
 */
export const CALL_SIGNS = ['none', 'blocked', 'at_once', 'silent'] as const;
export type CallSign = (typeof CALL_SIGNS)[number];

export interface FaredCall {
  readonly callId: string;
  readonly at: Instant;
  readonly sign: CallSign;
}

/** `blockedMin` 0: it never rests. */
export interface RestPolicy {
  readonly blockedMin: number;
  readonly ofLast: number;
  readonly hours: number;
}

export interface CallerIdRest {
  /** When the last call came that made it rest. */
  readonly from: Instant;
  readonly until: Instant;
  /** Among the calls since its rest before. */
  readonly blocked: number;
  readonly ofLast: number;
}

/**
 * The rest that has not ended at `now`, null when there is none. `calls` oldest first. A rest ends what was counted: calls of before it
 * make it rest no second time.
 */
export function restAt(calls: readonly FaredCall[], policy: RestPolicy, now: Instant): CallerIdRest | null {
  if (policy.blockedMin <= 0) return null;
  let rest: CallerIdRest | null = null;
  let first = 0;
  let blocked = 0;
  for (const [index, call] of calls.entries()) {
    if (call.sign === 'blocked') blocked += 1;
    if (index - first >= policy.ofLast) {
      if (calls[first]?.sign === 'blocked') blocked -= 1;
      first += 1;
    }
    if (blocked < policy.blockedMin) continue;
    const until = addMs(call.at, policy.hours * HOUR_MS);
    rest = { from: call.at, until, blocked, ofLast: index - first + 1 };
    first = index + 1;
    blocked = 0;
  }
  return rest !== null && now < rest.until ? rest : null;
}

/** A share of calls that ended as blocked ones do, far above what was usual before. */
export interface SilentPattern {
  readonly sign: 'at_once' | 'silent';
  readonly recent: number;
  readonly recentOf: number;
  readonly before: number;
  readonly beforeOf: number;
}

/** So many of the newest calls are held against all that are remembered before them. */
export const PATTERN_RECENT = 50;
const PATTERN_BEFORE_MIN = 100;
/** At least so many of the newest ended so; fewer are chance. */
const PATTERN_COUNT_MIN = 10;
/** Standard deviations above what was usual: by chance once in a million windows. */
const PATTERN_SIGMAS = 5;

/** Null while there is too little history to know what is usual. `calls` oldest first. */
export function silentPatternOf(
  calls: readonly FaredCall[],
  sign: SilentPattern['sign'],
): SilentPattern | null {
  const recentCalls = calls.slice(-PATTERN_RECENT);
  const beforeCalls = calls.slice(0, -PATTERN_RECENT);
  const recentOf = recentCalls.length;
  const beforeOf = beforeCalls.length;
  if (recentOf < PATTERN_RECENT || beforeOf < PATTERN_BEFORE_MIN) return null;
  const countIn = (some: readonly FaredCall[]): number => some.filter((call) => call.sign === sign).length;
  const recent = countIn(recentCalls);
  const before = countIn(beforeCalls);
  if (recent < PATTERN_COUNT_MIN) return null;
  // One more of each than was seen: a history without a single one is not proof of a share of nothing.
  const usual = (before + 1) / (beforeOf + 2);
  const spread = Math.sqrt((usual * (1 - usual)) / recentOf);
  return recent / recentOf - usual >= PATTERN_SIGMAS * spread
    ? { sign, recent, recentOf, before, beforeOf }
    : null;
}

/** How one call fared, from what the ledger says of it. */
export interface EndedCall {
  readonly outcome: string;
  readonly sipStatus: number | null;
  /** Moments of its timeline that happened, with their instants; null where nobody followed the call. */
  readonly moments: Readonly<Record<string, Instant>> | null;
}

/** Refused so soon that no telephone can have rung for a person to decide. */
const AT_ONCE_MS = 1_500;

export function signOf({ outcome, moments }: EndedCall): CallSign {
  if (moments === null) return 'none';
  if (outcome === 'busy' || outcome === 'failed') {
    const { dialed, ended, ringing } = moments;
    const soon = dialed !== undefined && ended !== undefined && ended - dialed <= AT_ONCE_MS;
    return soon && ringing === undefined ? 'at_once' : 'none';
  }
  const answered = moments['answered'] !== undefined;
  return answered && moments['first_sound'] === undefined ? 'silent' : 'none';
}
