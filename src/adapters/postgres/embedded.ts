/**
 * A PostgreSQL of our own under one directory: made, started, watched and stopped by this process, reachable from this machine only.
 * The programs are run directly, not through the package's API: that prints passwords into the temporary directory, hooks our
 * signals, and cannot take back a server that outlived us. After `kill -9` of this process the next start adopts the old server.
 */
import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Binaries, findBinaries } from './binaries.ts';
import { takeEmbeddedLock } from './embedded-lock.ts';
import { isRunning, readPostmaster, stopPostmaster } from './postmaster.ts';
import { runAs, type RunAs } from './run-as.ts';

const USER = 'breakwater';
const START_WITHIN_MS = 30_000;
const POLL_MS = 20;
const LAUNCH_ATTEMPTS = 20;
const LAUNCH_PAUSE_MS = 100;
/** How often a server that should run is looked at, and the pause between attempts to start it again. */
const WATCH_MS = 250;

export interface EmbeddedOptions {
  /** Directory of `initdb` and `postgres`; default: the package's, else the system's. */
  readonly binDirectory?: string;
  /** As root without a `postgres` system user: create it. Default true. */
  readonly createPostgresUser?: boolean;
  readonly onProblem?: (problem: string, cause?: unknown) => void;
}

export interface EmbeddedPostgres {
  readonly connection: pg.ClientConfig;
  /** Process id of the server now; it changes when the server had to be started again. */
  readonly pid: () => number | undefined;
  /** How this start went: a new cluster, a stopped one started, or a running one adopted. */
  readonly how: 'created' | 'started' | 'adopted';
  stop(): Promise<void>;
}

interface Cluster {
  readonly root: string;
  readonly data: string;
  readonly password: string;
  readonly port: number;
  readonly binaries: Binaries;
  readonly as: RunAs;
}

