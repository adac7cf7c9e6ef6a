/** What `ledger verify` tells of pruned months: the verdict speaks of what was left of them, and of nothing that went. */
import type { LedgerGap, LedgerVerification } from '../../control/verify-ledger.ts';
import { formatInstant } from '../../domain/time.ts';
import { many, plain, table } from '../text.ts';

/** As `--json` prints it: instants as the ledger has them. */
export const gapsAsJson = (found: LedgerVerification): object =>
  found.ok && found.gaps !== undefined
    ? { ...found, gaps: found.gaps.map((gap) => ({ ...gap, at: formatInstant(gap.at) })) }
    : found;

export function gapLines(gaps: readonly LedgerGap[]): readonly string[] {
  if (gaps.length === 0) return [];
  const rows = gaps.map(({ month, entries, kept, entryId, at, who, why, classes, archive }) => [
    ...[month, entries, kept, entryId, formatInstant(at), plain(who), plain(why)],
    classes.map(({ name, years }) => `${plain(name)} ${years}`).join(', '),
    ...[plain(archive.file), plain(archive.sha256)],
  ]);
  const unheld = gaps.flatMap(({ month, unheld: heads = [] }) =>
    heads.map(
      ({ writer, count, fromSeq, untilSeq }) =>
        `NOT HELD: ${many(count, 'kept head')} of writer ${plain(writer)} in ${month} (seq ${fromSeq} to ${untilSeq}): the entries are gone`,
    ),
  );
  return [
    `${many(gaps.length, 'month was', 'months were')} pruned: what went is proven by its archive alone, whose SHA-256 the pruning names`,
    table(
      ['MONTH', 'ENTRIES', 'LEFT', 'ENTRY', 'AT', 'WHO', 'WHY', 'CLASSES (YEARS)', 'ARCHIVE', 'SHA256'],
      rows,
    ),
    ...unheld,
  ];
}
