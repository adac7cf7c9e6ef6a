/**
 * What many viewers want at once is made once: viewers of the same kinds of entry share one subscription and one text. Entries of a
 * moment go out together, so an entry costs each viewer a share of one write and not a write of its own.
 */
import type { Operations } from '../control/operations.ts';
import type { EntryKind, LedgerEntry } from '../domain/ledger-entry.ts';
import { viewEntry } from './views/entry.ts';

/** Entries that come within this time go out together. */
const GATHER_MS = 40;
/** And no more than this many, so that a viewer that does not read is noticed in time. */
const BATCH_ENTRIES_MAX = 100;

/** The same bytes for every viewer of the group. */
export interface Batch {
  readonly bytes: Buffer;
  /** At least one, ascending. */
  readonly entries: readonly LedgerEntry[];
}

export interface BatchMember {
  /** Each entry as it comes, for a member that is still reading the ledger's past. MUST NOT throw. */
  take(entry: LedgerEntry): void;
  /** What has been gathered, for a member that is live. MUST NOT throw. */
  send(batch: Batch): void;
}

export interface Membership {
  /** Sends what is gathered now: the caller is about to become live and has seen those entries itself. */
  flush(): void;
  leave(): void;
}

export interface FeedBatches {
  /** Undefined kinds are all. */
  join(kinds: readonly EntryKind[] | undefined, member: BatchMember): Membership;
}

const frameOf = (entry: LedgerEntry): string =>
  `id: ${entry.id}\ndata: ${JSON.stringify(viewEntry(entry))}\n\n`;

export const batchOf = (entries: readonly LedgerEntry[]): Batch => ({
  bytes: Buffer.from(entries.map(frameOf).join('')),
  entries,
});

export function createFeedBatches(operations: Pick<Operations, 'follow'>): FeedBatches {
  const groups = new Map<string, Group>();
  return {
    join(kinds, member) {
      const key = kinds === undefined ? '' : [...kinds].sort().join();
      const group = groups.get(key) ?? openGroup(operations, kinds, () => groups.delete(key));
      groups.set(key, group);
      return group.join(member);
    },
  };
}

interface Group {
  join(member: BatchMember): Membership;
}

function openGroup(
  operations: Pick<Operations, 'follow'>,
  kinds: readonly EntryKind[] | undefined,
  onEmpty: () => void,
): Group {
  const members = new Set<BatchMember>();
  let gathered: LedgerEntry[] = [];
  let timer: NodeJS.Timeout | null = null;

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (gathered.length === 0) return;
    const batch = batchOf(gathered);
    gathered = [];
    for (const member of members) member.send(batch);
  }

  const subscription = operations.follow((entry) => {
    if (kinds !== undefined && !kinds.includes(entry.kind)) return;
    for (const member of members) member.take(entry);
    gathered.push(entry);
    if (gathered.length >= BATCH_ENTRIES_MAX) flush();
    else timer ??= setTimeout(flush, GATHER_MS).unref();
  });

  return {
    join(member) {
      members.add(member);
      return {
        flush,
        leave() {
          if (!members.delete(member) || members.size > 0) return;
          subscription.unsubscribe();
          if (timer !== null) clearTimeout(timer);
          onEmpty();
        },
      };
    },
  };
}
