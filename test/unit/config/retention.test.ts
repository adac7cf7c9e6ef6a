/** `config/rules/retention.yaml`: each kind in one class, none shorter than the law. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadLaw } from '../../../src/config/load-law.ts';
import { loadRetention } from '../../../src/config/load-retention.ts';
import { ENTRY_KINDS } from '../../../src/domain/ledger-entry.ts';

const DUTIES = { recordYears: 5, recordingYears: 10 };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'breakwater-retention-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const OURS = readFileSync('config/rules/retention.yaml', 'utf8');
const problemsOf = (text: string): string => {
  writeFileSync(join(folder, 'retention.yaml'), text);
  const loaded = loadRetention(folder, DUTIES);
  return loaded.ok ? '' : loaded.problems.join('\n');
};

test('ours names every kind of entry once, and keeps what the law files want at least', () => {
  const law = loadLaw('config/rules');
  if (!law.ok) throw new Error(law.problems.join('\n'));
  const { recordRetentionYears, recordingRetention } = law.law.federal;
  const duties = {
    recordYears: recordRetentionYears.value,
    recordingYears: Math.max(...recordingRetention.map(({ years }) => years)),
  };
  const loaded = loadRetention('config/rules', duties);
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  expect(loaded.classes.flatMap(({ kinds }) => kinds).sort()).toEqual([...ENTRY_KINDS].sort());
  const ever = loaded.classes.find(({ years }) => years === null);
  expect(ever?.kinds).toEqual(expect.arrayContaining(['opt_out', 'consent_revoked', 'ledger_pruned']));
  expect(problemsOf(OURS)).toBe('');
});

test.each([
  ['years: 5', 'years: 4', 'classes.0.years: is shorter than the law, got `4`, expected at least 5'],
  ['years: 10', 'years: 9', 'classes.1.years: is shorter than recordings are kept, got `9`'],
  ['years: null', 'years: 0', 'classes.2.years'],
  ['- call_result', '- opt_out', '`opt_out`, expected each kind in one class'],
  ['- call_result', '- call_resolt', 'classes.0.kinds'],
  ['name: ten_years', 'name: five_years', 'is another class already, got `five_years`'],
  ['    confidence: high', '    confidence: high\n    keep: all', 'keep'],
  ['classes:', 'sorts:', 'sorts'],
  [
    'after_erasure_years: 5',
    'after_erasure_years: 4',
    'classes.3.after_erasure_years: is shorter than the law',
  ],
  ['years: 10', 'years: 10\n    after_erasure_years: 10', 'belongs to a class without an end, got `10`'],
  ['years: null', 'years: null\n    after_erasure_years: 5', 'binds calls for ever, got `opt_out`'],
])('`%s` as `%s` is refused', (ours, theirs, said) => {
  expect(problemsOf(OURS.replace(ours, theirs))).toContain(said);
});

test('a folder without it is told of', () => {
  const loaded = loadRetention(folder, DUTIES);
  expect(loaded).toEqual({ ok: false, problems: [expect.stringContaining('retention.yaml') as string] });
});
