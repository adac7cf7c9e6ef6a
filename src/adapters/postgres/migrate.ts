/**
 * Forward-only migrations: numbered SQL files, each applied once in its own transaction, checksum recorded and compared ever after.
 * Several processes may start at once: an advisory lock lets one migrate and the others find it done.
 */
import { readdir, readFile } from 'node:fs/promises';
import type { Client } from 'pg';
import { sha256Hex } from '../../domain/hash-chain.ts';

/** Beside this file in `src/`, and copied beside its compiled form by the build. */
const MIGRATIONS = new URL('./migrations/', import.meta.url);

/** Advisory lock of the database: one migrating process. */
const MIGRATION_LOCK = 4_217_001;

export class MigrationFailed extends Error {
  override readonly name = 'MigrationFailed';
  readonly code = 'migration_failed';
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** Applies what is missing. Throws `MigrationFailed` when an applied file has changed or the database is newer than the code. */
export async function migrate(client: Client, directory: URL = MIGRATIONS): Promise<readonly string[]> {
  const migrations = await readMigrations(directory);
  await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
  try {
    await client.query('CREATE SCHEMA IF NOT EXISTS breakwater');
    await client.query(`CREATE TABLE IF NOT EXISTS breakwater.migration (
      name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
    const missing = await missingMigrations(client, migrations);
    for (const migration of missing) await apply(client, migration);
    return missing.map(({ name }) => name);
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
  }
}

async function readMigrations(directory: URL): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => /^\d{6}\.sql$/.test(name)).sort();
  if (names.length === 0) throw new MigrationFailed(`no migrations in \`${directory.pathname}\``);
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, directory), 'utf8');
      return { name, sql, checksum: sha256Hex(sql) };
    }),
  );
}

async function missingMigrations(
  client: Client,
  migrations: readonly Migration[],
): Promise<readonly Migration[]> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM breakwater.migration ORDER BY name',
  );
  const applied = new Map(rows.map((row) => [row.name, row.checksum]));
  const known = new Set(migrations.map(({ name }) => name));
  for (const name of applied.keys()) {
    if (!known.has(name))
      throw new MigrationFailed(`database has migration \`${name}\`, newer than this program`);
  }
  const missing = migrations.filter(({ name }) => !applied.has(name));
  for (const { name, checksum } of migrations) {
    const recorded = applied.get(name);
    if (recorded !== undefined && recorded !== checksum) {
      throw new MigrationFailed(`migration \`${name}\` has changed since it was applied`);
    }
    if (recorded !== undefined && missing.some((late) => late.name < name)) {
      throw new MigrationFailed(`migration \`${name}\` was applied before an earlier one`);
    }
  }
  return missing;
}

async function apply(client: Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query('INSERT INTO breakwater.migration (name, checksum) VALUES ($1, $2)', [name, checksum]);
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => undefined);
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new MigrationFailed(`migration \`${name}\` failed: ${text}`, { cause });
  }
}
