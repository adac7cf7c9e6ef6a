/**
 * One database session in which one writer appends: it holds the writer's advisory lock, so no second process can extend the same
 * chain, and knows the chain's head. A session that fails is thrown away; the next one reads the head again.
 *
 * INVARIANT (one-session-per-writer): the lock is the session's, so when a new session has it, the old one and its last
 * transaction are over. What the ledger then holds of an interrupted commit is final.
 */
import type { Socket } from 'node:net';
import { clearTimeout, setTimeout } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type ChainHead, entryOf, type Link, nextLink } from '../../domain/chain-link.ts';
import type { WriterId } from '../../domain/ids.ts';
import type { LedgerEntry } from '../../domain/ledger-entry.ts';
import type { MonotonicMs } from '../../domain/time.ts';
import { type RecordsMark, recordsMark } from '../../ports/fact-sources.ts';
import type { LedgerReceipt } from '../../ports/ledger.ts';
import type { Append } from './append-queue.ts';
import { ask } from './ask.ts';
import type { OwnMarks } from './own-marks.ts';
import { LOOK_UPS_BY_INDEX } from './planning.ts';
import { MARK_QUERY } from './standing-records.ts';
import {
  APPEND_LOCK,
  endHolder,
  readHolder,
  readOwnMark,
  type SessionMark,
  writerApplication,
  writerLockKey,
} from './writer-lock.ts';
import {
  type DedupeKey,
  dedupeText,
  insertRows,
  type NewRow,
  readByDedupeKeys,
  readHead,
} from './ledger-rows.ts';

/** The lock is the transaction's: it goes with COMMIT or ROLLBACK. A lock that cannot be had leaves the transaction unfit for an insert. */
const BEGIN = `BEGIN; SELECT pg_advisory_xact_lock(${APPEND_LOCK})`;

/** The records' mark in the same answer, of a snapshot behind the commit: a permit that waits for the one asks for the other next. */
const COMMIT = `COMMIT; ${MARK_QUERY.text}`;

/** About what asking for the mark by itself takes at its slowest: an answer to COMMIT that took longer brings none along. */
const MARK_WITHIN_MS = 50;

/** SQLSTATE unique_violation. */
const UNIQUE_VIOLATION = '23505';

const LOCK_POLL_MS = 25;

/** Opening a session waits as long as this many statements may take, and for the lock. */
const SET_UP_STATEMENTS = 4;

/** Another session holds this writer id: another sidecar's, or one of ours that the server does not know to be dead yet. */
export class WriterHeld extends Error {
  override readonly name = 'WriterHeld';
  readonly code = 'writer_held';
  /** Null when it was gone before it could be asked for. */
  readonly holder: SessionMark | null;

  constructor(message: string, holder: SessionMark | null) {
    super(message);
    this.holder = holder;
  }
}

/** A batch failed. `outcome` is `not_written` unless the COMMIT was on its way. */
export class WriteFailed extends Error {
  override readonly name = 'WriteFailed';
  readonly outcome: 'not_written' | 'unknown';
  /** Entries that a commit of unknown outcome holds, when it held any. */
  readonly written: readonly WrittenAppend[];

  constructor(cause: unknown, outcome: 'not_written' | 'unknown', written: readonly WrittenAppend[]) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.outcome = outcome;
    this.written = written;
  }
}

/** What became of an append in a batch: its own link, the same batch's earlier link with its key, or an old entry. */
export interface WrittenAppend {
  readonly append: Append;
  readonly receipt: (idOf: (hash: string) => number, mark?: RecordsMark) => LedgerReceipt;
  /** The link the receipt speaks of; undefined for an old entry. */
  readonly link: Link | undefined;
}

export interface WriterSession {
  readonly head: () => ChainHead;
  readonly client: pg.Client;
  /** Writes the batch in one durable transaction. Rejects with `WriteFailed`; the session is then unusable unless `isAlive`. */
  write(batch: readonly Append[]): Promise<void>;
  readonly isAlive: () => boolean;
  /** Cuts the connection at once. */
  abort(): void;
  end(): Promise<void>;
}

export interface WriterSessionOptions {
  readonly connection: pg.ClientConfig;
  readonly writer: WriterId;
  /** How long to wait for a session of the same writer to end. */
  readonly lockWithinMs: number;
  /** Bound of one statement on the server. */
  readonly statementWithinMs: number;
  readonly ownMarks: OwnMarks;
  readonly monotonic: () => MonotonicMs;
  readonly onLost: () => void;
}

