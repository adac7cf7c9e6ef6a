/** Reads the tree for the tidy tests; paths are relative to the root, with forward slashes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

export interface SourceText {
  readonly path: string;
  readonly source: string;
}

const SKIPPED = new Set(['node_modules', 'dist', 'data', '.cache', '.git', 'coverage', 'vendor', 'rendered']);

/** Files below `folder` whose name ends in one of `endings`; a folder that is not there has none. */
export function readTree(folder: string, endings: readonly string[]): readonly SourceText[] {
  const found: SourceText[] = [];
  const walk = (directory: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) walk(path);
      else if (entry.isFile() && endings.some((ending) => entry.name.endsWith(ending))) {
        found.push({
          path: relative(ROOT, path).replaceAll('\\', '/'),
          source: readFileSync(path, 'utf8'),
        });
      }
    }
  };
  try {
    walk(join(ROOT, folder));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return found;
}

/** Files of the root folder itself, hidden ones and the lock file left out. */
export function readTop(): readonly SourceText[] {
  return readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && entry.name !== 'package-lock.json')
    .map(({ name }) => ({ path: name, source: readFileSync(join(ROOT, name), 'utf8') }));
}
