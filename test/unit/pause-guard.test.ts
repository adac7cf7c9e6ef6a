/** A process that has stood still asks whose the calls are before it touches one. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openPauseGuard, type PauseGuard } from '../../src/adapters/asterisk/pause-guard.ts';

let guard: PauseGuard | null = null;
afterEach(() => {
  guard?.stop();
  vi.useRealTimers();
});

describe('pause guard', () => {
  function open(answer: () => Promise<void>) {
    vi.useFakeTimers();
    let now = 0;
    let asked = 0;
    guard = openPauseGuard(
      () => {
        asked += 1;
        return answer();
      },
      () => now,
    );
    return {
      guard,
      asked: () => asked,
      /** Time that the process lives through, beat by beat. */
      live: (ms: number): void => {
        for (let passed = 0; passed < ms; passed += 100) {
          now += 100;
          vi.advanceTimersByTime(100);
        }
      },
      freeze: (ms: number): void => {
        now += ms;
      },
      beat: () => vi.advanceTimersByTime(100),
    };
  }

  test('asks nobody while the process runs, however long', () => {
    const { guard: ours, live, asked } = open(() => Promise.resolve());
    live(60_000);
    expect(ours.check()).toBeNull();
    expect(asked()).toBe(0);
  });

  test('asks after a pause, also when its own beat has come first', async () => {
    const { guard: ours, freeze, beat, live, asked } = open(() => Promise.resolve());
    live(1_000);
    freeze(5_000);
    beat();
    const check = ours.check();
    expect(check).not.toBeNull();
    await check;
    expect(asked()).toBe(1);
    expect(ours.check()).toBeNull();
  });

  test('asks again until it is confirmed', async () => {
    let ours = false;
    const world = open(() => (ours ? Promise.resolve() : Promise.reject(new Error('held by another'))));
    world.live(1_000);
    world.freeze(5_000);
    await expect(world.guard.check()).rejects.toThrow('held by another');
    world.live(10_000);
    await expect(world.guard.check()).rejects.toThrow('held by another');
    ours = true;
    await world.guard.check();
    expect(world.guard.check()).toBeNull();
  });

  test('an answer from before a further pause says nothing: it asks once more', async () => {
    const world = open(() => {
      if (world.asked() === 1) world.freeze(5_000);
      return world.asked() === 1 ? Promise.resolve() : Promise.reject(new Error('held by another'));
    });
    world.live(1_000);
    world.freeze(5_000);
    await expect(world.guard.check()).rejects.toThrow('held by another');
    expect(world.asked()).toBe(2);
  });
});
