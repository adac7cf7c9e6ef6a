/** Reads `config/rules/*.yaml` and `zips.txt` into one checked, frozen `Law`. All problems are listed at once; nothing is ever half loaded. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TSchema } from 'typebox';
import type { Hash } from '../domain/hash-chain.ts';
import type { Law } from '../domain/law.ts';
import { buildLaw, type RawLaw } from './build-law.ts';
import { checkLaw } from './check-law.ts';
import { checkShape, show } from './law-shape.ts';
import { deepFreeze } from './freeze.ts';
import { AreaCodesFile, FederalFile, HolidaysFile, OperatorFile, StatesFile } from './law-schema.ts';
import { collectProblems } from './problems.ts';
import { RETENTION_FILE } from './load-retention.ts';
import { readYaml } from './read-settings.ts';
import { readZips, ZIPS_FILE } from './read-zips.ts';

/** The files of a rules directory, each with what it must look like. */
const FILES = {
  federal: ['federal.yaml', FederalFile],
  states: ['states.yaml', StatesFile],
  holidays: ['holidays.yaml', HolidaysFile],
  areaCodes: ['area-codes.yaml', AreaCodesFile],
  operator: ['operator.yaml', OperatorFile],
} as const satisfies Record<Exclude<keyof RawLaw, 'zips'>, readonly [string, TSchema]>;

export interface LoadedFile {
  readonly path: string;
  readonly sha256: Hash;
}

export type LoadedLaw =
  | { readonly ok: true; readonly law: Law; readonly files: readonly LoadedFile[] }
  | { readonly ok: false; readonly problems: string[] };

/** A misspelt file would be law that nobody applies. */
function strangers(directory: string): string[] {
  const expected: readonly string[] = [...Object.values(FILES).map(([name]) => name), RETENTION_FILE];
  try {
    return readdirSync(directory)
      .filter((name) => /\.ya?ml$/i.test(name) && !expected.includes(name))
      .map(
        (name) => `${name}: (file): unknown file, got ${show(name)}, expected only ${expected.join(', ')}`,
      );
  } catch (error) {
    return [`${directory}: (directory): cannot be read, got ${show(String(error))}, expected a directory`];
  }
}

export function loadLaw(directory: string): LoadedLaw {
  const problems = strangers(directory);
  const files: LoadedFile[] = [];
  const read = <S extends TSchema>([name, schema]: readonly [string, S]) => {
    const collected = collectProblems();
    const yaml = readYaml(join(directory, name), collected.inFile(name));
    problems.push(...collected.lines);
    if (yaml === undefined) return undefined;
    files.push({ path: `rules/${name}`, sha256: yaml.sha256 });
    const shaped = checkShape(schema, yaml.value, name);
    if (shaped.ok) return shaped.value;
    problems.push(...shaped.problems);
    return undefined;
  };
  const federal = read(FILES.federal);
  const states = read(FILES.states);
  const holidays = read(FILES.holidays);
  const areaCodes = read(FILES.areaCodes);
  const operator = read(FILES.operator);
  const zips = readZips(join(directory, ZIPS_FILE));
  if (zips.ok) files.push({ path: `rules/${ZIPS_FILE}`, sha256: zips.sha256 });
  else problems.push(...zips.problems.map((line) => `${ZIPS_FILE}: ${line}`));
  if (
    federal === undefined ||
    states === undefined ||
    holidays === undefined ||
    areaCodes === undefined ||
    operator === undefined ||
    !zips.ok
  ) {
    return { ok: false, problems };
  }
  const raw: RawLaw = { federal, states, holidays, areaCodes, operator, zips: zips.sections };
  const report = (file: keyof RawLaw, line: string): void => {
    problems.push(`${file === 'zips' ? ZIPS_FILE : FILES[file][0]}: ${line}`);
  };
  const law = buildLaw(raw, report);
  checkLaw(law, raw, report);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, law: deepFreeze(law), files };
}
