/** One process per embedded store: a lock file that names its holder. A holder that no longer lives is overruled. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';

export class EmbeddedStoreHeld extends Error {
  override readonly name = 'EmbeddedStoreHeld';
  readonly code = 'embedded_store_held';
  readonly pid: number;

  constructor(directory: string, pid: number) {
    super(
      `the embedded store in \`${directory}\` is held by process ${pid}; stop it, or set DATABASE_URL to share a server`,
    );
    this.pid = pid;
  }
}

export interface EmbeddedLock {
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  /** Start time of the process where the system tells: a later process with the same pid is another one. */
  readonly started: string | null;
  readonly token: string;
}

/** Takes the lock file or rejects with `EmbeddedStoreHeld`. `directory` is for the message. */
export async function takeEmbeddedLock(file: string, directory: string): Promise<EmbeddedLock> {
  const own: Holder = { pid: process.pid, started: startOf(process.pid), token: randomUUID() };
  const draft = `${file}.${own.token}`;
  await writeFile(draft, JSON.stringify(own), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      if (await linkOnto(draft, file)) {
        return {
          release: async () => {
            if ((await read(file))?.token === own.token) await rm(file, { force: true });
          },
        };
      }
      const holder = await read(file);
      if (holder !== undefined && isAlive(holder)) throw new EmbeddedStoreHeld(directory, holder.pid);
      await removeStale(file, holder, directory);
    }
    throw new Error(`cannot take \`${file}\`: others take it again and again`);
  } finally {
    await rm(draft, { force: true });
  }
}

/** A link appears whole or not at all, and never over another file. */
async function linkOnto(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves the stale file away; if another process was quicker and we moved its fresh one, gives it back. */
async function removeStale(file: string, stale: Holder | undefined, directory: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch {
    return; // somebody else moved it
  }
  const moved = await read(aside);
  if (moved !== undefined && moved.token !== stale?.token && isAlive(moved)) {
    await linkOnto(aside, file);
    await rm(aside, { force: true });
    throw new EmbeddedStoreHeld(directory, moved.pid);
  }
  await rm(aside, { force: true });
}

async function read(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return started === null || startOf(pid) === started;
}

/** Field 22 of `/proc/<pid>/stat`; a zombie is as good as dead. Null where there is no /proc. */
function startOf(pid: number): string | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[0] === 'Z' ? 'zombie' : (fields[19] ?? null);
  } catch {
    return null;
  }
}
