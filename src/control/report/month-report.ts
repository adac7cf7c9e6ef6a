/** One pass over the whole ledger: every chain is verified, and the month is counted on the way. Memory grows with requests and findings, not with calls. */
import { isJsonObject } from '../../domain/json-parts.ts';
import type { LedgerEntry } from '../../domain/ledger-entry.ts';
import type { PrunedMonth } from '../../domain/pruned-month.ts';
import type { ReportMonth } from '../../domain/report-month.ts';
import { DAY_MS, formatInstant, type Instant, instant } from '../../domain/time.ts';
import { type LedgerVerification, verifyLedger } from '../verify-ledger.ts';
import { createCallFold } from './fold-calls.ts';
import { createPeopleFold } from './fold-people.ts';
import { createRecordFold } from './fold-records.ts';
import { createResultFold } from './fold-results.ts';
import { addTo, ranked } from './kept-rows.ts';
import type { MonthFigures, MonthReport } from './month-figures.ts';

export interface MonthFold {
  /** In the order of the ledger; what came after the month changes nothing, so that the report of a month stays what it was. */
  take(entry: LedgerEntry): void;
  figures(): MonthFigures;
}

/** `now`: a month that has not ended is counted up to it. */
export function createMonthFold(month: ReportMonth, now: Instant): MonthFold {
  const calls = createCallFold(month);
  const people = createPeopleFold();
  const results = createResultFold(month);
  const records = createRecordFold(month);
  const kinds = new Map<string, number>();
  const asOf = instant(Math.min(now, month.to - 1));
  return {
    take(entry) {
      if (entry.at >= month.to) return;
      const inMonth = entry.at >= month.from;
      if (inMonth) addTo(kinds, entry.kind);
      // Somebody has been at the store: the verification names it, and the rest is counted.
      if (!isReadable(entry)) return;
      calls.take(entry, inMonth);
      people.take(entry, inMonth);
      results.take(entry);
      records.take(entry, inMonth);
    },
    figures: () => ({
      month,
      asOf: formatInstant(asOf),
      days: Math.ceil((asOf + 1 - month.from) / DAY_MS),
      campaigns: calls.campaigns(),
      vetoReasons: calls.vetoReasons(),
      ...people.figures(),
      ...results.figures(asOf),
      ...records.figures(asOf),
      entries: ranked(kinds),
    }),
  };
}

function isReadable(entry: LedgerEntry): boolean {
  try {
    return isJsonObject(entry.body);
  } catch {
    return false;
  }
}

/**
 * `entries` gives all of them anew each time, in id order. A ledger that does not verify is read to its end all the same: what it says is
 * counted, and the report says first that it cannot be trusted. `pruned`: what its `ledger_pruned` entries say.
 */
export async function makeMonthReport(
  entries: () => AsyncIterable<LedgerEntry>,
  month: ReportMonth,
  now: Instant,
  pruned: readonly PrunedMonth[] = [],
): Promise<MonthReport> {
  const fold = createMonthFold(month, now);
  const read = taken(entries(), fold);
  const verification: LedgerVerification = await verifyLedger(read, {}, undefined, pruned);
  if (verification.ok) return { figures: fold.figures(), verification };
  const anew = createMonthFold(month, now);
  for await (const entry of entries()) anew.take(entry);
  return { figures: anew.figures(), verification };
}

async function* taken(entries: AsyncIterable<LedgerEntry>, fold: MonthFold): AsyncIterable<LedgerEntry> {
  for await (const entry of entries) {
    fold.take(entry);
    yield entry;
  }
}
