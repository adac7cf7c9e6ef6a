/**
 * Recordings on this machine's disk: plain in the exchange's monitor folder, encrypted in a folder of ours. A name without `.part` in
 * ours is a file that was read back and opened. Only the owner may read it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open as openFile, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { sha256Hex } from '../../domain/hash-chain.ts';
import type { KeptFile, RecordingTrack } from '../../domain/recording.ts';
import { RecordingDamaged, type PlainFile, type RecordingVault } from '../../ports/recording-vault.ts';
import { open, seal } from './container.ts';
import type { MasterKeys } from './master-keys.ts';

export interface FolderVaultOptions {
  /** Where the exchange writes. */
  readonly monitorDirectory: string;
  /** Where encrypted files go; on the same or another file system. */
  readonly directory: string;
  /** Null: kept plain where the exchange left them. */
  readonly keys: MasterKeys | null;
  readonly nowMs: () => number;
}

const ENDING = '.bwrc';
const PART = '.part';

export function folderVault({
  monitorDirectory,
  directory,
  keys,
  nowMs,
}: FolderVaultOptions): RecordingVault {
  const plainPath = (file: string): string => {
    if (basename(file) !== file || file === '') throw new Error(`\`${file}\` is not a file name`);
    return join(monitorDirectory, file);
  };
  /** A few hundred folders, so that none holds the files of years. */
  const containerOf = (file: string): string =>
    join(sha256Hex(file).slice(0, 2), `${basename(file)}${ENDING}`);
  const keptPath = ({ container, keyId }: Pick<KeptFile, 'container' | 'keyId'>): string => {
    if (keyId === null) return plainPath(container);
    const path = resolve(directory, container);
    if (!path.startsWith(resolve(directory) + sep)) throw new Error(`\`${container}\` is outside the folder`);
    return path;
  };
  const secretOf = (keyId: string): Promise<Buffer> =>
    keys === null ? Promise.reject(new Error(`no key \`${keyId}\``)) : keys.secretOf(keyId);
  const plainOf = (kept: KeptFile): AsyncIterable<Uint8Array> =>
    kept.keyId === null ? bytesOf(keptPath(kept)) : open(bytesOf(keptPath(kept)), secretOf);

  async function keepPlain(track: RecordingTrack, file: string, sha256: string): Promise<KeptFile> {
    const { bytes } = await digest(bytesOf(plainPath(file)));
    const container = { container: file, containerSha256: sha256, containerBytes: bytes };
    return { track, file, sha256, bytes, ...container, keyId: null };
  }

  async function keepSealed(
    track: RecordingTrack,
    plain: { readonly file: string; readonly sha256: string },
    from: MasterKeys,
  ): Promise<KeptFile> {
    const { file, sha256 } = plain;
    const key = await from.current();
    const container = containerOf(file);
    const path = join(directory, container);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const written = await writeDurably(path + PART, seal(bytesOf(plainPath(file)), { key, randomBytes }));
    const readBack = await digest(open(bytesOf(path + PART), secretOf));
    if (readBack.sha256 !== sha256) {
      await unlink(path + PART);
      throw new RecordingDamaged(`${file} opens to another hash than the ledger has: it was not kept`);
    }
    await rename(path + PART, path);
    await syncFolder(dirname(path));
    return {
      track,
      file,
      sha256,
      bytes: readBack.bytes,
      container,
      containerSha256: written.sha256,
      containerBytes: written.bytes,
      keyId: key.id,
    };
  }

  return {
    async problem() {
      if (keys === null) return null;
      return keys.current().then(
        () => null,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
    },
    async plainFiles(named) {
      const files = named ?? (await readdir(monitorDirectory)).filter((file) => file.endsWith('.wav'));
      const found = await Promise.all(
        files.map(async (file): Promise<PlainFile[]> => {
          const { mtimeMs } = await stat(plainPath(file)).catch(() => ({ mtimeMs: null }));
          return mtimeMs === null ? [] : [{ file, quietMs: nowMs() - mtimeMs }];
        }),
      );
      return found.flat();
    },
    keep: (track, plain) =>
      keys === null ? keepPlain(track, plain.file, plain.sha256) : keepSealed(track, plain, keys),
    removePlain: (files) => removeDurably(files.map(plainPath)),
    removeKept: (files) =>
      removeDurably(
        files.flatMap((file) => {
          const path = join(directory, containerOf(file));
          return [path, path + PART];
        }),
      ),
    has: (kept) =>
      stat(keptPath(kept)).then(
        () => true,
        () => false,
      ),
    async check(kept) {
      try {
        const { sha256 } = await digest(plainOf(kept));
        return sha256 === kept.sha256 ? null : `${kept.file} is not what was recorded: its hash is ${sha256}`;
      } catch (error) {
        return error instanceof RecordingDamaged
          ? error.message
          : `${kept.file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`;
      }
    },
    open: plainOf,
    openContainer: (kept) => bytesOf(keptPath(kept)),
  };
}

const bytesOf = (path: string): AsyncIterable<Buffer> => createReadStream(path);

async function digest(
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash('sha256');
  let count = 0;
  for await (const piece of bytes) {
    hash.update(piece);
    count += piece.length;
  }
  return { sha256: hash.digest('hex'), bytes: count };
}

/** On disk when it resolves, not only in the page cache. */
async function writeDurably(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const file = await openFile(path, 'w', 0o600);
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

async function removeDurably(paths: readonly string[]): Promise<void> {
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

async function syncFolder(path: string): Promise<void> {
  const folder = await openFile(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
