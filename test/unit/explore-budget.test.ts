/**
 * Every way through the small case: two sidecars, two agents, four calls, in whatever order calls are reserved, answered, connected,
 * dropped, fail, are counted, run out of lease, agents are lost and sidecars die. No state breaks never-above-ceiling,
 * one-result-per-call, reservation-always-settles or counters-equal-ledger; and the explorer finds an admission that would.
 */
import { describe, expect, test } from 'vitest';
import { type Admit, admits, type BudgetSnapshot, EMPTY_TALLY } from '../../src/domain/drop-budget.ts';
import type { BudgetCase } from '../support/budget-world.ts';
import { explore } from '../support/explore-budget.ts';

/** Two cores of a busy machine take their time. */
const PATIENCE_MS = 900_000;

const CASE: BudgetCase = {
  ceilingBp: 300,
  calls: 4,
  agents: 2,
  agentsOf: 'all',
  faults: false,
  today: { liveAnswers: 33, drops: 0 },
  earlier: EMPTY_TALLY,
  admission: admits,
};
const POOLS = ['all', 'this_sidecar'] as const;

/** Where the next drop is just about allowed, or just about not; and a ceiling so high that four calls make and spend a budget. */
const BEGINNINGS: readonly Pick<BudgetCase, 'ceilingBp' | 'today' | 'earlier'>[] = [
  ...[
    { liveAnswers: 0, drops: 0 },
    { liveAnswers: 31, drops: 0 },
    { liveAnswers: 32, drops: 0 },
    { liveAnswers: 33, drops: 0 },
    { liveAnswers: 65, drops: 1 },
    { liveAnswers: 66, drops: 1 },
    { liveAnswers: 67, drops: 0 },
    { liveAnswers: 100, drops: 3 },
    { liveAnswers: 99, drops: 3 },
  ].map((today) => ({ ceilingBp: 300, today, earlier: EMPTY_TALLY })),
  { ceilingBp: 300, today: { liveAnswers: 40, drops: 0 }, earlier: { liveAnswers: 60, drops: 3 } },
  { ceilingBp: 300, today: { liveAnswers: 40, drops: 0 }, earlier: { liveAnswers: 59, drops: 3 } },
  { ceilingBp: 300, today: { liveAnswers: 0, drops: 0 }, earlier: { liveAnswers: 300, drops: 0 } },
  { ceilingBp: 5_000, today: EMPTY_TALLY, earlier: EMPTY_TALLY },
  { ceilingBp: 5_000, today: { liveAnswers: 1, drops: 0 }, earlier: EMPTY_TALLY },
];

describe.each(POOLS)('agents of: %s', (agentsOf) => {
  test(
    'without a fault not one prefix is above the ceiling, from wherever the day began',
    async () => {
      for (const beginning of BEGINNINGS) {
        const { states, violation } = await explore({ ...CASE, ...beginning, agentsOf });
        expect(violation, JSON.stringify(beginning)).toBeNull();
        expect(states).toBeGreaterThan(100);
      }
    },
    PATIENCE_MS,
  );

  test(
    'with lost agents, dead sidecars and lost results only what they uncover is charged',
    async () => {
      const { states, violation } = await explore({ ...CASE, agentsOf, faults: true });
      expect(violation).toBeNull();
      expect(states).toBeGreaterThan(50_000);
    },
    PATIENCE_MS,
  );

  test(
    'the same where three calls make and spend a budget of their own',
    async () => {
      const few = { ...CASE, ceilingBp: 5_000, today: EMPTY_TALLY, calls: 3, agentsOf, faults: true };
      expect((await explore(few)).violation).toBeNull();
    },
    PATIENCE_MS,
  );
});

describe('an admission that is wrong is found out', () => {
  const over = (holds: (snapshot: BudgetSnapshot, ceilingBp: number) => boolean): Admit =>
    function wrong(snapshot, ceilingBp, _overDialing, loggedIn) {
      if (loggedIn === 0) return { admitted: false, code: 'no_agent' };
      const idle = snapshot.ready - snapshot.promised;
      if (snapshot.inFlight + 1 <= idle) return { admitted: true, overdial: false };
      return holds(snapshot, ceilingBp)
        ? { admitted: true, overdial: true }
        : { admitted: false, code: 'drop_budget_spent' };
    };
  const exposedOf = ({ inFlight, ready, promised }: BudgetSnapshot): number =>
    inFlight + 1 - ready + promised;
  const WRONG: readonly (readonly [string, Admit, Partial<BudgetCase>])[] = [
    [
      'all answering at once, as it was: a prefix counts the drops before the connects',
      over(({ windows, ...snapshot }, ceilingBp) =>
        windows.every(
          ({ liveAnswers: a, drops: d }) =>
            10_000 * d <= ceilingBp * a &&
            10_000 * (d + exposedOf({ windows, ...snapshot })) <= ceilingBp * (a + snapshot.inFlight + 1),
        ),
      ),
      { today: { liveAnswers: 31, drops: 0 } },
    ],
    [
      'one live answer too many',
      over((snapshot, ceilingBp) =>
        snapshot.windows.every(
          ({ liveAnswers: a, drops: d }) =>
            10_000 * (d + exposedOf(snapshot)) <= ceilingBp * (a + exposedOf(snapshot) + 1),
        ),
      ),
      { today: { liveAnswers: 32, drops: 0 } },
    ],
    [
      'the calls in flight left out',
      over(({ windows }, ceilingBp) =>
        windows.every(({ liveAnswers: a, drops: d }) => 10_000 * (d + 1) <= ceilingBp * (a + 1)),
      ),
      {},
    ],
    [
      'the block left out',
      (snapshot, ...rest) => admits({ ...snapshot, windows: snapshot.windows.slice(0, 1) }, ...rest),
      { earlier: { liveAnswers: 66, drops: 3 } },
    ],
    [
      'agents of another sidecar taken for one’s own',
      (snapshot, ...rest) => admits({ ...snapshot, exposedElsewhere: 0 }, ...rest),
      { agentsOf: 'this_sidecar' },
    ],
  ];
  test.each(WRONG)(
    '%s',
    async (_name, admission, change) => {
      const { violation } = await explore({ ...CASE, ...change, admission });
      expect(violation?.invariant).toBe('never-above-ceiling');
      expect(violation?.way.length).toBeGreaterThan(1);
      expect((await explore({ ...CASE, ...change })).violation).toBeNull();
    },
    PATIENCE_MS,
  );
});
