/**
 * Months of the ledger as files: the lines of an export (`ledger-2026-11.jsonl`) and beside them what they are (`ledger-2026-11.json`).
 * The latter is written last, when the lines are on the disk: a month that has it is archived, whatever else lies there.
 * What is being written has a name that nobody else uses, and whoever begins a month takes away what others have begun of it: of two
 * archives at once one fails, and neither writes into the other's file.
 */
import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** As it stands in its file. Its `heads` are what `ledger verify --heads` and `--from` read. */
export interface ArchivedMonth {
  readonly month: string;
  /** Name of the file with the lines, in the same folder. */
  readonly file: string;
  readonly entries: number;
  readonly first_id: number;
  readonly last_id: number;
  /** Of the file with the lines. */
  readonly sha256: string;
  /** Of every writer so far, at the end of the month. */
  readonly heads: Readonly<Record<string, { readonly seq: number; readonly hash: string }>>;
}

export interface MonthFile {
  /** Takes a line without its end. */
  write(line: string): Promise<void>;
  /** Resolves when the month is archived. */
  commit(what: Omit<ArchivedMonth, 'month' | 'file' | 'sha256'>): Promise<ArchivedMonth>;
  /** Leaves nothing behind. */
  abandon(): Promise<void>;
}

/** Somebody has put something else in the place of what was archived. */
export class ArchiveUnreadable extends Error {
  override readonly name = 'ArchiveUnreadable';
  readonly code = 'archive_unreadable';
}

/** Another archive has begun the same month in the same folder. */
export class ArchiveTaken extends Error {
  override readonly name = 'ArchiveTaken';
  readonly code = 'archive_taken';
}

const FLUSH_CHARS = 1 << 20;
const MANIFEST = /^ledger-\d{4}-(?:\d\d|before)\.json$/;
const PART = '.part';

/** Months that are archived in the folder, the oldest first; none where there is no folder. */
export async function archivedMonths(directory: string): Promise<readonly ArchivedMonth[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  const manifests = names.filter((name) => MANIFEST.test(name)).sort();
  const texts = await Promise.all(manifests.map((name) => readFile(join(directory, name), 'utf8')));
  return texts.map((text, index) => readManifest(manifests[index] ?? '', text));
}

function readManifest(name: string, text: string): ArchivedMonth {
  let read: Partial<ArchivedMonth> | null;
  try {
    read = JSON.parse(text) as Partial<ArchivedMonth> | null;
  } catch {
    read = null;
  }
  const { month, last_id: lastId, heads } = read ?? {};
  const isWhole = name === `ledger-${String(month)}.json` && Number.isSafeInteger(lastId);
  if (read === null || !isWhole || typeof heads !== 'object' || (heads as unknown) === null) {
    throw new ArchiveUnreadable(`\`${name}\` is not what the archive wrote of a month`);
  }
  return read as ArchivedMonth;
}

/** Begins the file of a month anew. */
export async function beginMonth(directory: string, month: string): Promise<MonthFile> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const name = `ledger-${month}.jsonl`;
  const path = join(directory, name);
  const manifest = join(directory, `ledger-${month}.json`);
  await removeParts(directory, month);
  const part = newPart(path);
  const file = await open(part, 'wx', 0o600);
  const hash = createHash('sha256');
  let waiting = '';
  const flush = async (): Promise<void> => {
    const text = waiting;
    waiting = '';
    hash.update(text);
    await file.writeFile(text);
  };
  return {
    async write(line) {
      waiting += `${line}\n`;
      if (waiting.length >= FLUSH_CHARS) await flush();
    },
    async commit(what) {
      await flush();
      await file.sync();
      await file.close();
      await rename(part, path).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        throw new ArchiveTaken(`another archive has begun ${month} in the same folder`, { cause: error });
      });
      await syncFolder(directory);
      const archived: ArchivedMonth = { month, file: name, sha256: hash.digest('hex'), ...what };
      const manifestPart = newPart(manifest);
      await writeWhole(manifestPart, `${JSON.stringify(archived, null, 2)}\n`);
      await rename(manifestPart, manifest);
      await syncFolder(directory);
      return archived;
    },
    async abandon() {
      await file.close();
      await rm(part, { force: true });
    },
  };
}

const newPart = (path: string): string => `${path}.${randomUUID()}${PART}`;

/** What an archive that was cut off has left of the month, or another one that is at it now. */
async function removeParts(directory: string, month: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.startsWith(`ledger-${month}.json`) && name.endsWith(PART)) {
      await rm(join(directory, name), { force: true });
    }
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  await closing(await open(path, 'wx', 0o600), async (file) => {
    await file.writeFile(text);
    await file.sync();
  });
}

/** A rename is on the disk when its folder is. */
const syncFolder = async (directory: string): Promise<void> =>
  closing(await open(directory), (folder) => folder.sync());

async function closing(file: FileHandle, work: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await work(file);
  } finally {
    await file.close();
  }
}
