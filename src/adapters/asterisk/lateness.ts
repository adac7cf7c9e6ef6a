/**
 * How late an event of the exchange is told. Its own stamp against our clock, less the least difference seen lately: the two clocks need
 * not agree, and the way takes its time. What waited behind a stalled connection has cost the person that much of the two seconds.
 */

/** The least difference is one of the last one to two of these: clocks drift apart slowly. */
const REMEMBERED_MS = 60_000;
/** A connection that stalls for longer has lost the call to the dead-man switch; a stamp beyond it is a clock that was set. */
const LATE_MS_MAX = 1_000;

export interface Lateness {
  /** Milliseconds, 0 for an event without a stamp; `nowMs` is of a clock that is never set. */
  of(stamp: unknown, nowMs: number): number;
}

export function createLateness(): Lateness {
  let since = -Infinity;
  let least = Infinity;
  let leastBefore = Infinity;
  return {
    of(stamp, nowMs) {
      const stampMs = typeof stamp === 'string' ? Date.parse(stamp) : Number.NaN;
      if (Number.isNaN(stampMs)) return 0;
      const difference = nowMs - stampMs;
      if (nowMs - since > REMEMBERED_MS) {
        since = nowMs;
        leastBefore = least;
        least = difference;
      }
      least = Math.min(least, difference);
      return Math.min(LATE_MS_MAX, Math.round(difference - Math.min(least, leastBefore)));
    },
  };
}
