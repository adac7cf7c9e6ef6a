/**
 * Tells every sidecar of a store that a do-not-call list has a newer version, so that none waits for its next look. A hint: what is in
 * force is what lies in the folder of the lists, and a hint that is lost costs one interval between two looks.
 */
import pg from 'pg';

/** Heard by the session of each feed (ledger-feed.ts). */
export const LISTS_CHANNEL = 'breakwater_lists';

const WITHIN_MS = 3_000;

/** Resolves when the server has taken it. Rejects with the driver's error when it does not answer in time. */
export async function announceLists(connection: pg.ClientConfig): Promise<void> {
  const client = new pg.Client({
    ...connection,
    application_name: 'breakwater list import',
    connectionTimeoutMillis: WITHIN_MS,
    query_timeout: WITHIN_MS,
  });
  client.on('error', () => undefined); // the query in hand rejects
  try {
    await client.connect();
    await client.query(`NOTIFY ${LISTS_CHANNEL}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}
