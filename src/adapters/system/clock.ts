/** The machine's clocks. In a rehearsal the wall clock starts at a given instant and runs on from there. */
import { addMs, instant, monotonicMs, type Instant } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';

export function systemClock(startAt: Instant | null = null): Clock {
  const offsetMs = startAt === null ? 0 : startAt - Date.now();
  return {
    now: () => addMs(instant(Date.now()), offsetMs),
    monotonic: () => monotonicMs(performance.now()),
    after(ms, wake) {
      const timer = setTimeout(wake, ms);
      timer.unref();
      return {
        cancel: () => {
          clearTimeout(timer);
        },
      };
    },
  };
}
