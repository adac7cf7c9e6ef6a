/** Reads one YAML file. Core schema: no dates, no tags, no duplicate keys; alias bombs are refused. Never throws. */
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { sha256Hex } from '../domain/hash-chain.ts';
import type { Report } from './check-settings.ts';

/** A configuration file of a megabyte is a mistake. */
export const FILE_BYTES_MAX = 1_000_000;

export interface YamlFile {
  readonly value: unknown;
  readonly sha256: string;
}

export function parseYaml(source: string, report: Report): unknown {
  try {
    const document = parseDocument(source, {
      schema: 'core',
      strict: true,
      uniqueKeys: true,
      prettyErrors: true,
    });
    const flaw = document.errors[0] ?? document.warnings[0];
    if (flaw !== undefined) {
      report('', 'is not YAML', flaw.message.split('\n')[0] ?? flaw.code, 'a YAML document');
      return undefined;
    }
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (error) {
    report('', 'is not YAML', error instanceof Error ? error.message : String(error), 'a YAML document');
    return undefined;
  }
}

/** Undefined when it could not be read; that is reported. */
export function readYaml(path: string, report: Report): YamlFile | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    report('', 'cannot be read', (error as NodeJS.ErrnoException).code ?? String(error), 'a readable file');
    return undefined;
  }
  if (bytes.length > FILE_BYTES_MAX) {
    report('', 'is too large', `${bytes.length} bytes`, `at most ${FILE_BYTES_MAX} bytes`);
    return undefined;
  }
  const value = parseYaml(bytes.toString('utf8'), report);
  return value === undefined ? undefined : { value: value ?? {}, sha256: sha256Hex(bytes) };
}
