/**
 * Recordings on this machine's disk: plain in the exchange's monitor folder, encrypted in a folder of ours. A name without `.part` in
 * ours is a file that was read back and opened. Only the owner may read it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { sha256Hex } from '../../domain/hash-chain.ts';
import type { KeptFile, RecordingTrack } from '../../domain/recording.ts';
import { RecordingDamaged, type PlainFile, type RecordingVault } from '../../ports/recording-vault.ts';
import { open, seal } from './container.ts';
import { type Digest, removeDurably, syncFolder, writeDurably } from './durable-files.ts';
import type { MasterKeys } from './master-keys.ts';
import { ensureStoreId, storeId } from './store-id.ts';

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
    const store = await ensureStoreId(monitorDirectory).catch((error: unknown) => {
      // Where we may not write we cannot delete either, so nothing will ever be said to be gone.
      if (['EACCES', 'EPERM', 'EROFS'].includes(String(codeOf(error)))) return null;
      throw error;
    });
    return { track, file, sha256, bytes, ...container, keyId: null, ...(store === null ? {} : { store }) };
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
    const store = await ensureStoreId(directory);
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
      store,
    };
  }

  const idsHere = async (): Promise<readonly string[]> => {
    const ids = await Promise.all([directory, monitorDirectory].map(storeId));
    return ids.filter((id) => id !== null);
  };
  const isThere = (kept: KeptFile): Promise<boolean> =>
    stat(keptPath(kept)).then(
      () => true,
      () => false,
    );

  async function absence(kept: readonly KeptFile[]): Promise<string | null> {
    const here = await idsHere();
    const away = kept.find(({ store }) => store !== undefined && !here.includes(store));
    if (away?.store !== undefined) return `folder ${away.store}, which has ${away.file}, is not here`;
    const unnamed = kept.filter(({ store }) => store === undefined);
    if (unnamed.length === 0 || (await Promise.all(unnamed.map(isThere))).includes(true)) return null;
    return `nothing proves that the folder which has ${String(unnamed[0]?.file)} is here`;
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
    has: isThere,
    stores: idsHere,
    absence,
    async check(kept) {
      try {
        const { sha256 } = await digest(plainOf(kept));
        if (sha256 === kept.sha256) return { kind: 'whole' };
        const problem = `${kept.file} is not what was recorded: its hash is ${sha256}`;
        return { kind: 'damaged', problem };
      } catch (error) {
        if (error instanceof RecordingDamaged) return { kind: 'damaged', problem: error.message };
        const why = codeOf(error) ?? (error instanceof Error ? error.message : String(error));
        return { kind: 'unavailable', problem: `${kept.file} cannot be read: ${why}` };
      }
    },
    open: plainOf,
    openContainer: (kept) => bytesOf(keptPath(kept)),
  };
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

const bytesOf = (path: string): AsyncIterable<Buffer> => createReadStream(path);

async function digest(bytes: AsyncIterable<Uint8Array>): Promise<Digest> {
  const hash = createHash('sha256');
  let count = 0;
  for await (const piece of bytes) {
    hash.update(piece);
    count += piece.length;
  }
  return { sha256: hash.digest('hex'), bytes: count };
}
