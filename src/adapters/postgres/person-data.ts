/**
 * `PersonData` on PostgreSQL. Looks through every table there is, whatever the migrations to come will make, as the owner of the schema and
 * without a bound of time: it is asked for by people, a few times a year.
 */
import pg from 'pg';
import type { JsonObject, LedgerEntry } from '../../domain/ledger-entry.ts';
import { digitsOf } from '../../domain/number-in-text.ts';
import type { PersonData } from '../../ports/person-data.ts';
import { ask } from './ask.ts';
import { readByIds } from './ledger-rows.ts';
import type { PostgresStore } from './open.ts';

const PAGE = 1_000;

export function postgresPersonData(store: PostgresStore): PersonData {
  const owner = new pg.Client({ ...store.connection, application_name: 'breakwater privacy' });
  owner.on('error', () => undefined); // the query in hand rejects
  let connected: Promise<unknown> | undefined;
  const asOwner = async (): Promise<pg.Client> => {
    await (connected ??= owner.connect());
    return owner;
  };

  async function* entries(number: string): AsyncGenerator<LedgerEntry> {
    const client = await asOwner();
    const { rows } = await ask<{ id: string }>(client, {
      text: `SELECT l.id FROM breakwater.ledger l
              WHERE l.number = $1 OR strpos(l.body, $2) > 0
                 OR l.call_id IN (SELECT c.call_id FROM breakwater.ledger c WHERE c.number = $1 AND c.call_id IS NOT NULL)
              ORDER BY l.id`,
      values: [number, digitsOf(number)],
    });
    for (let from = 0; from < rows.length; from += PAGE) {
      const page = await readByIds(
        client,
        rows.slice(from, from + PAGE).map(({ id }) => Number(id)),
      );
      yield* [...page].sort((a, b) => a.id - b.id);
    }
  }

  return {
    entries,
    async rows(number, callIds) {
      const client = await asOwner();
      const { rows: tables } = await ask<{ name: string; has_call: boolean }>(
        client,
        `SELECT c.relname AS name,
                EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'call_id' AND NOT a.attisdropped) AS has_call
           FROM pg_class c
          WHERE c.relnamespace = 'breakwater'::regnamespace AND c.relkind = 'r' AND NOT c.relispartition
          ORDER BY c.relname`,
      );
      const found: { table: string; row: JsonObject }[] = [];
      for (const { name, has_call: hasCall } of tables) {
        const { rows } = await ask<{ row: JsonObject }>(client, {
          text: `SELECT to_jsonb(t) AS row FROM breakwater.${pg.escapeIdentifier(name)} t
                  WHERE strpos(to_jsonb(t)::text, $1) > 0 ${hasCall ? 'OR t.call_id = ANY ($2::text[])' : 'OR false AND $2::text[] IS NULL'}`,
          values: [digitsOf(number), callIds],
        });
        found.push(...rows.map(({ row }) => ({ table: name, row })));
      }
      return found;
    },
    async close() {
      if (connected !== undefined) await owner.end().catch(() => undefined);
      await store.close();
    },
  };
}
