/** The embedded PostgreSQL as a process among others: one holder, a killed holder, a killed server, an ordinary user. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmod, chown, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startEmbedded } from '../../src/adapters/postgres/embedded.ts';
import { openPostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { openPostgres } from '../../src/adapters/postgres/open.ts';
import { isRunning, readPostmaster, stopPostmaster } from '../../src/adapters/postgres/postmaster.ts';
import { verifyLedger } from '../../src/control/verify-ledger.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import { systemLikeClock } from '../support/clock.ts';
import { allEntries } from '../support/entries.ts';
import { debianPostgres, temporaryDirectory, until } from '../support/stores.ts';

const HOLDER = fileURLToPath(new URL('../support/embedded-holder.ts', import.meta.url));
const isRoot = process.getuid?.() === 0;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
const children: ChildProcess[] = [];

/** A stopped cluster to copy: making one takes a second or two, copying it a tenth. */
let template: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  template = await temporaryDirectory();
  const embedded = await startEmbedded(template.path);
  expect(embedded.how).toBe('created');
  await embedded.stop();
});
afterAll(() => template.remove());
beforeEach(async () => {
  directory = await temporaryDirectory();
  await promisify(execFile)('cp', ['-a', join(template.path, 'postgres'), directory.path]);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  // Whatever still runs on the directory is ours: take it over and stop it.
  const data = join(directory.path, 'postgres/data');
  const orphan = await readPostmaster(data);
  if (orphan !== undefined) await stopPostmaster(orphan.pid, data);
  await directory.remove();
});

interface Holder {
  readonly child: ChildProcess;
  acknowledged(): number;
  errors(): string;
  kill(): Promise<void>;
}

function startHolder(args: readonly string[] = [], user?: { uid: number; gid: number }): Holder {
  const child = spawn(process.execPath, ['--import', 'tsx', HOLDER, directory.path, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  });
  children.push(child);
  let last = 0;
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (last = Number(chunk.toString().trim().split('\n').at(-1))));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return {
    child,
    acknowledged: () => last,
    errors: () => errors,
    async kill() {
      const gone = new Promise((done) => child.once('exit', done));
      child.kill('SIGKILL');
      await gone;
    },
  };
}

