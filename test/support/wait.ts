/** Waiting for what must happen, with an end. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readWav } from '../../scripts/callers/wav.ts';
import type { Rig } from './rig.ts';

export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 15_000,
): Promise<void> {
  const giveUp = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > giveUp) throw new Error(`${what}: not within ${withinMs} ms`);
    await sleep(25);
  }
}

/** The samples of a rendered prompt, for comparison with what was heard. */
export async function promptSamples(
  rig: Pick<Rig, 'config'>,
  campaign: string,
  name: string,
): Promise<Int16Array> {
  const { samples } = await readWav(join(rig.config.asterisk.soundsDirectory, campaign, `${name}.wav`));
  return samples;
}
