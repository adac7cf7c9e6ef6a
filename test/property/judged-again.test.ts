/**
 * A request is judged when the counters are asked, when they have reserved, and when its permit is durable. What one judgement leaves
 * for the next must not be seen in any answer: each is that of a request that nobody has judged before.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Admission } from '../../src/domain/drop-budget.ts';
import { type AttemptFacts, type Fact, type Facts, known, unknown } from '../../src/domain/facts.ts';
import { instant } from '../../src/domain/time.ts';
import { evaluate, RULES } from '../../src/rules/index.ts';
import { at, AT, type Case, factsOf, policyOf, requestOf } from '../support/rules-world.ts';

const CASES: readonly Case[] = [
  {},
  { at: '2026-11-24T05:00:00Z' },
  { facts: { requestedAt: '2026-01-01T00:00:00Z' } },
  { facts: { revokedAt: '2026-01-01T00:00:00Z' } },
  { facts: { listHits: ['state CO', 'litigator'] } },
  { facts: { reassigned: { answer: 'yes' } } },
  { facts: { draining: true } },
  { facts: { consent: null }, campaign: { consent: { mode: 'none_required', basis: 'counsel opinion' } } },
  { rehearsal: false },
];
const REQUESTS: readonly Case[] = [{}, { call: { number: '+12125550123' } }, { call: { automated: true } }];

const fixedFacts = CASES.map(factsOf);
const policies = CASES.map(policyOf);
const attempts: readonly Fact<AttemptFacts>[] = [
  known({ placed: 0, windowHours: 168, droppedAt: null }),
  known({ placed: 99, windowHours: 168, droppedAt: null }),
  known({ placed: 0, windowHours: 1, droppedAt: null }),
  known({ placed: 0, windowHours: 168, droppedAt: instant(at(AT) - 1) }),
  unknown('late'),
];
const admissions: readonly Admission[] = [
  { admitted: true, overdial: false },
  { admitted: true, overdial: true },
  { admitted: false, code: 'drop_budget_spent' },
];

function budgetOf(facts: Facts, admission: Admission | undefined): Facts['budget'] {
  if (!facts.budget.known) throw new Error('the world has no budget');
  return admission === undefined ? unknown('late') : known({ ...facts.budget.value, admission });
}

const step = fc.record({
  fixed: fc.constantFrom(...fixedFacts),
  attempts: fc.constantFrom(...attempts),
  admission: fc.constantFrom(...admissions, undefined),
  policy: fc.constantFrom(...policies),
});

test('a request that is judged again is judged as if it were new, whichever facts, counts or policy changed', () => {
  const verdicts = { permit: 0, veto: 0 };
  fc.assert(
    fc.property(
      fc.constantFrom(...REQUESTS),
      fc.array(step, { minLength: 2, maxLength: 6 }),
      (given, steps) => {
        const request = requestOf(given);
        for (const { fixed, attempts: counted, admission, policy } of steps) {
          // Twice the same facts but for the counters, as at a reservation.
          for (const placed of [known({ placed: 0, windowHours: 168, droppedAt: null }), counted]) {
            const facts: Facts = { ...fixed, attempts: placed, budget: budgetOf(fixed, admission) };
            const again = evaluate(RULES, request, facts, policy);
            expect(again).toEqual(evaluate(RULES, { ...request }, facts, policy));
            verdicts[again.kind] += 1;
          }
        }
      },
    ),
    { numRuns: 300 },
  );
  expect(verdicts.permit).toBeGreaterThan(20);
  expect(verdicts.veto).toBeGreaterThan(20);
});