const serverPid = async (): Promise<number> =>
  Number((await readFile(join(directory.path, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0]);

test('a second process on the same store is refused and told who holds it', async () => {
  const holder = startHolder();
  await until(() => holder.acknowledged() > 0);
  await expect(openPostgres({ embedded: { directory: directory.path } })).rejects.toThrow(
    `held by process ${String(holder.child.pid)};`,
  );
  expect(holder.child.exitCode).toBeNull();
});

test('after kill -9 of the holder its server is adopted at once, no acknowledged entry is missing, and close stops it', async () => {
  const holder = startHolder();
  await until(() => holder.acknowledged() > 20);
  const pid = await serverPid();
  await holder.kill();
  const acknowledged = holder.acknowledged();
  const started = performance.now();
  const store = await openPostgres({ embedded: { directory: directory.path } });
  const ledger = await openPostgresLedger(store, { writer: 'holder' as WriterId, clock: systemLikeClock() });
  await ledger.append({ kind: 'writer_started', body: {} });
  const took = performance.now() - started;
  expect(await serverPid()).toBe(pid);
  expect(took).toBeLessThan(2_000);
  const found = await verifyLedger(allEntries(ledger));
  expect(found).toMatchObject({ ok: true, writers: 1 });
  expect(found.entries).toBeGreaterThan(acknowledged);
  await ledger.close();
  await store.close();
  expect(isRunning(pid, join(directory.path, 'postgres/data'))).toBe(false);
});

test('an orphaned server that hangs is replaced', async () => {
  const holder = startHolder();
  await until(() => holder.acknowledged() > 0);
  const pid = await serverPid();
  await holder.kill();
  process.kill(pid, 'SIGSTOP');
  const embedded = await startEmbedded(directory.path);
  expect(embedded.how).toBe('started');
  expect(embedded.pid()).not.toBe(pid);
  await embedded.stop();
});

test('holder and server both killed: started again with everything acknowledged', async () => {
  const holder = startHolder();
  await until(() => holder.acknowledged() > 20);
  const pid = await serverPid();
  await holder.kill();
  process.kill(pid, 'SIGKILL');
  const store = await openPostgres({ embedded: { directory: directory.path } });
  const ledger = await openPostgresLedger(store, { writer: 'holder' as WriterId, clock: systemLikeClock() });
  expect((await verifyLedger(allEntries(ledger))).entries).toBeGreaterThanOrEqual(holder.acknowledged());
  await ledger.close();
  await store.close();
});

test('a stale lock, a stale pid file and a half made cluster do not stop a start', async () => {
  const root = join(directory.path, 'postgres');
  // This process lives, but neither took that lock nor is it a server: it must not be believed, and not be killed.
  const pid = process.pid;
  await writeFile(join(root, 'lock'), JSON.stringify({ pid, started: '0', token: 'x' }));
  await writeFile(join(root, 'data/postmaster.pid'), `${pid}\n${root}/data\n0\n1\n\n127.0.0.1\n\nready\n`);
  const second = await startEmbedded(directory.path);
  expect(second.how).toBe('started');
  await second.stop();
  await rm(join(root, 'data/PG_VERSION'));
  await rm(join(root, 'data'), { recursive: true });
  await writeFile(join(root, 'lock'), 'torn');
  const third = await startEmbedded(directory.path);
  expect(third.how).toBe('created');
  await third.stop();
});

test('the password is random, readable by its owner only, and needed', async () => {
  const embedded = await startEmbedded(directory.path);
  const file = join(directory.path, 'postgres/password');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await readFile(file, 'utf8')).trim()).toBe(embedded.connection.password);
  const port = String(embedded.connection.port);
  await expect(
    openPostgres({ url: `postgres://breakwater:wrong@127.0.0.1:${port}/postgres` }),
  ).rejects.toMatchObject({ code: '28P01' });
  await embedded.stop();
});

test.skipIf(!isRoot)('as an ordinary user it runs as that user', async () => {
  const nobody = { uid: 65_534, gid: 65_534 };
  await rm(join(directory.path, 'postgres'), { recursive: true });
  await chown(directory.path, nobody.uid, nobody.gid);
  const holder = startHolder(['once'], nobody);
  const code = await new Promise((done) => holder.child.once('exit', done));
  expect(holder.errors()).toBe('');
  expect(code).toBe(0);
  expect((await stat(join(directory.path, 'postgres/data'))).uid).toBe(nobody.uid);
  await rm(join(directory.path, 'postgres'), { recursive: true });
});

test.skipIf(!isRoot)(
  'as root it runs as `postgres`, below open directories and below closed ones',
  async () => {
    for (const mode of [0o755, 0o700]) {
      await chmod(directory.path, mode);
      const embedded = await startEmbedded(directory.path);
      const status = await readFile(`/proc/${String(embedded.pid())}/status`, 'utf8');
      expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).not.toBe('0');
      await embedded.stop();
    }
  },
);

test('data of another major version is refused with both versions named', async (context) => {
  const system = await debianPostgres();
  context.skip(system === undefined, 'no second PostgreSQL here');
  await rm(join(directory.path, 'postgres'), { recursive: true });
  const embedded = await startEmbedded(directory.path, { binDirectory: system! });
  await embedded.stop();
  const version = (await readFile(join(directory.path, 'postgres/data/PG_VERSION'), 'utf8')).trim();
  await writeFile(join(directory.path, 'postgres/data/PG_VERSION'), '9\n');
  await expect(startEmbedded(directory.path)).rejects.toThrow(/made by PostgreSQL 9; found here: /);
  await writeFile(join(directory.path, 'postgres/data/PG_VERSION'), `${version}\n`);
  // Without being told where: the binaries that fit the data are found.
  const again = await startEmbedded(directory.path);
  await again.stop();
});
