/** The chance that one more line, if it is answered, finds no agent: normal form of two binomials, cheap at any size. */
import type { Rates } from './rates.ts';

/** An agent counts as soon free within this share of a mean ring, measured as the best over many floors. */
const RING_SHARE = 0.6;

export interface ChanceInput {
  readonly rates: Rates;
  readonly idle: number;
  readonly busy: number;
  /** Answered persons without an agent. */
  readonly waiting: number;
  /** Lines that ring already. */
  readonly ringing: number;
  /** How long an answered person may wait. */
  readonly patienceMs: number;
}

/** 0 to 1. */
export function chanceOfNoAgent(input: ChanceInput): number {
  const { rates, idle, busy, waiting, ringing, patienceMs } = input;
  const { answerRate, ringMs, handleMs } = rates;
  const soonFree = 1 - Math.exp(-(RING_SHARE * ringMs + patienceMs) / handleMs);
  const ahead = waiting + ringing * answerRate;
  const freed = busy * soonFree;
  const variance = ringing * answerRate * (1 - answerRate) + busy * soonFree * (1 - soonFree);
  // An answer is dropped when those ahead of it are as many as the agents there are by then.
  const margin = idle + freed - ahead - 0.5;
  if (variance <= 0) return margin >= 0 ? 0 : 1;
  return upperTail(margin / Math.sqrt(variance));
}

/** P(Z > z) of the standard normal, error below 1e-7 (Abramowitz and Stegun 26.2.17). */
export function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z);
  const t = 1 / (1 + 0.231_641_9 * z);
  const series =
    t *
    (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  return (series * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}
