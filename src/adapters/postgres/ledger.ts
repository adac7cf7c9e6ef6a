/**
 * The ledger on PostgreSQL. `append` queues; one loop writes everything that waits as one transaction and commits it with fsync
 * (group commit), then gives the receipts. The loop reconnects by itself; meanwhile appends wait within their bound.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { assertInvariant } from '../../domain/assert.ts';
import { type ChainHead, EMPTY_CHAIN } from '../../domain/chain-link.ts';
import { lookUpTextsOf, readDraft } from '../../domain/entry-bodies.ts';
import type { WriterId } from '../../domain/ids.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ListNews } from '../../ports/list-news.ts';
import { EntryRefused, type Ledger, type LedgerReceipt, LedgerUnavailable } from '../../ports/ledger.ts';
import { type Append, appendQueue } from './append-queue.ts';
import { ask } from './ask.ts';
import { openLedgerFeed } from './ledger-feed.ts';
import { keepLedgerMonths } from './ledger-months.ts';
import { readEntries, readIdsByHash } from './ledger-rows.ts';
import type { PostgresStore } from './open.ts';
import { createOwnMarks } from './own-marks.ts';
import {
  openWriterSession,
  settle,
  WriteFailed,
  WriterHeld,
  type WriterSession,
  type WrittenAppend,
} from './writer-session.ts';

/**
 * Entries of one transaction: some 5 ms of the server's work. Those of the batch before are answered meanwhile, so that server and
 * process do not wait for each other in turn, as they do when all that is under way is in one batch.
 */
const BATCH_MAX = 100;
const RECONNECT_MS = 100;
const SIGN_OF_LIFE_MS = 250;

export interface PostgresLedgerOptions {
  /** Unique among the live sidecars of a store. */
  readonly writer: WriterId;
  readonly clock: Clock;
  /** Bound of one append, default 2,000 ms. */
  readonly appendWithinMs?: number;
  /** Entries that may wait, default 10,000; one more is refused at once. */
  readonly queueMax?: number;
  /** How long opening waits for an earlier session of the writer to end, default 5,000 ms. */
  readonly writerLockWithinMs?: number;
  /** Called once, when `isTakenOver` has become true. */
  readonly onTakenOver?: () => void;
}

export interface PostgresLedger extends Ledger {
  /**
   * Resolves when our session holds the writer id at this moment. To be asked before anything is done to a live call after this
   * process has stood still: another may have taken over meanwhile. Rejects with `LedgerUnavailable`.
   */
  confirmWriter(): Promise<void>;
  /** Another sidecar has taken our writer id: whatever we hold is no longer ours, and never will be again. */
  isTakenOver(): boolean;
  /** Last durable link of our chain, for checkpoints. */
  head(): ChainHead;
  /** What importers and other sidecars announce in this store (announce-lists.ts). */
  readonly lists: ListNews;
}