export async function openWriterSession(options: WriterSessionOptions): Promise<WriterSession> {
  const { writer, statementWithinMs, ownMarks, monotonic } = options;
  const client = new pg.Client({
    ...options.connection,
    application_name: writerApplication(writer),
    // Statements go out one behind the other, without waiting for the answer to the one before.
    pipeline: true,
  });
  let alive = true;
  const lost = (): void => {
    if (!alive) return;
    alive = false;
    options.onLost();
  };
  client.on('error', lost);
  client.on('end', lost);
  const abort = (): void => {
    lost();
    destroySocket(client);
  };
  let head: ChainHead;
  let oldKeysExpected = true;
  // A server that takes the connection and then says nothing would leave every entry waiting, for as long as the process lives.
  const setUp = setTimeout(
    () => destroySocket(client),
    options.lockWithinMs + SET_UP_STATEMENTS * statementWithinMs,
  );
  try {
    await client.connect();
    // A session that hangs inside a transaction must not hold the append lock of all writers for ever.
    await client.query(
      `SET synchronous_commit = on; SET statement_timeout = ${statementWithinMs};
       SET idle_in_transaction_session_timeout = ${statementWithinMs * 2}; SET ROLE breakwater_ledger;
       ${LOOK_UPS_BY_INDEX}`,
    );
    const mark = await readOwnMark(client);
    ownMarks.asks(mark);
    await lockWriter(client, writer, options.lockWithinMs).catch(async (error: unknown) => {
      if (!(error instanceof WriterHeld)) throw error;
      ownMarks.refused(mark);
      // Ours: cut off, and the server has not learnt of it.
      if (error.holder !== null && ownMarks.includes(error.holder))
        await endHolder(client, writer, error.holder);
      throw error;
    });
    ownMarks.has(mark);
    head = await readHead(client, writer);
  } catch (error) {
    alive = false;
    destroySocket(client);
    throw error;
  } finally {
    clearTimeout(setUp);
  }

  /**
   * Inserts the batch. Old keys are looked up beforehand only after a batch that had some: mostly there are none, and where there is one
   * the insert says so before anything is written.
   */
  const insert = async (
    batch: readonly Append[],
  ): Promise<{ readonly plan: Plan; readonly ids: readonly number[] }> => {
    const old = oldKeysExpected ? await standing(client, batch) : NO_OLD_KEYS;
    const plan = planBatch(batch, old, head, writer);
    oldKeysExpected = old.size > 0;
    return { plan, ids: plan.rows.length === 0 ? [] : await insertRows(client, plan.rows) };
  };

  /** One round trip and one packet for both: where the first fails, the other fails in its transaction. */
  const beginAnd = async <T>(begin: string, work: () => Promise<T>): Promise<T> => {
    const stream = streamOf(client);
    stream?.cork?.();
    const both = Promise.all([ask(client, begin), work()]);
    stream?.uncork?.();
    const [, done] = await both;
    return done;
  };

  const insertKnowingOldKeys: typeof insert = async (batch) => {
    try {
      return await beginAnd(BEGIN, () => insert(batch));
    } catch (error) {
      if (!isOldKey(error)) throw error;
      oldKeysExpected = true;
      return beginAnd(`ROLLBACK; ${BEGIN}`, () => insert(batch));
    }
  };

  const rollBack = async (): Promise<void> => {
    // No append is on its way any more whose bound would end a session that hangs.
    const overdue = setTimeout(abort, statementWithinMs);
    await ask(client, 'ROLLBACK').catch(abort);
    clearTimeout(overdue);
  };

  return {
    head: () => head,
    client,
    abort,
    isAlive: () => alive,
    async write(batch) {
      let committing = false;
      let plan: Plan = { rows: [], outcomes: [], head };
      try {
        const inserted = await insertKnowingOldKeys(batch);
        plan = inserted.plan;
        const { ids } = inserted;
        // An append may have been rejected as not written while the statements ran: then nothing of the batch is committed.
        if (batch.some(({ stage }) => stage === 'ended')) throw new Error('an entry of the batch is overdue');
        committing = plan.rows.length > 0;
        if (committing) for (const append of batch) append.stage = 'committing';
        const end = await (committing
          ? commit(client, monotonic)
          : ask(client, 'ROLLBACK').then(() => NOTHING_NEW));
        if (committing && end.command !== 'COMMIT') {
          committing = false;
          throw new Error(`commit answered ${end.command}`);
        }
        head = plan.head;
        const idOf = new Map(plan.rows.map(({ link }, index) => [link.hash, ids[index] ?? 0]));
        settle(plan.outcomes, idOf, end.mark);
      } catch (cause) {
        if (!committing && alive) await rollBack();
        if (committing) abort();
        throw new WriteFailed(cause, committing ? 'unknown' : 'not_written', committing ? plan.outcomes : []);
      }
    },
    async end() {
      alive = false;
      await Promise.race([client.end().catch(() => undefined), sleep(1_000, undefined, { ref: false })]);
      destroySocket(client);
    },
  };
}

/** Gives the receipts of outcomes whose ids are known. */
export function settle(
  outcomes: readonly WrittenAppend[],
  ids: ReadonlyMap<string, number>,
  mark?: RecordsMark,
): void {
  for (const { append, receipt } of outcomes) append.resolve(receipt((hash) => ids.get(hash) ?? 0, mark));
}

