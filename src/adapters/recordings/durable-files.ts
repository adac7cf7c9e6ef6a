/** Files that are on disk, or gone from it, when the promise resolves: not only in the page cache. */
import { createHash } from 'node:crypto';
import { open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** SHA-256 (lower-case hexadecimal) and length of a stream. */
export interface Digest {
  readonly sha256: string;
  readonly bytes: number;
}

/** Readable to its owner alone; written over what is there. */
export async function writeDurably(
  path: string,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Digest> {
  const file = await open(path, 'w', 0o600);
  const hash = createHash('sha256');
  let count = 0;
  try {
    for await (const piece of pieces) {
      await file.writeFile(piece);
      hash.update(piece);
      count += piece.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), bytes: count };
}

/** One that is not there is no error. */
export async function removeDurably(paths: readonly string[]): Promise<void> {
  const folders = new Set<string>();
  for (const path of paths) {
    try {
      await unlink(path);
      folders.add(dirname(path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  for (const folder of folders) await syncFolder(folder);
}

/** Names that came or went in the folder. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