/** Rejects with `WriterHeld` when a live session writes under the same id, with the driver's error when the server is away. */
export async function openPostgresLedger(
  store: PostgresStore,
  options: PostgresLedgerOptions,
): Promise<PostgresLedger> {
  const { writer, clock, appendWithinMs = 2_000, queueMax = 10_000, writerLockWithinMs = 5_000 } = options;
  const { onTakenOver = () => undefined } = options;
  let session: WriterSession | undefined;
  const ownMarks = createOwnMarks();
  let trouble = 'no session yet';
  let head = EMPTY_CHAIN;
  let lastId = 0;
  let unresolved: readonly WrittenAppend[] = [];
  let closing = false;
  let takenOver = false;
  let running: Promise<void> | undefined;

  const connect = async (lockWithinMs: number): Promise<WriterSession> => {
    const fresh = await openWriterSession({
      connection: store.connection,
      writer,
      lockWithinMs,
      statementWithinMs: Math.max(appendWithinMs, 1_000),
      ownMarks,
      monotonic: () => clock.monotonic(),
      onLost: () => {
        if (!closing) trouble = 'the connection to PostgreSQL was lost';
        kick();
      },
    });
    // INVARIANT (acknowledged-entries-stay): a store that went back behind our receipts is not the store we wrote to.
    const found = fresh.head();
    if (found.seq < head.seq || (found.seq === head.seq && found.hash !== head.hash)) fresh.abort();
    assertInvariant(
      found.seq >= head.seq && (found.seq > head.seq || found.hash === head.hash),
      'acknowledged-entries-stay',
      `the ledger ends at ${found.seq}, receipts were given up to ${head.seq}`,
    );
    const isOurs = found.hash === head.hash || unresolved.some(({ link }) => link?.hash === found.hash);
    if (session !== undefined && !isOurs) {
      fresh.abort();
      giveWay();
      throw new Error(`the ledger has entries of writer id \`${writer}\` that are another sidecar's`);
    }
    head = found;
    return fresh;
  };

  /** The commit that was cut off: now that the session is ours again, what stands is final. */
  const resolveCommit = async (current: WriterSession): Promise<void> => {
    unresolved = unresolved.filter(({ append }) => append.stage !== 'ended');
    if (unresolved.length === 0) return;
    const links = unresolved.flatMap(({ link }) => link ?? []);
    const ids = await readIdsByHash(current.client, writer, links);
    const outcomes = unresolved;
    unresolved = [];
    // One transaction: all of its rows or none.
    if (ids.size > 0) settle(outcomes, ids);
    else queue.putBack(outcomes.map(({ append }) => append));
  };

  const writeBatch = async (current: WriterSession, batch: readonly Append[]): Promise<void> => {
    try {
      await current.write(batch);
      head = current.head();
    } catch (error) {
      if (!(error instanceof WriteFailed)) throw error;
      trouble = error.message;
      if (error.outcome === 'unknown') {
        unresolved = error.written;
      } else if (current.isAlive() && isDataError(error.cause)) {
        await writeSingly(current, batch, error);
      } else {
        queue.putBack(batch);
        throw error; // a new session, after a pause
      }
    }
  };

  /** The entry at fault must not take the others of its batch down with it. */
  const writeSingly = async (
    current: WriterSession,
    batch: readonly Append[],
    error: WriteFailed,
  ): Promise<void> => {
    const [only] = batch;
    if (only !== undefined && batch.length === 1) {
      only.reject(new EntryRefused(error.message, { cause: error.cause }));
      return;
    }
    for (const [index, append] of batch.entries()) {
      if (append.stage !== 'ended') await writeBatch(current, [append]);
      if (!current.isAlive() || unresolved.length > 0) {
        queue.putBack(batch.slice(index + 1));
        return;
      }
    }
  };

  const isAnothers = ({ holder }: WriterHeld): boolean => holder !== null && !ownMarks.includes(holder);

  const isIdle = (): boolean => session?.isAlive() === true && queue.size === 0 && unresolved.length === 0;

  const run = async (): Promise<void> => {
    while (!closing && !takenOver && !isIdle()) {
      try {
        if (session?.isAlive() !== true) {
          session = await connect(0);
          store.onProblem('the ledger is connected again');
        }
        await resolveCommit(session);
        const batch = queue.take(BATCH_MAX);
        if (batch.length > 0) await writeBatch(session, batch);
      } catch (error) {
        trouble = error instanceof Error ? error.message : String(error);
        session?.abort();
        if (error instanceof WriterHeld && isAnothers(error)) giveWay();
        await sleep(RECONNECT_MS);
      }
    }
  };

  /**
   * INVARIANT (never-back-after-another): once another sidecar has been seen with our writer id, by its session or by what it has
   * written, this ledger writes nothing more, also when the other gives the id back: what this process believes of its calls is of an
   * earlier life.
   */
  function giveWay(): void {
    takenOver = true;
    onTakenOver();
  }

  const kick = (): void => {
    if (closing || takenOver) return;
    running ??= run().finally(() => {
      running = undefined;
      if (!isIdle()) kick();
    });
  };

  const queue = appendQueue({
    max: queueMax,
    withinMs: appendWithinMs,
    onOverdue: () => session?.abort(),
    reason: () => trouble,
  });

  session = await connect(writerLockWithinMs);
  trouble = 'PostgreSQL is slow';
  // A process that hangs shows nothing, and one that stands by takes over. Whoever writes shows life by that.
  const signOfLife = setInterval(() => {
    if (session?.isAlive() === true && running === undefined)
      ask(session.client, 'SELECT 1').catch(() => undefined);
  }, SIGN_OF_LIFE_MS);
  const feed = await openLedgerFeed(store, writer, () => lastId);
  const months = keepLedgerMonths(store);

  const acknowledged = async (receipt: Promise<LedgerReceipt>): Promise<LedgerReceipt> => {
    const answer = await receipt;
    lastId = Math.max(lastId, answer.entry.id);
    if (answer.kind === 'written') feed.wrote(answer.entry);
    return answer;
  };

  return {
    writer,
    head: () => head,
    append(draft) {
      const bodyText = readDraft(draft);
      if (!bodyText.ok) return Promise.reject(new EntryRefused(bodyText.problem));
      if (closing) return Promise.reject(new LedgerUnavailable('the ledger is closed'));
      const content = {
        kind: draft.kind,
        bodyText: bodyText.value,
        at: draft.at ?? clock.now(),
        lookUp: lookUpTextsOf(draft.body),
      };
      const receipt = queue.add(content, draft.dedupeKey);
      kick();
      return acknowledged(receipt);
    },
    async read(query) {
      try {
        return await readEntries(store.pool, query);
      } catch (cause) {
        throw new LedgerUnavailable('the ledger cannot be read', { cause });
      }
    },
    isTakenOver: () => takenOver,
    async confirmWriter() {
      if (session?.isAlive() !== true) throw new LedgerUnavailable(trouble);
      try {
        await ask(session.client, 'SELECT 1');
      } catch (cause) {
        throw new LedgerUnavailable('the writer session is gone', { cause });
      }
    },
    subscribe: (listener) => feed.subscribe(listener),
    lists: { listen: (heard) => feed.onLists(heard) },
    async ping() {
      if (session?.isAlive() !== true) throw new LedgerUnavailable(trouble);
      try {
        await ask(store.pool, 'SELECT 1');
      } catch (cause) {
        throw new LedgerUnavailable('PostgreSQL does not answer', { cause });
      }
    },
    /** Writes what waits, within the appends' own bounds, then gives the writer id back. */
    async close() {
      while (queue.pending > 0) await sleep(2);
      closing = true;
      clearInterval(signOfLife);
      await running;
      await Promise.all([session?.end(), feed.close(), months.end()]);
    },
  };
}

/** SQLSTATE classes 22 (data) and 23 (constraint): the entry is at fault, not the store. */
function isDataError(cause: unknown): boolean {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && /^2[23]/.test(code);
}
