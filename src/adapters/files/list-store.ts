/**
 * Where imported lists lie: `<lists>/<name>/<version>/` with a manifest and one file per area code, and `<lists>/<name>/current`
 * that names the version in force and the hash of its manifest. INVARIANT (all-at-once): a version is written beside the others,
 * made durable, and only then named by `current`, which is replaced in one rename; a death at any moment leaves the old one.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { isImportName } from '../../config/list-reach.ts';
import {
  type ListManifest,
  manifestText,
  parseManifest,
  sha256Of,
  VERSION_PATTERN,
} from './list-manifest.ts';
import type { NumberPages } from './number-pages.ts';
import { pageBytes, pageFile, pageKey, recordedPages } from './page-files.ts';

const PointerSchema = Type.Object({
  version: Type.String({ pattern: VERSION_PATTERN }),
  manifestSha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
});
/** What `current` says. */
export type Pointer = Readonly<Type.Static<typeof PointerSchema>>;

const CURRENT = 'current';
const MANIFEST = 'manifest.json';
const UNFINISHED = '.importing-';
const POINTER_BYTES_MAX = 1_000;

/** Something in the store is not as an import leaves it; `message` is told to the operator. */
export class StoreBroken extends Error {
  override readonly name = 'StoreBroken';
  readonly code = 'list_store_broken';
}

export const listsFolder = (dataDirectory: string): string => join(dataDirectory, 'lists');
export const versionFolder = (listFolder: string, version: string): string => join(listFolder, version);

/** Names of lists that have been imported at least once; none where nothing was ever imported. */
export async function listNames(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(orNothing);
  return (entries ?? [])
    .filter((entry) => entry.isDirectory() && isImportName(entry.name))
    .map(({ name }) => name)
    .sort();
}

/** Null when no version is in force yet. Rejects with `StoreBroken` when the pointer says nothing usable. */
export async function readPointer(listFolder: string): Promise<Pointer | null> {
  const text = await readFile(join(listFolder, CURRENT), 'utf8').catch(orNothing);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text.slice(0, POINTER_BYTES_MAX));
    if (Value.Check(PointerSchema, value)) return value;
  } catch {
    // Said below.
  }
  throw new StoreBroken(`\`${CURRENT}\` does not name a version`);
}

/** Rejects with `StoreBroken` when the manifest is not the one that was put in force. */
export async function readManifest(listFolder: string, pointer: Pointer): Promise<ListManifest> {
  const text = await readFile(join(versionFolder(listFolder, pointer.version), MANIFEST), 'utf8').catch(
    orNothing,
  );
  if (text === null) throw new StoreBroken(`version \`${pointer.version}\` has no manifest`);
  if (sha256Of(text) !== pointer.manifestSha256) {
    throw new StoreBroken(`the manifest of version \`${pointer.version}\` was changed`);
  }
  const manifest = await parseManifest(text, basename(listFolder), pointer.version);
  if (!manifest.ok) throw new StoreBroken(manifest.problem);
  return manifest.value;
}

/** Versions on disk, oldest first. */
export async function versionsOn(listFolder: string): Promise<readonly string[]> {
  const pattern = new RegExp(VERSION_PATTERN);
  return (await readdir(listFolder).catch(orNothing))?.filter((name) => pattern.test(name)).sort() ?? [];
}

/** Removes what imports that died have left behind. Only for the holder of the list's lock. */
export async function removeUnfinished(listFolder: string): Promise<number> {
  const left = ((await readdir(listFolder).catch(orNothing)) ?? []).filter((name) =>
    name.startsWith(UNFINISHED),
  );
  for (const name of left) await rm(join(listFolder, name), { recursive: true, force: true });
  return left.length;
}

/**
 * Makes a version durable and puts it in force. Pages that `base` has too are linked, not written again. Only for the holder
 * of the list's lock, who is asked once more before `current` changes: null, and nothing is in force, when it has another holder by
 * then. Its version was made of the one that we have read as well, and ours would undo it.
 */
export async function putInForce(
  listFolder: string,
  manifest: ListManifest,
  pages: NumberPages,
  base: ListManifest | null,
  isOurs: () => boolean,
): Promise<Pointer | null> {
  const draft = join(listFolder, `${UNFINISHED}${randomUUID()}`);
  await mkdir(draft);
  const baseFolder = base === null ? null : versionFolder(listFolder, base.version);
  const old = new Set([...(base?.pages ?? []), ...(base?.typePages ?? [])].map(pageKey));
  for (const { record, page } of recordedPages({ manifest, pages })) {
    const file = pageFile(record);
    const linked =
      baseFolder !== null &&
      old.has(pageKey(record)) &&
      (await link(join(baseFolder, file), join(draft, file)).then(
        () => true,
        () => false,
      ));
    if (!linked) await writeDurably(join(draft, file), pageBytes(page));
  }
  const text = manifestText(manifest);
  await writeDurably(join(draft, MANIFEST), text);
  await syncFolder(draft);
  const target = versionFolder(listFolder, manifest.version);
  // Not in force, or the import would have ended before: left by one that died between this rename and the next.
  await rm(target, { recursive: true, force: true });
  await rename(draft, target);
  await syncFolder(listFolder);
  const pointer = { version: manifest.version, manifestSha256: sha256Of(text) };
  const next = join(listFolder, `${UNFINISHED}${CURRENT}`);
  await writeDurably(next, `${JSON.stringify(pointer)}\n`);
  if (!isOurs()) return null;
  await rename(next, join(listFolder, CURRENT));
  await syncFolder(listFolder);
  return pointer;
}

/** Leaves `keep` versions, the newest, and always the `spared` ones, which a sidecar may be reading. */
export async function removeOldVersions(
  listFolder: string,
  keep: number,
  spared: readonly string[],
): Promise<void> {
  const others = (await versionsOn(listFolder)).filter((version) => !spared.includes(version));
  const surplus = others.slice(0, Math.max(0, others.length + spared.length - keep));
  for (const version of surplus)
    await rm(versionFolder(listFolder, version), { recursive: true, force: true });
}

async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'w', 0o644);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A rename is durable when its folder is. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function orNothing(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
  throw error;
}