interface CommitAnswer {
  readonly command: string;
  readonly mark: RecordsMark | undefined;
}

const NOTHING_NEW: CommitAnswer = { command: 'ROLLBACK', mark: undefined };

/**
 * Two statements, so two results; the driver's types know of one. INVARIANT (mark-is-of-now): the mark is as old as the answer is late. One
 * that took long is dropped, and who needs a mark asks for another.
 */
async function commit(client: pg.Client, monotonic: () => MonotonicMs): Promise<CommitAnswer> {
  const asked = monotonic();
  const results = (await ask(client, COMMIT)) as unknown as readonly pg.QueryResult<{ mark?: string }>[];
  const mark = results[1]?.rows[0]?.mark;
  return {
    command: results[0]?.command ?? 'nothing',
    mark: mark === undefined || monotonic() - asked > MARK_WITHIN_MS ? undefined : recordsMark(mark),
  };
}

interface Plan {
  readonly rows: readonly NewRow[];
  readonly outcomes: readonly WrittenAppend[];
  readonly head: ChainHead;
}

/** Chains the new entries of a batch; a key that stands already, in the ledger or earlier in the batch, takes no seq. */
function planBatch(
  batch: readonly Append[],
  old: ReadonlyMap<string, LedgerEntry>,
  from: ChainHead,
  writer: WriterId,
): Plan {
  const rows: NewRow[] = [];
  const outcomes: WrittenAppend[] = [];
  const inBatch = new Map<string, Link>();
  let head = from;
  for (const append of batch) {
    const key = dedupeKeyOf(append);
    const text = key === undefined ? undefined : dedupeText(key);
    const standingEntry = text === undefined ? undefined : old.get(text);
    const twin = text === undefined ? undefined : inBatch.get(text);
    if (standingEntry !== undefined) {
      outcomes.push({
        append,
        link: undefined,
        receipt: () => ({ kind: 'duplicate', entry: standingEntry }),
      });
      continue;
    }
    const link = twin ?? nextLink(head, writer, append.content);
    const kind = twin === undefined ? 'written' : 'duplicate';
    outcomes.push({
      append,
      link,
      receipt: (idOf, mark) => {
        const entry = entryOf(link, idOf(link.hash), twin === undefined ? append.content.lookUp : undefined);
        return kind === 'duplicate' || mark === undefined
          ? { kind, entry }
          : { kind, entry, recordsMark: mark };
      },
    });
    if (twin !== undefined) continue;
    if (text !== undefined) inBatch.set(text, link);
    rows.push({ link, lookUp: append.content.lookUp, dedupeKey: key?.dedupeKey ?? null });
    head = link;
  }
  return { rows, outcomes, head: { seq: head.seq, hash: head.hash } };
}

const NO_OLD_KEYS: ReadonlyMap<string, LedgerEntry> = new Map();

/** The database refused a row because an entry of its kind and key stands already. */
function isOldKey(error: unknown): boolean {
  const { code, constraint } = error as { readonly code?: unknown; readonly constraint?: unknown };
  return code === UNIQUE_VIOLATION && constraint === 'ledger_dedupe';
}

function dedupeKeyOf({ content, dedupeKey }: Append): DedupeKey | undefined {
  return dedupeKey === undefined ? undefined : { kind: content.kind, dedupeKey };
}

async function standing(
  client: pg.Client,
  batch: readonly Append[],
): Promise<ReadonlyMap<string, LedgerEntry>> {
  const keys = batch.map(dedupeKeyOf).filter((key) => key !== undefined);
  return keys.length === 0 ? new Map<string, LedgerEntry>() : readByDedupeKeys(client, keys);
}

/** Waits for the writer's lock; a process that was killed leaves it as soon as the server sees its connection closed. */
async function lockWriter(client: pg.Client, writer: WriterId, withinMs: number): Promise<void> {
  for (let waited = 0; ; waited += LOCK_POLL_MS) {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [
      writerLockKey(writer),
    ]);
    if (rows[0]?.taken === true) return;
    if (waited >= withinMs) break;
    await sleep(LOCK_POLL_MS);
  }
  throw new WriterHeld(
    `writer id \`${writer}\` is held by another session; two sidecars need two writer ids`,
    await readHolder(client, writer),
  );
}

/** `end` waits for the server; a server that hangs never answers. */
function destroySocket(client: pg.Client): void {
  streamOf(client)?.destroy?.();
}

type DriverStream = Partial<Pick<Socket, 'destroy' | 'cork' | 'uncork'>>;

/** The driver's own; its types do not tell of it. */
const streamOf = (client: pg.Client): DriverStream | undefined =>
  (client as unknown as { readonly connection?: { readonly stream?: DriverStream } }).connection?.stream;
