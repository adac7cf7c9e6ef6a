/**
 * A sidecar that stands by for another of the same writer id. The live one holds the writer's advisory lock and shows on its session,
 * four times a second, that it is alive. When the lock is free the wait is over. When the session is silent for too long, its process
 * hangs: the session is ended first, so that the process can write nothing any more should it wake (fencing), then the lock is free.
 *
 * INVARIANT (only-the-silent-holder): a session is ended only when it holds this writer's lock in this database, and the server has
 * waited for its process for `takeOverAfterMs`. While a statement runs (`active`: a slow batch, a lock, a slow disk) the process waits
 * for the server and cannot show anything; the bound of the statement ends that. A state that is not told (`track_activities` off,
 * a role that may not see it) is no silence.
 * INVARIANT (trouble-is-not-death): after trouble with the store the lock must have been free for `takeOverAfterMs`. A restart of the
 * server takes it from a living sidecar, which needs a moment to get it back.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { WriterId } from '../../domain/ids.ts';
import { HELD_WRITER_LOCK, writerLockKey } from './writer-lock.ts';

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

/** `ended`: it was silent, and its session has been told to end. */
type Holder = 'nobody' | 'alive' | 'ended';

export async function standBy(options: StandByOptions): Promise<StoodBy> {
  const { stop, onProblem, takeOverAfterMs } = options;
  let fenced = false;
  let troubled = false;
  while (!stop.aborted) {
    let freeSince: number | null = null;
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
        const holder = await look(client, options);
        if (holder === 'nobody') {
          freeSince ??= performance.now();
          const longEnough = !troubled || performance.now() - freeSince >= takeOverAfterMs;
          if (longEnough) return fenced ? 'fenced' : 'free';
        } else {
          freeSince = null;
          troubled = false;
          fenced ||= holder === 'ended';
        }
        await sleep(LOOK_EVERY_MS);
      }
    } catch (error) {
      // Without its ledger the live one permits nothing either; whose turn it is is seen when the store is back.
      onProblem('the store cannot be asked who is alive', error);
      troubled = true;
      fenced = false;
      await sleep(LOOK_EVERY_MS);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  return 'stopped';
}

/**
 * One look at the lock, which is never taken for it: the living one may be reaching for it at this moment. Of two that stand by and
 * find it free, one gets it when both start; the other goes on waiting. Silence is told by the clock of the store, which both share.
 */
async function look(
  client: pg.Client,
  { writer, takeOverAfterMs }: Pick<StandByOptions, 'writer' | 'takeOverAfterMs'>,
): Promise<Holder> {
  const { rows } = await client.query<{ ended: boolean }>(
    `WITH holder AS MATERIALIZED (
       SELECT lock.pid,
              coalesce(state IN ('idle', 'idle in transaction', 'idle in transaction (aborted)')
                       AND clock_timestamp() - state_change > $2 * interval '1 ms', false) AS silent
       FROM (SELECT pid FROM pg_locks WHERE ${HELD_WRITER_LOCK}) AS lock
       LEFT JOIN pg_stat_activity AS activity ON activity.pid = lock.pid AND datname = current_database()
     )
     SELECT CASE WHEN silent THEN pg_terminate_backend(pid) ELSE false END AS ended FROM holder`,
    [writerLockKey(writer), takeOverAfterMs],
  );
  const [holder] = rows;
  if (holder === undefined) return 'nobody';
  return holder.ended ? 'ended' : 'alive';
}
