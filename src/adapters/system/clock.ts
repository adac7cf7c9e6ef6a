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

/** A clock whose timers end with one life of a sidecar: what that one would still try again is not for the next. */
export interface MortalClock extends Clock {
  /** Nothing is woken from now on. */
  end(): void;
}

export function mortalClock(clock: Clock): MortalClock {
  let over = false;
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (ms, wake) =>
      clock.after(ms, () => {
        if (!over) wake();
      }),
    end() {
      over = true;
    },
  };
}
