/** By what a writer's session is known in the store: to itself, to a second session of its writer id, and to one that stands by. */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { WriterId } from '../../domain/ids.ts';

/** Held from before the first id of a transaction until its commit: ids of all writers become visible in id order. */
export const APPEND_LOCK = 4_217_002;

/** PostgreSQL cuts a longer application name off. */
const NAME_MAX_BYTES = 63;

/** Key of the advisory lock: a signed 64-bit integer as text. */
export const writerLockKey = (writer: WriterId): string =>
  createHash('sha256').update(`breakwater writer ${writer}`).digest().readBigInt64BE().toString();

/** The session's name, for whoever reads the store's list of sessions. A long writer id is told by its hash. */
export function writerApplication(writer: WriterId): string {
  const name = `breakwater writer ${writer}`;
  return name.length <= NAME_MAX_BYTES
    ? name
    : `breakwater writer ${createHash('sha256').update(writer).digest('hex').slice(0, 40)}`;
}

/**
 * Rows of `pg_locks` that are the writer's lock, held, in this database: another database of the server may have a writer of the same
 * id, and so the same key. `$1` is the key; a key of one bigint stands there in two halves, `objsubid` 1 (PostgreSQL manual, pg_locks).
 */
export const HELD_WRITER_LOCK = `locktype = 'advisory' AND granted AND objsubid = 1
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (classid::bigint << 32) | objid::bigint = $1::bigint`;

/** Tells one session of a store from every other, also over a restart of the server, which begins its process ids anew. */
export type SessionMark = string;

/** The mark of the session that asks. */
export async function readOwnMark(client: pg.Client): Promise<SessionMark> {
  const { rows } = await client.query<{ own: SessionMark }>(
    "SELECT pg_backend_pid() || ' ' || pg_postmaster_start_time() AS own",
  );
  const [row] = rows;
  if (row === undefined) throw new Error('PostgreSQL answered nothing about the session');
  return row.own;
}

/** Who has the writer's lock; null when nobody has. */
export async function readHolder(client: pg.Client, writer: WriterId): Promise<SessionMark | null> {
  const { rows } = await client.query<{ holder: SessionMark | null }>(
    `SELECT (SELECT pid FROM pg_locks WHERE ${HELD_WRITER_LOCK}) || ' ' || pg_postmaster_start_time() AS holder`,
    [writerLockKey(writer)],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('PostgreSQL answered nothing about the writer lock');
  return row.holder;
}

/**
 * Ends the session when it still has the writer's lock and nothing runs in it: a statement ends by its own bound. The asking session,
 * which is the ledger's role no longer then, is of no more use.
 */
export async function endHolder(client: pg.Client, writer: WriterId, mark: SessionMark): Promise<void> {
  // Sessions of one login may end each other; the ledger's role may end nobody.
  await client.query('RESET ROLE');
  await client.query(
    `SELECT pg_terminate_backend(lock.pid)
     FROM (SELECT pid FROM pg_locks WHERE ${HELD_WRITER_LOCK}) AS lock
     JOIN pg_stat_activity AS activity ON activity.pid = lock.pid AND state LIKE 'idle%'
     WHERE lock.pid || ' ' || pg_postmaster_start_time() = $2`,
    [writerLockKey(writer), mark],
  );
}
