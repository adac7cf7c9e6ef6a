/** `breakwater serve` as a process of its own, with everything a test wants to know of its life. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HOME = resolve(import.meta.dirname, '../..');
const READY_WITHIN_MS = 60_000;

export interface ServeProcess {
  readonly pid: number;
  readonly url: string;
  /** Everything it has written, both streams. */
  output(): string;
  /** Standard error alone. */
  complaints(): string;
  isRunning(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** Its exit code, or the signal that ended it; rejects when it lives on. */
  ended(withinMs?: number): Promise<number | NodeJS.Signals>;
  /** kill -9, as a crash would. */
  kill(): Promise<void>;
  /** Resolves when /readyz says so. */
  ready(withinMs?: number): Promise<void>;
  /** Resolves when the doors answer at all. */
  listening(withinMs?: number): Promise<void>;
}

/** The built program where it is newer than every source, else the sources themselves: never an old one. */
function program(): readonly string[] {
  const built = join(HOME, 'dist/src/cli/main.js');
  const builtAt = statSync(built, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(join(HOME, 'src'), { recursive: true, withFileTypes: true });
  const newest = Math.max(
    ...sources
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
  return builtAt > newest ? [built] : ['--import', 'tsx', join(HOME, 'src/cli/main.ts')];
}

/** The flags of `npm start`: what is tested and measured is what runs. */
const AS_NPM_START = ['--max-semi-space-size=128'];

export type Environment = Readonly<Record<string, string>>;

export function spawnServe(env: Environment, args: readonly string[] = []): ServeProcess {
  const child = spawn(process.execPath, [...AS_NPM_START, ...program(), 'serve', ...args], {
    cwd: HOME,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    complaints += text;
  });
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  // Nobody may be left when a test run is cut short.
  const atExit = (): void => void child.kill('SIGKILL');
  process.on('exit', atExit);
  const closed = once(child, 'close').then(() => {
    process.removeListener('exit', atExit);
    return child.exitCode ?? child.signalCode ?? 'SIGKILL';
  });
  const url = `http://127.0.0.1:${env['BREAKWATER_HTTP_PORT'] ?? ''}`;

  async function reach(path: string, withinMs: number): Promise<void> {
    const giveUp = performance.now() + withinMs;
    let last = 'no answer';
    while (performance.now() < giveUp) {
      if (!isRunning()) throw new Error(`serve ended with ${String(child.exitCode)}:\n${output}`);
      const answer = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
      if (answer?.ok === true) return;
      if (answer !== null) last = await answer.text();
      await sleep(50);
    }
    throw new Error(`${path} not reached within ${withinMs} ms: ${last}\n${output.slice(-4_000)}`);
  }

  return {
    pid: child.pid ?? 0,
    url,
    output: () => output,
    complaints: () => complaints,
    isRunning,
    signal: (signal) => void child.kill(signal),
    async ended(withinMs = 30_000) {
      const late = sleep(withinMs, 'late' as const, { ref: false });
      const end = await Promise.race([closed, late]);
      if (end === 'late') throw new Error(`serve lives after ${withinMs} ms:\n${output.slice(-4_000)}`);
      return end;
    },
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
    ready: (withinMs = READY_WITHIN_MS) => reach('/readyz', withinMs),
    listening: (withinMs = READY_WITHIN_MS) => reach('/healthz', withinMs),
  };
}
