/**
 * Checks a stream of ledger entries with nothing but the entries themselves: every hash again, every writer's sequence without a
 * gap, every link to the entry before. Pure: the same code runs on the live store, on an export and in a stranger's hands.
 */
import { canonicalJson } from '../domain/canonical-json.ts';
import { entryHash, GENESIS_HASH, type Hash } from '../domain/hash-chain.ts';
import type { LedgerEntry } from '../domain/ledger-entry.ts';
import type { PrunedMonth } from '../domain/pruned-month.ts';
import { formatInstant } from '../domain/time.ts';
import { prunedGaps } from './verify/pruned-gaps.ts';

export interface WriterHead {
  readonly seq: number;
  readonly hash: Hash;
}

export interface LedgerGap extends PrunedMonth {
  /** Hashes kept elsewhere of entries that are gone: nothing here can be held against them. By writer, the first and last of so many. */
  readonly unheld?: readonly UnheldHeads[];
}

export interface UnheldHeads {
  readonly writer: string;
  readonly count: number;
  readonly fromSeq: number;
  readonly untilSeq: number;
}

export type ChainFault =
  | 'hash_differs' // the entry was changed after it was written
  | 'body_differs' // the parsed body is not what the hashed text says
  | 'seq_gap' // an entry is missing, moved or doubled
  | 'link_broken' // the entry before it was replaced
  | 'id_order' // entries are not given in id order
  | 'head_differs' // the chain was written anew: a hash that was kept elsewhere stands no more
  | 'pruned_differs' // what is left of a pruned month is not what its pruning left, or the chain says nothing of it
  | 'cut_off'; // entries up to a head that was kept elsewhere are not there

export type LedgerVerification =
  | {
      readonly ok: true;
      readonly entries: number;
      readonly writers: number;
      readonly heads: Readonly<Record<string, WriterHead>>;
      /** Pruned months: of them only what was left was looked at. Left out where there is none. */
      readonly gaps?: readonly LedgerGap[];
    }
  | {
      readonly ok: false;
      readonly fault: ChainFault;
      readonly id: number;
      readonly writer: string;
      readonly seq: number;
      /** One sentence with the values that differ. */
      readonly detail: string;
      /** Sound entries before it. */
      readonly entries: number;
    };

/** After so many characters hashed, about a millisecond, others get a turn: the same process holds calls to their two seconds. */
export const HASHED_CHARS_PER_TURN = 100_000;

/**
 * Reads all entries in id order and answers the first broken one. `from` continues an earlier verification: the heads it ended
 * with; without it every writer must start at seq 1. `turn` resolves when others have had the event loop; a process
 * that does nothing else needs none. `pruned`: what `ledger_pruned` entries of the same ledger say; each of them must be read as well, unless `isCutShort`
 * says at the end that there are more entries than were given.
 */
export async function verifyLedger(
  entries: AsyncIterable<LedgerEntry> | Iterable<LedgerEntry>,
  from: Readonly<Record<string, WriterHead>> = {},
  turn: () => Promise<void> = () => Promise.resolve(),
  pruned: readonly PrunedMonth[] = [],
  isCutShort: () => boolean = () => false,
): Promise<LedgerVerification> {
  let hashedChars = 0;
  const heads = new Map(Object.entries(from));
  const gaps = prunedGaps(pruned, heads);
  let count = 0;
  let last = { id: 0, writer: '', seq: 0 };
  for await (const entry of entries) {
    const isKept = gaps.holds(entry.id);
    const found =
      gaps.reach(entry.id) ??
      (isKept ? keptFault(entry, last.id) : faultOf(entry, heads.get(entry.writer), last.id));
    if (found !== undefined) {
      return { ok: false, ...found, id: entry.id, writer: entry.writer, seq: entry.seq, entries: count };
    }
    gaps.read(entry);
    if (!isKept) heads.set(entry.writer, { seq: entry.seq, hash: entry.hash });
    last = entry;
    count += 1;
    hashedChars += entry.bodyText.length;
    if (hashedChars >= HASHED_CHARS_PER_TURN) {
      hashedChars = 0;
      await turn();
    }
  }
  const missing = isCutShort() ? gaps.cutShort() : gaps.end();
  if (missing !== undefined) {
    return { ok: false, ...missing, id: last.id, writer: last.writer, seq: last.seq, entries: count };
  }
  const found = { ok: true, entries: count, writers: heads.size, heads: Object.fromEntries(heads) } as const;
  return pruned.length === 0 ? found : { ...found, gaps: pruned };
}

function faultOf(entry: LedgerEntry, head: WriterHead | undefined, lastId: number): EntryFault | undefined {
  return entryFault(entry, head ?? { seq: 0, hash: GENESIS_HASH }, lastId, entry);
}

/** An entry that was left of a pruned month: its neighbours are gone, its own hash must hold. */
export const keptFault = (entry: LedgerEntry, lastId: number): EntryFault | undefined =>
  entryFault(entry, { seq: entry.seq - 1, hash: entry.prevHash }, lastId, entry);

export interface EntryFault {
  readonly fault: ChainFault;
  readonly detail: string;
}

/** What is wrong with an entry that follows `head`. `content`: undefined when its hash and its body are known to hold. */
export function entryFault(
  { id, seq, prevHash }: Pick<LedgerEntry, 'id' | 'seq' | 'prevHash'>,
  head: WriterHead,
  lastId: number,
  content: LedgerEntry | undefined,
): EntryFault | undefined {
  if (id <= lastId) return { fault: 'id_order', detail: `id ${id} follows id ${lastId}` };
  if (seq !== head.seq + 1) {
    return { fault: 'seq_gap', detail: `seq ${seq} stands where ${head.seq + 1} is due` };
  }
  if (prevHash !== head.hash) {
    return { fault: 'link_broken', detail: `says the hash before it is ${prevHash}; it is ${head.hash}` };
  }
  return content === undefined ? undefined : contentFault(content);
}

function contentFault(entry: LedgerEntry): EntryFault | undefined {
  const hash = entryHash({
    writer: entry.writer,
    seq: entry.seq,
    at: formatInstant(entry.at),
    kind: entry.kind,
    body: entry.bodyText,
    prevHash: entry.prevHash,
  });
  if (entry.hash !== hash) {
    return { fault: 'hash_differs', detail: `its content hashes to ${hash}; ${entry.hash} is stored` };
  }
  if (!isCanonical(entry)) {
    return { fault: 'body_differs', detail: 'its body is not the canonical reading of the hashed text' };
  }
  return undefined;
}

/** A text that JSON can hold and RFC 8785 cannot (a lone surrogate) is not canonical either. */
function isCanonical({ body, bodyText }: LedgerEntry): boolean {
  try {
    return canonicalJson(body) === bodyText;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
