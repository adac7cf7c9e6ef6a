/** The built program as processes of its own: the demo kills one of them the hard way. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PROGRAM = resolve(
  import.meta.dirname,
  import.meta.dirname.includes('/dist/') ? '../../src/cli/main.js' : '../../dist/src/cli/main.js',
);
const READY_WITHIN_MS = 30_000;

export interface SidecarProcess {
  readonly pid: number;
  readonly url: string;
  /** From the start of the process to `ready`. */
  readonly readyAfterMs: number;
  /** kill -9, as a crash would. */
  kill(): Promise<void>;
  stop(): Promise<number | null>;
}

/** Inherits PATH and nothing else that could be a setting. */
const environment = (env: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  ...env,
});

export async function startSidecarProcess(
  env: Readonly<Record<string, string>>,
  logFile: string,
): Promise<SidecarProcess> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [PROGRAM, 'serve'], {
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const url = `http://127.0.0.1:${env['BREAKWATER_HTTP_PORT'] ?? ''}`;
  await untilReady(child, url, logFile);
  const ended = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
    return child.exitCode;
  };
  return {
    pid: child.pid ?? 0,
    url,
    readyAfterMs: Math.round(performance.now() - startedAt),
    kill: async () => {
      await ended('SIGKILL');
    },
    stop: () => ended('SIGTERM'),
  };
}

async function untilReady(child: ChildProcess, url: string, logFile: string): Promise<void> {
  const giveUp = performance.now() + READY_WITHIN_MS;
  let last = 'no answer yet';
  while (performance.now() < giveUp) {
    if (child.exitCode !== null) throw new Error(`the sidecar ended with ${child.exitCode}; see ${logFile}`);
    try {
      const answer = await fetch(`${url}/readyz`);
      if (answer.ok) return;
      last = await answer.text();
    } catch (error) {
      last = String(error);
    }
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error(`the sidecar was not ready within ${READY_WITHIN_MS} ms: ${last}; see ${logFile}`);
}

/** One command of the program; resolves with its output, rejects unless it ends with one of `expected`. */
export async function runBreakwater(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  expected: readonly number[] = [0],
): Promise<{ readonly code: number; readonly answer: string }> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Two texts: progress that comes in the middle of a long line of the answer would break it.
  let answer = '';
  let progress = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (progress += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === null || !expected.includes(code)) {
    throw new Error(`breakwater ${args.join(' ')} ended with ${String(code)}:\n${answer}\n${progress}`);
  }
  return { code, answer };
}
