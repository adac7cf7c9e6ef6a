/** What lists say of a line: a word for a mobile never helps a call, and whatever they say, a line is never taken for less than its strictest word. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decision } from '../../src/domain/decision.ts';
import { LINE_TYPES, TOLD_LINE_TYPES, type ToldLineType } from '../../src/domain/origination.ts';
import { evaluate, RULES } from '../../src/rules/index.ts';
import { type Case, factsOf, LAW, policyOf, requestOf } from '../support/rules-world.ts';

/** Places that restrict calls to mobiles, and one that does not. */
const CODES = ['602', '504', '973', '307', '512', '303'] as const;
const LISTS = ['national', 'state WY', 'state TX', 'internal'] as const;

/** Customers and people who asked for nothing: where a written consent is on file, mobiles are mostly not restricted. */
const anyCase: fc.Arbitrary<Case> = fc
  .record({
    code: fc.constantFrom(...CODES),
    lineType: fc.constantFrom(...LINE_TYPES),
    hits: fc.subarray([...LISTS]),
    types: fc.dictionary(fc.constantFrom(...LISTS), fc.constantFrom<ToldLineType>(...TOLD_LINE_TYPES)),
    // The last ones are too old.
    dates: fc.dictionary(
      fc.constantFrom(...LISTS),
      fc.constantFrom('2026-11-20', '2026-10-24', '2026-10-23', '2026-01-01'),
    ),
    customer: fc.boolean(),
  })
  .map(({ code, lineType, hits, types, dates, customer }) => ({
    call: { number: `+1${code}5550123`, lead: { lineType } },
    campaign: {
      consent: customer
        ? { mode: 'relationship' as const, basis: 'customers' }
        : { mode: 'none_required' as const, basis: 'opinion' },
    },
    facts: {
      consent: null,
      ...(customer ? { purchase: {} } : {}),
      listHits: hits,
      listDates: dates,
      listLineTypes: Object.fromEntries(
        Object.entries(types).filter(([list]) => hits.includes(list as never)),
      ),
    },
  }));

const decideIn = (given: Case): Decision =>
  evaluate(RULES, requestOf(given), factsOf(given), policyOf(given));
const codes = (decision: Decision): readonly string[] =>
  decision.kind === 'veto' ? decision.reasons.map(({ code }) => code) : [];
const saying = (given: Case, list: string, type: ToldLineType): Case => ({
  ...given,
  facts: { ...given.facts, listLineTypes: { ...given.facts?.listLineTypes, [list]: type } },
});
const rank = (type: string | undefined): number => {
  const at = TOLD_LINE_TYPES.indexOf(type as ToldLineType);
  return at === -1 ? TOLD_LINE_TYPES.length : at;
};

test('one more list that says mobile or voice over IP never turns a veto into a permit, nor takes a reason away', () => {
  let bites = 0;
  fc.assert(
    fc.property(
      anyCase,
      fc.constantFrom(...LISTS),
      fc.constantFrom('mobile', 'voip'),
      (given, list, type) => {
        // A word that is stricter than the list's own, or its first.
        fc.pre(rank(type) < rank(given.facts?.listLineTypes?.[list]));
        const before = decideIn(given);
        const after = decideIn(saying(given, list, type));
        expect(codes(after)).toEqual(expect.arrayContaining([...codes(before)]));
        if (before.kind === 'veto') expect(after.kind).toBe('veto');
        else if (after.kind === 'veto') bites += 1;
      },
    ),
    { numRuns: 2_000, seed: 20_261_122 },
  );
  expect(bites).toBeGreaterThan(20);
});

test('a landline of a list counts only where lead and lists say nothing else and its copy is fresh', () => {
  let counted = 0;
  fc.assert(
    fc.property(anyCase, (given) => {
      const silent = decideIn({ ...given, facts: { ...given.facts, listLineTypes: {} } });
      const told = decideIn(given);
      const lifted = codes(silent).includes('mobile_barred') && !codes(told).includes('mobile_barred');
      if (!lifted) return;
      counted += 1;
      const types = given.facts?.listLineTypes ?? {};
      const dates = given.facts?.listDates ?? {};
      expect(given.call?.lead?.lineType).toBe('unknown');
      expect(new Set(Object.values(types))).toEqual(new Set(['landline']));
      expect(Object.keys(types).some((list) => (dates[list] ?? '2026-11-21') >= '2026-10-24')).toBe(true);
      expect(told.warnings.map(({ code }) => code)).toContain('landline_by_list');
    }),
    { numRuns: 2_000, seed: 20_261_122 },
  );
  expect(counted).toBeGreaterThan(20);
});

test('the places drawn do restrict calls to mobiles', () => {
  const restricting = ['AZ', 'LA', 'NJ', 'WY'] as const;
  expect(restricting.every((code) => LAW.jurisdictions[code]?.mobile !== null)).toBe(true);
});
