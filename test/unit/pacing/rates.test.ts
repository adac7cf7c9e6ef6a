import { describe, expect, it } from 'vitest';
import { rateLearner } from '../../../src/pacing/rates.ts';
import { randomFrom } from '../../../src/sim/random.ts';

describe('rates', () => {
  it('finds the rates of a world that stands still', () => {
    const random = randomFrom(1);
    const learner = rateLearner(null);
    for (let line = 0; line < 4_000; line += 1) {
      learner.learn({
        kind: 'line_ended',
        as: random.chance(0.2) ? 'person' : 'no_answer',
        ringMs: random.exponential(9_000),
      });
      if (line % 5 === 0) learner.learn({ kind: 'handled', handleMs: random.exponential(120_000) });
    }
    const rates = learner.rates()!;
    expect(rates.answerRate).toBeCloseTo(0.2, 1);
    expect(Math.abs(rates.answerRate / 0.2 - 1)).toBeLessThan(0.15);
    expect(Math.abs(rates.ringMs / 9_000 - 1)).toBeLessThan(0.15);
    expect(Math.abs(rates.handleMs / 120_000 - 1)).toBeLessThan(0.15);
  });

  it.each([
    [0.1, 0.32],
    [0.32, 0.1],
  ])('follows an answer rate that goes from %f to %f within 120 lines', (from, to) => {
    const random = randomFrom(2);
    const learner = rateLearner(null);
    const hear = (rate: number): void =>
      learner.learn({ kind: 'line_ended', as: random.chance(rate) ? 'person' : 'no_answer', ringMs: 9_000 });
    for (let call = 0; call < 10; call += 1) learner.learn({ kind: 'handled', handleMs: 120_000 });
    for (let line = 0; line < 1_500; line += 1) hear(from);
    for (let line = 0; line < 120; line += 1) hear(to);
    expect(Math.abs(Math.log(learner.rates()!.answerRate / to))).toBeLessThan(
      Math.abs(Math.log(learner.rates()!.answerRate / from)),
    );
  });

  it('knows nothing before some lines and some handled calls', () => {
    const learner = rateLearner(null);
    for (let line = 0; line < 100; line += 1) {
      learner.learn({ kind: 'line_ended', as: 'no_answer', ringMs: 9_000 });
    }
    expect(learner.rates()).toBeNull();
    for (let call = 0; call < 3; call += 1) learner.learn({ kind: 'handled', handleMs: 100_000 });
    expect(learner.rates()).not.toBeNull();
    expect(learner.rates()!.answerRate).toBeGreaterThan(0);
  });
});
