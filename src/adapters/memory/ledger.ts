/**
 * The ledger in memory, for tests and rehearsals: same contract as PostgreSQL except that nothing survives the process.
 * Several writers may share one `MemoryLedgerStore`, as several sidecars share one database.
 */
import { type ChainHead, EMPTY_CHAIN, entryOf, nextLink } from '../../domain/chain-link.ts';
import { readDraft } from '../../domain/entry-bodies.ts';
import type { WriterId } from '../../domain/ids.ts';
import type { LedgerDraft, LedgerEntry } from '../../domain/ledger-entry.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  EntryRefused,
  type Ledger,
  type LedgerQuery,
  type LedgerReceipt,
  LedgerUnavailable,
} from '../../ports/ledger.ts';
import { memoryRecords, type MemoryRecords } from './records.ts';

const READ_MAX = 10_000;

/** What the writers share. `down` makes every operation fail, as a store that does not answer. */
export interface MemoryLedgerStore {
  down: boolean;
  readonly entries: LedgerEntry[];
  readonly heads: Map<WriterId, ChainHead>;
  readonly deduped: Map<string, LedgerEntry>;
  readonly writers: Set<WriterId>;
  readonly listeners: Set<(entry: LedgerEntry) => void>;
  readonly records: MemoryRecords;
}

export function memoryLedgerStore(): MemoryLedgerStore {
  const store: MemoryLedgerStore = {
    down: false,
    entries: [],
    heads: new Map(),
    deduped: new Map(),
    writers: new Set(),
    listeners: new Set(),
    records: memoryRecords(() => store.down),
  };
  return store;
}

export interface MemoryLedgerOptions {
  readonly writer: WriterId;
  readonly clock: Clock;
  /** Default: a store of its own. */
  readonly store?: MemoryLedgerStore;
}

export interface MemoryLedger extends Ledger {
  readonly records: MemoryRecords;
  readonly store: MemoryLedgerStore;
}

/** Throws when another open ledger of the store writes under the same id. */
export function openMemoryLedger(options: MemoryLedgerOptions): MemoryLedger {
  const { writer, clock, store = memoryLedgerStore() } = options;
  if (store.writers.has(writer)) {
    throw new LedgerUnavailable(`writer id \`${writer}\` is held by another session`);
  }
  store.writers.add(writer);
  let closed = false;

  const assertUp = (): void => {
    if (closed) throw new LedgerUnavailable('the ledger is closed');
    if (store.down) throw new LedgerUnavailable('the ledger store does not answer');
  };

  const write = (draft: LedgerDraft): LedgerReceipt => {
    const bodyText = readDraft(draft);
    if (!bodyText.ok) throw new EntryRefused(bodyText.problem);
    assertUp();
    const key = draft.dedupeKey === undefined ? undefined : `${draft.kind} ${draft.dedupeKey}`;
    const old = key === undefined ? undefined : store.deduped.get(key);
    if (old !== undefined) return { kind: 'duplicate', entry: old };
    const head = store.heads.get(writer) ?? EMPTY_CHAIN;
    const content = { kind: draft.kind, bodyText: bodyText.value, at: draft.at ?? clock.now() };
    const entry = entryOf(nextLink(head, writer, content), store.entries.length + 1);
    store.entries.push(entry);
    store.heads.set(writer, { seq: entry.seq, hash: entry.hash });
    if (key !== undefined) store.deduped.set(key, entry);
    store.records.project(entry);
    for (const listener of store.listeners)
      queueMicrotask(() => store.listeners.has(listener) && listener(entry));
    return { kind: 'written', entry };
  };

  return {
    writer,
    store,
    records: store.records,
    // The entry is taken at the call, not a tick later: chained in the order of the calls.
    append: (draft) => settled(() => write(draft)),
    read: (query) => settled(() => (assertUp(), select(store.entries, query))),
    subscribe(listener) {
      const own = (entry: LedgerEntry): void => listener(entry);
      store.listeners.add(own);
      return { unsubscribe: () => void store.listeners.delete(own) };
    },
    ping: () => settled(assertUp),
    close() {
      if (!closed) store.writers.delete(writer);
      closed = true;
      return Promise.resolve();
    },
  };
}

const settled = <T>(work: () => T): Promise<T> => new Promise((resolve) => resolve(work()));

function select(entries: readonly LedgerEntry[], query: LedgerQuery): readonly LedgerEntry[] {
  const found = entries.filter(
    (entry) =>
      entry.id > (query.afterId ?? 0) &&
      (query.beforeId === undefined || entry.id < query.beforeId) &&
      (query.kinds === undefined || query.kinds.includes(entry.kind)) &&
      (query.callId === undefined || entry.body['callId'] === query.callId) &&
      (query.number === undefined || entry.body['number'] === query.number) &&
      (query.campaignId === undefined || entry.body['campaignId'] === query.campaignId) &&
      (query.since === undefined || entry.at >= query.since),
  );
  if (query.order === 'desc') found.reverse();
  return found.slice(0, Math.min(query.limit, READ_MAX));
}
