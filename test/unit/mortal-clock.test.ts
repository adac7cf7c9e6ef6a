/** What one life of a sidecar would still try again is not woken in the next. */
import { expect, test } from 'vitest';
import { mortalClock } from '../../src/adapters/system/clock.ts';
import { instant, monotonicMs } from '../../src/domain/time.ts';

test('a clock that has ended wakes nobody, and still tells the time', () => {
  const waiting: (() => void)[] = [];
  const clock = mortalClock({
    now: () => instant(7),
    monotonic: () => monotonicMs(8),
    after: (_ms, wake) => {
      waiting.push(wake);
      return { cancel: () => undefined };
    },
  });
  let woken = 0;
  clock.after(1, () => (woken += 1));
  clock.after(2, () => (woken += 1));
  waiting[0]?.();
  clock.end();
  waiting[1]?.();
  expect(woken).toBe(1);
  expect(clock.now()).toBe(7);
  expect(clock.monotonic()).toBe(8);
});
