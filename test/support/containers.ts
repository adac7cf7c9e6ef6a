/**
 * PostgreSQL, Redis and Asterisk from containers, for `TEST_BACKEND=containers`: on the host's network, loopback only, removed at the
 * end. What cannot be had here is told as a reason and skipped, never passed.
 */
import { execFile, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { GenericContainer, type StartedTestContainer } from 'testcontainers';
import type { Child } from '../../scripts/asterisk/child.ts';
import type { ServerContainer } from '../../scripts/asterisk/source-command.ts';
import { engineObstacle } from '../../scripts/containers/engine.ts';
import { STAND_INS } from '../../scripts/containers/stand-in-images.ts';

/** A container whose death can be played; the same address after every start. */
export interface TestContainer {
  readonly port: number;
  /** kill -9 of its first process. */
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly stop: () => Promise<void>;
}

const OFFICIAL = { POSTGRES_IMAGE: 'postgres:18', REDIS_IMAGE: 'redis:8' } as const;
type ImageVariable = keyof typeof OFFICIAL;

/** The image to take: the one named in the environment, the official one, or the stand-in made on this machine. */
export function testImage(variable: ImageVariable): { image: string } | { missing: string } {
  const obstacle = engineObstacle();
  if (obstacle !== undefined) return { missing: obstacle };
  const given = process.env[`TEST_${variable}`] ?? '';
  const candidates = given === '' ? [OFFICIAL[variable], STAND_INS[variable]] : [given];
  const local = candidates.find((image) => docker('image', 'inspect', image));
  if (local !== undefined) return { image: local };
  const pulled = candidates.find((image) => docker('pull', '--quiet', image));
  if (pulled !== undefined) return { image: pulled };
  return {
    missing: `none of ${candidates.join(', ')} is here or can be pulled; scripts/containers/stand-ins.ts makes the last one`,
  };
}

export async function startPostgresContainer(port: number, password: string): Promise<TestContainer> {
  return start('POSTGRES_IMAGE', port, {
    environment: { POSTGRES_PASSWORD: password },
    command: [
      'postgres',
      '-p',
      String(port),
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'max_connections=200',
    ],
  });
}

export async function startRedisContainer(port: number): Promise<TestContainer> {
  return start('REDIS_IMAGE', port, {
    environment: {},
    command: ['redis-server', '--port', String(port), '--bind', '127.0.0.1', '--save', ''],
  });
}

async function start(
  variable: ImageVariable,
  port: number,
  {
    environment,
    command,
  }: { readonly environment: Record<string, string>; readonly command: readonly string[] },
): Promise<TestContainer> {
  const found = testImage(variable);
  if ('missing' in found) throw new Error(found.missing);
  const started: StartedTestContainer = await onTheHost(found.image)
    .withEnvironment(environment)
    .withCommand([...command])
    .start();
  const id = started.getId();
  const ask = async (verb: string): Promise<void> => {
    await promisify(execFile)('docker', [verb, id]);
  };
  const tell = (verb: string): void => {
    if (!docker(verb, id)) throw new Error(`docker ${verb} ${id} failed`);
  };
  return {
    port,
    // Not by spawnSync: the clients under test must live on meanwhile.
    kill: () => ask('kill'),
    start: () => ask('start'),
    pause: () => tell('pause'),
    resume: () => tell('unpause'),
    async stop() {
      await started.stop({ remove: true, removeVolumes: true });
    },
  };
}

function onTheHost(image: string): GenericContainer {
  // Ryuk would need an image of its own; what is left after a SIGKILL of the tests bears the label.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  return new GenericContainer(image).withNetworkMode('host').withLabels({ 'breakwater.test': 'true' });
}

/** Runs an Asterisk that `startAsterisk` has prepared; removed when it ends, by whatever. */
export async function runAsteriskContainer(asked: ServerContainer): Promise<Child> {
  const started = await onTheHost(asked.image)
    .withName(asked.name)
    .withUser(asked.user)
    .withBindMounts(
      asked.mounts.map(({ path, writable }) => ({
        source: path,
        target: path,
        mode: writable ? 'rw' : 'ro',
      })),
    )
    .withEntrypoint([asked.entrypoint])
    .withCommand([...asked.args])
    .start();
  const id = started.getId();
  const ask = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)('docker', [...args, id])).stdout.trim();
  const pid = Number(await ask('inspect', '--format', '{{.State.Pid}}'));
  let ended = false;
  const exited = ask('wait').then(
    async (code) => {
      ended = true;
      await ask('rm', '--force', '--volumes').catch(() => undefined);
      return Number(code);
    },
    () => {
      ended = true;
      return 'SIGKILL' as const;
    },
  );
  const waitForEnd = (ms: number): Promise<boolean> =>
    Promise.race([exited.then(() => true), sleep(ms, false, { ref: false })]);
  const signal = (name: NodeJS.Signals): void => {
    if (!ended) docker('kill', '--signal', name, id);
  };
  return {
    pid,
    exited,
    isRunning: () => !ended,
    signal,
    waitForEnd,
    async stop(first = 'SIGTERM', graceMs = 2_000) {
      signal(first);
      if (await waitForEnd(graceMs)) return;
      signal('SIGKILL');
      await exited;
    },
  };
}

function docker(...args: string[]): boolean {
  return spawnSync('docker', args, { stdio: 'ignore', timeout: 300_000 }).status === 0;
}
