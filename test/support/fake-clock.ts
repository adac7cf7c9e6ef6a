/** A clock that stands still until it is told to go: timers fire in order, and between two of them every promise settles. */
import { instant, type Instant, monotonicMs } from '../../src/domain/time.ts';
import type { Clock } from '../../src/ports/clock.ts';

export interface FakeClock extends Clock {
  /** Lets `ms` pass. */
  go(ms: number): Promise<void>;
  /** Sets the wall clock without any time passing. */
  jump(ms: number): void;
}

interface Waiting {
  readonly at: number;
  readonly wake: () => void;
}

/** Every microtask, and what those start. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function fakeClock(startAt: string): FakeClock {
  const start = Date.parse(startAt);
  let elapsed = 0;
  let skew = 0;
  const timers = new Set<Waiting>();

  const next = (until: number): Waiting | null => {
    let first: Waiting | null = null;
    for (const timer of timers) {
      if (timer.at <= until && (first === null || timer.at < first.at)) first = timer;
    }
    return first;
  };

  return {
    now: (): Instant => instant(start + elapsed + skew),
    monotonic: () => monotonicMs(elapsed),
    after(ms, wake) {
      const timer = { at: elapsed + Math.max(0, ms), wake };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    jump(ms) {
      skew += ms;
    },
    async go(ms) {
      const until = elapsed + ms;
      await settle();
      for (let timer = next(until); timer !== null; timer = next(until)) {
        timers.delete(timer);
        elapsed = Math.max(elapsed, timer.at);
        timer.wake();
        await settle();
      }
      elapsed = until;
    },
  };
}
