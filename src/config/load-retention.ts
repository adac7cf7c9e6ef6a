/** Reads `config/rules/retention.yaml`: how long which entries of the ledger are kept. No decision stands on it; pruning does. */
import { join } from 'node:path';
import Type from 'typebox';
import type { Hash } from '../domain/hash-chain.ts';
import { CONFIDENCES } from '../domain/law.ts';
import { ENTRY_KINDS, type EntryKind } from '../domain/ledger-entry.ts';
import type { RetentionClass } from '../domain/ledger-retention.ts';
import { deepFreeze } from './freeze.ts';
import { checkShape, show } from './law-shape.ts';
import { collectProblems } from './problems.ts';
import { readYaml } from './read-settings.ts';

export const RETENTION_FILE = 'retention.yaml';

const Text = Type.String({ minLength: 1 });
const RetentionFile = Type.Object(
  {
    as_of: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
    classes: Type.Array(
      Type.Object(
        {
          name: Type.String({ pattern: '^[a-z][a-z0-9_]{0,31}$' }),
          years: Type.Union([Type.Integer({ minimum: 1, maximum: 100 }), Type.Null()]),
          after_erasure_years: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
          citation: Text,
          confidence: Type.Enum([...CONFIDENCES]),
          note: Type.Optional(Text),
          kinds: Type.Array(Type.Enum([...ENTRY_KINDS]), { minItems: 1 }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1 },
    ),
  },
  { additionalProperties: false },
);

/** What a person asked that must be honoured without end, and what says that something is gone: no request to delete ends them. */
const BINDING: readonly EntryKind[] = ['opt_out', 'consent_revoked', 'ledger_pruned', 'person_erased'];

export type LoadedRetention =
  | { readonly ok: true; readonly classes: readonly RetentionClass[]; readonly sha256: Hash }
  | { readonly ok: false; readonly problems: readonly string[] };

/** From the law files: how long records of calls are kept at least, and recordings at most. No class may be shorter. */
export interface LongestDuties {
  readonly recordYears: number;
  readonly recordingYears: number;
}

export function loadRetention(
  rulesDirectory: string,
  { recordYears, recordingYears }: LongestDuties,
): LoadedRetention {
  const collected = collectProblems();
  const yaml = readYaml(join(rulesDirectory, RETENTION_FILE), collected.inFile(RETENTION_FILE));
  if (yaml === undefined) return { ok: false, problems: collected.lines };
  const shaped = checkShape(RetentionFile, yaml.value, RETENTION_FILE);
  if (!shaped.ok) return { ok: false, problems: shaped.problems };
  const { classes } = shaped.value;
  const names = new Set<string>();
  const kinds = new Map<string, string>();
  const problems: string[] = [];
  classes.forEach(({ name, years, after_erasure_years: afterErasure, kinds: own }, index) => {
    const report = (key: string, what: string, value: unknown, expected: string): void => {
      problems.push(
        `${RETENTION_FILE}: classes.${index}.${key}: ${what}, got ${show(value)}, expected ${expected}`,
      );
    };
    if (names.has(name)) report('name', 'is another class already', name, 'a name of its own');
    names.add(name);
    if (years !== null && years < recordYears) {
      const expected = `at least ${recordYears} (record_retention_years of federal.yaml), or null`;
      report('years', 'is shorter than the law', years, expected);
    }
    if (years !== null && years < recordingYears && own.includes('recording_archived')) {
      const expected = `at least ${recordingYears} (recording_retention of federal.yaml), or null`;
      report('years', 'is shorter than recordings are kept', years, expected);
    }
    if (afterErasure !== undefined && years !== null) {
      report(
        'after_erasure_years',
        'belongs to a class without an end',
        afterErasure,
        'years: null beside it',
      );
    }
    if (afterErasure !== undefined && afterErasure < recordYears) {
      const expected = `at least ${recordYears} (record_retention_years of federal.yaml)`;
      report('after_erasure_years', 'is shorter than the law', afterErasure, expected);
    }
    for (const kind of own) {
      if (afterErasure !== undefined && BINDING.includes(kind))
        report('kinds', 'binds calls for ever', kind, 'a class without after_erasure_years');
      const other = kinds.get(kind);
      if (other !== undefined)
        report('kinds', `is in class ${other} already`, kind, 'each kind in one class');
      kinds.set(kind, name);
    }
  });
  if (problems.length > 0) return { ok: false, problems };
  const read = classes.map(({ name, years, after_erasure_years, citation, kinds: own }) => ({
    ...{ name, years, citation, kinds: own },
    afterErasureYears: after_erasure_years ?? null,
  }));
  return { ok: true, classes: deepFreeze(read), sha256: yaml.sha256 };
}
