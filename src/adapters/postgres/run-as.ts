/**
 * PostgreSQL refuses to run as root. Started by root, it runs as the system user `postgres`; where that user cannot reach the
 * store or the programs (a project below `/root`), it is lent the one capability to pass closed directories on the way.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { access, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const USER = 'postgres';
const SETPRIV = '/usr/bin/setpriv';

export interface RunAs {
  /** Owner that data directories need; undefined: we run as ourselves. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  spawn(program: string, args: readonly string[], cwd: string, output: number): ChildProcess;
}

/** `paths` must be reachable by whoever runs. Rejects when root has no `postgres` user and may not create one. */
export async function runAs(paths: readonly string[], createUser: boolean): Promise<RunAs> {
  if (process.getuid?.() !== 0) {
    return {
      owner: undefined,
      spawn: (program, args, cwd, output) => spawn(program, args, { ...detached(cwd, output) }),
    };
  }
  const owner = await systemUser(createUser);
  if (await reachable(paths)) {
    return {
      owner,
      spawn: (program, args, cwd, output) => spawn(program, args, { ...detached(cwd, output), ...owner }),
    };
  }
  await access(SETPRIV).catch(() => {
    throw new Error(
      `user \`${USER}\` cannot reach \`${paths.join('` or `')}\`: open the directories above them`,
    );
  });
  const lend = [
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    '--inh-caps=-all,+dac_read_search',
    '--ambient-caps=+dac_read_search',
    '--',
  ];
  return {
    owner,
    spawn: (program, args, cwd, output) => spawn(SETPRIV, [...lend, program, ...args], detached(cwd, output)),
  };
}

/** Its own session: a Ctrl-C in our terminal must not stop the store under calls that are still being settled. */
function detached(cwd: string, output: number) {
  return {
    cwd,
    detached: true,
    stdio: ['ignore', output, output] as ['ignore', number, number],
    env: { ...process.env, LC_ALL: 'C', PGDATA: undefined, PGPORT: undefined },
  };
}

async function systemUser(create: boolean): Promise<{ uid: number; gid: number }> {
  const look = async (): Promise<{ uid: number; gid: number }> => {
    const [uid, gid] = await Promise.all([run('id', ['-u', USER]), run('id', ['-g', USER])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  };
  try {
    return await look();
  } catch {
    if (!create) {
      throw new Error(`PostgreSQL cannot run as root and there is no system user \`${USER}\` to run it as`);
    }
    await run('useradd', ['--system', '--user-group', '--shell', '/usr/sbin/nologin', USER]);
    return look();
  }
}

/** True when every directory above the paths lets strangers pass. */
async function reachable(paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    for (let above = dirname(resolve(path)); above !== dirname(above); above = dirname(above)) {
      if (((await stat(above)).mode & 0o001) === 0) return false;
    }
  }
  return true;
}
