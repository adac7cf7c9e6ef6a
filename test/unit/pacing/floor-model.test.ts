import { describe, expect, it } from 'vitest';
import { type PricedPolicy, shapeOf, solver } from '../../../src/pacing/floor-model.ts';
import { type Page, policyBook } from '../../../src/pacing/policy-book.ts';
import { linesAt, rungAt } from '../../../src/pacing/price.ts';
import { chanceOfNoAgent, upperTail } from '../../../src/pacing/chance.ts';

function solved(agents: number, price: number, answerRate = 0.3): PricedPolicy {
  const shape = shapeOf({ agents, answerRate, ringMs: 12_000, handleMs: 120_000, patienceMs: 0 });
  const solving = solver(shape, price, null);
  while (!solving.advance(100));
  return solving.policy();
}

describe('floor model', () => {
  it('opens fewer lines when a drop costs more, and more when more agents are free', () => {
    const [cheap, dear] = [solved(10, 60_000), solved(10, 600_000)];
    for (let idle = 0; idle <= 10; idle += 1) {
      expect(cheap.linesByIdle[idle]).toBeGreaterThanOrEqual(dear.linesByIdle[idle]!);
      if (idle > 0) expect(dear.linesByIdle[idle]).toBeGreaterThanOrEqual(dear.linesByIdle[idle - 1]!);
    }
    expect(cheap.gain).toBeGreaterThan(dear.gain);
  });

  it.each([
    [5, 0.15, 0.758],
    [5, 0.3, 0.811],
    [10, 0.15, 0.824],
    [10, 0.3, 0.847],
    [20, 0.15, 0.88],
    [20, 0.3, 0.889],
  ])(
    '%i agents, answer rate %f: the best utilization at 3 %% is the known one, %f',
    (agents, answerRate, known) => {
      const book = policyBook();
      const rates = { answerRate, ringMs: 12_000, handleMs: 120_000 };
      let page: Page | null = null;
      for (let look = 0; look < 2_000 && page === null; look += 1) page = book.look(agents, rates, 0);
      const rung = rungAt(page!, 0.03);
      const [below, above] = [Math.max(0, Math.floor(rung - 0.5)), Math.ceil(rung - 0.5)];
      const busy = (page!.between[below]!.busy + page!.between[above]!.busy) / 2 / agents;
      // Between two rungs, and with rates rounded to a page.
      expect(Math.abs(busy - known)).toBeLessThan(0.015);
      expect(linesAt(page!, rung, 3, 0)).toBeGreaterThan(3);
    },
  );
});

describe('chance of no agent', () => {
  it.each([
    [0, 0.5],
    [1, 0.158_655],
    [1.959_964, 0.025],
    [-1, 0.841_345],
  ])('upper tail of %f', (z, tail) => expect(upperTail(z)).toBeCloseTo(tail, 5));

  it('rises with lines, falls with free agents', () => {
    const rates = { answerRate: 0.2, ringMs: 9_000, handleMs: 135_000 };
    const at = (ringing: number, idle: number): number =>
      chanceOfNoAgent({ rates, idle, busy: 8, waiting: 0, ringing, patienceMs: 0 });
    expect(at(6, 2)).toBeGreaterThan(at(4, 2));
    expect(at(6, 2)).toBeGreaterThan(at(6, 3));
  });
});
