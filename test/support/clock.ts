/** A clock for tests that stand on real servers: wall time that a test may set, real timers. */
import { instant, type Instant, monotonicMs } from '../../src/domain/time.ts';
import type { Clock } from '../../src/ports/clock.ts';

export interface TestClock extends Clock {
  set(at: Instant): void;
}

/** Starts at 2026-11-21T17:00:00Z and advances one millisecond with each look, so that stamps differ. */
export function systemLikeClock(): TestClock {
  let now = Date.parse('2026-11-21T17:00:00.000Z');
  return {
    now: () => instant((now += 1)),
    monotonic: () => monotonicMs(performance.now()),
    after(ms, wake) {
      const timer = setTimeout(wake, ms).unref();
      return { cancel: () => clearTimeout(timer) };
    },
    set(at) {
      now = at;
    },
  };
}
