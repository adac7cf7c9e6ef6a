/**
 * New entries of every writer, in id order, to the listeners of this process. Woken by NOTIFY, and by a slow poll in case a
 * notification is lost with its connection. Ids become visible in id order (writer-session.ts), so a cursor misses nothing.
 * The order is the store's. Of what this writer has written only the ids are read: its entries are at hand. Those of others come with
 * their ids, in one question: each further one would wait its turn on a busy machine, and what another sidecar records binds by then.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { WriterId } from '../../domain/ids.ts';
import type { LedgerEntry } from '../../domain/ledger-entry.ts';
import { LISTS_CHANNEL } from './announce-lists.ts';
import { type NewRowAfter, readByIds, readLastId, readRowsAfter } from './ledger-rows.ts';
import type { PostgresStore } from './open.ts';

const PAGE = 1_000;
/** Entries of this process that wait for their turn; beyond them the older half is read from the store after all. */
const OWN_MAX = 2_000;
const POLL_MS = 250;
/**
 * From one look to the next. The first entry after a silence is read at once; where several sidecars commit a hundred times a second, a
 * look of each for every commit would cost the machine more than the entries do. No decision stands on the feed: what binds is read anew.
 */
const REST_MS = 20;
const RECONNECT_MS = 250;

type Listener = (entry: LedgerEntry) => void;

export interface LedgerFeed {
  subscribe(listener: Listener): { unsubscribe(): void };
  /** This process has a receipt for the entry: it need not be read back. */
  wrote(entry: LedgerEntry): void;
  /** As `ListNews.listen`. */
  onLists(heard: () => void): { stop(): void };
  close(): Promise<void>;
}

/** `acknowledgedId`: the newest entry this process has a receipt for; a new listener is not told of it again. */
export async function openLedgerFeed(
  store: PostgresStore,
  writer: WriterId,
  acknowledgedId: () => number,
): Promise<LedgerFeed> {
  const listeners = new Set<Listener>();
  const listHearers = new Set<() => void>();
  /** In id order: what this process has written and its listeners have not been told of. */
  let own: LedgerEntry[] = [];
  const closing = new AbortController();
  let cursor = await readLastId(store.pool);
  let listening: pg.Client | undefined;
  let pulling: Promise<void> | undefined;
  let again = false;

  const deliver = (entry: LedgerEntry): void => {
    for (const listener of listeners) {
      try {
        listener(entry);
      } catch (error) {
        store.onProblem('a listener of the ledger threw', error);
      }
    }
  };

  const isDeserted = (): boolean => listeners.size === 0;

  /** Reads on from the cursor until nothing is left. Without listeners only the cursor moves. */
  const pull = async (): Promise<void> => {
    do {
      again = false;
      if (isDeserted()) {
        const lastId = await readLastId(store.pool);
        // Whoever subscribed meanwhile is owed what came since.
        if (isDeserted()) cursor = Math.max(cursor, lastId);
        else again = true;
        continue;
      }
      const rows = await readRowsAfter(store.pool, writer, cursor, PAGE);
      for (const entry of await entriesOf(rows)) {
        cursor = entry.id;
        deliver(entry);
      }
      own = own.filter(({ id }) => id > cursor);
      if (rows.length === PAGE) again = true;
      else await pause(REST_MS);
    } while (again && !closing.signal.aborted);
  };

  /** Our own may have no receipt yet, or be of an earlier life: those are read after all. */
  const entriesOf = async (rows: readonly NewRowAfter[]): Promise<readonly LedgerEntry[]> => {
    const known = new Map(own.map((entry) => [entry.id, entry]));
    for (const { entry } of rows) if (entry !== null) known.set(entry.id, entry);
    const missing = rows.map(({ id }) => id).filter((id) => !known.has(id));
    const read = missing.length === 0 ? [] : await readByIds(store.pool, missing);
    for (const entry of read) known.set(entry.id, entry);
    return rows.map(({ id }) => {
      const entry = known.get(id);
      if (entry === undefined) throw new Error(`ledger entry ${id} is gone`);
      return entry;
    });
  };

  const tellOfLists = (): void => {
    for (const heard of listHearers) heard();
  };

  const wake = (): void => {
    again = true;
    if (closing.signal.aborted) return;
    pulling ??= pull().then(
      () => {
        pulling = undefined;
        if (again) wake();
      },
      (error: unknown) => {
        pulling = undefined;
        store.onProblem('the ledger feed cannot read', error);
      },
    );
  };

  const pause = (ms: number): Promise<void> =>
    sleep(ms, undefined, { ref: false, signal: closing.signal }).catch(() => undefined);

  const isClosing = (): boolean => closing.signal.aborted;

  const listen = async (): Promise<void> => {
    const client = new pg.Client({ ...store.connection, application_name: 'breakwater feed' });
    const over = new Promise<void>((done) => {
      client.on('error', () => done());
      client.on('end', () => done());
    });
    client.on('notification', ({ channel, payload }) => {
      if (channel === LISTS_CHANNEL) {
        tellOfLists();
        return;
      }
      const id = Number(payload);
      if (listeners.size > 0) wake();
      else if (Number.isSafeInteger(id)) cursor = Math.max(cursor, id);
    });
    try {
      await client.connect();
      await client.query(`LISTEN breakwater_ledger; LISTEN ${LISTS_CHANNEL}`);
      listening = client;
      wake();
      // Whatever was announced while nobody of us listened.
      tellOfLists();
      // Closed while we connected: nobody else will end this session.
      if (!isClosing()) await over;
    } finally {
      listening = undefined;
      await Promise.race([client.end().catch(() => undefined), sleep(500, undefined, { ref: false })]);
    }
  };

  const keepListening = async (): Promise<void> => {
    while (!isClosing()) {
      await listen().catch(() => undefined);
      await pause(RECONNECT_MS);
    }
  };
  const keepPolling = async (): Promise<void> => {
    while (!isClosing()) {
      await pause(POLL_MS);
      if (listeners.size > 0) wake();
    }
  };
  const loops = Promise.all([keepListening(), keepPolling()]);

  return {
    subscribe(listener) {
      const from = acknowledgedId();
      const later: Listener = (entry) => {
        if (entry.id > from) listener(entry);
      };
      listeners.add(later);
      wake();
      return { unsubscribe: () => void listeners.delete(later) };
    },
    wrote(entry) {
      if (listeners.size === 0 || entry.id <= cursor) return;
      own.push(entry);
      if (own.length > OWN_MAX) own = own.slice(own.length / 2);
    },
    onLists(heard) {
      // One function of its own for each: the same one may listen twice.
      const hearer = (): void => heard();
      listHearers.add(hearer);
      return { stop: () => void listHearers.delete(hearer) };
    },
    async close() {
      closing.abort();
      await listening?.end().catch(() => undefined);
      await Promise.all([loops, pulling]);
    },
  };
}
