/** `PersonEraser` on PostgreSQL (migrations/000022.sql). As the owner of the schema, in a session of its own. */
import pg from 'pg';
import { formatInstant } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  type ErasureDone,
  type ErasureOrder,
  ErasureRefused,
  type PersonEraser,
} from '../../ports/person-eraser.ts';
import { ask } from './ask.ts';
import { KEEPER, takeKeeperChain, writeAsKeeper } from './keeper-chain.ts';
import type { PostgresStore } from './open.ts';
import { APPEND_LOCK } from './writer-lock.ts';

/** How long we wait for those who append. */
const LOCK_WITHIN_MS = 5_000;

/** A session that hangs MUST NOT hold the lock of those who append. */
const STATEMENT_WITHIN_MS = 10_000;

/** SQLSTATE lock_not_available. */
const LOCK_NOT_AVAILABLE = '55P03';

/** As the channel of the request not to be called that comes with an erasure. */
const CHANNEL = 'erasure';

export function postgresPersonEraser(store: PostgresStore, clock: Clock): PersonEraser {
  const owner = new pg.Client({ ...store.connection, application_name: 'breakwater eraser' });
  owner.on('error', () => undefined); // the query in hand rejects
  let connected: Promise<unknown> | undefined;
  const asOwner = async (): Promise<pg.Client> => {
    await (connected ??= owner.connect());
    return owner;
  };

  const eraseWithin = async (
    client: pg.Client,
    { number, who, why, kept }: ErasureOrder,
  ): Promise<ErasureDone> => {
    // First of all: what a row's trigger locks, who appends takes behind this lock.
    await ask(client, { text: 'SELECT pg_advisory_xact_lock($1)', values: [APPEND_LOCK] });
    const holds = await holdsOn(client, number);
    if (holds.length > 0) throw new ErasureRefused(`\`${number}\` is held: ${holds.join(', ')}`);
    if (!(await takeKeeperChain(client)))
      throw new ErasureRefused(`writer id \`${KEEPER}\` is held by another session`);
    const erasedAt = clock.now();
    const at = formatInstant(erasedAt);
    const sellers = await sellersOf(client, number);
    for (const sellerId of sellers) {
      const body = { number, sellerId, channel: CHANNEL, callId: null, requestedAt: at };
      await writeAsKeeper(client, { kind: 'opt_out', body }, erasedAt);
    }
    const rows = await rowsOf(client, number, true);
    const duties = kept.map(({ until, kinds, ...duty }) => ({
      ...duty,
      kinds: [...kinds],
      until: until === null ? null : formatInstant(until),
    }));
    const body = { number, who, why, erasedAt: at, sellers: [...sellers], rows, kept: duties };
    const entry = await writeAsKeeper(client, { kind: 'person_erased', body }, erasedAt);
    await ask(client, {
      text: 'INSERT INTO breakwater.erasure (entry_id, number, erased_at) VALUES ($1, $2, $3)',
      values: [entry.id, number, at],
    });
    return { erasedAt, sellers, rows, entry };
  };

  return {
    async plan(number) {
      const client = await asOwner();
      return {
        holds: await holdsOn(client, number),
        sellers: await sellersOf(client, number),
        rows: await rowsOf(client, number, false),
      };
    },
    async erase(order) {
      const client = await asOwner();
      await ask(
        client,
        `BEGIN; SET LOCAL synchronous_commit = on; SET LOCAL lock_timeout = ${LOCK_WITHIN_MS};
         SET LOCAL statement_timeout = ${STATEMENT_WITHIN_MS};
         SET LOCAL idle_in_transaction_session_timeout = ${STATEMENT_WITHIN_MS}`,
      );
      try {
        const done = await eraseWithin(client, order);
        await ask(client, 'COMMIT');
        return done;
      } catch (error) {
        await ask(client, 'ROLLBACK').catch(() => undefined);
        if ((error as { readonly code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
        throw new ErasureRefused(`somebody appends for longer than ${LOCK_WITHIN_MS} ms`, { cause: error });
      }
    },
    async close() {
      if (connected !== undefined) await owner.end().catch(() => undefined);
      await store.close();
    },
  };
}

async function holdsOn(client: pg.Client, number: string): Promise<readonly string[]> {
  const { rows } = await ask<{ hold: string }>(client, {
    text: 'SELECT hold FROM breakwater.person_holds($1)',
    values: [number],
  });
  return rows.map(({ hold }) => hold);
}

async function sellersOf(client: pg.Client, number: string): Promise<readonly string[]> {
  const { rows } = await ask<{ seller_id: string }>(client, {
    text: 'SELECT seller_id FROM breakwater.sellers_of_person($1)',
    values: [number],
  });
  return rows.map((row) => row.seller_id);
}

async function rowsOf(client: pg.Client, number: string, erase: boolean): Promise<Record<string, number>> {
  const { rows } = await ask<{ name: string; count: string }>(client, {
    text: 'SELECT name, count FROM breakwater.erasable_rows($1, $2)',
    values: [number, erase],
  });
  return Object.fromEntries(rows.map(({ name, count }) => [name, Number(count)]));
}
