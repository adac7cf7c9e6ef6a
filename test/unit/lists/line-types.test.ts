/** Lists that say what their lines are: which columns and words, what is kept of them, and that no number is ever lost for one. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadFileLists } from '../../../src/adapters/files/file-lists.ts';
import { plainWord, toldType, typeColumns } from '../../../src/adapters/files/line-type-columns.ts';
import { readListLine, UNSETTLED } from '../../../src/adapters/files/list-lines.ts';
import {
  manifestText,
  parseManifest,
  sha256Of,
  versionOf,
} from '../../../src/adapters/files/list-manifest.ts';
import { canonicalJson } from '../../../src/domain/canonical-json.ts';
import { toJson } from '../../../src/control/decision-entry.ts';
import { listLoaded } from '../../../src/control/watch-lists.ts';
import type { LiveLists } from '../../../src/adapters/files/do-not-call-lists.ts';
import { phone } from '../../support/fake-operations.ts';
import { campaign, date, hitsOf, linesOf, listWorld, REJECTED_MAX_BP } from './world.ts';

const A = '+13035550101';
const B = '+13035550102';
const C = '+13035550103';
const D = '+17205550104';
const typesOf = async (lists: LiveLists, number: string) =>
  (await lists.lookUp(phone(number), campaign('solar'))).lineTypes;
const said = (lineType: string, list = 'national') => [{ list, lineType }];

describe('the columns of a header', () => {
  test.each([
    ['phone,type', [{ at: 1, asks: 'type' }]],
    ['Line_Type;Phone Number', [{ at: 0, asks: 'type' }]],
    ['phone_type,phone', [{ at: 0, asks: 'type' }]],
    [
      'number,number type,carrier-type',
      [
        { at: 1, asks: 'type' },
        { at: 2, asks: 'type' },
      ],
    ],
    [
      'phone,wireless,VoIP flag',
      [
        { at: 1, asks: 'mobile' },
        { at: 2, asks: 'voip' },
      ],
    ],
    [
      'phone,is_mobile,is_landline',
      [
        { at: 1, asks: 'mobile' },
        { at: 2, asks: 'landline' },
      ],
    ],
  ])('%j say what lines are', (header, types) => {
    const answer = readListLine(header, UNSETTLED);
    expect(answer).toMatchObject({ kind: 'header', format: { types } });
    const column = answer.kind === 'header' ? answer.format.column : -1;
    expect(types.map(({ at }) => at)).not.toContain(column);
  });

  test.each(['name,mobile', 'cell', 'phone,typed by', 'phone,wireless carrier', 'phone,account type'])(
    '%j do not',
    (header) => {
      expect(readListLine(header, UNSETTLED)).toEqual({
        ...{ kind: 'header', format: { column: expect.any(Number) as number, settled: true, others: [] } },
      });
    },
  );
});

describe('the word of a line', () => {
  const told = (header: string, ...fields: readonly string[]) =>
    toldType(fields, typeColumns(header.split(',').map(plainWord)));

  test.each([
    ['type', ['Wireless'], 'mobile'],
    ['type', ['cell-phone'], 'mobile'],
    ['type', ['VOIP'], 'voip'],
    ['type', ['Non-Fixed VoIP'], 'voip'],
    ['type', ['LANDLINE'], 'landline'],
    ['type', ['Fixed_Line'], 'landline'],
    ['type', [''], null],
    ['type', ['unknown'], null],
    ['wireless', ['Y'], 'mobile'],
    ['wireless', ['1'], 'mobile'],
    ['wireless', ['wireless'], 'mobile'],
    // It may be voice over IP.
    ['wireless', ['N'], null],
    ['voip', ['true'], 'voip'],
    ['landline', ['0'], null],
    ['landline', ['yes'], 'landline'],
    // The stricter of two counts.
    ['type,wireless', ['landline', 'y'], 'mobile'],
    ['landline,voip', ['y', 'y'], 'voip'],
  ] as const)('under %j: %j is %s', (header, fields, lineType) => {
    expect(told(header, ...fields)).toEqual({ lineType, readable: true });
  });

  test.each([
    ['type', 'W'],
    ['type', 'residential'],
    ['type', 'fixed line or mobile'],
    ['wireless', 'maybe'],
    ['voip', '2'],
  ])('under %j: %j cannot be read and says nothing', (header, word) => {
    expect(told(header, word)).toEqual({ lineType: null, readable: false });
  });

  test('never takes a number away, whatever it is', () => {
    const field = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[",;|\t\r\n]/g, ''));
    const types = typeColumns(['phone', 'type', 'wireless']);
    fc.assert(
      fc.property(field, field, (type, wireless) => {
        const line = `3035550101,${type},${wireless}`;
        expect(readListLine(line, { column: 0, settled: true, types })).toMatchObject({
          ...{ kind: 'number', place: { areaCode: 303, index: 3_550_101 }, change: 'add' },
        });
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('an imported list', () => {
  const FILE =
    'phone,type,wireless\n3035550101,wireless,\n3035550102,landline,\n3035550103,odd,\n7205550104,voip,n\n';

  test('says what its lines are, and holds the numbers of which it says nothing', async () => {
    const world = listWorld();
    const outcome = await world.import([world.file('a.csv', FILE)]);
    expect(outcome).toMatchObject({
      kind: 'imported',
      sources: [{ adds: 4, rejectedCount: 0, typesUnread: 1 }],
    });
    const lists = await world.open();
    for (const number of [A, B, C, D]) expect(await hitsOf(lists, number)).toEqual(['national']);
    expect(await typesOf(lists, A)).toEqual(said('mobile'));
    expect(await typesOf(lists, B)).toEqual(said('landline'));
    expect(await typesOf(lists, C)).toBeUndefined();
    expect(await typesOf(lists, D)).toEqual(said('voip'));
    const [status] = lists.status();
    const lineTypes = { mobile: 1, voip: 1, landline: 1 };
    expect(status?.inForce?.lineTypes).toEqual(lineTypes);
    expect(listLoaded(status!.inForce!).body).toMatchObject({ lineTypes });
  });

  test('without a header says nothing of them, and is the same version as ever', async () => {
    const world = listWorld();
    const manifest = await world.mustImport([world.file('a.csv', '3035550101,wireless\n')]);
    expect('typePages' in manifest).toBe(false);
    const lists = await world.open();
    expect(await typesOf(lists, A)).toBeUndefined();
    expect('lineTypes' in lists.status()[0]!.inForce!).toBe(false);
    expect('lineTypes' in listLoaded(lists.status()[0]!.inForce!).body).toBe(false);
  });

  test('of two words about one number counts the stricter', async () => {
    const world = listWorld();
    await world.mustImport([world.file('a.csv', 'phone,type\n3035550101,mobile\n3035550101,landline\n')]);
    expect(await typesOf(await world.open(), A)).toEqual(said('mobile'));
  });

  test('keeps pages of each type beside its own, named in the manifest and in the hash of the version', async () => {
    const world = listWorld();
    const manifest = await world.mustImport([world.file('a.csv', FILE)]);
    expect(manifest.typePages).toMatchObject([
      { lineType: 'mobile', areaCode: 303, form: 'sorted', numbers: 1 },
      { lineType: 'voip', areaCode: 720, form: 'sorted', numbers: 1 },
      { lineType: 'landline', areaCode: 303, form: 'sorted', numbers: 1 },
    ]);
    const { version, sources, ...rest } = manifest;
    const files = sources.map((source) => ({ ...source, importedAt: undefined }));
    const whole = canonicalJson(toJson({ ...rest, sources: files }));
    expect(version).toBe(`2026-11-20-${sha256Of(whole).slice(0, 8)}`);
    expect(versionOf({ ...manifest, typePages: manifest.typePages!.slice(1) })).not.toBe(version);
  });

  test.each([
    ['out of order', (pages: readonly object[]) => [pages[1], pages[0]], 'does not add up'],
    [
      'of no type',
      (pages: readonly object[]) => pages.map((page) => ({ ...page, lineType: 'fax' })),
      'lacks something',
    ],
  ])('is refused with pages %s', async (_what, spoil, why) => {
    const world = listWorld();
    const file = world.file('a.csv', 'phone,type\n3035550101,mobile\n7205550104,mobile\n');
    const manifest = await world.mustImport([file]);
    const draft = { ...manifest, typePages: spoil(manifest.typePages!) as never };
    const spoilt = { ...draft, version: versionOf(draft) };
    expect(await parseManifest(manifestText(spoilt), 'national', spoilt.version)).toMatchObject({
      ...{ ok: false, problem: expect.stringContaining(why) as string },
    });
  });

  test('is not taken when a page of types is damaged', async () => {
    const world = listWorld();
    const { version } = await world.mustImport([world.file('a.csv', FILE)]);
    const page = join(world.store, 'national', version, '303.mobile.sorted');
    expect(existsSync(page)).toBe(true);
    writeFileSync(page, Buffer.alloc(4));
    const [status] = (await world.open()).status();
    expect(status).toMatchObject({
      ...{ inForce: null, problem: expect.stringMatching(/`303\.mobile\.sorted` was changed/) as string },
    });
  });
});

describe('changes', () => {
  const whole = 'phone,type\n3035550101,mobile\n3035550102,landline\n7205550104,voip\n';
  const changed = async (delta: string) => {
    const world = listWorld();
    const base = await world.mustImport([world.file('whole.csv', whole)]);
    const more = { mode: 'delta', obtainedOn: date('2026-11-21') } as const;
    const next = await world.mustImport([world.file('delta.csv', delta)], more);
    return { world, base, next, lists: await world.open() };
  };

  test('that say nothing of a line keep what was said', async () => {
    const { lists } = await changed('3035550101,A\n3035550103,A\n');
    expect(await typesOf(lists, A)).toEqual(said('mobile'));
    expect(await typesOf(lists, C)).toBeUndefined();
  });

  test('that say something take the place of what was said, in their order', async () => {
    const { lists } = await changed(
      'phone,change,type\n3035550101,A,landline\n3035550102,A,voip\n3035550102,A,mobile\n3035550103,A,mobile\n',
    );
    expect(await typesOf(lists, A)).toEqual(said('landline'));
    expect(await typesOf(lists, B)).toEqual(said('mobile'));
    expect(await typesOf(lists, C)).toEqual(said('mobile'));
  });

  test.each(['', 'unknown', 'ported wireless'])(
    'under a column of types that say %j take a landline away, and nothing that is stricter',
    async (word) => {
      const { lists } = await changed(
        `phone,change,type\n3035550101,A,${word}\n3035550102,A,${word}\n7205550104,A,${word}\n`,
      );
      for (const number of [A, B, D]) expect(await hitsOf(lists, number)).toEqual(['national']);
      expect(await typesOf(lists, B)).toBeUndefined();
      expect(await typesOf(lists, A)).toEqual(said('mobile'));
      expect(await typesOf(lists, D)).toEqual(said('voip'));
    },
  );

  test('under a column that says yes or no, which says nothing, take a landline away too', async () => {
    const { lists } = await changed('phone,change,wireless\n3035550102,A,n\n');
    expect(await typesOf(lists, B)).toBeUndefined();
  });

  test('do not make what the whole list said of a line younger, nor what they say themselves', async () => {
    const { lists } = await changed('phone,change,type\n3035550103,A,landline\n');
    const { consulted } = await lists.lookUp(phone(B), campaign('solar'));
    expect(consulted).toMatchObject([{ obtainedOn: '2026-11-21', lineTypesFrom: '2026-11-20' }]);
  });

  test('of a list that says nothing of lines carry no date of it', async () => {
    const world = listWorld();
    await world.mustImport([world.file('whole.csv', linesOf('3035550101'))]);
    const more = { mode: 'delta', obtainedOn: date('2026-11-21') } as const;
    await world.mustImport([world.file('delta.csv', '3035550102,A\n')], more);
    const { consulted } = await (await world.open()).lookUp(phone(A), campaign('solar'));
    expect(consulted.map((list) => 'lineTypesFrom' in list)).toEqual([false]);
  });

  test('that take a number away take its type with it: back on the list, nothing is known', async () => {
    const { lists } = await changed('3035550101,D\n3035550101,A\n3035550102,D\n');
    expect(await hitsOf(lists, A)).toEqual(['national']);
    expect(await typesOf(lists, A)).toBeUndefined();
    expect(await typesOf(lists, B)).toBeUndefined();
  });

  test('of a `no` under a column of types are not deletions', async () => {
    const { lists } = await changed('phone,change,wireless\n3035550101,A,-\n');
    expect(await hitsOf(lists, A)).toEqual(['national']);
  });

  test('share the pages of types that they do not touch', async () => {
    const { world, base, next } = await changed('3035550101,A\n3035550101,D\n');
    const of720 = (manifest: typeof base) => manifest.typePages?.find(({ areaCode }) => areaCode === 720);
    expect(of720(next)).toEqual(of720(base));
    const bytes = (version: string) =>
      readFileSync(join(world.store, 'national', version, '720.voip.sorted'));
    expect(bytes(next.version)).toEqual(bytes(base.version));
  });
});

test('a list with a path says what its lines are too', async () => {
  const world = listWorld();
  const lists = await loadFileLists(
    [
      world.setting('national', 'phone,type\n3035550101,mobile\n3035550102,\n'),
      world.setting('plain', linesOf('3035550101')),
    ],
    REJECTED_MAX_BP,
  );
  if (!lists.ok) throw new Error(lists.problems.join());
  expect(lists.lists.map(({ list }) => list.lineTypes)).toEqual([{ mobile: 1 }, undefined]);
  expect(lists.lists[0]?.numbers.lineType(303, 3_550_101)).toBe('mobile');
});
