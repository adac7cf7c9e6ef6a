/** Learning of rates, line by line and call by call: slow while the world stands still, quick when it has changed. */
import type { LearnedRates, PaceFact } from './floor-view.ts';

/** Lines behind the quick and the slow figure of the answer rate, and calls or lines behind a mean time. */
const QUICK_LINES = 60;
const SLOW_LINES = 1_500;
const MEMORY_TIMES = 600;
/** The world has changed when the quick figure leaves the slow one by so many standard deviations. */
const SURPRISE = 3.2;
/** Fewer say nothing yet. */
const LINES_MIN = 12;
const HANDLED_MIN = 3;
/** So many failed lines in a row are a trunk, not persons who do not answer. */
const FAILED_IN_A_ROW = 6;
/** Of what is handed over from another day, at most so much is believed. */
const WARM_LINES = 300;
const WARM_HANDLED = 100;

export interface Rates {
  /** Lines answered by persons, 0 to 1, of those that reached a telephone. */
  readonly answerRate: number;
  readonly ringMs: number;
  readonly handleMs: number;
}

export interface RateLearner {
  learn(fact: PaceFact): void;
  /** Null while too little is known. */
  rates(): Rates | null;
  /** The last lines all failed: nothing is known of what they would have met. */
  readonly failing: () => boolean;
  learned(): LearnedRates | null;
}

/** A mean whose oldest samples fade once `memory` of them stand behind it. */
interface FadingMean {
  value: number;
  weight: number;
}

function take(mean: FadingMean, sample: number, memory: number): void {
  mean.weight = Math.min(memory, mean.weight + 1);
  mean.value += (sample - mean.value) / mean.weight;
}

export function rateLearner(warm: LearnedRates | null): RateLearner {
  const warmLines = Math.min(WARM_LINES, warm?.lines ?? 0);
  const quick: FadingMean = { value: (warm?.answerRateBp ?? 0) / 10_000, weight: Math.min(1, warmLines) };
  const slow: FadingMean = { value: quick.value, weight: warmLines };
  const ring: FadingMean = { value: warm?.ringMeanMs ?? 0, weight: warmLines };
  const handle: FadingMean = {
    value: warm?.handleMeanMs ?? 0,
    weight: Math.min(WARM_HANDLED, warm?.handled ?? 0),
  };
  let lines = warm?.lines ?? 0;
  let handled = warm?.handled ?? 0;
  let failed = 0;

  function learnLine(answered: boolean, ringMs: number): void {
    lines += 1;
    take(quick, answered ? 1 : 0, QUICK_LINES);
    take(slow, answered ? 1 : 0, SLOW_LINES);
    take(ring, Math.max(0, ringMs), MEMORY_TIMES);
    if (slow.weight < 2 * QUICK_LINES || quick.weight < QUICK_LINES) return;
    // A fading mean of memory n varies like a mean of 2n samples.
    const rate = Math.max(slow.value, 1 / SLOW_LINES);
    const spread = Math.sqrt((rate * (1 - rate)) / (2 * QUICK_LINES));
    if (Math.abs(quick.value - slow.value) <= SURPRISE * spread) return;
    slow.value = quick.value;
    slow.weight = QUICK_LINES;
  }

  return {
    learn(fact) {
      switch (fact.kind) {
        case 'handled':
          handled += 1;
          take(handle, Math.max(0, fact.handleMs), MEMORY_TIMES);
          return;
        case 'line_ended':
          // A failed line reached nobody: it says nothing of persons, and soon the next one rings in its place.
          failed = fact.as === 'failed' ? failed + 1 : 0;
          if (fact.as !== 'failed') learnLine(fact.as === 'person', fact.ringMs);
          return;
        default:
          fact satisfies never;
      }
    },
    failing: () => failed >= FAILED_IN_A_ROW,
    rates() {
      if (slow.weight < LINES_MIN || handle.weight < HANDLED_MIN) return null;
      return {
        // Nobody has answered yet is not the same as nobody ever will.
        answerRate: Math.min(1, Math.max(slow.value, 0.5 / slow.weight)),
        ringMs: Math.max(1, ring.value),
        handleMs: Math.max(1, handle.value),
      };
    },
    learned() {
      if (lines === 0 && handled === 0) return null;
      return {
        answerRateBp: Math.round(10_000 * slow.value),
        ringMeanMs: Math.round(ring.value),
        handleMeanMs: Math.round(handle.value),
        lines,
        handled,
      };
    },
  };
}
