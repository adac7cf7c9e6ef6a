/** Opens a PostgreSQL store: a given server, or an embedded one of our own. Migrated and checked before anybody writes. */
import pg from 'pg';
import { type EmbeddedOptions, startEmbedded } from './embedded.ts';
import { migrate } from './migrate.ts';
import { LOOK_UPS_BY_INDEX } from './planning.ts';

/** Reads of one process at once; more wait. */
const POOL_MAX = 8;
/** Look-ups of decisions at once: two statements of each kind that `batchedReads` has on their way. */
const LOOK_UPS_MAX = 6;
const CONNECT_WITHIN_MS = 2_000;

export interface PostgresServer {
  readonly url: string;
  /** PEM of who has signed the server's certificate, which must show the host of the address; null or left out: what the address says. */
  readonly authority?: string | null;
}

/** For a client of one's own. */
export const connectionOf = ({ url, authority = null }: PostgresServer): pg.ClientConfig => ({
  connectionString: url,
  ...(authority === null ? {} : { ssl: { ca: authority } }),
});

export type PostgresPlace =
  PostgresServer | { readonly embedded: { readonly directory: string } & EmbeddedOptions };

export interface PostgresOptions {
  /** Told of trouble that has no caller to reject: a lost connection, a restarted server. */
  readonly onProblem?: (problem: string, cause?: unknown) => void;
  /** Bound of one read, default 5,000 ms. */
  readonly readWithinMs?: number;
}

export interface PostgresStore {
  /** For sessions of one's own: the writer and the feed. */
  readonly connection: pg.ClientConfig;
  /** For reads; its sessions may not change the ledger. */
  readonly pool: pg.Pool;
  /** For what decisions ask, by key: no report keeps them waiting. */
  readonly lookUps: pg.Pool;
  readonly onProblem: (problem: string, cause?: unknown) => void;
  /** Ends the pool and stops the embedded server. Close ledgers first. */
  close(): Promise<void>;
}

/** Rejects when the server does not answer, a migration fails, or the embedded store is held by another process. */
export async function openPostgres(
  place: PostgresPlace,
  options: PostgresOptions = {},
): Promise<PostgresStore> {
  const { onProblem = () => undefined, readWithinMs = 5_000 } = options;
  const embedded =
    'embedded' in place
      ? await startEmbedded(place.embedded.directory, { onProblem, ...place.embedded })
      : undefined;
  const connection: pg.ClientConfig = {
    ...(embedded?.connection ?? ('url' in place ? connectionOf(place) : {})),
    application_name: 'breakwater',
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    keepAlive: true,
  };
  try {
    await prepare(connection);
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
  const poolOf = (max: number, settings: string): pg.Pool => {
    const pool = new pg.Pool({
      ...connection,
      max,
      query_timeout: readWithinMs,
      statement_timeout: readWithinMs,
      allowExitOnIdle: true,
      // The pool waits for the promise before it lends the connection out; its types do not say so yet.
      onConnect: (client): void => client.query(settings) as unknown as undefined,
    });
    pool.on('error', (error) => onProblem('an idle connection to PostgreSQL was lost', error));
    return pool;
  };
  const pool = poolOf(POOL_MAX, 'SET ROLE breakwater_ledger');
  const lookUps = poolOf(LOOK_UPS_MAX, `SET ROLE breakwater_ledger; ${LOOK_UPS_BY_INDEX}`);
  return {
    connection,
    pool,
    lookUps,
    onProblem,
    async close() {
      await Promise.all([pool.end(), lookUps.end()]);
      await embedded?.stop();
    },
  };
}

async function prepare(connection: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(connection);
  client.on('error', () => undefined); // the query in hand rejects
  await client.connect();
  try {
    const { rows } = await client.query<{ fsync: string }>('SHOW fsync');
    if (rows[0]?.fsync !== 'on')
      throw new Error('PostgreSQL runs with fsync off: entries would not be durable');
    await migrate(client);
  } finally {
    await client.end();
  }
}
