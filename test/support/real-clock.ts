/** The machine's clock, for tests that speak over real sockets. */
import type { Clock } from '../../src/ports/clock.ts';
import { instant, monotonicMs } from '../../src/domain/time.ts';

export const realClock: Clock = {
  now: () => instant(Date.now()),
  monotonic: () => monotonicMs(performance.now()),
  after: (ms, wake) => {
    const timer = setTimeout(wake, ms);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
