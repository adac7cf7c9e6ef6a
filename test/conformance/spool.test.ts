/** The disk beside a real ledger: PostgreSQL is killed under appends and comes back, and the process is killed while it drains. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openSpoolFile } from '../../src/adapters/files/spool-file.ts';
import { memoryRecords } from '../../src/adapters/memory/records.ts';
import { openPostgresLedger, type PostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { openPostgres, type PostgresStore } from '../../src/adapters/postgres/open.ts';
import { postgresRecords } from '../../src/adapters/postgres/records.ts';
import { standBy } from '../../src/adapters/postgres/stand-by.ts';
import { postgresStandingSource } from '../../src/adapters/postgres/standing-copy.ts';
import { type SpoolingLedger, spoolingLedger } from '../../src/control/spool/spooling-ledger.ts';
import { verifyLedger } from '../../src/control/verify-ledger.ts';
import type { SellerId, WriterId } from '../../src/domain/ids.ts';
import { type LedgerDraft, textOf } from '../../src/domain/ledger-entry.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { instant } from '../../src/domain/time.ts';
import { systemLikeClock } from '../support/clock.ts';
import * as draft from '../support/entries.ts';
import { type Proxy, startProxy } from '../support/proxy.ts';
import { type PostgresServer, postgresSources, temporaryDirectory } from '../support/stores.ts';
import { until } from '../support/wait.ts';

const WRITER = 'w1' as WriterId;
const BOUND_MS = 1_000;
const RECOVERY_WITHIN_MS = 60_000;
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };

const emergency = { state: 'CO', source: 'proclamation 42', who: 'Jo', recordedAt: draft.at(1) };
const unclear = (requestId: string): LedgerDraft => ({
  kind: 'unclear_request',
  body: {
    ...{ requestId, number: draft.NUMBER, sellerId: 's1', channel: 'text', text: 'who is this' },
    receivedAt: draft.at(8),
  },
});

/** At least one record of each table, some of them replaced, lifted or ended. */
const RECORDS: readonly LedgerDraft[] = [
  draft.consent(1),
  draft.consent(2, 's2'),
  draft.confirmation(2, 'k1'),
  draft.revocation(3),
  draft.optOut(4),
  draft.optOut(5, 's2', 'text'),
  draft.relationship('r1', '2026-10-01'),
  draft.relationship('r2', '2026-10-02', 'inquiry'),
  draft.reassigned(5, 'no'),
  draft.override(6, 'registration', 'CO'),
  draft.attestation(7, 'A'),
  draft.attestation(8, 'B', { trunk: 'carrier' }),
  draft.campaign('campaign_paused', 'c1'),
  draft.campaign('campaign_paused', 'c2'),
  draft.campaign('campaign_resumed', 'c1'),
  unclear('u1'),
  unclear('u2'),
  {
    kind: 'unclear_request_settled',
    body: {
      ...{ requestId: 'u1', number: draft.NUMBER, sellerId: 's1', who: 'Jo', why: 'read it' },
      ...{ as: 'no_request', settledAt: draft.at(9) },
    },
  },
  { kind: 'emergency_declared', body: { ...emergency, from: '2026-11-20', until: null } },
  { kind: 'emergency_ended', body: { ...emergency, until: '2026-11-23' } },
];

