/**
 * A foreground program of ours with a bounded life: its output goes to a log file, it is ended by its own pid
 * (never by name), it dies with this process, and nothing of it is left when this process ends, even by SIGKILL.
 */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Standard output and error are appended here. */
  readonly logFile: string;
  /** Run as this user and group; only possible when we are root. */
  readonly runAs?: { readonly uid: number; readonly gid: number } | undefined;
  /** Removed when this process ends while the child still runs. */
  readonly removeAtExit?: string | undefined;
  /** Extra synchronous clean-up when this process ends while the child still runs. */
  readonly atExit?: (() => void) | undefined;
}

export interface Child {
  readonly pid: number;
  /** Resolves with the exit code, or with the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  isRunning(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** Waits up to `ms` for the end; true when it has ended. */
  waitForEnd(ms: number): Promise<boolean>;
  /** Sends `first`, waits `graceMs`, then SIGKILL. */
  stop(first?: NodeJS.Signals, graceMs?: number): Promise<void>;
}

const alive = new Map<number, ChildOptions>();
let exitHookInstalled = false;
let setprivFound: boolean | undefined;

export async function startChild(options: ChildOptions): Promise<Child> {
  installExitHook();
  const { command, args, spawnAs } = withParentDeathSignal(options);
  const log = openSync(options.logFile, 'a');
  const child = spawn(command, args, {
    cwd: options.cwd,
    stdio: ['ignore', log, log],
    env: childEnvironment(),
    ...spawnAs,
  });
  closeSync(log);
  let ended = false;
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = true;
      if (child.pid !== undefined) alive.delete(child.pid);
      resolve(code ?? signal ?? 'SIGKILL');
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(new Error(`cannot start \`${options.command}\``, { cause })));
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`cannot start \`${options.command}\``);
  alive.set(pid, options);

  const waitForEnd = async (ms: number): Promise<boolean> => {
    if (ended) return true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), ms);
    });
    const result = await Promise.race([exited.then(() => true), late]);
    clearTimeout(timer);
    return result;
  };
  const signal = (name: NodeJS.Signals): void => {
    if (!ended) child.kill(name);
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

/** What a child needs to find programs and the Docker engine; nothing else of ours (tokens, addresses) reaches it. */
export function childEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'XDG_RUNTIME_DIR'];
  const given = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (names.includes(entry[0]) || entry[0].startsWith('DOCKER_')),
  );
  return { ...Object.fromEntries(given), LANG: 'C.UTF-8', TERM: 'dumb' };
}

/** `setpriv` (util-linux) lets the kernel end the child when we vanish; without it the exit hook is all there is. */
function withParentDeathSignal(options: ChildOptions): {
  command: string;
  args: string[];
  spawnAs: { uid?: number; gid?: number };
} {
  setprivFound ??= spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0;
  const runAs = options.runAs;
  if (!setprivFound) {
    return {
      command: options.command,
      args: [...options.args],
      spawnAs: runAs === undefined ? {} : { uid: runAs.uid, gid: runAs.gid },
    };
  }
  const identity =
    runAs === undefined ? [] : ['--reuid', String(runAs.uid), '--regid', String(runAs.gid), '--clear-groups'];
  return {
    command: 'setpriv',
    args: ['--pdeathsig', 'KILL', ...identity, '--', options.command, ...options.args],
    spawnAs: {},
  };
}

function installExitHook(): void {
  if (exitHookInstalled) return;
  exitHookInstalled = true;
  process.on('exit', () => {
    for (const [pid, options] of alive) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended a moment ago.
      }
      options.atExit?.();
      if (options.removeAtExit !== undefined) rmSync(options.removeAtExit, { recursive: true, force: true });
    }
  });
}
