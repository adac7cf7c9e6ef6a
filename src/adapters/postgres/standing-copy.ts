/** Reads all records that decisions depend on, in one snapshot, and who else is connected to write. In a session of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { WriterId } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/ledger-entry.ts';
import { formatInstant, instant } from '../../domain/time.ts';
import type { StandingRecord, StandingSource } from '../../ports/standing-source.ts';
import { ask } from './ask.ts';
import type { PostgresStore } from './open.ts';
import { readLastId } from './ledger-rows.ts';
import { writerApplication } from './writer-lock.ts';

const PAGE = 5_000;
const STATEMENT_WITHIN_MS = 30_000;

interface CopiedRow {
  readonly number?: string;
  readonly seller_id?: string;
  readonly channel?: string;
  readonly campaign_id?: string;
  readonly consent_id?: string;
  readonly at?: Date;
  readonly last_day?: string | null;
  readonly record?: JsonObject;
}

interface CopiedTable {
  readonly text: string;
  readonly recordOf: (row: CopiedRow) => StandingRecord;
}

const text = (value: string | undefined): string => value ?? '';
const stamp = ({ at }: CopiedRow): string => formatInstant(instant(at?.getTime() ?? 0));
const person = ({ number, seller_id }: CopiedRow) => ({ number: text(number), sellerId: text(seller_id) });
const whole =
  (kind: StandingRecord['kind']) =>
  ({ record = {} }: CopiedRow): StandingRecord => ({ kind, body: record });

/** The tables that `standingQuery` reads; of the open texts the oldest first, which is the one that binds. */
const TABLES: readonly CopiedTable[] = [
  {
    text: 'SELECT number, seller_id, channel, requested_at AS at FROM breakwater.opt_out',
    recordOf: (row) => ({
      kind: 'opt_out',
      body: { ...person(row), channel: text(row.channel), requestedAt: stamp(row) },
    }),
  },
  { text: 'SELECT record FROM breakwater.consent', recordOf: whole('consent_recorded') },
  {
    text: 'SELECT number, seller_id, revoked_at AS at FROM breakwater.consent_revocation',
    recordOf: (row) => ({ kind: 'consent_revoked', body: { ...person(row), revokedAt: stamp(row) } }),
  },
  {
    text: 'SELECT consent_id, number, seller_id, confirmed_at AS at FROM breakwater.consent_confirmation',
    recordOf: (row) => ({
      kind: 'consent_confirmed',
      body: { ...person(row), consentId: text(row.consent_id), confirmedAt: stamp(row) },
    }),
  },
  { text: 'SELECT record FROM breakwater.relationship', recordOf: whole('relationship_recorded') },
  { text: 'SELECT record FROM breakwater.reassigned_check', recordOf: whole('reassigned_checked') },
  { text: 'SELECT record FROM breakwater.override', recordOf: whole('override') },
  { text: 'SELECT record FROM breakwater.attestation', recordOf: whole('attestation_recorded') },
  {
    text: 'SELECT record FROM breakwater.unclear_request WHERE NOT settled ORDER BY entry_id',
    recordOf: whole('unclear_request'),
  },
  {
    text: 'SELECT record, last_day::text AS last_day FROM breakwater.emergency',
    recordOf: ({ record = {}, last_day = null }) => ({
      kind: 'emergency_declared',
      body: { ...record, until: last_day },
    }),
  },
  {
    text: 'SELECT campaign_id FROM breakwater.campaign_switch WHERE paused',
    recordOf: ({ campaign_id }) => ({ kind: 'campaign_paused', body: { campaignId: text(campaign_id) } }),
  },
];

export function postgresStandingSource(
  store: Pick<PostgresStore, 'connection' | 'pool'>,
  writer: WriterId,
): StandingSource {
  return {
    async load(max, take) {
      const client = new pg.Client({ ...store.connection, application_name: 'breakwater copy' });
      client.on('error', () => undefined); // the query in hand rejects
      try {
        await client.connect();
        await client.query(
          `SET statement_timeout = ${STATEMENT_WITHIN_MS}; SET ROLE breakwater_ledger;
           BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`,
        );
        const lastId = await readLastId(client);
        let left = max;
        for (const table of TABLES) {
          left = await copyTable(client, table, left, take);
          if (left < 0) return null;
        }
        return lastId;
      } finally {
        await Promise.race([client.end().catch(() => undefined), sleep(1_000, undefined, { ref: false })]);
      }
    },
    async others() {
      // Names of sessions of one login are to be seen; a writer shows itself by its name, as does one that stands by.
      const { rows } = await ask<{ others: string }>(store.pool, {
        name: 'other-writers',
        text: `SELECT count(*) AS others FROM pg_stat_activity
                WHERE datname = current_database() AND application_name <> $1
                  AND (application_name LIKE 'breakwater writer %' OR application_name = 'breakwater standing by')`,
        values: [writerApplication(writer)],
      });
      const others = Number(rows[0]?.others);
      if (!Number.isSafeInteger(others)) throw new Error('PostgreSQL did not say who else is connected');
      return others;
    },
  };
}

/** How many more may be taken; below 0: there were more. */
async function copyTable(
  client: pg.Client,
  table: CopiedTable,
  max: number,
  take: (record: StandingRecord) => void,
): Promise<number> {
  await client.query(`DECLARE copied NO SCROLL CURSOR FOR ${table.text}`);
  let left = max;
  for (let read = PAGE; read === PAGE && left >= 0;) {
    const { rows } = await ask<CopiedRow>(client, `FETCH ${PAGE} FROM copied`);
    read = rows.length;
    left -= read;
    if (left >= 0) for (const row of rows) take(table.recordOf(row));
  }
  await client.query('CLOSE copied');
  return left;
}
