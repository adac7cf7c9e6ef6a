/** An import is all or nothing: what is taken, what is refused whole, and what a death in the middle leaves behind. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { ImportRequest } from '../../../src/adapters/files/import-list.ts';
import { takeImportLock } from '../../../src/adapters/files/import-lock.ts';
import { readManifest, readPointer } from '../../../src/adapters/files/list-store.ts';
import { sha256Hex } from '../../../src/domain/hash-chain.ts';
import { date, hitsOf, linesOf, listWorld, type ListWorld } from './world.ts';

const A = '+13035550101';
const B = '+13035550102';
const TEXAS: Partial<ImportRequest> = { name: 'texas', kind: 'state', jurisdiction: 'TX' };

const inForce = async (world: ListWorld, name = 'national') => {
  const folder = join(world.store, name);
  const pointer = await readPointer(folder);
  return pointer === null ? null : readManifest(folder, pointer);
};
const filesOf = (world: ListWorld, name = 'national'): readonly string[] =>
  readdirSync(join(world.store, name)).sort();

describe('an import', () => {
  test('puts a version in force that says where it came from', async () => {
    const world = listWorld();
    const content = '\uFEFFphone\r\n(303) 555-0101\r\n720,5550102\r\n\r\nnone\r\n';
    const outcome = await world.import([world.file('registry.csv', content)], { rejectedMaxBp: 5_000 });
    expect(outcome).toMatchObject({
      kind: 'imported',
      sources: [{ lines: 5, adds: 2, rejectedCount: 1, rejected: [{ line: 5 }] }],
    });
    expect(await inForce(world)).toMatchObject({
      ...{ name: 'national', kind: 'national', jurisdiction: null, obtainedOn: '2026-11-20', numbers: 2 },
      sources: [
        {
          ...{ file: 'registry.csv', mode: 'full', sha256: sha256Hex(content), lines: 5, rejected: 1 },
          ...{ obtainedOn: '2026-11-20', importedAt: '2026-11-21T17:00:00.000Z' },
        },
      ],
      pages: [
        { areaCode: 303, form: 'sorted', numbers: 1 },
        { areaCode: 720, form: 'sorted', numbers: 1 },
      ],
    });
    const lists = await world.open();
    expect(await hitsOf(lists, A)).toEqual(['national']);
    expect(await hitsOf(lists, '+17205550102')).toEqual(['national']);
    expect(await hitsOf(lists, '+17205550101')).toEqual([]);
  });

  test('of several files is one version', async () => {
    const world = listWorld();
    const files = [world.file('303.txt', linesOf('303,5550101')), world.file('720.txt', '720,5550102')];
    const manifest = await world.mustImport(files);
    expect(manifest.sources.map(({ file }) => file)).toEqual(['303.txt', '720.txt']);
    expect(manifest.numbers).toBe(2);
  });

  test('of a dense area code keeps a bitmap, and every number of it', async () => {
    const world = listWorld();
    const lines = Array.from({ length: 40_000 }, (_, n) => `303${2_000_000 + n * 150}`);
    const manifest = await world.mustImport([world.file('dense.txt', lines.join('\n'))]);
    expect(manifest.pages).toMatchObject([{ areaCode: 303, form: 'bitmap', numbers: 40_000 }]);
    const lists = await world.open();
    for (const n of [0, 1, 19_999, 39_999]) {
      expect(await hitsOf(lists, `+1303${2_000_000 + n * 150}`)).toEqual(['national']);
      expect(await hitsOf(lists, `+1303${2_000_001 + n * 150}`)).toEqual([]);
    }
  });

  test('of the same file again changes nothing and says so', async () => {
    const world = listWorld();
    const file = world.file('a.txt', linesOf('3035550101'));
    const { version } = await world.mustImport([file]);
    const before = filesOf(world);
    const pointer = readFileSync(join(world.store, 'national/current'), 'utf8');
    const again = await world.import([file]);
    expect(again).toMatchObject({ kind: 'unchanged', manifest: { version } });
    expect(filesOf(world)).toEqual(before);
    expect(readFileSync(join(world.store, 'national/current'), 'utf8')).toBe(pointer);
    const later = await world.import([file], { obtainedOn: date('2026-11-21') });
    expect(later).toMatchObject({ kind: 'imported', manifest: { obtainedOn: '2026-11-21' } });
  });

  test('mends a version whose bytes were damaged', async () => {
    const world = listWorld();
    const file = world.file('a.txt', linesOf('3035550101'));
    const { version } = await world.mustImport([file]);
    writeFileSync(join(world.store, 'national', version, '303.sorted'), Buffer.from([1, 2, 3, 4]));
    expect(await world.import([file])).toMatchObject({ kind: 'imported', manifest: { version } });
    expect(await hitsOf(await world.open(), A)).toEqual(['national']);
  });

  test('leaves the versions that are to be kept, and never those in use', async () => {
    const world = listWorld();
    for (let day = 1; day <= 5; day += 1) {
      await world.mustImport([world.file('a.txt', linesOf(`303555010${day}`))], {
        ...{ obtainedOn: date(`2026-11-0${day}`), keepVersions: 3 },
      });
    }
    const kept = filesOf(world).filter((name) => name.startsWith('2026'));
    expect(kept.map((name) => name.slice(0, 10))).toEqual(['2026-11-03', '2026-11-04', '2026-11-05']);
  });
});

describe('changes', () => {
  const whole = async (world: ListWorld) =>
    world.mustImport([world.file('whole.txt', linesOf('3035550101', '3035550102', '7205550101'))]);

  test('add and delete, keep the history, and share the pages they do not touch', async () => {
    const world = listWorld();
    const base = await whole(world);
    const delta = world.file('delta.txt', '303,5550101,D\n303,5550103,A\n');
    const next = await world.mustImport([delta], { mode: 'delta', obtainedOn: date('2026-11-21') });
    const lists = await world.open();
    expect(await hitsOf(lists, A)).toEqual([]);
    expect(await hitsOf(lists, B)).toEqual(['national']);
    expect(await hitsOf(lists, '+13035550103')).toEqual(['national']);
    expect(next.sources.map(({ file, mode }) => [file, mode])).toEqual([
      ['whole.txt', 'full'],
      ['delta.txt', 'delta'],
    ]);
    expect(next.obtainedOn).toBe('2026-11-21');
    expect(next.pages.find(({ areaCode }) => areaCode === 720)).toEqual(
      base.pages.find(({ areaCode }) => areaCode === 720),
    );
  });

  test('of dense area codes change theirs alone, though a sidecar keeps them in another form', async () => {
    const world = listWorld();
    const lines = Array.from({ length: 40_000 }, (_, n) => [`303${2_000_000 + n}`, `720${2_000_000 + n}`]);
    const base = await world.mustImport([world.file('dense.txt', lines.flat().join('\n'))]);
    const more = { mode: 'delta', obtainedOn: date('2026-11-21') } as const;
    const next = await world.mustImport([world.file('d.txt', '3032000000,D\n3039999999,A\n')], more);
    expect(next.pages).toMatchObject([
      { areaCode: 303, form: 'bitmap', numbers: 40_000 },
      { areaCode: 720, form: 'bitmap', numbers: 40_000 },
    ]);
    expect(next.pages[1]).toEqual(base.pages[1]);
    expect(next.pages[0]?.sha256).not.toBe(base.pages[0]?.sha256);
    const lists = await world.open();
    const listed = async (number: string) => (await hitsOf(lists, `+1${number}`)).length;
    expect([await listed('3032000000'), await listed('3032000001'), await listed('3039999999')]).toEqual([
      0, 1, 1,
    ]);
    expect([await listed('7202000000'), await listed('7202039999'), await listed('7202040000')]).toEqual([
      1, 1, 0,
    ]);
  });

  test('are applied once: again is nothing to do, and later is refused', async () => {
    const world = listWorld();
    await whole(world);
    const more = { mode: 'delta', obtainedOn: date('2026-11-21') } as const;
    const first = world.file('first.txt', '3035550101,D\n');
    await world.mustImport([first], more);
    expect((await world.import([first], more)).kind).toBe('unchanged');
    await world.mustImport([world.file('second.txt', '3035550101,A\n')], more);
    expect(await world.import([first], more)).toMatchObject({ kind: 'refused' });
    expect(await hitsOf(await world.open(), A)).toEqual(['national']);
  });

  test('need a version, and one that is whole', async () => {
    const world = listWorld();
    const delta = world.file('delta.txt', '3035550101,A\n');
    expect(await world.import([delta], { mode: 'delta' })).toMatchObject({
      problem: 'changes need a version to change, and none is in force; import the whole list first',
    });
    const { version } = await whole(world);
    rmSync(join(world.store, 'national', version, '303.sorted'));
    expect(await world.import([delta], { mode: 'delta' })).toMatchObject({ kind: 'refused', fault: true });
  });
});

describe('what is refused whole', () => {
  test('leaves no folder of a list that was never imported, and takes nothing from one that was', async () => {
    const world = listWorld();
    const bad = world.file('bad.txt', 'not a number');
    for (const mode of ['full', 'delta'] as const) {
      expect(await world.import([bad], { mode })).toMatchObject({ kind: 'refused' });
      expect(readdirSync(world.store)).toEqual([]);
    }
    await world.mustImport([world.file('good.txt', A)]);
    const before = filesOf(world);
    expect(await world.import([bad])).toMatchObject({ kind: 'refused' });
    expect(filesOf(world)).toEqual(before);
  });

  const good = linesOf(...Array.from({ length: 99 }, (_, n) => `30355501${String(n).padStart(2, '0')}`));

  test.each<[string, string | Buffer, RegExp]>([
    ['an empty file', '', /is empty/],
    ['only comments', '# nothing\n\n', /is empty/],
    ['prose', 'Dear all,\nhello\n', /holds no number, 2 lines were rejected; line 1: `Dear all`/],
    ['a gzip file', gzipSync(good), /is compressed \(gzip\)/],
    ['a zip file', 'PK\x03\x04abc', /is a zip archive/],
    ['UTF-16', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(good, 'utf16le')]), /is UTF-16/],
    ['a binary file', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 1]), /is binary/],
    ['a list that ends in binary', `${good}\0`, /is binary/],
    ['too many rejected lines', `${good}x\ny\n`, /2 of 101 lines were rejected, 1\.98 %, more than 1 %/],
  ])('%s', async (_what, content, problem) => {
    const world = listWorld();
    await world.mustImport([world.file('before.txt', linesOf('3035550199'))]);
    const pointer = readFileSync(join(world.store, 'national/current'), 'utf8');
    const outcome = await world.import([world.file('file', content)], {
      obtainedOn: date('2026-11-21'),
    });
    expect(outcome).toMatchObject({
      kind: 'refused',
      fault: false,
      problem: expect.stringMatching(problem) as string,
    });
    expect(readFileSync(join(world.store, 'national/current'), 'utf8')).toBe(pointer);
    expect(filesOf(world)).toHaveLength(2);
  });

  test('one rejected line in a hundred is not too many', async () => {
    const world = listWorld();
    expect((await world.import([world.file('file', `${good}x\n`)])).kind).toBe('imported');
  });

  test('one bad file of several', async () => {
    const world = listWorld();
    const files = [world.file('good', good), world.file('bad', 'x\n')];
    expect(await world.import(files)).toMatchObject({
      problem: expect.stringMatching(/^`bad` holds no number/) as string,
    });
    expect(await inForce(world)).toBeNull();
  });

  test.each([
    ['a file that is not there', '/nowhere/list.txt', '`list.txt` cannot be read: ENOENT'],
    ['a directory', '/tmp', '`tmp` is a directory, not a file'],
  ])('%s, as a fault', async (_what, path, problem) => {
    expect(await listWorld().import([path])).toMatchObject({ kind: 'refused', fault: true, problem });
  });

  test('a copy older than the one in force, unless that is said', async () => {
    const world = listWorld();
    const file = world.file('a.txt', good);
    await world.mustImport([file]);
    const older = { obtainedOn: date('2026-11-01') };
    expect(await world.import([file], older)).toMatchObject({
      problem: 'the version in force was obtained on 2026-11-20, later than 2026-11-01',
    });
    expect(await world.import([file], { ...older, olderAllowed: true })).toMatchObject({ kind: 'imported' });
  });

  test('another kind or state under a name that is taken', async () => {
    const world = listWorld();
    const file = world.file('a.txt', good);
    await world.mustImport([file], TEXAS);
    expect(await world.import([file], { ...TEXAS, jurisdiction: 'FL' })).toMatchObject({ kind: 'refused' });
    expect(await world.import([file], { name: 'texas' })).toMatchObject({ kind: 'refused' });
    expect(await inForce(world, 'texas')).toMatchObject({ jurisdiction: 'TX' });
  });
});

describe('an import that died', () => {
  const before = linesOf('3035550101');
  const after = linesOf('3035550102');

  test('while it wrote leaves the old version, and the next run clears up and is done', async () => {
    const world = listWorld();
    await world.mustImport([world.file('a.txt', before)]);
    const half = join(world.store, 'national/.importing-dead');
    mkdirSync(half);
    writeFileSync(join(half, '303.sorted'), 'half');
    writeFileSync(join(world.store, 'national/.importing-current'), '{"version":');
    expect(await hitsOf(await world.open(), A)).toEqual(['national']);
    await world.mustImport([world.file('b.txt', after)]);
    expect(existsSync(half)).toBe(false);
    expect(await hitsOf(await world.open(), A)).toEqual([]);
    expect(await hitsOf(await world.open(), B)).toEqual(['national']);
  });

  test('between the new version and its pointer leaves the old one in force', async () => {
    const world = listWorld();
    await world.mustImport([world.file('a.txt', before)]);
    const pointer = join(world.store, 'national/current');
    const old = readFileSync(pointer);
    const { version } = await world.mustImport([world.file('b.txt', after)]);
    writeFileSync(pointer, old);
    writeFileSync(join(world.store, 'national', version, '303.sorted'), 'cut');
    expect(await hitsOf(await world.open(), A)).toEqual(['national']);
    await world.mustImport([world.file('b.txt', after)]);
    expect(await hitsOf(await world.open(), B)).toEqual(['national']);
  });

  test('that another one has overruled puts nothing in force: it would undo what that one did', async () => {
    const world = listWorld();
    const { version } = await world.mustImport([world.file('a.txt', linesOf('3035550101'))]);
    const lock = join(world.store, 'national/import.lock');
    const outcome = await world.import(
      [world.file('d.txt', '3035550102,A\n')],
      { mode: 'delta' },
      // Of another container: it sees no process with our id.
      { progress: () => writeFileSync(lock, JSON.stringify({ pid: 7, started: '1', token: 'theirs' })) },
    );
    expect(outcome).toMatchObject({
      ...{ kind: 'refused', fault: true },
      problem: 'another import has taken this list over; run this one again',
    });
    expect((await world.open()).status()[0]?.inForce?.version.version).toBe(version);
    expect(readFileSync(lock, 'utf8')).toContain('theirs');
  });

  test('holds nobody up; one that lives does', async () => {
    const world = listWorld();
    const file = world.file('a.txt', before);
    const lock = join(world.store, 'national/import.lock');
    mkdirSync(join(world.store, 'national'));
    writeFileSync(lock, JSON.stringify({ pid: 2 ** 22 + 1, started: '1' }));
    await world.mustImport([file]);
    expect(existsSync(lock)).toBe(false);
    const started = readFileSync(`/proc/${process.pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[19];
    writeFileSync(lock, JSON.stringify({ pid: process.pid, started }));
    expect(await world.import([file])).toMatchObject({ kind: 'refused', fault: true });
    expect(existsSync(lock)).toBe(true);
  });
});

test('a first import whose folder was taken away by a refused one takes the list all the same', async () => {
  const world = listWorld();
  const folder = join(world.store, 'national');
  const lock = await takeImportLock(folder);
  expect(lock?.isOurs()).toBe(true);
  expect(await world.import([world.file('a.txt', linesOf('3035550101'))])).toMatchObject({
    ...{ kind: 'refused', fault: true },
    problem: 'another import of this list is running',
  });
  lock?.release();
});

test('a link to a list is read like the list', async () => {
  const world = listWorld();
  const link = join(world.base, 'link.txt');
  symlinkSync(world.file('a.txt', linesOf('3035550101')), link);
  expect((await world.import([link])).kind).toBe('imported');
});
