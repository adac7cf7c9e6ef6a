/** Waiting for what must happen, with an end. */
import { setTimeout as sleep } from 'node:timers/promises';

export async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
  withinMs = 20_000,
): Promise<T> {
  const giveUp = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > giveUp) throw new Error(`${what}: not within ${withinMs / 1_000} s`);
    await sleep(40);
  }
}