for (const source of await postgresSources()) {
  describe.skipIf(source.missing !== undefined)(`spool beside ${source.name}`, () => {
    let server: PostgresServer;
    let url: string;
    let proxy: Proxy;
    let store: PostgresStore;
    let ledger: PostgresLedger;
    let directory: string;
    let spooling: SpoolingLedger;

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
      const folder = await temporaryDirectory();
      directory = folder.path;
      const clock = systemLikeClock();
      store = await openPostgres({ url: through.href }, { readWithinMs: 500 });
      ledger = await openPostgresLedger(store, { writer: WRITER, clock, appendWithinMs: BOUND_MS });
      spooling = spoolingLedger({
        ledger,
        spool: await openSpoolFile({ directory, writer: WRITER, maxBytes: 1e8 }),
        clock,
        log: QUIET,
        goesOn: () => true,
        takeFresh: () => true,
        newId: randomUUID,
        isOver: () => ledger.isTakenOver(),
        onSpooled: () => undefined,
        onWritten: () => undefined,
      });
      return async () => {
        await spooling.close();
        await ledger.close();
        await store.close();
        await proxy.close();
        await folder.remove();
      };
    });

    const callIds = async (): Promise<readonly string[]> => {
      const found: string[] = [];
      for await (const entry of draft.allEntries(ledger))
        if (entry.kind === 'call_progress') found.push(textOf(entry, 'callId'));
      return found;
    };

    const expectWhole = async (): Promise<void> => {
      const report = await verifyLedger(draft.allEntries(ledger));
      expect(report).toMatchObject({ ok: true });
    };

    test(
      'killed under appends: each acknowledged entry stands once, in order, and the chain verifies',
      async () => {
        const acknowledged: string[] = [];
        let asked = 0;
        let stopped = false;
        // One after the other, so that the order of the acknowledgements is that of the calls.
        const appending = (async () => {
          while (!stopped) {
            const callId = `x${(asked += 1)}`;
            await spooling.append(draft.progress(callId)).then(
              () => acknowledged.push(callId),
              () => undefined,
            );
            await sleep(1);
          }
        })();
        for (let round = 0; round < 2; round += 1) {
          const before = acknowledged.length;
          await until('entries', () => acknowledged.length > before + 50, RECOVERY_WITHIN_MS);
          proxy.mode = 'refuse';
          proxy.cutAll();
          await until('away', () => spooling.figures().entries > 50, RECOVERY_WITHIN_MS);
          await server.crash?.();
          proxy.mode = 'pass';
          await until('drained', () => spooling.figures().mode === 'direct', RECOVERY_WITHIN_MS);
        }
        stopped = true;
        await appending;
        expect(await callIds()).toEqual(acknowledged);
        await expectWhole();
        expect(await readdir(directory)).toEqual([]);
      },
      3 * RECOVERY_WITHIN_MS,
    );

    test(
      'killed while it drains: the next life writes the rest, nothing twice',
      async () => {
        await ledger.close();
        const spool = await openSpoolFile({ directory, writer: WRITER, maxBytes: 1e8 });
        const told = Array.from({ length: 6_000 }, (_, n) => `x${n}`);
        await Promise.all(
          told.map((callId, n) => {
            const { kind, body } = draft.progress(callId);
            const at = instant(draft.T0 + n);
            const bodyText = JSON.stringify(body);
            return spool.append({ id: `s${n}`, kind, at, bodyText, dedupeKey: null, doubtful: false });
          }),
        );
        await spool.close();
        const count = async (): Promise<number> => {
          const { rows } = await store.pool.query<{ n: string }>(
            'SELECT count(*) AS n FROM breakwater.ledger',
          );
          return Number(rows[0]?.n);
        };
        const kills: number[] = [];
        for (const least of [200, 2_000]) {
          const life = drainer(url, directory);
          await until('part of it', async () => (await count()) >= least, RECOVERY_WITHIN_MS);
          life.kill('SIGKILL');
          await ended(life);
          kills.push(await count());
        }
        expect(kills[0]).toBeLessThan(6_000);
        expect(await ended(drainer(url, directory))).toBe(0);
        ledger = await openPostgresLedger(store, { writer: WRITER, clock: systemLikeClock() });
        expect(await callIds()).toEqual(told);
        const drained = await ledger.read({ kinds: ['spool_drained'], limit: 9 });
        expect(drained.map(({ body }) => body['entries'])).toEqual([6_000]);
        await expectWhole();
        expect(await readdir(directory)).toEqual([]);
      },
      3 * RECOVERY_WITHIN_MS,
    );

    test('the copy of the records says what the records say', async () => {
      for (const record of RECORDS) await ledger.append(record);
      const copy = memoryRecords(() => false);
      const lastId = await postgresStandingSource(store, WRITER).load(1_000, (record) => {
        copy.project(record as never);
      });
      const records = postgresRecords(store);
      for (const sellerId of ['s1', 's2', 's3'] as SellerId[]) {
        const question = {
          number: draft.NUMBER as PhoneNumber,
          sellerId,
          callerId: '+13035550199' as PhoneNumber,
        };
        const { mark: ours, ...copied } = await copy.standing(question);
        const { mark: theirs, ...stored } = await records.standing(question);
        expect(copied).toEqual(stored);
        expect(ours).not.toBe(theirs);
      }
      expect(lastId).toBe((await ledger.read({ order: 'desc', limit: 1 }))[0]?.id);
      expect(await postgresStandingSource(store, WRITER).load(5, () => undefined)).toBeNull();
    });

    test('another sidecar at the store is seen, and one that stands by', async () => {
      const standing = postgresStandingSource(store, WRITER);
      const others = () => standing.others();
      expect(await others()).toBe(0);
      const second = await openPostgresLedger(store, { writer: 'w2' as WriterId, clock: systemLikeClock() });
      expect(await others()).toBe(1);
      await second.close();
      await until('its end', async () => (await others()) === 0, RECOVERY_WITHIN_MS);
      const stop = new AbortController();
      const waiting = standBy({
        connection: { connectionString: url },
        writer: WRITER,
        takeOverAfterMs: RECOVERY_WITHIN_MS,
        stop: stop.signal,
        onProblem: () => undefined,
      });
      await until('one that stands by', async () => (await others()) === 1, RECOVERY_WITHIN_MS);
      stop.abort();
      expect(await waiting).toBe('stopped');
      await until('its end', async () => (await others()) === 0, RECOVERY_WITHIN_MS);
    });
  });
}

const drainer = (url: string, directory: string): ChildProcess =>
  spawn(
    process.execPath,
    ['--import', 'tsx', resolve(import.meta.dirname, '../support/spool-drainer.ts'), url, directory, WRITER],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}
