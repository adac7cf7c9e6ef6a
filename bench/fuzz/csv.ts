/** CSV: list files as keepers never send them. Nothing throws, each line is taken or rejected, and what was listed whole is in the list. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { csvReader } from '../../src/adapters/files/csv-reader.ts';
import { importList } from '../../src/adapters/files/import-list.ts';
import { instant, parseLocalDate } from '../../src/domain/time.ts';
import { type Dice, mutateBytes, oneOf } from './mutate.ts';
import type { Fuzzing } from './run.ts';

const OBTAINED = parseLocalDate('2026-11-20');

export async function fuzzCsv(fuzzing: Fuzzing): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'breakwater-fuzz-'));
  let turn = 0;
  try {
    await fuzzing.inTurns(2, async (dice) => {
      turn += 1;
      await once(join(folder, `${turn}`), dice, fuzzing);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const LINES = [
  '3035550110', '+13035550111', '303-555-0112', '1 303 555 0113', '"3035550114"', '303,5550115', '', '#', 'phone', '720,5550116',
  '"303"",5550117"', '\ufeff3035550118', '3035550119,A', '3035550120,D', '911', '3035550121;x', '\t3035550122',
]; // prettier-ignore

async function once(at: string, dice: Dice, { keep }: Fuzzing): Promise<void> {
  if (!OBTAINED.ok) throw new Error('the date of the lists');
  const end = oneOf(dice, ['\n', '\r\n', '\r', '\n\n']);
  const text = Array.from({ length: 1 + dice(60) }, () => oneOf(dice, LINES)).join(end);
  const bytes = dice(4) === 0 ? Buffer.from(text) : mutateBytes(Buffer.from(text), dice);
  keep.sent(bytes);
  const file = `${at}.csv`;
  await writeFile(file, bytes);
  const outcome = await importList({
    ...{
      folder: `${at}-lists`,
      files: [file],
      mode: dice(3) === 0 ? 'delta' : 'full',
      obtainedOn: OBTAINED.value,
    },
    ...{ name: 'fuzzed', kind: 'internal', jurisdiction: null, campaignId: null, areaCodes: null },
    ...{ importedAt: instant(0), rejectedMaxBp: 10_000, keepVersions: 2, olderAllowed: true },
  });
  for (const source of outcome.sources) {
    if (source.rejectedCount > source.lines)
      keep.failed(`more rejected than read: ${JSON.stringify(source)}`);
  }
  if (outcome.kind === 'refused' && outcome.problem.trim() === '') keep.failed('a refusal without a word');
  if (outcome.kind === 'refused' && outcome.fault) keep.failed(`a fault of the machine: ${outcome.problem}`);
  readAsTable(bytes.toString('utf8'), keep);
  await rm(file);
  await rm(`${at}-lists`, { recursive: true, force: true });
}

/** The reader of the other files, `consent import` among them: an error is told, never thrown past its own kind. */
function readAsTable(text: string, keep: Fuzzing['keep']): void {
  const reader = csvReader();
  try {
    const half = Math.floor(text.length / 2);
    const rows = [...reader.push(text.slice(0, half)), ...reader.push(text.slice(half)), ...reader.finish()];
    if (rows.length > text.length + 1) keep.failed('more rows than characters');
  } catch (error) {
    if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) {
      keep.failed(`csv reader: ${String(error)}`);
    }
  }
}
