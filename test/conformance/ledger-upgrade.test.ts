/**
 * A database that was filled under each earlier level of the schema goes on under this one: entries, chain, keys and records stand, and
 * the migrations of the months hold up nobody who appends.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { insertRows } from '../../src/adapters/postgres/ledger-rows.ts';
import { openPostgres } from '../../src/adapters/postgres/open.ts';
import { postgresRecords } from '../../src/adapters/postgres/records.ts';
import { verifyLedger } from '../../src/control/verify-ledger.ts';
import { EMPTY_CHAIN, nextLink } from '../../src/domain/chain-link.ts';
import { lookUpTextsOf, readDraft } from '../../src/domain/entry-bodies.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import type { LedgerDraft } from '../../src/domain/ledger-entry.ts';
import { instant } from '../../src/domain/time.ts';
import { systemLikeClock } from '../support/clock.ts';
import { appendRaw, MIGRATION_NAMES, migrateTo } from '../support/earlier-schema.ts';
import * as draft from '../support/entries.ts';
import { type PostgresServer, postgresSources, withClient } from '../support/stores.ts';

const WRITER = 'w1' as WriterId;
const nameOf = (level: number): string => MIGRATION_NAMES[level - 1] ?? '';

/** One call that ended, one that has not, and what people and operators said. */
const FILLING: readonly LedgerDraft[] = [
  draft.permit('ended'),
  draft.result('ended'),
  draft.permit('pending'),
  draft.optOut(1),
  draft.consent(2),
  draft.attestation(3, 'A'),
  draft.campaign('campaign_paused', 'c1'),
];

