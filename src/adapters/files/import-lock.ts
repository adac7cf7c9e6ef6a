/** One import per list at a time: a lock file that names its holder. A holder that no longer lives is overruled. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';

const LOCK = 'import.lock';

export interface ImportLock {
  /** False once somebody else has the list: who runs in another container does not see that we live, and overrules us. */
  isOurs(): boolean;
  release(): void;
}

/** Makes the folder of the list where it is not there. Undefined while another process imports this list. */
export async function takeImportLock(listFolder: string): Promise<ImportLock | undefined> {
  const file = join(listFolder, LOCK);
  const own = JSON.stringify({ pid: process.pid, started: startOf(process.pid), token: randomUUID() });
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      // Each time: a first import that is refused takes the folder away when it ends.
      mkdirSync(listFolder, { recursive: true });
      writeFileSync(file, own, { flag: 'wx' });
      const isOurs = (): boolean => read(file) === own;
      return {
        isOurs,
        release() {
          if (isOurs()) rmSync(file, { force: true });
        },
      };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') continue;
      if (code !== 'EEXIST') throw error;
    }
    const holder = read(file);
    if (holder === undefined) continue;
    if (isAlive(holder)) return undefined;
    // Moved away first: of two that find it stale, one moves it and the other finds nothing, or a fresh one.
    const aside = `${file}.${randomUUID()}`;
    const moved = await rename(file, aside).then(
      () => read(aside),
      () => undefined,
    );
    if (moved !== undefined && moved !== holder) await rename(aside, file);
    else await rm(aside, { force: true });
  }
  return undefined;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** A lock that says nothing readable was cut off by a crash of the machine. */
function isAlive(holder: string): boolean {
  try {
    const { pid, started } = JSON.parse(holder) as { pid: number; started: string | null };
    try {
      process.kill(pid, 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
    }
    return startOf(pid) === started;
  } catch {
    return false;
  }
}

/** Field 22 of `/proc/<pid>/stat`: a later process with the same pid is another one. Null where there is no /proc. */
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
