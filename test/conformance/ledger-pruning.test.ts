/** Pruning of archived months (migrations/000021.sql), on each real PostgreSQL this machine has: what stays, what refuses, what a crash leaves. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { QueryResultRow } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openPostgresLedger, type PostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { postgresLedgerKeeper } from '../../src/adapters/postgres/ledger-keeper.ts';
import { insertRows, readEntries } from '../../src/adapters/postgres/ledger-rows.ts';
import { openPostgres, type PostgresStore } from '../../src/adapters/postgres/open.ts';
import { postgresPersonEraser } from '../../src/adapters/postgres/person-eraser.ts';
import { ledgerExport, ledgerVerify } from '../../src/cli/commands/ledger.ts';
import { ledgerArchive } from '../../src/cli/commands/ledger-archive.ts';
import { ledgerHoldLift, ledgerHoldSet } from '../../src/cli/commands/ledger-hold.ts';
import { ledgerPrune, type LedgerPruneArgs } from '../../src/cli/commands/ledger-prune.ts';
import { guarded } from '../../src/cli/io.ts';
import type { Wiring } from '../../src/cli/wiring.ts';
import { loadRetention } from '../../src/config/load-retention.ts';
import { makeDossier } from '../../src/control/evidence/make-dossier.ts';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import { type ChainHead, EMPTY_CHAIN, nextLink } from '../../src/domain/chain-link.ts';
import { lookUpTextsOf } from '../../src/domain/entry-bodies.ts';
import { sha256Hex } from '../../src/domain/hash-chain.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import type { LedgerDraft } from '../../src/domain/ledger-entry.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { addYears, instant } from '../../src/domain/time.ts';
import type { LedgerKeeper } from '../../src/ports/ledger-keeper.ts';
import { systemLikeClock } from '../support/clock.ts';
import * as draft from '../support/entries.ts';
import { fakeIo, type FakeIo } from '../support/fake-io.ts';
import { type PostgresServer, postgresSources, withClient } from '../support/stores.ts';

const place = { configDirectory: 'config', env: {} };
const OTHER = '+13035550199';

function midMonth(after: number): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + after, 15));
}
const nameOf = (after: number): string => midMonth(after).toISOString().slice(0, 7);
/** Past every class of five years of the months used here, and of none of ten. */
const SIX_YEARS_ON = addYears(instant(Date.now()), 6);

/** What may be a request not to be called: kept ten years. */
const unmatched: LedgerDraft = { kind: 'fallback_unmatched', body: { callId: 'call-9', what: 'drop' } };

