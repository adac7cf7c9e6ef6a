/** The server process of a data directory, told from `postmaster.pid` and checked against /proc: a stale file names a stranger. */
import { readlinkSync } from 'node:fs';
import { readFile, realpath, rm } from 'node:fs/promises';
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
  if (!Number.isInteger(pid) || pid <= 0 || !isRunning(pid, await realpath(data))) return undefined;
  return { pid, port, ready: lines[7]?.trim() === 'ready' };
}

/** True when `pid` lives and, where /proc tells, works in `data`. A server's working directory is its data directory. */
export function isRunning(pid: number, data: string): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === data;
  } catch (error) {
    // ENOENT: gone meanwhile or a zombie; EACCES or no /proc: take the pid's word.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT' || process.platform !== 'linux';
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
