/** Wherever the law files are spoilt, nothing is loaded and the place is told: keys, days, dates, overlapping rows, at random. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadLaw } from '../../../src/config/load-law.ts';
import { RULES_DIRECTORY } from '../../support/rules-world.ts';

type Node = Record<string, unknown>;
type File = (typeof FILES)[number];
const FILES = ['federal.yaml', 'states.yaml', 'holidays.yaml', 'operator.yaml'] as const;
/** Each loads all files: the shipped ones take some tenths of a second. */
const RUNS = { numRuns: 10 };

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'law-'));
  cpSync(RULES_DIRECTORY, directory, { recursive: true });
});
afterEach(() => rmSync(directory, { recursive: true }));

const documentOf = (file: File): Node => parse(readFileSync(join(RULES_DIRECTORY, file), 'utf8')) as Node;

interface Spot {
  readonly file: File;
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Every value of the files, with where it stands. */
const SPOTS: readonly Spot[] = FILES.flatMap((file) => {
  const found: Spot[] = [];
  const walk = (value: unknown, path: readonly string[]): void => {
    found.push({ file, path, value });
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key]);
  };
  walk(documentOf(file), []);
  return found;
});

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The problems when the value at `spot` is what `spoil` makes of it. */
function problemsWith({ file, path }: Spot, spoil: (value: unknown) => unknown): readonly string[] {
  const holder = { root: documentOf(file) as unknown };
  const keys = ['root', ...path];
  const last = keys.pop() ?? 'root';
  let inner: Node = holder;
  for (const key of keys) inner = inner[key] as Node;
  inner[last] = spoil(inner[last]);
  writeFileSync(join(directory, file), stringify(holder.root));
  const loaded = loadLaw(directory);
  cpSync(join(RULES_DIRECTORY, file), join(directory, file));
  return loaded.ok ? [] : loaded.problems;
}

/** Every spot of a kind is as likely as any other. */
function spots(what: string, isOne: (spot: Spot) => boolean): fc.Arbitrary<Spot> {
  const found = SPOTS.filter(isOne);
  if (found.length === 0) throw new Error(`the law has no ${what}`);
  return fc.constantFrom(...found);
}

test('written out again unchanged, they load', () => {
  for (const file of FILES)
    expect(problemsWith({ file, path: [], value: null }, (value) => value)).toEqual([]);
});

test('a key that nobody knows, anywhere', () => {
  const anyName = fc.stringMatching(/^[a-z]{3,12}_[a-z]{3,12}_x$/);
  fc.assert(
    fc.property(
      spots('objects', ({ value }) => isNode(value)),
      anyName,
      (spot, name) => {
        const problems = problemsWith(spot, (value) => ({ ...(value as Node), [name]: 1 }));
        expect(problems.join('\n')).toContain(name);
      },
    ),
    RUNS,
  );
});

test('a week that lacks a day', () => {
  fc.assert(
    fc.property(
      spots('weeks', ({ path }) => path.at(-1) === 'week'),
      fc.nat(),
      (spot, drawn) => {
        const problems = problemsWith(spot, (value) => {
          const days = Object.entries(value as Node);
          return Object.fromEntries(days.filter((_, index) => index !== drawn % days.length));
        });
        expect(problems.join('\n')).toMatch(/days missing|wrong value|missing/);
        expect(problems.join('\n')).toContain(spot.path.join('.'));
      },
    ),
    RUNS,
  );
});

test('a date that is none', () => {
  const noDate = fc.constantFrom('2026-02-30', '2026-13-01', 'soon', '', '20261018', '2026-10-18T00:00:00Z');
  fc.assert(
    fc.property(
      spots('dates', ({ value }) => typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)),
      noDate,
      (spot, text) => {
        expect(problemsWith(spot, () => text).join('\n')).toContain(spot.path.join('.'));
      },
    ),
    RUNS,
  );
});

test('two rows of one provision for the same day', () => {
  fc.assert(
    fc.property(
      spots('histories', ({ path, value }) => path.at(-1) === 'hours' && Array.isArray(value)),
      (spot) => {
        const problems = problemsWith(spot, (value) => [
          ...(value as unknown[]),
          (value as unknown[]).at(-1),
        ]);
        expect(problems.join('\n')).toContain('overlaps the row before');
        expect(problems.join('\n')).toContain(spot.path.join('.'));
      },
    ),
    RUNS,
  );
});