for (const source of await postgresSources()) {
  describe.skipIf(source.missing !== undefined)(`upgrades on ${source.name}`, () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await source.start();
    });
    afterAll(() => server.stop());

    test.each(MIGRATION_NAMES.slice(0, -1).map((name, index) => ({ name, level: index + 1 })))(
      'from a database that was filled under $name',
      async ({ name, level }) => {
        const url = await server.freshDatabase();
        await withClient(url, async (client) => {
          await migrateTo(client, name);
          await appendRaw(client, WRITER, FILLING, EMPTY_CHAIN);
        });
        const store = await openPostgres({ url });
        const ledger = await openPostgresLedger(store, { writer: WRITER, clock: systemLikeClock() });
        const records = postgresRecords(store);

        const old = await ledger.read({ limit: 100 });
        expect(old.map(({ kind, seq }) => [kind, seq])).toEqual(
          FILLING.map(({ kind }, index) => [kind, index + 1]),
        );
        for (const again of FILLING.filter(({ dedupeKey }) => dedupeKey !== undefined)) {
          expect(await ledger.append(again)).toMatchObject({
            kind: 'duplicate',
            entry: { kind: again.kind },
          });
        }
        // The first level had no records yet.
        const ofCalls = level === 1 ? [] : ['pending'];
        expect((await records.pendingPermits()).map(({ callId }) => callId)).toEqual(ofCalls);
        expect(await records.pausedCampaigns()).toEqual(level === 1 ? [] : ['c1']);
        expect(await records.attestations()).toHaveLength(1);
        const { rowCount } = await store.pool.query(
          'SELECT FROM breakwater.opt_out JOIN breakwater.consent USING (number)',
        );
        expect(rowCount).toBe(level === 1 ? 0 : 1);

        const result = await ledger.append(draft.result('pending'));
        expect(result).toMatchObject({ kind: 'written', entry: { seq: FILLING.length + 1 } });
        expect(result.entry.id).toBeGreaterThan(old.at(-1)!.id);
        expect(await records.pendingPermits()).toEqual([]);
        const entries = FILLING.length + 1;
        expect(await verifyLedger(draft.allEntries(ledger))).toMatchObject({ ok: true, entries });
        await ledger.close();
        await store.close();
      },
    );

    test('what was appended before, between and after the steps towards the months has its key once', async () => {
      const url = await server.freshDatabase();
      const keyed = (level: number): LedgerDraft => draft.permit(`under-${level}`);
      await withClient(url, async (client) => {
        let head = EMPTY_CHAIN;
        for (const level of [16, 17, 18, 19]) {
          await migrateTo(client, nameOf(level));
          head = await appendRaw(client, WRITER, [keyed(level)], head);
          await expect(appendRaw(client, WRITER, [keyed(16)], head), `under ${level}`).rejects.toMatchObject({
            code: '23505',
            constraint: 'ledger_dedupe',
          });
        }
        const { rows } = await client.query(
          'SELECT dedupe_key FROM breakwater.ledger_key k JOIN breakwater.ledger l USING (id, kind, dedupe_key) ORDER BY id',
        );
        expect(rows).toEqual([16, 17, 18, 19].map((level) => ({ dedupe_key: `under-${level}` })));
        // The first part took its indexes along: none was built while everybody waited.
        const indexes = await client.query<{ name: string }>(
          `SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            WHERE i.indrelid = 'breakwater.ledger_first'::regclass ORDER BY 1`,
        );
        expect(indexes.rows.map(({ name }) => name.replace('ledger_first_', ''))).toEqual([
          'at',
          'call',
          'campaign',
          'dedupe',
          'number',
          'pkey',
          'sources',
          'writer_seq',
        ]);
        // As a sidecar of the version before still asks.
        const found = await client.query(
          `SELECT seq FROM breakwater.ledger WHERE (kind, dedupe_key) IN (SELECT * FROM unnest($1::text[], $2::text[])) ORDER BY id`,
          [
            ['decision', 'decision'],
            ['under-16', 'under-19'],
          ],
        );
        expect(found.rows).toEqual([{ seq: '1' }, { seq: '4' }]);
      });
    });

    test('a sidecar of the version before goes on over the steps in the session that it has', async () => {
      const url = await server.freshDatabase();
      await withClient(url, async (migrator) => {
        await migrateTo(migrator, nameOf(16));
        await withClient(url, async (writer) => {
          await writer.query('SET ROLE breakwater_ledger');
          let head = EMPTY_CHAIN;
          const append = async (callId: string): Promise<number> => {
            const each = draft.permit(callId);
            const bodyText = readDraft(each);
            if (!bodyText.ok) throw new Error(bodyText.problem);
            const link = nextLink(head, WRITER, {
              kind: each.kind,
              bodyText: bodyText.value,
              at: instant(draft.T0),
            });
            const row = { link, lookUp: lookUpTextsOf(each.body), dedupeKey: each.dedupeKey ?? null };
            const [id = 0] = await insertRows(writer, [row]);
            head = link;
            return id;
          };
          /** As it asks for keys that stand, by a statement of the session. */
          const found = async (...callIds: readonly string[]): Promise<readonly string[]> => {
            const { rows } = await writer.query<{ call_id: string }>({
              name: 'as-before',
              text: `SELECT call_id FROM breakwater.ledger
                      WHERE (kind, dedupe_key) IN (SELECT k.kind, k.key FROM unnest($1::text[], $2::text[]) AS k (kind, key)) ORDER BY id`,
              values: [callIds.map(() => 'decision'), callIds],
            });
            return rows.map((row) => row.call_id);
          };
          const ids: number[] = [];
          for (const level of [16, 17, 18, 19]) {
            await migrateTo(migrator, nameOf(level));
            // Often enough that the server plans once for all.
            for (let time = 0; time < 7; time += 1) ids.push(await append(`${level}-${time}`));
            await expect(append('16-0'), `under ${level}`).rejects.toMatchObject({
              code: '23505',
              constraint: 'ledger_dedupe',
            });
            expect(await found('16-0', `${level}-6`)).toEqual(['16-0', `${level}-6`]);
          }
          expect(ids).toEqual([...ids].sort((a, b) => a - b));
        });
      });
      const store = await openPostgres({ url });
      const ledger = await openPostgresLedger(store, { writer: WRITER, clock: systemLikeClock() });
      expect(await verifyLedger(draft.allEntries(ledger))).toMatchObject({ ok: true, entries: 28 });
      expect(await postgresRecords(store).pendingPermits()).toHaveLength(28);
      await ledger.close();
      await store.close();
    });

    test('keys are gathered while an append is under way', async () => {
      const url = await server.freshDatabase();
      await withClient(url, async (client) => {
        await migrateTo(client, nameOf(17));
        const head = await appendRaw(client, WRITER, [draft.permit('before')], EMPTY_CHAIN);
        await withClient(url, async (writer) => {
          await writer.query('BEGIN');
          await appendRaw(writer, WRITER, [draft.permit('meanwhile')], head);
          await client.query("SET statement_timeout = '20s'");
          await migrateTo(client, nameOf(18));
          await writer.query('COMMIT');
        });
        await migrateTo(client, nameOf(19));
        const { rows } = await client.query('SELECT dedupe_key FROM breakwater.ledger_key ORDER BY id');
        expect(rows).toEqual([{ dedupe_key: 'before' }, { dedupe_key: 'meanwhile' }]);
      });
    });
  });
}
