/**
 * The gaps that pruned months leave in a stream of entries. Inside a month that was pruned chains cannot be followed: the entries that
 * are left must be exactly those that its pruning names, and behind it every chain goes on from the heads that it names.
 */
import { createHash } from 'node:crypto';
import type { Hash } from '../../domain/hash-chain.ts';
import type { LedgerEntry } from '../../domain/ledger-entry.ts';
import { keptLine, type PrunedMonth } from '../../domain/pruned-month.ts';
import type { EntryFault, WriterHead } from '../verify-ledger.ts';

export interface PrunedGaps {
  /** Whether the entry stands in a pruned month. */
  holds(id: number): boolean;
  /** To be called before each entry: ends the months before it. */
  reach(id: number): EntryFault | undefined;
  /** To be called with each sound entry. */
  read(entry: LedgerEntry): void;
  /** Ends all months. */
  end(): EntryFault | undefined;
  /** Instead, where there are more entries than were read: what no entry to come can mend. */
  cutShort(): EntryFault | undefined;
}

/** `pruned` in the order of ids; `heads`: before the first of them. Sets `heads` to where the chains go on. */
export function prunedGaps(pruned: readonly PrunedMonth[], heads: Map<string, WriterHead>): PrunedGaps {
  const said = new Set(pruned.map(({ entryHash }) => entryHash));
  let at = 0;
  let kept = 0;
  let digest = createHash('sha256');

  const endMonth = (month: PrunedMonth): EntryFault | undefined => {
    const found = digest.digest('hex');
    const fault = leftFault(month, kept, found) ?? headsFault(month, heads) ?? stepsFault(month, heads);
    kept = 0;
    digest = createHash('sha256');
    if (fault !== undefined) return { fault: 'pruned_differs', detail: fault };
    for (const [writer, head] of Object.entries(month.heads)) heads.set(writer, head);
    return undefined;
  };

  const reach = (id: number): EntryFault | undefined => {
    for (; at < pruned.length; at += 1) {
      const month = pruned[at];
      if (month === undefined || id < month.untilId) return undefined;
      const fault = endMonth(month);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };

  const isIn = (month: PrunedMonth | undefined, id: number): boolean =>
    month !== undefined && id >= month.fromId && id < month.untilId;

  const cutShort = (): EntryFault | undefined => {
    const month = pruned[at];
    if (month === undefined) return undefined;
    // As long as fewer stand than were left the others may follow.
    const left = kept < month.kept ? undefined : leftFault(month, kept, digest.copy().digest('hex'));
    const fault =
      left ??
      pruned
        .slice(at)
        .map((each) => headsFault(each, heads))
        .find((each) => each !== undefined);
    return fault === undefined ? undefined : { fault: 'pruned_differs', detail: fault };
  };

  return {
    reach,
    cutShort,
    holds: (id) => pruned.some((month) => isIn(month, id)),
    read(entry) {
      said.delete(entry.hash);
      if (!isIn(pruned[at], entry.id)) return;
      kept += 1;
      digest.update(keptLine(entry));
    },
    end() {
      const fault = reach(Number.POSITIVE_INFINITY);
      if (fault !== undefined || said.size === 0) return fault;
      const month = pruned.find(({ entryHash }) => said.has(entryHash))?.month ?? '';
      return { fault: 'pruned_differs', detail: `no entry of a chain says that ${month} was pruned` };
    },
  };
}

function leftFault({ month, kept, keptSha256 }: PrunedMonth, count: number, found: Hash): string | undefined {
  if (count !== kept)
    return `of the ${kept} entries that were left of ${month} when it was pruned ${count} stand`;
  if (found === keptSha256) return undefined;
  return `the entries that stand of ${month} are not those that were left when it was pruned`;
}

/** Each entry that the month had took one step of a chain: where the chains came to in it says how many there were. */
function stepsFault(
  { month, heads: ended, entries }: PrunedMonth,
  heads: ReadonlyMap<string, WriterHead>,
): string | undefined {
  const steps = Object.entries(ended).reduce(
    (sum, [writer, { seq }]) => sum + seq - (heads.get(writer)?.seq ?? 0),
    0,
  );
  if (steps === entries) return undefined;
  return `${month} is said to have had ${entries} entries; its chains went on by ${steps}`;
}

function headsFault(
  { month, heads: ended }: PrunedMonth,
  heads: ReadonlyMap<string, WriterHead>,
): string | undefined {
  for (const [writer, head] of heads) {
    const end = ended[writer];
    if (end === undefined)
      return `${month} is said to have ended without writer ${writer}, who wrote before it`;
    if (end.seq < head.seq || (end.seq === head.seq && end.hash !== head.hash)) {
      return `${month} is said to have ended at seq ${end.seq} of writer ${writer}; before it stands seq ${head.seq}`;
    }
  }
  return undefined;
}
