/** What a PostgreSQL server promises of a commit, and what time it is there. Reads only; migrates nothing. */
import pg from 'pg';

export interface Durability {
  readonly version: string;
  /** Settings that a commit's promise rests on, as the sessions of this user have them; all are to be `on`, or a stricter word. */
  readonly settings: Readonly<Record<'fsync' | 'synchronous_commit' | 'full_page_writes', string>>;
  /** Milliseconds since 1970, by the server's clock; half the round trip is taken off. */
  readonly clockMs: number;
  /** By ours, at the same moment. */
  readonly oursMs: number;
}

const SQL = `
  SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync,
         current_setting('synchronous_commit') AS synchronous_commit,
         current_setting('full_page_writes') AS full_page_writes,
         extract(epoch FROM clock_timestamp()) * 1000 AS clock_ms`;

/** Rejects when the server does not answer. */
export async function durabilityOf(
  connectionString: string,
  withinMs: number,
  nowMs: () => number,
): Promise<Durability> {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: withinMs,
    query_timeout: withinMs,
    application_name: 'breakwater doctor',
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const asked = nowMs();
    const { rows } = await client.query<Record<string, string>>(SQL);
    const answered = nowMs();
    const row = rows[0] ?? {};
    return {
      version: row['version'] ?? '',
      settings: {
        fsync: row['fsync'] ?? '',
        synchronous_commit: row['synchronous_commit'] ?? '',
        full_page_writes: row['full_page_writes'] ?? '',
      },
      clockMs: Number(row['clock_ms']),
      oursMs: (asked + answered) / 2,
    };
  } finally {
    await client.end();
  }
}
