/**
 * Is this recording fit to be played to a person? A silent or late message is a violation the machine would not notice
 * (47 CFR 64.1200(a)(7)(i): the message must be heard within two seconds), so it is measured before the first call.
 */
import { type Parsed, parsed, problem } from '../../domain/brand.ts';
import { readWav } from './wav.ts';

/** What the exchange plays as it is. */
export const SAMPLE_RATE = 8_000;
/** Silence at the head eats the two seconds. */
const LEADING_SILENCE_MS_MAX = 100;
/** Below this mean level (full scale is 1) a person on a telephone hears nothing: -45 dBFS. */
const RMS_MIN = 0.0056;
/** A window is heard when its level is above this share of the loudest sample. */
const HEARD_SHARE = 0.02;
const WINDOW_MS = 10;
/** Nobody, and no voice of ours, says a word faster: 400 words a minute. */
const WORD_MS_MIN = 150;
/** Longer than any message here; a file of that size is the wrong file. */
const DURATION_MS_MAX = 60_000;

export interface Measured {
  readonly durationMs: number;
  readonly leadingSilenceMs: number;
  /** Root mean square of all samples, full scale is 1. */
  readonly rms: number;
}

/** Measures a WAV file that is to say `text`; the problem reads on from the file's name. */
export function probeAudio(bytes: Uint8Array, text: string): Parsed<Measured> {
  const wav = readWav(bytes);
  if (!wav.ok) return wav;
  const { sampleRate, channels, samples } = wav.value;
  if (sampleRate !== SAMPLE_RATE)
    return problem(`has ${sampleRate} samples a second; expected ${SAMPLE_RATE}`);
  if (channels !== 1) return problem(`has ${channels} channels; expected 1`);
  const measured = measure(samples);
  const words = text.split(/\s+/).filter((word) => word !== '').length;
  const { durationMs, leadingSilenceMs, rms, heardMs } = measured;
  if (rms < RMS_MIN)
    return problem(`is silent or too quiet (${decibels(rms)} dBFS); expected at least -45 dBFS`);
  if (leadingSilenceMs > LEADING_SILENCE_MS_MAX) {
    return problem(`starts with ${leadingSilenceMs} ms of silence; at most ${LEADING_SILENCE_MS_MAX}`);
  }
  if (heardMs < words * WORD_MS_MIN) {
    return problem(
      `is too short: ${heardMs} ms of speech for ${words} words; at least ${words * WORD_MS_MIN}`,
    );
  }
  if (durationMs > DURATION_MS_MAX) return problem(`lasts ${durationMs} ms; at most ${DURATION_MS_MAX}`);
  return parsed({ durationMs, leadingSilenceMs, rms });
}

const decibels = (level: number): string => (level === 0 ? '-inf' : (20 * Math.log10(level)).toFixed(0));

function measure(samples: Int16Array): Measured & { readonly heardMs: number } {
  const window = (SAMPLE_RATE * WINDOW_MS) / 1_000;
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  const floor = (peak * HEARD_SHARE) ** 2;
  let total = 0;
  let firstHeard: number | undefined;
  let lastHeard = 0;
  for (let start = 0; start < samples.length; start += window) {
    let energy = 0;
    const chunk = samples.subarray(start, start + window);
    for (const sample of chunk) energy += sample * sample;
    total += energy;
    if (peak > 0 && energy / chunk.length > floor) {
      firstHeard ??= start;
      lastHeard = start + chunk.length;
    }
  }
  const ms = (count: number): number => Math.round((count * 1_000) / SAMPLE_RATE);
  return {
    durationMs: ms(samples.length),
    leadingSilenceMs: ms(firstHeard ?? samples.length),
    rms: samples.length === 0 ? 0 : Math.sqrt(total / samples.length) / 32_768,
    heardMs: ms(lastHeard - (firstHeard ?? lastHeard)),
  };
}