for (const source of await postgresSources()) {
  describe.skipIf(source.missing !== undefined)(`pruning on ${source.name}`, () => {
    let server: PostgresServer;
    let url: string;
    let store: PostgresStore;
    let ledger: PostgresLedger;
    let folder: string;
    let io: FakeIo;
    let now = SIX_YEARS_ON;
    let bend: (keeper: LedgerKeeper) => Partial<LedgerKeeper> = () => ({});

    const open = (writer: string): Promise<PostgresLedger> =>
      openPostgresLedger(store, { writer: writer as WriterId, clock: systemLikeClock() });

    const query = <Row extends QueryResultRow>(
      text: string,
      values: readonly unknown[] = [],
    ): Promise<readonly Row[]> =>
      withClient(url, async (client) => (await client.query<Row>(text, [...values])).rows);

    const turnTo = async (after: number): Promise<void> => {
      await query('SELECT breakwater.make_ledger_parts($1)', [midMonth(after)]);
      await query('SELECT breakwater.move_ledger_ids($1)', [midMonth(after)]);
    };

    const wiring: Pick<Wiring, 'openLedger' | 'openKeeper' | 'loadRetention'> = {
      openLedger: () =>
        Promise.resolve({
          entries: async function* (filter = {}) {
            yield* await readEntries(store.pool, { ...filter, limit: 1_000 });
          },
          close: () => Promise.resolve(),
        }),
      openKeeper: async () => {
        const clock = systemLikeClock();
        clock.set(now);
        const keeper = postgresLedgerKeeper(await openPostgres({ url }), clock);
        return { ...keeper, now: () => Promise.resolve(now), ...bend(keeper) };
      },
      loadRetention: () => {
        const loaded = loadRetention('config/rules', { recordYears: 5, recordingYears: 10 });
        if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
        return loaded;
      },
    };

    const at = (name: string): string => join(folder, name);
    const archive = (): Promise<number> =>
      guarded(io, () => ledgerArchive({ ...place, to: folder }, io, wiring));
    const prune = (args: Partial<LedgerPruneArgs> = { prune: true, who: 'jo', why: 'past its class' }) => {
      io = lateIo();
      return guarded(io, () => ledgerPrune({ ...place, archive: folder, json: true, ...args }, io, wiring));
    };
    const lateIo = (): FakeIo => ({ ...fakeIo(), nowMs: () => now });
    const told = (): unknown => {
      const { months } = JSON.parse(io.text()) as {
        months: { month: string; state: string; removed: number }[];
      };
      return months.map(({ month, state, removed }) => [month, state, removed]);
    };
    const said = (): string => [...io.output, ...io.errors].join('\n');
    const verify = async (): Promise<string> => {
      io = lateIo();
      await guarded(io, () => ledgerVerify(place, io, wiring));
      return said();
    };
    /** Exports the store and verifies the file alone. */
    const verifyExport = async (): Promise<string> => {
      io = lateIo();
      await guarded(io, () => ledgerExport(place, io, wiring));
      writeFileSync(at('export.jsonl'), `${io.text()}\n`);
      io = lateIo();
      await guarded(io, () => ledgerVerify({ ...place, file: [at('export.jsonl')] }, io, wiring));
      return said();
    };
    const stored = (): Promise<readonly { kind: string; writer: string; seq: string }[]> =>
      query('SELECT kind, writer, seq FROM breakwater.ledger ORDER BY id');

    beforeAll(async () => {
      server = await source.start();
    });
    afterAll(() => server.stop());
    beforeEach(async () => {
      url = await server.freshDatabase();
      folder = mkdtempSync(join(tmpdir(), 'breakwater-pruning-'));
      now = SIX_YEARS_ON;
      bend = () => ({});
      store = await openPostgres({ url });
      ledger = await open('w1');
      const other = await open('w2');
      await ledger.append(draft.permit('call-1'));
      await ledger.append(draft.optOut(1));
      await other.append(draft.permit('call-2', OTHER));
      await other.append(draft.progress('call-2'));
      await ledger.append(unmatched);
      await turnTo(1);
      await ledger.append(draft.result('call-1'));
      await turnTo(2);
      await ledger.append(draft.permit('call-3', OTHER));
      await other.close();
      io = lateIo();
      expect(await archive()).toBe(0);
      return async () => {
        await ledger.close();
        await store.close();
        rmSync(folder, { recursive: true });
      };
    });

    test('a dry run tells and changes nothing; a pruned ledger verifies, in the store and as an export', async () => {
      const before = await stored();
      expect(await prune({}), said()).toBe(0);
      expect(told()).toEqual([
        [nameOf(0), 'due', 3],
        [nameOf(1), 'due', 1],
        [nameOf(2), 'not_archived', null],
      ]);
      expect(await stored()).toEqual(before);

      expect(await prune(), said()).toBe(0);
      expect(told()).toEqual([
        [nameOf(0), 'pruned', 3],
        [nameOf(1), 'pruned', 1],
        // Not archived either: its newest stamp is that of the prunings themselves.
        [nameOf(2), 'young', null],
      ]);
      expect((await stored()).map(({ kind, writer, seq }) => `${kind} ${writer} ${seq}`)).toEqual([
        'opt_out w1 2',
        'fallback_unmatched w1 3',
        'decision w1 5',
        'ledger_pruned keeper 1',
        'ledger_pruned keeper 2',
      ]);
      expect(await verify()).toContain('sound: 5 entries of 3 writers');
      expect(await verifyExport()).toContain('sound: 5 entries of 3 writers');
      expect(said()).toContain('2 months were pruned');
      expect(said()).toContain(`ledger-${nameOf(0)}.jsonl`);
      await prune();
      expect(told()).toEqual([
        [nameOf(0), 'young', 0],
        [nameOf(2), 'young', null],
      ]);
      const [said1] = await ledger.read({ kinds: ['ledger_pruned'], limit: 1 });
      expect(said1?.body).toMatchObject({
        ...{ month: nameOf(0), entries: 5, kept: 2, who: 'jo', why: 'past its class' },
        removed: { decision: 2, call_progress: 1 },
        archive: { file: `ledger-${nameOf(0)}.jsonl` },
      });
    });

    test('what stays is found; a writer without entries goes on where it was; an old key may be used again', async () => {
      await prune();
      const acts = await ledger.read({ number: draft.NUMBER, limit: 10 });
      expect(acts.map(({ kind }) => kind)).toEqual(['opt_out']);
      const other = await open('w2');
      expect(other.head().seq).toBe(2);
      expect((await other.append(draft.permit('call-2', OTHER))).kind).toBe('written');
      await other.close();
      expect(await verify()).toContain('sound: 6 entries');
      const entries = (asked: Parameters<PostgresLedger['read']>[0]) => ledger.read(asked);
      const dossier = await makeDossier(
        { entries, turn: () => Promise.resolve() },
        { number: draft.NUMBER as PhoneNumber, afterId: 0, asOf: now },
      );
      expect(dossier.proof.chains).toMatchObject({
        sound: true,
        pruned: [{ month: nameOf(0), entries: 5, kept: 2, who: 'jo' }, { month: nameOf(1) }],
      });
    });

    test('an entry that was left and is gone, changed or joined by another is found', async () => {
      await prune();
      await query(`ALTER TABLE breakwater.ledger DISABLE TRIGGER ledger_no_update_or_delete`);
      await query(`DELETE FROM breakwater.ledger WHERE kind = 'opt_out'`);
      expect(await verify()).toContain('pruned_differs');
      expect(await verifyExport()).toContain('pruned_differs');
      expect(await prune()).toBe(1);
      expect(said()).toContain('of the 2 entries that were left');
    });

    test('an entry that is deleted and explained by a pruning that was none stays missed', async () => {
      const [first] = await ledger.read({ limit: 1 });
      const next = await ledger.read({ limit: 5 });
      const body = {
        ...{ month: nameOf(0), fromId: first?.id ?? 0, untilId: next[1]?.id ?? 0, entries: 1, kept: 0 },
        ...{ removed: { decision: 1 }, keptSha256: sha256Hex(''), who: 'jo', why: 'past its class' },
        heads: { w1: { seq: first?.seq ?? 0, hash: first?.hash ?? '' } },
        classes: [{ name: 'five_years', years: 5, until: new Date(now).toISOString() }],
        archive: { file: 'none.jsonl', sha256: sha256Hex('') },
      };
      await ledger.append({ kind: 'ledger_pruned', body });
      await query(`ALTER TABLE breakwater.ledger DISABLE TRIGGER ledger_no_update_or_delete`);
      await query('DELETE FROM breakwater.ledger WHERE id = $1', [first?.id]);
      for (const look of [verify, verifyExport]) {
        const found = await look();
        expect(found).toContain('BROKEN');
        expect(found).toContain('passed over: writer `w1` prunes nothing');
      }
    });

    test('ten years on the next class goes, from what was left', async () => {
      await prune();
      now = addYears(now, 5);
      expect(await prune(), said()).toBe(0);
      expect(told()).toEqual([
        [nameOf(0), 'pruned', 1],
        [nameOf(2), 'young', null],
      ]);
      expect((await stored()).map(({ kind }) => kind)).not.toContain('fallback_unmatched');
      expect(await verify()).toContain('sound');
      expect(await verifyExport()).toContain('sound');
    });

    test('consents of an erased person go five years after; those of others, and what was asked, stay', async () => {
      const consents = async (): Promise<readonly unknown[]> =>
        query("SELECT number FROM breakwater.ledger WHERE kind = 'consent_recorded' ORDER BY id");
      const ofOther = draft.consent(0);
      await ledger.append(draft.consent(0));
      await ledger.append({ ...ofOther, body: { ...ofOther.body, number: OTHER } });
      const eraser = postgresPersonEraser(await openPostgres({ url }), systemLikeClock());
      const number = draft.NUMBER as PhoneNumber;
      const { entry } = await eraser.erase({ number, who: 'jo', why: 'letter', kept: [] });
      await eraser.close();
      await turnTo(3);
      await ledger.append(draft.permit('call-4', OTHER));
      expect(await archive(), said()).toBe(0);
      now = addYears(instant(entry.at), 5);
      await prune({});
      expect(told()).toContainEqual([nameOf(2), 'young', null]);
      now = SIX_YEARS_ON;
      expect(await prune(), said()).toBe(0);
      expect(await consents()).toEqual([{ number: OTHER }]);
      const kept = (await ledger.read({ number, limit: 10 })).map(({ kind }) => kind);
      expect(kept).toEqual(['opt_out', 'opt_out', 'person_erased']);
      expect(await verify()).toContain('sound: ');
      expect(await verifyExport()).toContain('sound: ');
      const [said1] = await ledger.read({ kinds: ['ledger_pruned'], order: 'desc', limit: 1 });
      expect(said1?.body).toMatchObject({
        removed: { decision: 1, consent_recorded: 1 },
        classes: [{ name: 'five_years' }, { name: 'consents_after_erasure', years: 5 }],
      });
    });

    test('what is from before there were months is pruned as a month is', async () => {
      await ledger.close();
      await store.close();
      url = await server.freshDatabase();
      store = await openPostgres({ url });
      await withClient(url, async (client) => {
        await client.query("SELECT setval('breakwater.ledger_ids', 5)");
        let head: ChainHead = EMPTY_CHAIN;
        for (const { kind, body } of [draft.permit('old-1'), draft.optOut(1)]) {
          const content = { kind, bodyText: canonicalJson(body), at: instant(Date.now()) };
          const link = nextLink(head, 'w0' as WriterId, content);
          await insertRows(client, [{ link, lookUp: lookUpTextsOf(body), dedupeKey: null }]);
          head = link;
        }
      });
      await turnTo(1);
      ledger = await open('w1');
      await ledger.append(draft.progress('now'));
      folder = join(folder, 'older');
      io = lateIo();
      expect(await archive(), said()).toBe(0);
      expect(await prune(), said()).toBe(0);
      expect(told()).toEqual([
        ['0000-before', 'pruned', 1],
        [nameOf(1), 'young', null],
      ]);
      expect(await verify()).toContain('sound: 3 entries of 3 writers');
      expect(await verifyExport()).toContain('sound: 3 entries of 3 writers');
      const [bound] = await query<{ of: string }>(
        "SELECT pg_get_expr(relpartbound, oid) AS of FROM pg_class WHERE oid = 'breakwater.ledger_first'::regclass",
      );
      expect(bound?.of).toContain('FROM (MINVALUE)');
    });

    test('a pruned month cannot be archived anew, into a folder that does not have it', async () => {
      await prune();
      const ours = folder;
      folder = join(ours, 'another');
      expect(await archive()).toBe(1);
      expect(said()).toContain(`${nameOf(0)} was pruned`);
      folder = ours;
      io = lateIo();
      expect(await archive(), said()).toBe(0);
    });

    test.each([
      ['number', draft.NUMBER],
      ['campaign', 'c1'],
      ['all', undefined],
    ] as const)(
      'a month under a hold on its %s is not pruned until the hold is lifted',
      async (scope, value) => {
        const who = { who: 'counsel', why: 'suit' };
        expect(await guarded(io, () => ledgerHoldSet({ ...place, scope, value, ...who }, io, wiring))).toBe(
          0,
        );
        const before = await stored();
        expect(await prune()).toBe(0);
        // The result of the call in the month after is the call's, whatever it names itself.
        expect(told()).toEqual([
          [nameOf(0), 'held', null],
          [nameOf(1), 'held', null],
          [nameOf(2), 'young', null],
        ]);
        expect(await stored()).toEqual(before);
        const [hold] = await query<{ hold_id: string }>('SELECT hold_id FROM breakwater.ledger_hold');
        const id = hold?.hold_id ?? '';
        expect(await guarded(io, () => ledgerHoldLift({ ...place, id, ...who }, io, wiring))).toBe(0);
        expect(await guarded(io, () => ledgerHoldLift({ ...place, id, ...who }, io, wiring))).toBe(2);
        await prune();
        expect(told()).toContainEqual([nameOf(0), 'pruned', 3]);
      },
    );

    test('a hold on another number binds nothing here; one on recordings binds as well', async () => {
      const set = (holdId: string, scope: string, value: string): Promise<unknown> =>
        ledger.append({
          kind: 'recording_hold_set',
          body: { holdId, scope, value, who: 'counsel', why: 'suit', setAt: draft.at(0) },
        });
      await set('h1', 'number', '+13035550155');
      await prune({});
      expect(told()).toContainEqual([nameOf(0), 'due', 3]);
      await set('h2', 'call', 'call-1');
      await prune({});
      expect(told()).toEqual([
        [nameOf(0), 'held', null],
        [nameOf(1), 'held', null],
        [nameOf(2), 'not_archived', null],
      ]);
    });

    test('a hold that is set after the look refuses the pruning', async () => {
      const before = await stored();
      bend = (keeper) => ({
        prune: async (pruning) => {
          const body = { holdId: 'late', scope: 'all', value: '', who: 'c', why: 'w', setAt: draft.at(0) };
          await ledger.append({ kind: 'ledger_hold_set', body });
          return keeper.prune(pruning);
        },
      });
      expect(await prune()).toBe(1);
      expect(said()).toContain('is held: all (late)');
      expect((await stored()).slice(0, before.length)).toEqual(before);
    });

    test.each(['line', 'line and hash', 'heads'])(
      'an archive whose %s were altered refuses',
      async (what) => {
        const before = await stored();
        const name = at(`ledger-${nameOf(0)}`);
        const lines = readFileSync(`${name}.jsonl`, 'utf8').replace('call-1', 'call-7');
        const manifest = JSON.parse(readFileSync(`${name}.json`, 'utf8')) as {
          heads: { w1: { seq: number } };
          sha256: string;
        };
        if (what !== 'heads') writeFileSync(`${name}.jsonl`, lines);
        if (what === 'line and hash') manifest.sha256 = sha256Hex(lines);
        if (what === 'heads') manifest.heads.w1.seq += 1;
        writeFileSync(`${name}.json`, JSON.stringify(manifest));
        expect(await prune()).toBe(1);
        expect(said()).toContain('is not what was archived');
        expect(await stored()).toEqual(before);
      },
    );

    test('a store that is not what was archived is not pruned', async () => {
      await query(`ALTER TABLE breakwater.ledger DISABLE TRIGGER ledger_no_update_or_delete`);
      await query(`DELETE FROM breakwater.ledger WHERE writer = 'w2' AND seq = 2`);
      expect(await prune()).toBe(1);
      expect(said()).toContain('in the store');
      expect(await stored()).toHaveLength(6);
    });

    test('a session that dies half-way leaves everything as it was; the same again goes through', async () => {
      const before = await stored();
      const swap = 'breakwater.swap_pruned_part(text, jsonb)';
      await query(`ALTER FUNCTION ${swap} RENAME TO swap_of_old`);
      await query(`CREATE FUNCTION ${swap} RETURNS void LANGUAGE plpgsql AS $$
        BEGIN PERFORM breakwater.swap_of_old($1, $2); PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); END $$`);
      expect(await prune()).toBe(3);
      expect(await stored()).toEqual(before);
      expect(await verify()).toContain(`sound: ${before.length} entries`);
      await query(`DROP FUNCTION ${swap}`);
      await query(`ALTER FUNCTION breakwater.swap_of_old(text, jsonb) RENAME TO swap_pruned_part`);
      expect(await prune(), said()).toBe(0);
      expect(await verify()).toContain('sound: 5 entries');
    });

    test('a long reader refuses the pruning and keeps nobody who appends waiting for long', async () => {
      const before = await stored();
      await withClient(url, async (client) => {
        await client.query('BEGIN; SELECT count(*) FROM breakwater.ledger');
        const appended = ledger.append(draft.progress('meanwhile'));
        expect(await prune()).toBe(1);
        expect(said()).toContain('somebody reads the ledger');
        expect((await appended).kind).toBe('written');
        await client.query('ROLLBACK');
      });
      expect((await stored()).slice(0, before.length)).toEqual(before);
      expect(await prune(), said()).toBe(0);
    });

    test('what is left is append-only as before, for its owner and as a replica; our own sessions cannot prune', async () => {
      await prune();
      const part = `breakwater.ledger_${nameOf(0).replace('-', '_')}`;
      await withClient(url, async (client) => {
        for (const role of ['origin', 'replica']) {
          await client.query(`SET session_replication_role = ${role}`);
          for (const statement of [
            `UPDATE ${part} SET body = '{}'`,
            `DELETE FROM ${part}`,
            `TRUNCATE ${part}`,
          ]) {
            await expect(client.query(statement), `${role}: ${statement}`).rejects.toThrow('append-only');
          }
        }
      });
      for (const statement of [
        "SELECT breakwater.swap_pruned_part('ledger_first', '{}')",
        "SELECT breakwater.make_pruned_part('ledger_first', '{}')",
        'DELETE FROM breakwater.ledger_hold',
        'DELETE FROM breakwater.ledger_anchor',
      ]) {
        await expect(store.pool.query(statement), statement).rejects.toMatchObject({ code: '42501' });
      }
    });
  });
}
