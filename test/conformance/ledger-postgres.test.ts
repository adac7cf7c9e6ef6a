/** What only a real PostgreSQL can show: durability, tampering, insert-only rights, commits cut off half way. */
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { announceLists } from '../../src/adapters/postgres/announce-lists.ts';
import { openPostgresLedger, type PostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { migrate } from '../../src/adapters/postgres/migrate.ts';
import { openPostgres, type PostgresStore } from '../../src/adapters/postgres/open.ts';
import { postgresRecords } from '../../src/adapters/postgres/records.ts';
import { verifyLedger } from '../../src/control/verify-ledger.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import type { LedgerEntry } from '../../src/domain/ledger-entry.ts';
import { LedgerUnavailable } from '../../src/ports/ledger.ts';
import { systemLikeClock } from '../support/clock.ts';
import * as draft from '../support/entries.ts';
import { type Proxy, startProxy } from '../support/proxy.ts';
import { type PostgresServer, postgresSources, until, withClient } from '../support/stores.ts';

const BOUND_MS = 400;
const RECOVERY_WITHIN_MS = 60_000;
const MIGRATIONS = new URL('../../src/adapters/postgres/migrations/', import.meta.url);

for (const source of await postgresSources()) {
  describe.skipIf(source.missing !== undefined)(`ledger on ${source.name}`, () => {
    let server: PostgresServer;
    let url: string;
    let proxy: Proxy;
    let store: PostgresStore;
    let ledger: PostgresLedger;

    const open = (writer: string, within = BOUND_MS, to = store) =>
      openPostgresLedger(to, {
        writer: writer as WriterId,
        clock: systemLikeClock(),
        appendWithinMs: within,
        queueMax: 50,
        writerLockWithinMs: 200,
      });

    beforeAll(async () => {
      server = await source.start();
    });
    afterAll(() => server.stop());
    beforeEach(async () => {
      url = await server.freshDatabase();
      const direct = new URL(url);
      proxy = await startProxy({ host: direct.hostname, port: Number(direct.port) });
      const through = new URL(url);
      through.host = `127.0.0.1:${proxy.port}`;
      store = await openPostgres({ url: through.href }, { readWithinMs: 500 });
      ledger = await open('w1');
      return async () => {
        await ledger.close();
        await store.close();
        await proxy.close();
      };
    });

    const count = (): Promise<number> =>
      withClient(url, async (client) => {
        const { rows } = await client.query<{ n: string }>('SELECT count(*) AS n FROM breakwater.ledger');
        return Number(rows[0]?.n);
      });

    describe('insert-only', () => {
      const forbidden = [
        "UPDATE breakwater.ledger SET body = '{}'",
        'DELETE FROM breakwater.ledger',
        'TRUNCATE breakwater.ledger',
      ];

      test('our own sessions have no right to change anything but by appending', async () => {
        await ledger.append(draft.optOut(1));
        for (const statement of [
          ...forbidden,
          'DELETE FROM breakwater.opt_out',
          "UPDATE breakwater.consent SET seller_id = 'x'",
          'DROP TABLE breakwater.ledger',
          'ALTER TABLE breakwater.ledger DISABLE TRIGGER ALL',
        ]) {
          await expect(store.pool.query(statement), statement).rejects.toMatchObject({ code: '42501' });
        }
      });

      test.each([
        ['the settings of a session', /SET synchronous_commit/],
        ['the lock of the writer', /pg_try_advisory_lock/],
      ])('a server that takes the connection and never answers %s is asked anew', async (_, pattern) => {
        let hangs = false;
        proxy.strike = { from: 'client', pattern, delivers: false, act: () => (hangs = true) };
        proxy.cutAll();
        await until(() => hangs);
        const entry = draft.optOut(1);
        const written = (): Promise<boolean> =>
          ledger.append(entry).then(
            () => true,
            () => false,
          );
        await until(written, RECOVERY_WITHIN_MS);
        expect(await count()).toBeGreaterThan(0);
      });

      test('the owner of everything is refused too, also as a replica', async () => {
        await ledger.append(draft.progress('call'));
        await withClient(url, async (client) => {
          for (const statement of forbidden) {
            await expect(client.query(statement), statement).rejects.toThrow('append-only');
          }
          await client.query('SET session_replication_role = replica');
          await expect(client.query(forbidden[1]!)).rejects.toThrow('append-only');
        });
        expect(await count()).toBe(1);
      });
    });

    test.each([
      [
        'one byte of a body',
        'UPDATE breakwater.ledger SET body = replace(body, \'"step":4\', \'"step":5\') WHERE seq = 5',
        'hash_differs',
        5,
      ],
      ['a stamp', "UPDATE breakwater.ledger SET at = at + interval '1 ms' WHERE seq = 5", 'hash_differs', 5],
      ['a kind', "UPDATE breakwater.ledger SET kind = 'agent_lost' WHERE seq = 5", 'hash_differs', 5],
      ['a row taken out', 'DELETE FROM breakwater.ledger WHERE seq = 5', 'seq_gap', 6],
      [
        'a link bent to another past',
        "UPDATE breakwater.ledger SET prev_hash = repeat('1', 64) WHERE seq = 5",
        'link_broken',
        5,
      ],
    ])('tampering is named: %s', async (_what, statement, fault, seq) => {
      await Promise.all(Array.from({ length: 9 }, (_, step) => ledger.append(draft.progress('call', step))));
      expect(await verifyLedger(draft.allEntries(ledger))).toMatchObject({ ok: true, entries: 9 });
      await withClient(url, async (client) => {
        await client.query('ALTER TABLE breakwater.ledger DISABLE TRIGGER ALL');
        const { rowCount } = await client.query(statement);
        expect(rowCount).toBe(1);
      });
      expect(await verifyLedger(draft.allEntries(ledger))).toMatchObject({
        ok: false,
        fault,
        writer: 'w1',
        seq,
      });
    });

    test(
      'an acknowledged entry survives kill -9 of the server, and the chain goes on',
      async () => {
        const { crash } = server;
        if (crash === undefined) return;
        const direct = await openPostgres({ url });
        // A busy disk takes its time over the recovery.
        const own = await open('crash', RECOVERY_WITHIN_MS, direct);
        const acknowledged: LedgerEntry[] = [];
        let stop = false;
        const writing = (async () => {
          for (let step = 0; !stop; step += 1) {
            const receipt = await own.append({ ...draft.progress('call', step), dedupeKey: `s${step}` });
            acknowledged.push(receipt.entry);
          }
        })();
        await until(() => acknowledged.length > 50);
        const before = acknowledged.length;
        await crash();
        const after = acknowledged.length;
        await until(() => acknowledged.length > after + 20, RECOVERY_WITHIN_MS);
        stop = true;
        await writing;
        expect(before).toBeGreaterThan(50);
        const stored = await own.read({ limit: 10_000 });
        // Nothing acknowledged is missing, nothing stands twice, nothing stands that was not acknowledged.
        expect(stored).toEqual(acknowledged);
        expect((await verifyLedger(stored)).ok).toBe(true);
        await own.close();
        await direct.close();
      },
      2 * RECOVERY_WITHIN_MS,
    );

    test('an answer to COMMIT lost on the way: the receipt tells the truth, nothing is doubled', async () => {
      proxy.swallowAnswerTo = { pattern: /COMMIT/, ms: 30 };
      const receipt = await ledger.append(draft.progress('lost'));
      expect(proxy.swallowed).toBe(1);
      expect(receipt.kind).toBe('written');
      const next = await ledger.append(draft.progress('next'));
      expect(next.entry).toMatchObject({ seq: 2, prevHash: receipt.entry.hash });
      expect((await ledger.read({ limit: 10 })).map(({ id }) => id)).toEqual([
        receipt.entry.id,
        next.entry.id,
      ]);
    });

    test('a connection cut before COMMIT: the entry is written once, by the next session', async () => {
      proxy.swallowAnswerTo = { pattern: /INSERT INTO breakwater\.ledger/, ms: 30 };
      const receipt = await ledger.append(draft.progress('lost'));
      expect(proxy.swallowed).toBe(1);
      expect(receipt).toMatchObject({ kind: 'written', entry: { seq: 1 } });
      expect(await count()).toBe(1);
    });

    test('the store vanishes at COMMIT and stays away: `unknown`; appending again tells, and never doubles', async () => {
      proxy.swallowAnswerTo = { pattern: /COMMIT/, ms: 5_000 };
      const lost = ledger.append(draft.permit('call-1'));
      await until(() => proxy.swallowed === 1);
      proxy.mode = 'refuse';
      await expect(lost).rejects.toMatchObject({ code: 'ledger_unavailable', outcome: 'unknown' });
      proxy.mode = 'pass';
      await until(() =>
        ledger.ping().then(
          () => true,
          () => false,
        ),
      );
      expect((await ledger.append(draft.permit('call-1'))).kind).toBe('duplicate');
      expect(await count()).toBe(1);
    });

    test('rejected as not written is never written later, whatever the server does with what it had received', async () => {
      // Warm up, so that the statement is prepared and the bytes are few.
      await ledger.append(draft.progress('before'));
      proxy.mode = 'hang';
      const lost = [1, 2, 3].map((step) => ledger.append(draft.progress('lost', step)));
      for (const append of lost) {
        await expect(append).rejects.toMatchObject({ outcome: 'not_written' });
      }
      proxy.cutAll();
      proxy.mode = 'pass';
      // The same, but the INSERT reaches the server and only its answer is lost.
      await until(() =>
        ledger.append(draft.progress('between')).then(
          () => true,
          () => false,
        ),
      );
      proxy.swallowAnswerTo = { pattern: /lost-too/, ms: 5_000 };
      await expect(ledger.append(draft.progress('lost-too'))).rejects.toMatchObject({
        outcome: 'not_written',
      });
      expect(proxy.swallowed).toBe(1);
      const after = await ledger.append(draft.progress('after'));
      await new Promise((done) => setTimeout(done, 200));
      const stored = (await ledger.read({ limit: 10 })).map(({ bodyText }) => bodyText);
      expect(stored.filter((text) => text.includes('lost'))).toEqual([]);
      expect(stored.at(-1)).toContain('after');
      expect(after.entry.seq).toBe(stored.length);
    });

    test('the queue is bounded: one entry too many is refused at once', async () => {
      proxy.mode = 'hang';
      const waiting = Array.from({ length: 60 }, (_, step) => ledger.append(draft.progress('call', step)));
      let waitedInVain = 0;
      for (const each of waiting) {
        each.catch((error: unknown) => {
          if (!String(error).includes('wait already')) waitedInVain += 1;
        });
      }
      await expect(ledger.append(draft.progress('too many'))).rejects.toThrow(/50 entries wait already/);
      expect(waitedInVain, 'entries whose time had run out before the refusal').toBe(0);
      const settled = await Promise.allSettled(waiting);
      expect(settled.every(({ status }) => status === 'rejected')).toBe(true);
      proxy.cutAll();
      proxy.mode = 'pass';
    });

    test('an entry the database refuses fails alone; its batch is written in order', async () => {
      // A body the check lets pass and the database does not: a constraint added for the test.
      await withClient(url, (client) =>
        client.query("ALTER TABLE breakwater.ledger ADD CHECK (call_id <> 'poison')"),
      );
      const receipts = await Promise.allSettled(
        ['a', 'b', 'poison', 'c'].map((id) => ledger.append(draft.progress(id))),
      );
      expect(receipts.map(({ status }) => status)).toEqual([
        'fulfilled',
        'fulfilled',
        'rejected',
        'fulfilled',
      ]);
      const stored = await ledger.read({ limit: 10 });
      expect(stored.map(({ body, seq }) => [body['callId'], seq])).toEqual([
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ]);
    });

    test('a full disk: nothing is said to be written; when there is room the same entry is written once', async () => {
      // As the server says it of any table it cannot extend (PostgreSQL, appendix A: 53100 disk_full).
      await withClient(url, (client) =>
        client.query(`
          CREATE FUNCTION public.no_room() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
          CREATE TRIGGER no_room BEFORE INSERT ON breakwater.ledger FOR EACH ROW EXECUTE FUNCTION public.no_room()`),
      );
      await expect(ledger.append(draft.progress('call'))).rejects.toBeInstanceOf(LedgerUnavailable);
      expect(await count()).toBe(0);
      await withClient(url, (client) => client.query('DROP TRIGGER no_room ON breakwater.ledger'));
      await until(() =>
        ledger.append(draft.progress('call')).then(
          () => true,
          () => false,
        ),
      );
      expect(await count()).toBe(1);
      expect(await verifyLedger(draft.allEntries(ledger))).toMatchObject({ ok: true, entries: 1 });
    });

    test('an old key in a batch of new entries: the old entry is answered, the new ones are chained without a gap', async () => {
      const old = await ledger.append(draft.permit('call-1'));
      // A batch without old keys: the next one does not look for any beforehand.
      await ledger.append(draft.progress('between'));
      const answers = await Promise.all(
        ['call-2', 'call-1', 'call-3', 'call-3'].map((callId) => ledger.append(draft.permit(callId))),
      );
      expect(answers.map(({ kind }) => kind)).toEqual(['written', 'duplicate', 'written', 'duplicate']);
      expect(answers[1]?.entry).toEqual(old.entry);
      expect(await verifyLedger(draft.allEntries(ledger))).toMatchObject({ ok: true, entries: 4 });
      expect(ledger.head().seq).toBe(4);
    });

    test('a session of the writer that is cut off cannot append behind its successor', async () => {
      await ledger.append(draft.progress('one'));
      await withClient(url, (client) =>
        client.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'breakwater writer w1' AND datname = current_database()",
        ),
      );
      const next = await ledger.append(draft.progress('two'));
      expect(next.entry.seq).toBe(2);
      await expect(open('w1')).rejects.toThrow(/held/);
    });

    test('a store that lost acknowledged entries is not written to', async () => {
      await ledger.append(draft.progress('one'));
      await ledger.append(draft.progress('two'));
      await withClient(url, async (client) => {
        await client.query('ALTER TABLE breakwater.ledger DISABLE TRIGGER ALL');
        await client.query('DELETE FROM breakwater.ledger WHERE seq = 2');
      });
      proxy.cutAll();
      await expect(ledger.append(draft.progress('three'))).rejects.toThrow(/acknowledged-entries-stay/);
      expect(await count()).toBe(1);
    });

    test('a reader in another process sees every entry once, in order, across two writers and a cut', async () => {
      const other = await openPostgres({ url });
      const writers = await Promise.all(['x', 'y'].map((writer) => open(writer, 2_000, other)));
      const seen: LedgerEntry[] = [];
      ledger.subscribe((entry) => seen.push(entry));
      const receipts: Promise<{ entry: LedgerEntry }>[] = [];
      for (let step = 0; step < 60; step += 1) {
        for (const writer of writers) receipts.push(writer.append(draft.progress('call', step)));
        if (step === 20) proxy.cutAll();
        if (step % 5 === 0) await receipts.at(-1);
      }
      const all = (await Promise.all(receipts)).map(({ entry }) => entry.id).sort((a, b) => a - b);
      await until(() => seen.length >= all.length, 5_000);
      expect(seen.map(({ id }) => id)).toEqual(all);
      await Promise.all(writers.map((writer) => writer.close()));
      await other.close();
    });

    test('entries of this process come to its listeners from memory, those of others from the store', async () => {
      const other = await openPostgres({ url });
      const foreign = await open('foreign', 2_000, other);
      const seen: LedgerEntry[] = [];
      ledger.subscribe((entry) => seen.push(entry));
      const own = new Set<LedgerEntry>();
      for (let round = 0; round < 20; round += 1) {
        await foreign.append(draft.progress('theirs', round));
        own.add((await ledger.append(draft.progress('ours', round))).entry);
      }
      await until(() => seen.length >= 40, 5_000);
      expect(seen.map(({ body }) => body['callId'])).toEqual(
        Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 'theirs' : 'ours')),
      );
      // A notification may overtake the receipt: such an entry is read back, as those of others are.
      const fromMemory = seen.filter((entry) => own.has(entry)).length;
      expect(fromMemory).toBeGreaterThan(10);
      await foreign.close();
      await other.close();
    });

    test('a slow commit of one writer cannot be overtaken: ids become visible in id order', async () => {
      const other = await openPostgres({ url });
      const quick = await open('quick', 2_000, other);
      const seen: LedgerEntry[] = [];
      quick.subscribe((entry) => seen.push(entry));
      await quick.append(draft.progress('warm'));
      proxy.delay = { pattern: /COMMIT/, ms: 150 };
      const slow = ledger.append(draft.progress('slow'));
      await new Promise((done) => setTimeout(done, 75)); // its id is taken, its commit is on the way
      const later = await quick.append(draft.progress('quick'));
      const first = await slow;
      expect(first.entry.id).toBeLessThan(later.entry.id);
      await until(() => seen.length >= 3, 2_000);
      expect(seen.map(({ body }) => body['callId'])).toEqual(['warm', 'slow', 'quick']);
      await quick.close();
      await other.close();
    });

    test('a new list that is announced is heard by every sidecar, and once more after a connection was lost', async () => {
      const other = await open('w2');
      let [heard, heardByOther] = [0, 0];
      const listening = ledger.lists.listen(() => (heard += 1));
      other.lists.listen(() => (heardByOther += 1));
      // The sessions of both listen when something has been heard; what is announced before that may be lost.
      await until(async () => {
        await announceLists({ connectionString: url });
        return heard > 0 && heardByOther > 0;
      });
      const before = heardByOther;
      await announceLists({ connectionString: url });
      await until(() => heardByOther > before);
      // Something may have been announced while nobody of us could hear it.
      proxy.mode = 'refuse';
      proxy.cutAll();
      const cut = heardByOther;
      listening.stop();
      const stopped = heard;
      proxy.mode = 'pass';
      await until(() => heardByOther > cut);
      expect(heard).toBe(stopped);
      await other.close();
    });

    test('what two writers append at once comes to each of them whole and in the order of the store', async () => {
      const [one, other] = [await open('w2', 10_000), await open('w3', 10_000)];
      const seen: Record<'one' | 'two', LedgerEntry[]> = { one: [], two: [] };
      one.subscribe((entry) => void seen.one.push(entry));
      other.subscribe((entry) => void seen.two.push(entry));
      await Promise.all(
        Array.from({ length: 20 }, (_, index) => [
          one.append(draft.progress(`one-${index}`)),
          other.append(draft.progress(`two-${index}`)),
        ]).flat(),
      );
      await until(() => seen.one.length === 40 && seen.two.length === 40);
      const stored = await one.read({ limit: 100 });
      expect(seen.one).toEqual(stored);
      expect(seen.two).toEqual(stored);
      await Promise.all([one.close(), other.close()]);
    });

    test('opening twice migrates once; a changed migration is refused', async () => {
      const again = await openPostgres({ url });
      await again.close();
      await withClient(url, (client) =>
        client.query("UPDATE breakwater.migration SET checksum = 'x' WHERE name = '000001.sql'"),
      );
      await expect(openPostgres({ url })).rejects.toThrow('`000001.sql` has changed since it was applied');
      await withClient(url, (client) =>
        client.query("INSERT INTO breakwater.migration (name, checksum) VALUES ('999999.sql', 'x')"),
      );
      await expect(openPostgres({ url })).rejects.toThrow('newer than this program');
    });

    test('numbers of sellers from before migration 000006 are taken over', async () => {
      const fresh = await server.freshDatabase();
      const older = await mkdtemp(join(tmpdir(), 'breakwater-migrations-'));
      for (const name of await readdir(MIGRATIONS)) {
        if (name < '000006') await copyFile(new URL(name, MIGRATIONS), join(older, name));
      }
      const insert = (seq: number, hash: string, body: string) => `
        INSERT INTO breakwater.ledger (writer, seq, at, kind, body, prev_hash, hash)
        VALUES ('w', ${seq}, now(), 'campaign_loaded', '${body}', repeat('0', 64), repeat('${hash}', 64))`;
      await withClient(fresh, async (client) => {
        await migrate(client, pathToFileURL(`${older}/`));
        await client.query(
          insert(
            1,
            'a',
            '{"seller":{"id":"old","callbackNumber":"+13035550188"},"callerIds":[{"number":"+13035550189"}]}',
          ),
        );
        await client.query(insert(2, 'b', String.raw`{"offer":"\u0000","seller":{"id":"nul"}}`));
        await client.query(insert(3, 'c', '{}'));
      });
      const opened = await openPostgres({ url: fresh });
      const records = postgresRecords(opened);
      expect(await records.sellersEver()).toEqual(['old']);
      expect(await records.sellersAt('+13035550189' as PhoneNumber)).toEqual(['old']);
      await opened.close();
      await rm(older, { recursive: true });
    });

    test('many processes may open a new database at once', async () => {
      const fresh = await server.freshDatabase();
      const stores = await Promise.all([1, 2, 3, 4].map(() => openPostgres({ url: fresh })));
      const records = postgresRecords(stores[0]!);
      expect(await records.pausedCampaigns()).toEqual([]);
      await Promise.all(stores.map((one) => one.close()));
    });

    test('reads while the store hangs reject within their bound', async () => {
      proxy.mode = 'hang';
      await expect(ledger.read({ limit: 1 })).rejects.toBeInstanceOf(LedgerUnavailable);
      proxy.cutAll();
      proxy.mode = 'pass';
    });
  });
}
