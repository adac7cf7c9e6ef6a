/** Which month's table an entry stands in, read from its id: each month has a range of ids of its own (migrations/000019.sql). */

const IDS_OF_A_MONTH = 100_000_000_000;
const YEAR_OF_ID_0 = 2020;
/** January 2026. Smaller ids were counted from 1, before there were months. */
const FIRST_MONTH = (2026 - YEAR_OF_ID_0) * 12;

/** Sorts before every month. */
export const BEFORE_MONTHS = '0000-before';

/** `2026-11`, or `BEFORE_MONTHS`. In the order of ids and of texts alike. */
export function ledgerMonthOf(id: number): string {
  const months = Math.floor(id / IDS_OF_A_MONTH);
  if (months < FIRST_MONTH) return BEFORE_MONTHS;
  const year = YEAR_OF_ID_0 + Math.floor(months / 12);
  return `${year}-${String((months % 12) + 1).padStart(2, '0')}`;
}
