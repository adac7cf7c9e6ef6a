/** Rows of a table that must not grow with the ledger: the first are kept, all are counted. */
import type { Rows } from './month-figures.ts';

/** A printed page holds about fifty. */
export const ROWS_KEPT = 500;

export function keptRows<Row>(): { add(row: Row): void; rows(): Rows<Row> } {
  const kept: Row[] = [];
  let total = 0;
  return {
    add(row) {
      total += 1;
      if (kept.length < ROWS_KEPT) kept.push(row);
    },
    rows: () => ({ total, rows: kept }),
  };
}

export const cutRows = <Row>(rows: readonly Row[]): Rows<Row> => ({
  total: rows.length,
  rows: rows.slice(0, ROWS_KEPT),
});

/** Largest first; of equals in the order of their names. */
export const ranked = (counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] =>
  [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));

export const addTo = (counts: Map<string, number>, name: string, count = 1): void =>
  void counts.set(name, (counts.get(name) ?? 0) + count);
