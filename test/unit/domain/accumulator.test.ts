import { describe, expect, it } from 'vitest';
import { accumulate, type Accumulator, openAccumulator, rollTo } from '../../../src/domain/accumulator.ts';
import { type Outcome, OUTCOMES } from '../../../src/domain/call-result.ts';

const after = (outcomes: readonly Outcome[]): Accumulator =>
  outcomes.reduce(accumulate, openAccumulator({ day: 'mon', block: '1' }));

describe('accumulator', () => {
  it('counts persons in the denominator, drops in both, machines and the unanswered in neither', () => {
    const tally = { liveAnswers: 4, drops: 2 };
    expect(after(OUTCOMES)).toMatchObject({ day: tally, block: tally });
  });

  it('opens an empty day and keeps the block', () => {
    const next = rollTo(after(['connected', 'dropped']), { day: 'tue', block: '1' });
    expect(next.day).toEqual({ liveAnswers: 0, drops: 0 });
    expect(next.block).toEqual({ liveAnswers: 2, drops: 1 });
    expect(accumulate(next, 'connected')).toMatchObject({
      day: { liveAnswers: 1, drops: 0 },
      block: { liveAnswers: 3, drops: 1 },
    });
  });

  it('opens an empty block with its first day', () => {
    const next = rollTo(after(['connected', 'dropped']), { day: 'tue', block: '2' });
    expect(next.block).toEqual({ liveAnswers: 0, drops: 0 });
  });

  it('is the same when the windows are', () => {
    const counts = after(['dropped']);
    expect(rollTo(counts, { day: 'mon', block: '1' })).toBe(counts);
  });
});
