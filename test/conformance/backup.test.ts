/**
 * docs/backup.md by its own commands: a dump that is taken while a writer appends, restored into an empty database, is the ledger of one
 * instant: chain, keys, records and rights stand, the writer goes on, and what came after the dump is known to be missing.
 */
import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPostgresLedger, type PostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { openPostgres, type PostgresStore } from '../../src/adapters/postgres/open.ts';
import { postgresRecords } from '../../src/adapters/postgres/records.ts';
import { cutOff } from '../../src/control/verify/stitch.ts';
import { verifyLedger } from '../../src/control/verify-ledger.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import { systemLikeClock } from '../support/clock.ts';
import * as draft from '../support/entries.ts';
import {
  announceMissing,
  debianPostgres,
  type PostgresServer,
  postgresSources,
  temporaryDirectory,
  withClient,
} from '../support/stores.ts';

const run = promisify(execFile);
const WRITER = 'w1' as WriterId;

/** The programs of the same version as the system's server; those of an older one read no newer server. */
async function programs(): Promise<string | undefined> {
  const folder = await debianPostgres();
  if (folder === undefined) return undefined;
  const found = await Promise.all(
    ['pg_dump', 'pg_restore'].map((name) =>
      access(join(folder, name)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.every(Boolean) ? folder : undefined;
}

const bin = await programs();
const source = (await postgresSources()).find(({ name }) => name === 'system PostgreSQL');
const missing =
  source?.missing ?? (source === undefined || bin === undefined ? 'no pg_dump and pg_restore' : undefined);
announceMissing('backup and restore', missing);

describe.skipIf(missing !== undefined)('backup and restore', () => {
  let server: PostgresServer;
  let folder: { readonly path: string; remove(): Promise<void> };
  beforeAll(async () => {
    if (source === undefined) throw new Error('no server');
    server = await source.start();
    folder = await temporaryDirectory();
  });
  afterAll(async () => {
    await server.stop();
    await folder.remove();
  });

  const open = async (url: string): Promise<{ store: PostgresStore; ledger: PostgresLedger }> => {
    const store = await openPostgres({ url });
    return { store, ledger: await openPostgresLedger(store, { writer: WRITER, clock: systemLikeClock() }) };
  };

  test('a dump that was taken under writes, restored: sound, complete, and the writer goes on', async () => {
    const url = await server.freshDatabase();
    const live = await open(url);
    await live.ledger.append(draft.permit('ended'));
    await live.ledger.append(draft.result('ended'));
    await live.ledger.append(draft.permit('pending'));
    await live.ledger.append(draft.optOut(1));
    // Two months, so that the dump has more than one part with rows.
    await withClient(url, async (client) => {
      await client.query("SELECT breakwater.make_ledger_parts(now() + interval '31 days')");
      await client.query("SELECT breakwater.move_ledger_ids(now() + interval '31 days')");
    });
    const last = await live.ledger.append(draft.consent(2));

    let writing = true;
    const writer = (async (): Promise<void> => {
      for (let step = 0; writing; step += 1) await live.ledger.append(draft.progress('meanwhile', step));
    })();
    const dump = join(folder.path, 'breakwater.dump');
    await run(join(bin ?? '', 'pg_dump'), ['--format=custom', `--file=${dump}`, url]).finally(() => {
      writing = false;
    });
    await writer;
    await live.ledger.append(draft.progress('after the dump'));
    const head = live.ledger.head();
    await live.ledger.close();
    await live.store.close();

    const fresh = await server.freshDatabase();
    await run(join(bin ?? '', 'pg_restore'), [
      ...['--exit-on-error', '--single-transaction', `--dbname=${fresh}`, dump],
    ]);
    const restored = await open(fresh);
    const found = await verifyLedger(draft.allEntries(restored.ledger));
    if (!found.ok) throw new Error(found.detail);
    const restoredSeq = found.heads['w1']?.seq ?? 0;
    expect(restoredSeq).toBeGreaterThanOrEqual(last.entry.seq);
    expect(restoredSeq).toBeLessThan(head.seq);

    // A head that was kept outside tells that entries are missing.
    const kept = { w1: { [String(head.seq)]: head.hash } };
    expect(cutOff(new Map(Object.entries(found.heads)), kept)).toMatchObject({ writer: 'w1', seq: head.seq });

    expect(await restored.ledger.append(draft.permit('ended'))).toMatchObject({ kind: 'duplicate' });
    const pending = await postgresRecords(restored.store).pendingPermits();
    expect(pending.map(({ callId }) => callId)).toEqual(['pending']);
    const { rows } = await restored.store.pool.query('SELECT number FROM breakwater.opt_out');
    expect(rows).toEqual([{ number: draft.NUMBER }]);
    await restored.ledger.append(draft.result('pending'));
    expect(restored.ledger.head().seq).toBe(restoredSeq + 1);
    expect(await postgresRecords(restored.store).pendingPermits()).toEqual([]);
    expect(await verifyLedger(draft.allEntries(restored.ledger))).toMatchObject({ ok: true });

    for (const statement of ["UPDATE breakwater.ledger SET body = '{}'", 'TRUNCATE breakwater.ledger']) {
      await expect(restored.store.pool.query(statement), statement).rejects.toMatchObject({ code: '42501' });
      await withClient(fresh, async (client) => {
        await client.query('SET session_replication_role = replica');
        await expect(client.query(statement), statement).rejects.toThrow('append-only');
      });
    }
    await restored.ledger.close();
    await restored.store.close();
  });
});
