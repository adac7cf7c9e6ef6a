/**
 * Did the person hear this prompt, and how much of it? The prompt is cut into segments; each must be found in what was
 * heard, in its place behind the segment before it, by normalized cross-correlation. Other speech, noise and silence do not match.
 */
import { averageMagnitude, SAMPLES_PER_MS } from './mu-law.ts';

export interface Comparison {
  /** The share of the prompt's voiced segments that were heard. */
  readonly matchedShare: number;
  /** Where the prompt begins in what was heard. */
  readonly offsetMs: number;
  /** The mean correlation of all voiced segments, 1 for identical sound. */
  readonly correlation: number;
  readonly segments: number;
}

export interface CompareOptions {
  readonly segmentMs?: number;
  /** A segment at or above this counts as heard. Mixed with an equally loud voice it falls to about 0.7. */
  readonly minCorrelation?: number;
  /** How far a segment may stray from the place that the segment before it says. */
  readonly strayMs?: number;
}

const NOTHING: Comparison = { matchedShare: 0, offsetMs: 0, correlation: 0, segments: 0 };
const QUIET = 64; // segments below this average say nothing about identity
const ANCHOR_MS = 400;
/** A stall of the sender longer than this is a hole, not a delay. */
const LATEST_MS = 500;
const ANCHORS = 4;

export function compareAudio(
  heard: Int16Array,
  prompt: Int16Array,
  options: CompareOptions = {},
): Comparison {
  const segmentLength = (options.segmentMs ?? 160) * SAMPLES_PER_MS;
  const stray = (options.strayMs ?? 40) * SAMPLES_PER_MS;
  const voiced = segmentsOf(prompt, segmentLength).filter(({ loudness }) => loudness >= QUIET);
  if (voiced.length === 0 || heard.length < segmentLength) return { ...NOTHING, segments: voiced.length };
  let best: Comparison = { ...NOTHING, segments: voiced.length };
  for (const offset of likelyOffsets(heard, prompt)) {
    const minCorrelation = options.minCorrelation ?? 0.8;
    // A machine short of time sends a packet late and all behind it as well: the place moves on with each segment that was found.
    let place = offset;
    const found = voiced.map(({ at }) => {
      const piece = prompt.subarray(at, at + segmentLength);
      const around = (where: number): Fit =>
        bestCorrelation(heard, piece, at + where - stray, at + where + stray);
      const late = (): Fit =>
        bestCorrelation(heard, piece, at + place + stray, at + place + LATEST_MS * SAMPLES_PER_MS);
      // A missing vowel is like any other of the same pitch: whoever was led on by one finds the way back at the offset.
      const tries = [() => around(place), () => around(offset), late];
      let fit: Fit = { at: 0, value: 0 };
      for (const next of tries) if (fit.value < minCorrelation) fit = next();
      if (fit.value >= minCorrelation) place = fit.at - at;
      return fit;
    });
    const matched = found.filter(({ value }) => value >= minCorrelation);
    const correlation = found.reduce((sum, { value }) => sum + Math.max(0, value), 0) / found.length;
    const matchedShare = matched.length / found.length;
    if (
      matchedShare > best.matchedShare ||
      (matchedShare === best.matchedShare && correlation > best.correlation)
    ) {
      best = { matchedShare, offsetMs: offset / SAMPLES_PER_MS, correlation, segments: voiced.length };
    }
    if (matchedShare > 0.99) break;
  }
  return best;
}

function segmentsOf(samples: Int16Array, length: number): { at: number; loudness: number }[] {
  const segments = [];
  for (let at = 0; at + length <= samples.length; at += length) {
    segments.push({ at, loudness: averageMagnitude(samples.subarray(at, at + length)) });
  }
  return segments;
}

/** Where loud pieces from all over the prompt fit best: several, because any one of them may have been cut off. */
function likelyOffsets(heard: Int16Array, prompt: Int16Array): number[] {
  const length = Math.min(ANCHOR_MS * SAMPLES_PER_MS, prompt.length, heard.length);
  const quarter = Math.max(1, Math.floor(prompt.length / ANCHORS));
  const offsets: number[] = [];
  for (let part = 0; part < ANCHORS; part++) {
    const candidates = segmentsOf(prompt.subarray(part * quarter, (part + 1) * quarter + length), length);
    const loudest = candidates.sort((a, b) => b.loudness - a.loudness)[0];
    if (loudest === undefined) continue;
    const at = part * quarter + loudest.at;
    const anchor = prompt.subarray(at, at + length);
    offsets.push(coarseToFine(heard, anchor) - at);
  }
  return [...new Set(offsets)];
}

/** A search over everything heard: first on every fourth sample, then exactly around the best place. */
function coarseToFine(heard: Int16Array, anchor: Int16Array): number {
  const step = 4;
  const thin = (samples: Int16Array): Int16Array =>
    Int16Array.from({ length: Math.floor(samples.length / step) }, (_, i) => {
      let sum = 0;
      for (let k = 0; k < step; k++) sum += samples[i * step + k] ?? 0;
      return sum / step;
    });
  const coarse = bestCorrelation(thin(heard), thin(anchor), 0, Infinity);
  const around = coarse.at * step;
  return bestCorrelation(heard, anchor, around - 2 * step, around + 2 * step).at;
}

interface Fit {
  readonly at: number;
  readonly value: number;
}

/** The place between `from` and `to` where the piece fits best; 1 means the same sound at any loudness. */
function bestCorrelation(heard: Int16Array, piece: Int16Array, from: number, to: number): Fit {
  const first = Math.max(0, from);
  const last = Math.min(heard.length - piece.length, to);
  let pieceEnergy = 0;
  for (const sample of piece) pieceEnergy += sample * sample;
  let best: Fit = { at: first, value: 0 };
  if (last < first || pieceEnergy === 0) return best;
  let energy = 0;
  for (let i = 0; i < piece.length; i++) energy += (heard[first + i] ?? 0) ** 2;
  for (let at = first; at <= last; at++) {
    // Quieter than a whisper: nothing was heard here, whatever its shape.
    if (energy > piece.length * 16) {
      let product = 0;
      for (let i = 0; i < piece.length; i++) product += (heard[at + i] as number) * (piece[i] as number);
      const value = product / Math.sqrt(energy * pieceEnergy);
      if (value > best.value) best = { at, value };
    }
    energy += (heard[at + piece.length] ?? 0) ** 2 - (heard[at] ?? 0) ** 2;
  }
  return best;
}
