/** docker-compose.yml as a project of its own, with secrets of its own, for tests; gone with its volumes at the end. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { baseImages } from '../../scripts/containers/bases.ts';
import { composeEnv } from '../../scripts/containers/compose-env.ts';
import { composeCommand } from '../../scripts/containers/engine.ts';
import { ROOT } from '../tidy/tree.ts';
import { freePort } from './stores.ts';

export interface Composed {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  /** From `up` to the first answer 200 of /readyz. */
  readonly readyAfterMs: number;
  /** Runs `docker-compose …`; rejects with its complaints. */
  compose(...args: string[]): Promise<string>;
  /** Container id of a service. */
  id(service: string): Promise<string>;
  /** The bridge that all of them are on, where this machine can see it. */
  bridge(): Promise<string | undefined>;
  /** `PUT`, `POST` or `GET` with the token of a scope. */
  ask(scope: 'dialer' | 'compliance', method: string, path: string, body?: unknown): Promise<Answer>;
  readonly down: () => Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Keeps a developer's own `.env` out. */
const NO_VALUES = '.env.example';
const READY_WITHIN_MS = 120_000;

/** `A=b` lines as an object. */
export function readEnv(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => /^[A-Z_]+=/.test(line));
  return Object.fromEntries(
    lines.map((line) => [line.split('=', 1)[0] ?? '', line.replace(/^[A-Z_]+=/, '')]),
  );
}

export async function composeUp(project: string, progress: (line: string) => void): Promise<Composed> {
  const port = await freePort();
  const env: Record<string, string> = {
    ...readEnv(composeEnv(Date.now(), false)),
    ...(await baseImages(progress)),
    BREAKWATER_PORT: String(port),
    // docker-compose 1.29 passes it on; the plugin brings its own builder.
    ...(composeCommand()?.[0] === 'docker-compose' ? { DOCKER_BUILDKIT: '0' } : {}),
  };
  const compose = (...args: string[]): Promise<string> => run(project, env, args);
  const down = async (): Promise<void> => {
    await compose('down', '--volumes', '--timeout', '5');
  };
  try {
    const building = performance.now();
    await compose('build');
    progress(`images built in ${seconds(building)} s`);
    const starting = performance.now();
    await compose('up', '--detach');
    const url = `http://127.0.0.1:${port}`;
    await untilReady(url);
    const readyAfterMs = performance.now() - starting;
    progress(`ready ${seconds(starting)} s after up`);
    return {
      url,
      env,
      readyAfterMs,
      compose,
      down,
      id: async (service) => (await compose('ps', '--quiet', service)).trim(),
      async bridge() {
        const name = `${project}_default`;
        const format = ['network', 'inspect', '--format', '{{.Id}}', name];
        const { stdout } = spawnSync('docker', format, { encoding: 'utf8' });
        const device = `br-${stdout.trim().slice(0, 12)}`;
        return Promise.resolve(existsSync(`/sys/class/net/${device}`) ? device : undefined);
      },
      async ask(scope, method, path, body) {
        const response = await fetch(`${url}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${env[`TOKEN_${scope.toUpperCase()}`] ?? ''}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        return { status: response.status, body: (await response.json()) as Answer['body'] };
      },
    };
  } catch (error) {
    progress(await compose('logs', '--no-color', '--tail=20').catch(() => ''));
    await down().catch(() => undefined);
    throw error;
  }
}

export async function untilReady(url: string): Promise<void> {
  const giveUp = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.status === 200) return;
    if (performance.now() > giveUp) {
      throw new Error(`not ready: ${(await answer?.text().catch(() => '')) ?? 'nothing answers'}`);
    }
    await new Promise((done) => setTimeout(done, 100));
  }
}

export function run(project: string, env: Readonly<Record<string, string>>, args: string[]): Promise<string> {
  const command = composeCommand();
  if (command === undefined) return Promise.reject(new Error('neither compose plugin nor docker-compose'));
  const [program, ...first] = command;
  const child = spawn(program, [...first, '--env-file', NO_VALUES, '-p', project, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => {
      if (code === 0) done(out);
      else
        fail(new Error(`compose ${args.join(' ')} ended with ${String(code)}: ${complaints.slice(-2_000)}`));
    });
  });
}

const seconds = (since: number): string => ((performance.now() - since) / 1_000).toFixed(1);
