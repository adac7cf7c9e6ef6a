/** The server process of a data directory, told from `postmaster.pid` and checked against /proc: a stale file names a stranger. */
import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

/** The live server of `data`, or undefined. */
export async function readPostmaster(data: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isInteger(pid) || pid <= 0 || !isRunning(pid, data)) return undefined;
  return { pid, port, ready: lines[7]?.trim() === 'ready' };
}

/**
 * True when `pid` lives and is surely the server of `data` (an absolute, real path): a server's working directory is its data
 * directory. What cannot be looked at is a stranger: a signal to it could end anything.
 */
export function isRunning(pid: number, data: string): boolean {
  if (process.platform !== 'linux') return commandOf(pid).includes(data);
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === data;
  } catch {
    return false; // gone, a zombie, or somebody else's
  }
}

function commandOf(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

/** Fast shutdown (sessions are ended, data is flushed), then immediate, then kill: each with its own bound. */
export async function stopPostmaster(pid: number, data: string): Promise<void> {
  const steps = [
    ['SIGINT', 8_000],
    ['SIGQUIT', 3_000],
    ['SIGKILL', 2_000],
  ] as const;
  for (const [signal, withinMs] of steps) {
    if (!isRunning(pid, data)) return;
    try {
      process.kill(pid, signal);
      // A stopped process (SIGSTOP) takes the signal only when it runs again.
      process.kill(pid, 'SIGCONT');
    } catch {
      return;
    }
    for (let waited = 0; waited < withinMs && isRunning(pid, data); waited += 10) await sleep(10);
  }
  if (!isRunning(pid, data)) await rm(join(data, 'postmaster.pid'), { force: true });
}
