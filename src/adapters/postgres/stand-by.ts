/**
 * A sidecar that stands by for another of the same writer id. The live one holds the writer's advisory lock and shows on its session,
 * four times a second, that it is alive. When the lock is free the wait is over. When the session is silent for too long, its process
 * hangs: the session is ended first, so that the process can write nothing any more should it wake (fencing), then the lock is free.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { WriterId } from '../../domain/ids.ts';
import { writerApplication, writerLockKey } from './writer-lock.ts';

export interface StandByOptions {
  readonly connection: pg.ClientConfig;
  readonly writer: WriterId;
  /** A live sidecar that has shown nothing for this long is taken for dead. */
  readonly takeOverAfterMs: number;
  /** Ends the wait. */
  readonly stop: AbortSignal;
  readonly onProblem: (problem: string, cause: unknown) => void;
}

/** Why the wait was over: nobody holds the writer id; its holder hung and was cut off; we were told to stop. */
export type StoodBy = 'free' | 'fenced' | 'stopped';

const LOOK_EVERY_MS = 100;
const CONNECT_WITHIN_MS = 2_000;

export async function standBy(options: StandByOptions): Promise<StoodBy> {
  const { stop, onProblem } = options;
  let fenced = false;
  while (!stop.aborted) {
    const client = new pg.Client({
      ...options.connection,
      application_name: 'breakwater standing by',
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      query_timeout: CONNECT_WITHIN_MS,
    });
    client.on('error', () => undefined); // the query in hand rejects
    try {
      await client.connect();
      while (!stop.aborted) {
        if (await isFree(client, options.writer)) return fenced ? 'fenced' : 'free';
        fenced = (await fenceSilent(client, options)) || fenced;
        await sleep(LOOK_EVERY_MS);
      }
    } catch (error) {
      // Without its ledger the live one permits nothing either; whose turn it is is seen when the store is back.
      onProblem('the store cannot be asked who is alive', error);
      await sleep(LOOK_EVERY_MS);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  return 'stopped';
}

/** Taken and given back: whoever starts now must win it again, so of two that stand by one becomes the writer. */
async function isFree(client: pg.Client, writer: WriterId): Promise<boolean> {
  const { rows } = await client.query<{ free: boolean }>(
    'SELECT CASE WHEN pg_try_advisory_lock($1) THEN pg_advisory_unlock($1) ELSE false END AS free',
    [writerLockKey(writer)],
  );
  return rows[0]?.free === true;
}

/** By the clock of the store, which both share. */
async function fenceSilent(
  client: pg.Client,
  { writer, takeOverAfterMs }: Pick<StandByOptions, 'writer' | 'takeOverAfterMs'>,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = $1 AND clock_timestamp() - greatest(state_change, backend_start) > $2 * interval '1 ms'`,
    [writerApplication(writer), takeOverAfterMs],
  );
  return (rowCount ?? 0) > 0;
}
