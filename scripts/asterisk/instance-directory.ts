/** The directory tree of one private Asterisk: its configuration, spool and database, and links to the read-only parts. */
import { chown, cp, lchown, mkdir, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { everyoneCanEnter, isRoot } from './cache-directory.ts';
import type { AsteriskLayout } from './layout.ts';

/** Asterisk never runs as root: `nobody` when we are root, else as ourselves. */
export function asteriskUser(): { readonly uid: number; readonly gid: number } {
  if (isRoot()) return { uid: 65_534, gid: 65_534 };
  return { uid: process.getuid?.() ?? 65_534, gid: process.getgid?.() ?? 65_534 };
}

const FOLDERS = [
  'etc',
  'lib',
  'db',
  'keys/keys',
  'data/sounds',
  'spool/monitor',
  'spool/recording',
  'spool/tmp',
  'spool/outgoing',
  'spool/system',
  'run',
  'log',
  'cache',
];

export async function makeInstanceDirectory(name: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `breakwater-${name}-`));
  for (const folder of FOLDERS) await mkdir(join(directory, folder), { recursive: true, mode: 0o755 });
  return directory;
}

export async function linkReadOnlyParts(directory: string, layout: AsteriskLayout): Promise<void> {
  for (const part of ['documentation', 'rest-api', 'moh']) {
    await symlink(join(layout.data, part), join(directory, 'data', part));
  }
  await symlink(layout.englishSounds, join(directory, 'data/sounds/en'));
  // `custom` beside `en` is found by every language.
  await mkdir(join(directory, 'data/sounds/custom'));
}

/**
 * Makes a file or directory of the project visible to the Asterisk user below `place`: as a link where that user can
 * reach it, so that later changes show, otherwise as a copy taken now.
 */
export async function present(original: string, place: string): Promise<'link' | 'copy'> {
  const path = resolve(original);
  if (!existsSync(path)) throw new Error(`\`${path}\` does not exist`);
  if (everyoneCanEnter(path) || basename(path).includes('.')) {
    // A plain file needs only its directory to be enterable.
    if (everyoneCanEnter(resolve(path, '..'))) {
      await symlink(path, place);
      return 'link';
    }
  }
  await cp(path, place, { recursive: true });
  return 'copy';
}

export async function writeFiles(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) await writeFile(join(directory, file), text);
}

/** Hands the tree to the user Asterisk runs as; links are changed themselves, never what they point to. */
export async function handOver(directory: string, user: { uid: number; gid: number }): Promise<void> {
  await chown(directory, user.uid, user.gid);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await handOver(path, user);
    else await lchown(path, user.uid, user.gid);
  }
}
