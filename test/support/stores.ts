/**
 * Real PostgreSQL and Redis servers for tests: on free ports, data in the temporary directory, stopped by pid.
 * Each `postgresSources` row that this machine cannot have says so loudly and is skipped, never passed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { access, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { startEmbedded } from '../../src/adapters/postgres/embedded.ts';

export interface PostgresServer {
  /** A new empty database; answers its URL. */
  freshDatabase(): Promise<string>;
  /** kill -9 of the server; resolves when it takes connections again. Undefined where the server is not ours to kill. */
  readonly crash: (() => Promise<void>) | undefined;
  stop(): Promise<void>;
}

export interface PostgresSource {
  readonly name: string;
  /** Why this machine cannot have it, or undefined. */
  readonly missing: string | undefined;
  start(): Promise<PostgresServer>;
}

export async function temporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'breakwater-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

export async function debianPostgres(): Promise<string | undefined> {
  const versions = await readdir('/usr/lib/postgresql').catch(() => []);
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? undefined : `/usr/lib/postgresql/${newest}/bin`;
}

/** Every PostgreSQL that the suites should run on here. */
export async function postgresSources(): Promise<readonly PostgresSource[]> {
  if (process.env['TEST_BACKEND'] === 'containers') {
    const source = await containerPostgres();
    announceMissing(source.name, source.missing);
    return [source];
  }
  const debian = await debianPostgres();
  const url = process.env['DATABASE_URL'];
  const sources: PostgresSource[] = [
    { name: 'embedded PostgreSQL', missing: undefined, start: () => ownPostgres(undefined) },
    {
      name: 'system PostgreSQL',
      missing: debian === undefined ? 'no /usr/lib/postgresql' : undefined,
      start: () => ownPostgres(debian),
    },
  ];
  if (url !== undefined) {
    sources.push({
      name: 'DATABASE_URL',
      missing: undefined,
      start: () => Promise.resolve(givenPostgres(url)),
    });
  }
  for (const { name, missing } of sources) announceMissing(name, missing);
  return sources;
}

export function announceMissing(name: string, missing: string | undefined): void {
  if (missing !== undefined) process.stderr.write(`SKIPPED: ${name} is not tested here: ${missing}\n`);
}

async function ownPostgres(binDirectory: string | undefined): Promise<PostgresServer> {
  const directory = await temporaryDirectory();
  const embedded = await startEmbedded(directory.path, binDirectory === undefined ? {} : { binDirectory });
  const { user, password, port } = embedded.connection;
  const url = `postgres://${String(user)}:${String(password)}@127.0.0.1:${String(port)}/postgres`;
  return {
    ...givenPostgres(url),
    async crash() {
      const before = embedded.pid();
      if (before === undefined) throw new Error('the server is not running');
      process.kill(before, 'SIGKILL');
      // The recovery writes the whole data directory through; a busy disk takes its time.
      await until(() => embedded.pid() !== undefined && embedded.pid() !== before && canConnect(url), 50_000);
    },
    async stop() {
      await embedded.stop();
      await directory.remove();
    },
  };
}

let databases = 0;

function givenPostgres(url: string): PostgresServer {
  const create = async (): Promise<string> => {
    databases += 1;
    const name = `breakwater_test_${process.pid}_${databases}`;
    await withClient(url, (client) => client.query(`CREATE DATABASE ${name}`));
    const fresh = new URL(url);
    fresh.pathname = `/${name}`;
    return fresh.href;
  };
  // Making a database takes longer than most tests: the next one is made while a test runs.
  let spare: Promise<string> | undefined;
  return {
    crash: undefined,
    async freshDatabase() {
      const given = await (spare ?? create()).catch(create);
      spare = create();
      spare.catch(() => undefined);
      return given;
    },
    stop: () => Promise.resolve(),
  };
}

async function containerPostgres(): Promise<PostgresSource> {
  const { startPostgresContainer, testImage } = await import('./containers.ts');
  const found = testImage('POSTGRES_IMAGE');
  return {
    name: 'PostgreSQL in a container',
    missing: 'missing' in found ? found.missing : undefined,
    async start() {
      const port = await freePort();
      const container = await startPostgresContainer(port, 'test');
      const url = `postgres://postgres:test@127.0.0.1:${port}/postgres`;
      await until(() => canConnect(url), 60_000);
      return {
        ...givenPostgres(url),
        async crash() {
          await container.kill();
          await container.start();
          await until(() => canConnect(url), 50_000);
        },
        stop: container.stop,
      };
    },
  };
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function canConnect(url: string): Promise<boolean> {
  try {
    await withClient(url, (client) => client.query('SELECT 1'));
    return true;
  } catch {
    return false;
  }
}

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** kill -9. */
  kill(): Promise<void>;
  /** Starts again on the same port, empty, or with what it had saved. */
  start(): Promise<void>;
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** `missing` says why there is none. */
export async function redisMissing(): Promise<string | undefined> {
  if (process.env['TEST_BACKEND'] === 'containers') {
    const { testImage } = await import('./containers.ts');
    const found = testImage('REDIS_IMAGE');
    return 'missing' in found ? found.missing : undefined;
  }
  const found = await Promise.all(
    (process.env['PATH'] ?? '').split(':').map((directory) =>
      access(join(directory, 'redis-server')).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true) ? undefined : 'no redis-server on the PATH';
}

export async function startRedis(): Promise<RedisServer> {
  if (process.env['TEST_BACKEND'] === 'containers') return containerRedis();
  const directory = await temporaryDirectory();
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    const dying = child;
    child = undefined;
    if (dying === undefined || dying.exitCode !== null) return;
    const gone = new Promise((done) => dying.once('exit', done));
    dying.kill(signal);
    dying.kill('SIGCONT');
    await gone;
  };
  const server: RedisServer = {
    url,
    port,
    kill: () => kill('SIGKILL'),
    async start() {
      const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory.path, '--save', ''];
      child = spawn('redis-server', args, { stdio: 'ignore' });
      await until(() => answersPing(url));
    },
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    async stop() {
      await kill('SIGTERM');
      await directory.remove();
    },
  };
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

async function containerRedis(): Promise<RedisServer> {
  const { startRedisContainer } = await import('./containers.ts');
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const container = await startRedisContainer(port);
  await until(() => answersPing(url));
  return {
    url,
    port,
    kill: container.kill,
    async start() {
      await container.start();
      await until(() => answersPing(url));
    },
    pause: container.pause,
    resume: container.resume,
    stop: container.stop,
  };
}

async function answersPing(url: string): Promise<boolean> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await redis.ping();
    return true;
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/** Waits until `holds`, at most `withinMs`. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  withinMs = 15_000,
  everyMs = 10,
): Promise<void> {
  for (let waited = 0; waited < withinMs; waited += everyMs) {
    if (await holds()) return;
    await sleep(everyMs);
  }
  throw new Error(`still not so after ${withinMs} ms: ${holds.toString()}`);
}
