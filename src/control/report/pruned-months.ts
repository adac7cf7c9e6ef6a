/** Which pruned months a report is about: what is counted of them is only what was left, and says nothing of what went. */
import type { ReportMonth } from '../../domain/report-month.ts';
import { BEFORE_MONTHS } from '../../domain/ledger-month.ts';
import { addYears } from '../../domain/time.ts';
import type { LedgerGap } from '../verify-ledger.ts';
import type { MonthReport } from './month-figures.ts';

/** The month itself and the one before it, of which a period of 30 days has a part. */
export function prunedWithin({ figures: { month }, verification }: MonthReport): readonly LedgerGap[] {
  if (!verification.ok) return [];
  const before = new Date(month.from - 1).toISOString().slice(0, month.name.length);
  return (verification.gaps ?? []).filter((gap) =>
    gap.month === BEFORE_MONTHS ? mayReachInto(gap, month) : [month.name, before].includes(gap.month),
  );
}

/** What was before there were months has no name of its own: nothing in it is younger than the years after which it was pruned. */
const mayReachInto = ({ at, classes }: LedgerGap, { from }: ReportMonth): boolean =>
  from <= addYears(at, -Math.min(...classes.map(({ years }) => years)));

/** One sentence for each. */
export const prunedText = ({ month, entries, kept, archive: { file } }: LedgerGap): string =>
  `${month} was pruned, see archive ${file}: ${kept} of ${entries} entries are left`;
