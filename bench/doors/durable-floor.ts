/**
 * The least that a durable answer costs: one row of a decision's size for each call, in a table without indexes, committed with fsync, all
 * that wait in one commit. No look-up, no decision, no chain.
 */
import pg from 'pg';

/** Characters of a decision's entry. */
const ROW_CHARS = 3_000;

export interface DurableFloor {
  /** Resolves when a row of the caller's own is durable. */
  commit(): Promise<void>;
  close(): Promise<void>;
}

const TABLE = 'CREATE TABLE IF NOT EXISTS public.bench_floor (body text NOT NULL)';

/** Once, for several processes that write to it; no session of the ledger's role may. */
export async function makeFloorTable(connection: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  await client.query(TABLE);
  await client.end();
}

export async function openDurableFloor(connection: pg.ClientConfig): Promise<DurableFloor> {
  const client = new pg.Client(connection);
  await client.connect();
  await client.query(TABLE);
  const floor = durableFloorOn(client, 'x'.repeat(ROW_CHARS));
  return {
    ...floor,
    async close() {
      await client.query('DROP TABLE public.bench_floor');
      await floor.close();
    },
  };
}

/** `body`: of every row. The table stands already, and stays. */
export function durableFloorOn(client: pg.Client, body: string): DurableFloor {
  let waiting: { readonly done: () => void; readonly failed: (error: unknown) => void }[] = [];
  let isWriting = false;
  const write = async (): Promise<void> => {
    isWriting = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await client.query({
          name: 'floor',
          text: 'INSERT INTO public.bench_floor (body) SELECT unnest($1::text[])',
          values: [batch.map(() => body)],
        });
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    isWriting = false;
  };
  return {
    commit: () =>
      new Promise((done, failed) => {
        waiting.push({ done, failed });
        if (!isWriting) void write();
      }),
    async close() {
      await client.end();
    },
  };
}
