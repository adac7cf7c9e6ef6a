/** The ledger in one table for each month (migrations/000019.sql), on each real PostgreSQL this machine has. */
import type { QueryResultRow } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openPostgresLedger, type PostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { openPostgres, type PostgresStore } from '../../src/adapters/postgres/open.ts';
import { postgresRecords } from '../../src/adapters/postgres/records.ts';
import { verifyLedger } from '../../src/control/verify-ledger.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import type { LedgerEntry } from '../../src/domain/ledger-entry.ts';
import { ledgerMonthOf } from '../../src/domain/ledger-month.ts';
import { systemLikeClock } from '../support/clock.ts';
import * as draft from '../support/entries.ts';
import { type PostgresServer, postgresSources, until, withClient } from '../support/stores.ts';

/** The middle of the month that is so many months after the server's. */
function midMonth(after: number): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + after, 15));
}

/** Where the ids of a month begin. */
const baseOf = (month: Date): number =>
  ((month.getUTCFullYear() - 2020) * 12 + month.getUTCMonth()) * 100_000_000_000;

const partOf = (month: Date): string =>
  `breakwater.ledger_${month.toISOString().slice(0, 7).replace('-', '_')}`;

for (const source of await postgresSources()) {
  describe.skipIf(source.missing !== undefined)(`months of the ledger on ${source.name}`, () => {
    let server: PostgresServer;
    let url: string;
    let store: PostgresStore;
    let ledger: PostgresLedger;
    let problems: string[];

    const open = (writer: string): Promise<PostgresLedger> =>
      openPostgresLedger(store, { writer: writer as WriterId, clock: systemLikeClock() });

    beforeAll(async () => {
      server = await source.start();
    });
    afterAll(() => server.stop());
    beforeEach(async () => {
      url = await server.freshDatabase();
      problems = [];
      store = await openPostgres({ url }, { onProblem: (problem) => problems.push(problem) });
      ledger = await open('w1');
      return async () => {
        await ledger.close();
        await store.close();
      };
    });

    const query = <Row extends QueryResultRow>(
      text: string,
      values: readonly unknown[] = [],
    ): Promise<readonly Row[]> =>
      withClient(url, async (client) => (await client.query<Row>(text, [...values])).rows);

    /** What `turn_ledger_month` does, at another instant than the server's. */
    const turnTo = async (instant: Date): Promise<void> => {
      await query('SELECT breakwater.make_ledger_parts($1)', [instant]);
      await query('SELECT breakwater.move_ledger_ids($1)', [instant]);
    };

    const partsOfEntries = async (): Promise<readonly string[]> => {
      const rows = await query<{ part: string }>(
        "SELECT 'breakwater.' || c.relname AS part FROM breakwater.ledger l JOIN pg_class c ON c.oid = l.tableoid ORDER BY l.id",
      );
      return rows.map(({ part }) => part);
    };

    const parts = async (): Promise<readonly string[]> => {
      const rows = await query<{ name: string }>('SELECT name FROM breakwater.ledger_part ORDER BY from_id');
      return rows.map(({ name }) => `breakwater.${name}`);
    };

    /** Takes empty months away, from the newest back. */
    const dropParts = async (names: readonly string[]): Promise<void> => {
      for (const name of names) {
        await query(`DROP TABLE ${name}`);
        await query('DELETE FROM breakwater.ledger_part WHERE name = $1', [name.replace('breakwater.', '')]);
      }
    };

    test('an entry stands in the table of its month; chain, feed, keys and records go on over all of them', async () => {
      const seen: LedgerEntry[] = [];
      ledger.subscribe((entry) => seen.push(entry));
      const first = await ledger.append(draft.permit('call-1'));
      await ledger.append(draft.permit('call-2'));
      await turnTo(midMonth(1));
      const next = await ledger.append(draft.result('call-1'));
      await turnTo(midMonth(2));
      const again = await ledger.append(draft.permit('call-1'));
      await ledger.append(draft.progress('call-2'));

      expect(first.entry.id).toBe(baseOf(midMonth(0)) + 1);
      expect(next.entry.id).toBe(baseOf(midMonth(1)) + 1);
      expect(ledgerMonthOf(next.entry.id)).toBe(midMonth(1).toISOString().slice(0, 7));
      expect(again).toEqual({ kind: 'duplicate', entry: first.entry });
      expect(await partsOfEntries()).toEqual([
        partOf(midMonth(0)),
        partOf(midMonth(0)),
        partOf(midMonth(1)),
        partOf(midMonth(2)),
      ]);
      expect(await verifyLedger(draft.allEntries(ledger))).toMatchObject({ ok: true, entries: 4 });
      await until(() => seen.length >= 4);
      const stored = await ledger.read({ limit: 10 });
      expect(seen.map(({ id }) => id)).toEqual(stored.map(({ id }) => id));
      const ofCall = await ledger.read({ callId: 'call-2', order: 'desc', limit: 10 });
      expect(ofCall.map(({ seq }) => seq)).toEqual([4, 2]);
      const pending = await postgresRecords(store).pendingPermits();
      expect(pending.map(({ callId }) => callId)).toEqual(['call-2']);
    });

    test('a result of an earlier month: a permit that is repeated is not pending, and a writer finds its head', async () => {
      await ledger.append(draft.result('call-1'));
      await turnTo(midMonth(1));
      await ledger.append(draft.permit('call-1'));
      expect(await postgresRecords(store).pendingPermits()).toEqual([]);
      await turnTo(midMonth(2));
      await ledger.close();
      ledger = await open('w1');
      expect(ledger.head().seq).toBe(2);
      expect((await ledger.append(draft.progress('call-1'))).entry.seq).toBe(3);
    });

    test('an old key in a batch that begins a month takes no link of it', async () => {
      await ledger.append(draft.permit('call-1'));
      await ledger.append(draft.progress('between'));
      await turnTo(midMonth(1));
      const answers = await Promise.all(
        ['call-2', 'call-1', 'call-3', 'call-3'].map((callId) => ledger.append(draft.permit(callId))),
      );
      expect(answers.map(({ kind }) => kind)).toEqual(['written', 'duplicate', 'written', 'duplicate']);
      expect(await verifyLedger(draft.allEntries(ledger))).toMatchObject({ ok: true, entries: 4 });
    });

    test('a clock that goes back moves no ids back', async () => {
      await turnTo(midMonth(2));
      const first = await ledger.append(draft.progress('call'));
      await turnTo(midMonth(0));
      await turnTo(midMonth(1));
      const next = await ledger.append(draft.progress('call'));
      expect(next.entry.id).toBe(first.entry.id + 1);
      expect(await partsOfEntries()).toEqual([partOf(midMonth(2)), partOf(midMonth(2))]);
    });

    test('years without anybody leave no tables behind', async () => {
      const before = await parts();
      await turnTo(midMonth(40));
      expect(await parts()).toEqual([...before, ...[40, 41, 42].map((after) => partOf(midMonth(after)))]);
      expect((await ledger.append(draft.progress('call'))).entry.id).toBe(baseOf(midMonth(40)) + 1);
    });

    test('a server whose clock is years slow is in the first month that has ids of its own', async () => {
      const before = await parts();
      await turnTo(new Date('1999-12-31T23:59:59Z'));
      expect(await parts()).toEqual(before);
      expect((await ledger.append(draft.progress('call'))).entry.id).toBe(baseOf(midMonth(0)) + 1);
    });

    test('of several that turn the month at once one makes its tables', async () => {
      const made = await Promise.all(
        [1, 2, 3].map(() =>
          query<{ made: boolean }>('SELECT breakwater.make_ledger_parts($1) AS made', [midMonth(3)]),
        ),
      );
      expect(made.filter(([row]) => row?.made === true)).toHaveLength(1);
      expect(new Set(await parts()).size).toBe((await parts()).length);
    });

    test('ids do not move into a table before it is committed', async () => {
      await ledger.close();
      // A ledger from before this month, whose months nobody has made.
      await dropParts((await parts()).slice(1));
      await query("SELECT setval('breakwater.ledger_ids', 5)");
      await withClient(url, async (client) => {
        await client.query('BEGIN');
        const { rows } = await client.query<{ made: boolean }>(
          'SELECT breakwater.turn_ledger_month() AS made',
        );
        expect(rows[0]?.made).toBe(true);
        await client.query('ROLLBACK');
      });
      const [inserted] = await query<{ id: string }>(`
        INSERT INTO breakwater.ledger (writer, seq, at, kind, body, prev_hash, hash)
        VALUES ('w', 1, now(), 'call_progress', '{}', repeat('0', 64), repeat('1', 64)) RETURNING id`);
      expect(inserted?.id).toBe('6');
      ledger = await open('w1');
      await until(async () => (await parts()).length === 4);
    });

    test('whoever opens the ledger makes the tables that are missing', async () => {
      const before = await parts();
      await dropParts(before.slice(-1));
      const other = await open('w2');
      await until(async () => (await parts()).length === before.length);
      expect(await parts()).toEqual(before);
      await other.close();
    });

    test('a month that cannot be turned is told of; entries are written all the same', async () => {
      await query('ALTER FUNCTION breakwater.turn_ledger_month() RENAME TO gone');
      const other = await open('w2');
      await until(() => problems.includes('the ledger has not turned to its month'));
      expect((await other.append(draft.progress('call'))).kind).toBe('written');
      await other.close();
    });

    test('insert-only holds for each table by itself, also for its owner and as a replica', async () => {
      await ledger.append(draft.progress('call'));
      await turnTo(midMonth(1));
      await ledger.append(draft.progress('call'));
      await withClient(url, async (client) => {
        for (const role of ['origin', 'replica']) {
          await client.query(`SET session_replication_role = ${role}`);
          for (const part of [partOf(midMonth(0)), partOf(midMonth(1))]) {
            const changes = [`UPDATE ${part} SET body = '{}'`, `DELETE FROM ${part}`, `TRUNCATE ${part}`];
            for (const statement of changes) {
              await expect(client.query(statement), `${role}: ${statement}`).rejects.toThrow('append-only');
            }
          }
          await expect(client.query('TRUNCATE breakwater.ledger_first')).rejects.toThrow('append-only');
        }
      });
      expect(await ledger.read({ limit: 10 })).toHaveLength(2);
    });

    test('our own sessions reach entries through the whole alone, and turn to no month but the server’s', async () => {
      for (const statement of [
        `INSERT INTO ${partOf(midMonth(0))} (id, writer, seq, at, kind, body, prev_hash, hash)
         VALUES (${baseOf(midMonth(0)) + 9}, 'w', 1, now(), 'decision', '{}', repeat('0', 64), repeat('1', 64))`,
        `INSERT INTO breakwater.ledger (id, writer, seq, at, kind, body, prev_hash, hash)
         VALUES (9, 'w', 1, now(), 'decision', '{}', repeat('0', 64), repeat('1', 64))`,
        "SELECT setval('breakwater.ledger_ids', 5)",
        'INSERT INTO breakwater.ledger_first SELECT * FROM breakwater.ledger',
        "INSERT INTO breakwater.ledger_key VALUES ('decision', 'call', 1)",
        'DELETE FROM breakwater.ledger_part',
        `SELECT count(*) FROM ${partOf(midMonth(0))}`,
        "SELECT breakwater.make_ledger_parts(now() + interval '9 years')",
        "SELECT breakwater.move_ledger_ids(now() + interval '1 month')",
      ]) {
        await expect(store.pool.query(statement), statement).rejects.toMatchObject({ code: '42501' });
      }
      const { rows } = await store.pool.query<{ made: boolean }>(
        'SELECT breakwater.turn_ledger_month() AS made',
      );
      expect(rows[0]?.made).toBe(false);
    });
  });
}
