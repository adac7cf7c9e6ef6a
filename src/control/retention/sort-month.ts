/**
 * A month of the ledger before it is pruned: is what the store has of it sound and what was archived, and which entries stay. An entry that
 * is not past its class stays; nothing of a month that is not what the archive says is taken out.
 */
import { createHash } from 'node:crypto';
import type { Hash } from '../../domain/hash-chain.ts';
import type { EntryKind, LedgerEntry } from '../../domain/ledger-entry.ts';
import { keptLine, type PrunedMonth } from '../../domain/pruned-month.ts';
import { prunedGaps } from '../verify/pruned-gaps.ts';
import { keptFault, verifyLedger, type WriterHead } from '../verify-ledger.ts';

type Heads = Readonly<Record<string, WriterHead>>;

export interface SortedMonth {
  readonly keptIds: readonly number[];
  readonly keptSha256: Hash;
  /** Entries that go, by kind. */
  readonly removed: Readonly<Partial<Record<EntryKind, number>>>;
}

export interface MonthExpected {
  /** Kinds whose class is over. */
  readonly past: ReadonlySet<EntryKind>;
  /** Whether an entry of another kind may go, because its person asked for it and the duty to keep it is over. */
  readonly isErasable: (entry: LedgerEntry) => boolean;
  /** Heads of every writer before the month and at its end, from the archive. */
  readonly from: Heads;
  readonly until: Heads;
  /** What was left of it when it was pruned before; null: it is whole. */
  readonly pruned: PrunedMonth | null;
}

/** Or one sentence: what is wrong with the month in the store. */
export type Sorted =
  { readonly ok: true; readonly month: SortedMonth } | { readonly ok: false; readonly problem: string };

export async function sortMonth(
  entries: AsyncIterable<LedgerEntry>,
  { past, isErasable, from, until, pruned }: MonthExpected,
): Promise<Sorted> {
  const keptIds: number[] = [];
  const digest = createHash('sha256');
  const removed: Partial<Record<EntryKind, number>> = {};
  const sorted = async function* (): AsyncGenerator<LedgerEntry> {
    for await (const entry of entries) {
      if (past.has(entry.kind) || isErasable(entry)) removed[entry.kind] = (removed[entry.kind] ?? 0) + 1;
      else {
        keptIds.push(entry.id);
        digest.update(keptLine(entry));
      }
      yield entry;
    }
  };
  const problem =
    pruned === null
      ? await wholeProblem(sorted(), from, until)
      : await leftProblem(sorted(), from, until, pruned);
  if (problem !== undefined) return { ok: false, problem };
  return { ok: true, month: { keptIds, keptSha256: digest.digest('hex'), removed } };
}

async function wholeProblem(
  entries: AsyncIterable<LedgerEntry>,
  from: Heads,
  until: Heads,
): Promise<string | undefined> {
  const found = await verifyLedger(entries, from);
  return found.ok
    ? headsProblem(found.heads, until)
    : `${found.fault} at entry ${found.id} of the store: ${found.detail}`;
}

/** The archive that a month was pruned by is the one that it is pruned by again. */
function headsProblem(store: Heads, archive: Heads): string | undefined {
  for (const writer of new Set([...Object.keys(store), ...Object.keys(archive)])) {
    const [stands, archived] = [store[writer], archive[writer]];
    if (stands?.seq === archived?.seq && stands?.hash === archived?.hash) continue;
    const [is, was] = [stands, archived].map((head) =>
      head === undefined ? 'nothing' : `seq ${head.seq} ${head.hash}`,
    );
    return `the chain of writer ${writer} ends the month with ${String(is)} in the store, with ${String(was)} in the archive`;
  }
  return undefined;
}

async function leftProblem(
  entries: AsyncIterable<LedgerEntry>,
  from: Heads,
  until: Heads,
  pruned: PrunedMonth,
): Promise<string | undefined> {
  const gaps = prunedGaps([pruned], new Map(Object.entries(from)));
  let lastId = 0;
  for await (const entry of entries) {
    const found = keptFault(entry, lastId);
    if (found !== undefined) return `${found.fault} at entry ${entry.id} of the store: ${found.detail}`;
    gaps.read(entry);
    lastId = entry.id;
  }
  return gaps.reach(pruned.untilId)?.detail ?? headsProblem(pruned.heads, until);
}
