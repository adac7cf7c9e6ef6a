/**
 * The id of a folder of recordings, in a file of its own at the top of the folder. A folder whose volume is not mounted has no such
 * file, or another id: nothing that lies on the volume is taken for gone then.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder, writeDurably } from './durable-files.ts';

const NAME = 'recordings-folder.id';
const ID_BYTES = 16;

/** Null when the folder is not there or has no id. Rejects when the file is there and holds none. */
export async function storeId(directory: string): Promise<string | null> {
  const path = join(directory, NAME);
  try {
    const id = (await readFile(path, 'utf8')).trim();
    if (/^[0-9a-f]{32}$/.test(id)) return id;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  throw new Error(`\`${path}\` holds no id of a folder of recordings: 32 hexadecimal digits expected`);
}

/** The id of the folder, which gets one if it has none; on disk when it resolves. Two that ask at once get the same. */
export async function ensureStoreId(directory: string): Promise<string> {
  const known = await storeId(directory);
  if (known !== null) return known;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const id = randomBytes(ID_BYTES).toString('hex');
  const draft = join(directory, `${NAME}.${id}`);
  await writeDurably(draft, [Buffer.from(`${id}\n`)]);
  // A link is made whole or not at all, and never over another.
  await link(draft, join(directory, NAME)).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  await unlink(draft);
  await syncFolder(directory);
  const agreed = await storeId(directory);
  if (agreed === null) throw new Error(`\`${directory}\` lost its id while it was written`);
  return agreed;
}
