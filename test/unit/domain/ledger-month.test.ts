/** The month of an id, as migrations/000019.sql deals them out; test/conformance/ledger-months.test.ts holds both against the store. */
import { expect, test } from 'vitest';
import { BEFORE_MONTHS, ledgerMonthOf } from '../../../src/domain/ledger-month.ts';

test.each([
  [1, BEFORE_MONTHS],
  [7_199_999_999_999, BEFORE_MONTHS],
  [7_200_000_000_000, '2026-01'],
  [8_099_999_999_999, '2026-09'],
  [8_100_000_000_001, '2026-10'],
  [8_300_000_000_000, '2026-12'],
  [8_400_000_000_000, '2027-01'],
  [Number.MAX_SAFE_INTEGER, '9525-12'],
])('%i is of %s', (id, month) => {
  expect(ledgerMonthOf(id)).toBe(month);
});

test('what was before the months sorts before them', () => {
  expect([ledgerMonthOf(7_200_000_000_000), BEFORE_MONTHS].sort()).toEqual([BEFORE_MONTHS, '2026-01']);
});
