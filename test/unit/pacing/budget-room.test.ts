import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admits } from '../../../src/domain/drop-budget.ts';
import { callsCovered, unspentDrops } from '../../../src/pacing/budget-room.ts';

describe('room in the budget', () => {
  it('is the ceiling times the answers, less the drops, of the tightest window', () => {
    const windows = [
      { liveAnswers: 1_000, drops: 10 },
      { liveAnswers: 100, drops: 1 },
    ];
    expect(unspentDrops(windows, 300)).toBe(2);
  });

  it('covers as many calls as would be admitted one after the other', () => {
    const tally = fc
      .tuple(fc.nat(3_000), fc.nat(100))
      .map(([liveAnswers, drops]) => ({ liveAnswers, drops: Math.min(drops, liveAnswers) }));
    fc.assert(
      fc.property(
        fc.array(tally, { minLength: 1, maxLength: 2 }),
        fc.nat(20),
        fc.integer({ min: 10, max: 300 }),
        (windows, idle, ceilingBp) => {
          let calls = 0;
          const snapshot = (inFlight: number) => ({
            windows,
            inFlight,
            ready: idle,
            promised: 0,
            rebuilt: true,
          });
          while (admits(snapshot(calls), ceilingBp, 'allowed', idle + 1).admitted) calls += 1;
          expect(callsCovered(windows, idle, ceilingBp)).toBe(calls);
        },
      ),
    );
  });
});
