/** Which month's table an entry stands in, read from its id: each month has a range of ids of its own (migrations/000019.sql). */
import { instant, type Instant } from './time.ts';

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

export interface LedgerMonthRange {
  readonly fromId: number;
  /** The first id behind it. */
  readonly untilId: number;
  /** The end of the month in UTC; of `BEFORE_MONTHS` the earliest there can be, the end of the first month. */
  readonly ends: Instant;
}

/** The ids of the month that an id stands in. */
export function ledgerMonthRange(id: number): LedgerMonthRange {
  const months = Math.max(Math.floor(id / IDS_OF_A_MONTH), FIRST_MONTH - 1);
  const isBefore = months < FIRST_MONTH;
  return {
    fromId: isBefore ? 1 : months * IDS_OF_A_MONTH,
    untilId: (months + 1) * IDS_OF_A_MONTH,
    ends: instant(Date.UTC(YEAR_OF_ID_0, isBefore ? FIRST_MONTH + 1 : months + 1, 1)),
  };
}
