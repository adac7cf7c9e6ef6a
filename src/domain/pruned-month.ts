/**
 * What a pruning says of a month of the ledger (`ledger_pruned`): the heads at its end, by which the chains go on behind it, and a digest
 * of the entries that were left. The rest is in the archive, whose hash it names.
 */
import type { Hash } from './hash-chain.ts';
import { objectIn, textIn } from './json-parts.ts';
import type { LedgerEntry } from './ledger-entry.ts';

export interface PrunedMonth {
  readonly month: string;
  /** As `ledgerMonthOf` tells ids: the entries of the month have these and those between. */
  readonly fromId: number;
  readonly untilId: number;
  /** Entries that the month had before it was first pruned. */
  readonly entries: number;
  /** Of every writer so far, at the end of the month. */
  readonly heads: Readonly<Record<string, { readonly seq: number; readonly hash: Hash }>>;
  /** Entries that were left. */
  readonly kept: number;
  /** SHA-256 of `keptLine` of each of them, in the order of their ids. */
  readonly keptSha256: Hash;
  /** Hash of the entry that says all this. */
  readonly entryHash: Hash;
}

/** What the digest of kept entries is made of. */
export const keptLine = ({
  id,
  writer,
  seq,
  hash,
}: Pick<LedgerEntry, 'id' | 'seq' | 'hash'> & { readonly writer: string }): string =>
  `${id} ${writer} ${seq} ${hash}\n`;

/**
 * The newest pruning of each month, in the order of their ids. An entry that does not say what it must is no pruning: its month then
 * verifies as nothing but broken.
 */
export function prunedMonths(entries: Iterable<LedgerEntry>): readonly PrunedMonth[] {
  const months = new Map<string, PrunedMonth>();
  for (const entry of [...entries].sort((a, b) => a.id - b.id)) {
    if (entry.kind !== 'ledger_pruned') continue;
    const read = readPruned(entry);
    if (read !== undefined) months.set(read.month, read);
  }
  return [...months.values()].sort((a, b) => a.fromId - b.fromId);
}

function readPruned({ body, hash }: LedgerEntry): PrunedMonth | undefined {
  const { fromId, untilId, entries, kept } = body;
  const month = textIn(body['month']);
  const keptSha256 = textIn(body['keptSha256']);
  const heads = objectIn(body['heads']);
  if (month === null || keptSha256 === null || heads === null) return undefined;
  if (![fromId, untilId, entries, kept].every((count) => Number.isSafeInteger(count))) return undefined;
  const read = Object.entries(heads).flatMap(([writer, head]) => {
    const { seq, hash: at } = objectIn(head) ?? {};
    return Number.isSafeInteger(seq) && typeof at === 'string'
      ? [[writer, { seq: Number(seq), hash: at }] as const]
      : [];
  });
  return {
    month,
    fromId: Number(fromId),
    untilId: Number(untilId),
    entries: Number(entries),
    heads: Object.fromEntries(read),
    kept: Number(kept),
    keptSha256,
    entryHash: hash,
  };
}