/** Rejects with `EmbeddedStoreHeld` when another live process holds the store. */
export async function startEmbedded(
  directory: string,
  options: EmbeddedOptions = {},
): Promise<EmbeddedPostgres> {
  const root = resolve(directory, 'postgres');
  await mkdir(root, { recursive: true, mode: 0o711 });
  const lock = await takeEmbeddedLock(join(root, 'lock'), resolve(directory));
  try {
    return await start(root, options, () => lock.release());
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Address of the server that another process runs in `directory` now, for commands that only read; undefined when there is none. */
export async function runningEmbeddedUrl(directory: string): Promise<string | undefined> {
  const root = resolve(directory, 'postgres');
  const server = await readPostmaster(join(root, 'data')).catch(() => undefined);
  const password = (await readFile(join(root, 'password'), 'utf8').catch(() => '')).trim();
  if (server?.ready !== true || password === '') return undefined;
  return `postgres://${USER}:${encodeURIComponent(password)}@127.0.0.1:${server.port}/postgres`;
}

async function start(
  root: string,
  options: EmbeddedOptions,
  release: () => Promise<void>,
): Promise<EmbeddedPostgres> {
  const data = join(await realpath(root), 'data');
  const major = (await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => undefined))?.trim();
  const binaries = await findBinaries(major, options.binDirectory);
  const as = await runAs([data, binaries.postgres], options.createPostgresUser ?? true);
  const password = await passwordOf(root);
  const orphan = major === undefined ? undefined : await readPostmaster(data);
  const adopted = orphan !== undefined && (await answers(connectionTo(orphan.port, password), 1_000));
  if (orphan !== undefined && !adopted) await stopPostmaster(orphan.pid, data);
  const cluster: Cluster = {
    root,
    data,
    password,
    port: adopted ? orphan.port : await freePort(),
    binaries,
    as,
  };
  if (major === undefined) await create(cluster);
  const server = { pid: adopted ? orphan.pid : await launch(cluster), stopping: false };
  const wake = new AbortController();
  const isStopping = (): boolean => server.stopping;
  const watch = (async () => {
    while (!server.stopping) {
      await sleep(WATCH_MS, undefined, { ref: false, signal: wake.signal }).catch(() => undefined);
      if (isStopping() || isRunning(server.pid, data)) continue;
      options.onProblem?.('the embedded PostgreSQL is gone; starting it again');
      try {
        server.pid = await launch(cluster);
      } catch (error) {
        options.onProblem?.('the embedded PostgreSQL does not start', error);
      }
    }
  })();

  return {
    connection: connectionTo(cluster.port, password),
    pid: () => (isRunning(server.pid, data) ? server.pid : undefined),
    how: major === undefined ? 'created' : adopted ? 'adopted' : 'started',
    async stop() {
      if (server.stopping) return;
      server.stopping = true;
      wake.abort();
      await watch;
      await stopPostmaster(server.pid, data);
      await release();
    },
  };
}

const connectionTo = (port: number, password: string): pg.ClientConfig => ({
  host: '127.0.0.1',
  port,
  user: USER,
  password,
  database: 'postgres',
});

async function passwordOf(root: string): Promise<string> {
  const file = join(root, 'password');
  const stored = (await readFile(file, 'utf8').catch(() => '')).trim();
  if (stored !== '') return stored;
  const fresh = randomBytes(24).toString('base64url');
  await writeFile(file, `${fresh}\n`, { mode: 0o600 });
  return fresh;
}

/** initdb into a directory beside and one rename at the end: a start that was interrupted leaves no half cluster. */
async function create({ root, data, password, binaries, as }: Cluster): Promise<void> {
  const draft = join(root, 'data.new');
  const passwordFile = join(root, 'password.new');
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (as.owner !== undefined) {
    await chown(draft, as.owner.uid, as.owner.gid);
    await chown(passwordFile, as.owner.uid, as.owner.gid);
  }
  const args = [`--pgdata=${draft}`, `--username=${USER}`, `--pwfile=${passwordFile}`, '--encoding=UTF8'];
  args.push('--locale=C', '--auth-local=scram-sha-256', '--auth-host=scram-sha-256', '--no-instructions');
  try {
    const log = await open(join(root, 'log'), 'a', 0o600);
    try {
      const child = as.spawn(binaries.initdb, args, root, log.fd);
      const code = await new Promise((done, fail) => void child.once('exit', done).once('error', fail));
      if (code !== 0) throw new Error(`initdb failed; see \`${join(root, 'log')}\``);
    } finally {
      await log.close();
    }
    await rename(draft, data);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** Starts the server and resolves with its pid when it takes connections. */
async function launch(cluster: Cluster): Promise<number> {
  let failure = new Error('not started');
  // The sessions of a killed server hold its shared memory for a moment; a start meanwhile ends at once.
  for (let attempt = 0; attempt < LAUNCH_ATTEMPTS; attempt += 1) {
    if (attempt > 0) await sleep(LAUNCH_PAUSE_MS);
    const pid = await untilReady(cluster, await spawnServer(cluster));
    if (typeof pid === 'number') return pid;
    failure = pid;
  }
  throw failure;
}

/** Answers how the process ended, once it has. */
async function spawnServer({ root, data, binaries, as, port }: Cluster): Promise<{ failure?: Error }> {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '100',
    // A look-up that no month is left out of locks every month's table and its indexes.
    max_locks_per_transaction: '512',
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    log_min_messages: 'warning',
    timezone: 'UTC',
  };
  const args = ['-D', data, '-p', String(port)];
  for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`);
  const ended: { failure?: Error } = {};
  const log = await open(join(root, 'log'), 'a', 0o600);
  try {
    const child = as.spawn(binaries.postgres, args, root, log.fd);
    const problem = `PostgreSQL ended at start; see \`${join(root, 'log')}\``;
    child.once('exit', () => (ended.failure = new Error(problem)));
    child.once('error', (cause) => (ended.failure = new Error(problem, { cause })));
    child.unref();
  } finally {
    await log.close();
  }
  return ended;
}

async function untilReady(cluster: Cluster, ended: { failure?: Error }): Promise<number | Error> {
  const { data, port, password } = cluster;
  for (let waited = 0; waited < START_WITHIN_MS; waited += POLL_MS) {
    await sleep(POLL_MS);
    const postmaster = await readPostmaster(data);
    if (postmaster?.ready === true && postmaster.port === port) {
      if (await answers(connectionTo(port, password), 2_000)) return postmaster.pid;
    }
    if (ended.failure !== undefined) return ended.failure;
  }
  throw new Error(`PostgreSQL did not take connections within ${START_WITHIN_MS} ms`);
}

async function answers(connection: pg.ClientConfig, withinMs: number): Promise<boolean> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: withinMs, query_timeout: withinMs });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
