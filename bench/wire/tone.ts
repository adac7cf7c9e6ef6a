/** The agents' tone and how it is told from speech. */
import { loudness } from './g711.ts';

/** Ten whole periods in a packet. */
export const TONE_HZ = 500;

const SHARE = 0.8;

/** True when nearly all of the frame's energy lies at the tone (Goertzel's method). */
export function isTone(frame: Int16Array): boolean {
  if (loudness(frame) < 500) return false;
  const turn = 2 * Math.cos((2 * Math.PI * TONE_HZ) / 8_000);
  let [last, before, energy] = [0, 0, 0];
  for (const sample of frame) {
    [last, before] = [sample + turn * last - before, last];
    energy += sample * sample;
  }
  const atTone = last * last + before * before - turn * last * before;
  return (2 * atTone) / (frame.length * energy) > SHARE;
}
