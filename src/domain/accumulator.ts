/** The drop accumulator: outcomes in, live answers and drops of each counting window out. One result counts once. */
import { assertInvariant } from './assert.ts';
import { countsOf, type Outcome } from './call-result.ts';
import { EMPTY_TALLY, type Tally } from './drop-budget.ts';

/** Windows by length; a key names the window that is open, and another key opens a new, empty one. */
export interface WindowKeys {
  /** Calendar day where the campaign counts. */
  readonly day: string;
  /** Successive 30-day block from the start of the campaign. */
  readonly block: string;
}

export interface Accumulator {
  readonly keys: WindowKeys;
  readonly day: Tally;
  readonly block: Tally;
}

export const openAccumulator = (keys: WindowKeys): Accumulator => ({
  keys,
  day: EMPTY_TALLY,
  block: EMPTY_TALLY,
});

const plus = (tally: Tally, counts: Tally): Tally => {
  const sum = { liveAnswers: tally.liveAnswers + counts.liveAnswers, drops: tally.drops + counts.drops };
  assertInvariant(sum.drops <= sum.liveAnswers, 'a-drop-is-a-live-answer-first');
  return sum;
};

/** The windows of `keys`: what is still open keeps its counts, what has changed starts empty. */
export function rollTo(accumulator: Accumulator, keys: WindowKeys): Accumulator {
  const { keys: open, day, block } = accumulator;
  if (open.day === keys.day && open.block === keys.block) return accumulator;
  return {
    keys,
    day: open.day === keys.day ? day : EMPTY_TALLY,
    block: open.block === keys.block ? block : EMPTY_TALLY,
  };
}

/** After the result of one call. Results of other windows than those open are the caller's to place. */
export function accumulate(accumulator: Accumulator, outcome: Outcome): Accumulator {
  const counts = countsOf(outcome);
  if (counts.liveAnswers === 0) return accumulator;
  return {
    keys: accumulator.keys,
    day: plus(accumulator.day, counts),
    block: plus(accumulator.block, counts),
  };
}
