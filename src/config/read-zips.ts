/**
 * Reads `zips.txt`. It has a form of its own because 42,000 ZIPs take a YAML reader a fifth of a second: a section begins with
 * `= state | zones | counties` or `= unmodelled | place`, and its lines are three digits and the last two of each ZIP. Never throws.
 */
import { readFileSync } from 'node:fs';
import { type Hash, sha256Hex } from '../domain/hash-chain.ts';
import type { ZipPlace } from '../domain/law.ts';
import { show } from './law-shape.ts';
import { FILE_BYTES_MAX } from './read-settings.ts';

export const ZIPS_FILE = 'zips.txt';

export type ZipSection = {
  /** Line of its head. */
  readonly line: number;
  readonly rows: { readonly line: number; readonly prefix: string; readonly ends: string }[];
} & (
  { readonly kind: 'us'; readonly place: ZipPlace } | { readonly kind: 'unmodelled'; readonly place: string }
);

export type ReadZips =
  | { readonly ok: true; readonly sections: readonly ZipSection[]; readonly sha256: Hash }
  | { readonly ok: false; readonly problems: readonly string[] };

/** More than this is one broken file, not that many mistakes: the rest is only counted. */
const PROBLEMS_MAX = 50;

const ZONES = /^[A-Za-z_]+(\/[A-Za-z_]+)+( [A-Za-z_]+(\/[A-Za-z_]+)+)*$/;
const ZIPS = /^\d{3}( \d{2})+$/;

function head(text: string, line: number): ZipSection | undefined {
  const [first = '', second = '', third = '', ...rest] = text.split('|').map((part) => part.trim());
  if (rest.length > 0) return undefined;
  if (first === 'unmodelled') {
    return second === '' || third !== '' ? undefined : { line, rows: [], kind: 'unmodelled', place: second };
  }
  if (!/^[A-Z]{2}$/.test(first) || !ZONES.test(second)) return undefined;
  const counties = third === '' ? [] : third.split(',').map((name) => name.trim());
  return counties.includes('')
    ? undefined
    : { line, rows: [], kind: 'us', place: { state: first, zones: second.split(' '), counties } };
}

export function parseZips(text: string): { readonly sections: ZipSection[]; readonly problems: string[] } {
  const sections: ZipSection[] = [];
  const problems: string[] = [];
  let more = 0;
  const tell = (line: number, problem: string, got: string, expected: string): void => {
    if (problems.length < PROBLEMS_MAX) {
      problems.push(`line ${line}: ${problem}, got ${show(got)}, expected ${expected}`);
    } else more += 1;
  };
  for (const [index, row] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1;
    // Before comments are left out: what stands behind it on the screen would be lost with them.
    if (row.includes('\r')) {
      tell(line, 'a carriage return inside', row, 'one line each, ended by a line feed');
      continue;
    }
    if (row === '' || row.startsWith('#')) continue;
    if (row.startsWith('=')) {
      const section = head(row.slice(1), line);
      if (section === undefined) {
        tell(line, 'not the head of a section', row, '`= AL | America/Chicago` or `= unmodelled | place`');
      } else sections.push(section);
    } else if (!ZIPS.test(row)) {
      tell(line, 'not a line of ZIPs', row, 'three digits, then two for each ZIP, one blank between');
    } else {
      const section = sections.at(-1);
      if (section === undefined) tell(line, 'stands before any section', row, 'a head first');
      else section.rows.push({ line, prefix: row.slice(0, 3), ends: row.slice(4) });
    }
  }
  if (sections.length === 0) tell(1, 'says nothing', '', 'at least one section');
  if (more > 0) problems.push(`(file): more than these, got \`${more} more\`, expected none`);
  return { sections, problems };
}

export function readZips(path: string): ReadZips {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    return { ok: false, problems: [`(file): cannot be read, got ${show(code)}, expected a readable file`] };
  }
  if (bytes.length > FILE_BYTES_MAX) {
    const got = show(`${bytes.length} bytes`);
    return {
      ok: false,
      problems: [`(file): is too large, got ${got}, expected at most ${FILE_BYTES_MAX} bytes`],
    };
  }
  const { sections, problems } = parseZips(bytes.toString('utf8'));
  return problems.length > 0 ? { ok: false, problems } : { ok: true, sections, sha256: sha256Hex(bytes) };
}
