/** Copies that were obtained for a few area codes: what they say of numbers elsewhere is nothing, and nothing is a veto. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDoNotCallLists } from '../../../src/adapters/files/do-not-call-lists.ts';
import { loadFileLists } from '../../../src/adapters/files/file-lists.ts';
import { parseManifest, sha256Of, versionOf } from '../../../src/adapters/files/list-manifest.ts';
import { listLoaded } from '../../../src/control/watch-lists.ts';
import { coversAtLeast, parseAreaCoverage } from '../../../src/domain/area-coverage.ts';
import { phone } from '../../support/fake-operations.ts';
import { campaign, date, linesOf, listWorld, type ListWorld, REJECTED_MAX_BP } from './world.ts';

const IN_303 = '+13035550150';
const IN_720 = '+17205550150';
const FEW = ['303'];
const TEXAS = { name: 'texas', kind: 'state', jurisdiction: 'TX' } as const;

const notCovering = async (world: ListWorld, number: string) =>
  (await (await world.open()).lookUp(phone(number), campaign('solar'))).notCovering;

describe('a number outside the area codes of a copy', () => {
  test('is told with the names of the copies, and one inside is not', async () => {
    const world = listWorld();
    const file = world.file('a.txt', linesOf('3035550101'));
    await world.mustImport([file], { areaCodes: FEW });
    await world.mustImport([file], { ...TEXAS, areaCodes: ['303', '512'] });
    expect(await notCovering(world, IN_303)).toBeUndefined();
    expect(await notCovering(world, IN_720)).toEqual(['national', 'texas']);
    expect(await notCovering(world, '+15125550150')).toEqual(['national']);
  });

  test('is covered everywhere only when that was said', async () => {
    const world = listWorld();
    await world.mustImport([world.file('a.txt', linesOf('3035550101'))], { areaCodes: 'all' });
    expect(await notCovering(world, IN_720)).toBeUndefined();
  });

  test('a hit counts even there', async () => {
    const world = listWorld();
    const file = world.file('a.txt', linesOf('3035550101', '7205550150'));
    await world.mustImport([file], { areaCodes: FEW });
    expect(await (await world.open()).lookUp(phone(IN_720), campaign('solar'))).toMatchObject({
      ...{ hits: ['national'], notCovering: ['national'] },
    });
  });

  test("the seller's own lists know no area codes", async () => {
    const world = listWorld();
    const file = world.file('a.txt', linesOf('3035550101'));
    await world.mustImport([file], { name: 'ours', kind: 'litigator' });
    expect(await notCovering(world, IN_720)).toBeUndefined();
  });

  test('a copy of which nobody said it covers nothing', async () => {
    const world = listWorld();
    await world.mustImport([world.file('a.txt', linesOf('3035550101'))], { areaCodes: null });
    expect(await notCovering(world, IN_303)).toEqual(['national']);
    const [status] = (await world.open()).status();
    expect(status?.inForce?.areaCodes).toBeNull();
  });

  test('the same holds for a list that is a file', async () => {
    const world = listWorld();
    const files = await loadFileLists(
      [
        world.setting('national', linesOf('3035550101'), { areaCodes: FEW }),
        world.setting('ours', linesOf('3035550101'), { kind: 'internal', areaCodes: null }),
      ],
      REJECTED_MAX_BP,
    );
    if (!files.ok) throw new Error(files.problems.join());
    const options = { files: files.lists, folder: world.store, required: [], listStates: new Set<string>() };
    const lists = await openDoNotCallLists(options);
    expect((await lists.lookUp(phone(IN_720), campaign('solar'))).notCovering).toEqual(['national']);
  });
});

describe('what a copy covers', () => {
  test('is in its manifest, under its hash, and in its ledger entry', async () => {
    const world = listWorld();
    const file = world.file('a.txt', linesOf('3035550101'));
    const few = await world.mustImport([file], { areaCodes: FEW });
    const all = await world.mustImport([file], { areaCodes: 'all' });
    expect([few.areaCodes, all.areaCodes]).toEqual([FEW, 'all']);
    expect(few.version).not.toBe(all.version);
    const text = readFileSync(join(world.store, 'national', few.version, 'manifest.json'), 'utf8');
    expect((await parseManifest(text, 'national', few.version)).ok).toBe(true);
    const wider = JSON.stringify({ ...(JSON.parse(text) as object), areaCodes: 'all' });
    expect(await parseManifest(wider, 'national', few.version)).toMatchObject({ ok: false });
    const loaded = (await world.open()).status()[0]?.inForce;
    if (loaded == null) throw new Error('nothing is in force');
    expect(listLoaded(loaded).body).toMatchObject({ areaCodes: 'all' });
  });

  test('a version made before copies said it can still be read', async () => {
    const world = listWorld();
    const made = await world.mustImport([world.file('a.txt', linesOf('3035550101'))], { areaCodes: null });
    expect(Object.keys(made)).not.toContain('areaCodes');
    expect(versionOf(made)).toBe(made.version);
    const text = readFileSync(join(world.store, 'national', made.version, 'manifest.json'), 'utf8');
    const pointer = { version: made.version, manifestSha256: sha256Of(text) };
    writeFileSync(join(world.store, 'national/current'), JSON.stringify(pointer));
    expect(await notCovering(world, IN_303)).toEqual(['national']);
  });

  test('changes keep it, may widen it in so many words, and never narrow it', async () => {
    const world = listWorld();
    await world.mustImport([world.file('a.txt', linesOf('3035550101'))], { areaCodes: FEW });
    const delta = (lines: string, more: object = {}) =>
      world.import([world.file('d.txt', lines)], { mode: 'delta', obtainedOn: date('2026-11-21'), ...more });
    expect(await delta('7205550101,A\n')).toMatchObject({ manifest: { areaCodes: FEW } });
    expect(await notCovering(world, IN_720)).toEqual(['national']);
    const wider = await delta('7205550102,A\n', { areaCodes: ['303', '720'] });
    expect(wider).toMatchObject({ kind: 'imported', manifest: { areaCodes: ['303', '720'] } });
    expect(await notCovering(world, IN_720)).toBeUndefined();
    expect(await delta('7205550103,A\n', { areaCodes: ['720'] })).toMatchObject({
      ...{ kind: 'refused', problem: expect.stringMatching(/cannot narrow .* 303, 720/) as string },
    });
    // The same changes with more to cover are not "nothing to do".
    expect(await delta('7205550102,A\n', { areaCodes: 'all' })).toMatchObject({ kind: 'refused' });
  });

  test('an area code of the registry without a number is a file that was forgotten', async () => {
    const world = listWorld();
    const file = world.file('a.txt', linesOf('3035550101'));
    const both = ['303', '720'];
    expect(await world.import([file], { areaCodes: both })).toMatchObject({
      ...{ kind: 'refused', problem: expect.stringContaining('no number of area code 720') as string },
    });
    expect((await world.import([file], { ...TEXAS, areaCodes: both })).kind).toBe('imported');
    const answer = await loadFileLists(
      [world.setting('national', linesOf('3035550101'), { areaCodes: both })],
      REJECTED_MAX_BP,
    );
    expect(answer.ok ? '' : answer.problems[0]).toContain('holds no number of area code 720');
  });
});

describe('what an operator may say', () => {
  test.each([
    ['all', 'all'],
    ['720, 303', ['303', '720']],
    ['303', ['303']],
  ])('`%s`', (text, value) => expect(parseAreaCoverage(text)).toEqual({ ok: true, value }));

  test.each(['', 'ALL', 'all,303', '303,', '30', '3035', '103', '303,303', '303;720', '*'])(
    'never `%s`',
    (text) => expect(parseAreaCoverage(text).ok).toBe(false),
  );

  test('wider is wider', () => {
    expect(coversAtLeast('all', FEW)).toBe(true);
    expect(coversAtLeast(FEW, 'all')).toBe(false);
    expect(coversAtLeast(['303', '720'], FEW)).toBe(true);
    expect(coversAtLeast(['720'], FEW)).toBe(false);
    expect(coversAtLeast(FEW, null)).toBe(true);
  });
});
