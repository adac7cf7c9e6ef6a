/** Reads one YAML file into plain data with its SHA-256. Never throws: what cannot be read or parsed is a problem. */
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { type Hash, sha256Hex } from '../domain/hash-chain.ts';

/** The law is some hundred kilobytes; a larger file is a mistake. */
const FILE_BYTES_MAX = 4_000_000;

export type YamlFile =
  | { readonly ok: true; readonly value: unknown; readonly sha256: Hash }
  | { readonly ok: false; readonly problems: string[] };

const failed = (...problems: string[]): YamlFile => ({ ok: false, problems });

export function readYaml(path: string, file: string): YamlFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    return failed(
      `${file}: (file): cannot be read, got ${error instanceof Error ? error.message : String(error)}, expected a file`,
    );
  }
  if (bytes.length > FILE_BYTES_MAX) {
    return failed(
      `${file}: (file): too large, got ${bytes.length} bytes, expected at most ${FILE_BYTES_MAX}`,
    );
  }
  try {
    const document = parseDocument(new TextDecoder('utf-8', { fatal: true }).decode(bytes), {
      uniqueKeys: true,
    });
    const faults = [...document.errors, ...document.warnings];
    if (faults.length > 0) {
      return failed(
        ...faults.map((fault) => {
          const place = fault.linePos?.[0];
          const line = place === undefined ? '(file)' : `line ${place.line}`;
          return `${file}: ${line}: not valid YAML, got ${fault.message.split('\n')[0] ?? fault.code}, expected YAML 1.2`;
        }),
      );
    }
    return { ok: true, value: document.toJS({ maxAliasCount: 0 }), sha256: sha256Hex(bytes) };
  } catch (error) {
    return failed(
      `${file}: (file): not valid YAML, got ${error instanceof Error ? error.message : String(error)}, expected YAML 1.2 in UTF-8`,
    );
  }
}
