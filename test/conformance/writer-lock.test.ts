/**
 * Whose session has the writer's lock, on a real PostgreSQL behind a line that breaks: an own one that was cut off before it heard is ended
 * and the ledger goes on; another sidecar's, or what one has written, ends it for good.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openPostgresLedger, type PostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { openPostgres, type PostgresStore } from '../../src/adapters/postgres/open.ts';
import { verifyLedger } from '../../src/control/verify-ledger.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import { LedgerUnavailable } from '../../src/ports/ledger.ts';
import { systemLikeClock } from '../support/clock.ts';
import * as draft from '../support/entries.ts';
import { type Proxy, startProxy } from '../support/proxy.ts';
import { type PostgresServer, postgresSources } from '../support/stores.ts';
import { until } from '../support/wait.ts';

const WITHIN_MS = 30_000;
const [source] = await postgresSources();

let server: PostgresServer;
/** Behind the line that breaks, and beside it. */
let proxy: Proxy;
let store: PostgresStore;
let direct: PostgresStore;
let ledger: PostgresLedger;
let told: number;

const open = (to: PostgresStore, onTakenOver = (): void => undefined): Promise<PostgresLedger> =>
  openPostgresLedger(to, {
    ...{ writer: 'w1' as WriterId, clock: systemLikeClock(), appendWithinMs: 1_000, onTakenOver },
    writerLockWithinMs: WITHIN_MS,
  });

const confirms = (): Promise<boolean> =>
  ledger.confirmWriter().then(
    () => true,
    () => false,
  );

beforeAll(async () => {
  server = await source!.start();
});
afterAll(() => server.stop());
beforeEach(async () => {
  const url = await server.freshDatabase();
  const target = new URL(url);
  proxy = await startProxy({ host: target.hostname, port: Number(target.port) });
  const through = new URL(url);
  through.host = `127.0.0.1:${proxy.port}`;
  store = await openPostgres({ url: through.href });
  direct = await openPostgres({ url });
  told = 0;
  ledger = await open(store, () => (told += 1));
  await ledger.append(draft.progress('call', 1));
  return async () => {
    await ledger.close();
    await Promise.all([store.close(), direct.close()]);
    await proxy.close();
  };
});

describe('a ledger whose connection is cut', () => {
  test.for([
    ['asked for the lock', /pg_try_advisory_lock/],
    ['asked for the head, lock in hand', /SELECT seq, hash FROM/],
  ] as const)(
    'again as it has %s, and the server does not learn of it: it ends that session and writes on',
    async ([, pattern]) => {
      proxy.strand = pattern;
      proxy.cutAll();
      await until('the answer is lost', () => proxy.strand === undefined, WITHIN_MS);
      await until('connected again', confirms, WITHIN_MS);
      expect((await ledger.append(draft.progress('call', 2))).entry.seq).toBe(2);
      expect(ledger.isTakenOver()).toBe(false);
      expect(told).toBe(0);
      expect(await verifyLedger(draft.allEntries(ledger))).toMatchObject({ ok: true, entries: 2 });
    },
  );

  test('and that has lost the answer to its lock gives way all the same to another that has the lock now', async () => {
    proxy.strand = /pg_try_advisory_lock/;
    proxy.cutAll();
    await until('the answer is lost', () => proxy.strand === undefined, WITHIN_MS);
    proxy.mode = 'refuse';
    proxy.cutAll();
    const other = await open(direct);
    proxy.mode = 'pass';
    await until('taken over', () => ledger.isTakenOver(), WITHIN_MS);
    await expect(ledger.append(draft.progress('call', 2))).rejects.toBeInstanceOf(LedgerUnavailable);
    expect((await other.append(draft.progress('call', 3))).entry.seq).toBe(2);
    expect(told).toBe(1);
    await other.close();
  });

  test('gives way to another that has written meanwhile, though the writer id is free again', async () => {
    proxy.mode = 'refuse';
    proxy.cutAll();
    const other = await open(direct);
    await other.append(draft.progress('call', 2));
    await other.close();
    proxy.mode = 'pass';
    await until('taken over', () => ledger.isTakenOver(), WITHIN_MS);
    await expect(ledger.append(draft.progress('call', 3))).rejects.toBeInstanceOf(LedgerUnavailable);
    expect(told).toBe(1);
    const next = await open(direct);
    expect(next.head().seq).toBe(2);
    await next.close();
  });
});
