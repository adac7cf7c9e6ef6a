/** From a handful of records to the file, and the committed file against its sources and a table written by hand. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Gaps, readGaps } from '../../../scripts/places/gaps.ts';
import { generateZips } from '../../../scripts/places/generate.ts';
import { renderZips } from '../../../scripts/places/render.ts';
import { parseGeoNames, type ZipRecord } from '../../../scripts/places/sources.ts';
import { countyKey, type StateOutline, zipTable } from '../../../scripts/places/zip-table.ts';
import { zipAreasOf } from '../../../src/domain/places.ts';
import { ZIPS_FILE } from '../../../src/config/read-zips.ts';
import { LAW, RULES_DIRECTORY } from '../../support/rules-world.ts';

const checked = { source: 'test', date: '2026-11-22' };
const CENTRAL = ['America/Chicago'];
const BOTH = ['America/New_York', 'America/Chicago'];
const GAPS: Gaps = {
  as_of: '2026-11-22',
  county_zones: {
    FL: {
      zones: ['America/New_York'],
      counties: [
        { zones: CENTRAL, names: ['Bay'], ...checked },
        { zones: BOTH, names: ['Gulf'], ...checked },
      ],
      ...checked,
    },
  },
  prefixes: [],
  zips: [],
  no_place: [{ prefixes: ['340'], ...checked }],
};
const STATES: ReadonlyMap<string, StateOutline> = new Map([
  ['AL', { zones: CENTRAL, counties: ['Mobile'] }],
  ['FL', { zones: BOTH, counties: [] }],
]);
const at = (zip: string, state: string, county: string | null): ZipRecord => ({ zip, state, county });
/** Every state and county of the table has a ZIP. */
const GROUND = [at('32401', 'FL', 'Bay'), at('32456', 'FL', 'Gulf County'), at('36602', 'AL', 'Mobile')];
const table = (records: readonly ZipRecord[], gaps: Partial<Gaps> = {}) =>
  zipTable([...GROUND, ...records], { ...GAPS, ...gaps }, STATES);
const shown = (records: readonly ZipRecord[], zip: string, gaps: Partial<Gaps> = {}): string =>
  [...table(records, gaps).states]
    .flatMap(([state, zips]) => {
      const place = zips.get(zip);
      return place === undefined ? [] : [[state, ...place.zones, ...place.counties].join(' ')];
    })
    .join(', ');

describe('the table of ZIPs', () => {
  test.each<[string, readonly ZipRecord[], string, string]>([
    ['a county with its own zone', [], '32401', 'FL America/Chicago'],
    ['a county on both sides of the line', [], '32456', 'FL America/New_York America/Chicago'],
    [
      'a county that no row names has the zone of the state',
      [at('33101', 'FL', 'Dade')],
      '33101',
      'FL America/New_York',
    ],
    [
      'two counties on two sides, from two sources',
      [at('32438', 'FL', 'Bay'), at('32438', 'FL', 'Dade County')],
      '32438',
      'FL America/New_York America/Chicago',
    ],
    [
      'two states',
      [at('32567', 'FL', 'Bay'), at('32567', 'AL', 'Covington')],
      '32567',
      'AL America/Chicago, FL America/Chicago',
    ],
    ['a county with law of its own', [], '36602', 'AL America/Chicago Mobile'],
    [
      'a county without, next to one with',
      [at('36608', 'AL', 'Mobile County'), at('36608', 'AL', 'Washington')],
      '36608',
      'AL America/Chicago Mobile',
    ],
    ['a county without', [at('35203', 'AL', 'Jefferson')], '35203', 'AL America/Chicago'],
    [
      'only the state is known: what its neighbours have',
      [at('32499', 'FL', null)],
      '32499',
      'FL America/New_York America/Chicago',
    ],
    [
      'only the state is known, and there are no neighbours: anywhere in it',
      [at('35999', 'AL', null)],
      '35999',
      'AL America/Chicago Mobile',
    ],
    [
      'a county, and a second source that knows only the state',
      [at('32401', 'FL', null)],
      '32401',
      'FL America/Chicago',
    ],
    ['military mail', [at('34002', 'FL', 'Bay')], '34002', ''],
    ['a state that is not modelled', [at('96960', 'MH', 'Majuro')], '96960', ''],
  ])('%s', (_name, records, zip, expected) => {
    expect(shown(records, zip)).toBe(expected);
  });
  test('rows by hand: a prefix, a range, a place that is not modelled', () => {
    const gaps: Partial<Gaps> = {
      prefixes: [{ state: 'AL', prefixes: ['006'], ...checked }],
      zips: [
        { state: 'FL', from: '34998', to: '35001', ...checked },
        { unmodelled: 'Wake Island', from: '32401', to: '32401', ...checked },
      ],
    };
    const keepsBay = [at('32402', 'FL', 'Bay')];
    for (const zip of ['00600', '00699'])
      expect(shown(keepsBay, zip, gaps)).toBe('AL America/Chicago Mobile');
    for (const zip of ['34998', '35001'])
      expect(shown(keepsBay, zip, gaps)).toBe('FL America/New_York America/Chicago');
    expect(shown(keepsBay, '35002', gaps)).toBe('');
    expect(shown(keepsBay, '32401', gaps)).toBe('');
    expect([...table(keepsBay, gaps).unmodelled]).toEqual([['Wake Island', ['32401']]]);
  });
  test('a misspelt county, a split state without rows, a state without ZIPs', () => {
    const misspelt = {
      FL: { ...GAPS.county_zones['FL']!, counties: [{ zones: CENTRAL, names: ['Bey'], ...checked }] },
    };
    expect(() => table([], { county_zones: misspelt })).toThrow('no ZIP of FL lies in: Bey');
    expect(() => table([], { county_zones: {} })).toThrow('FL has 2 zones and no row in county_zones');
    expect(() => zipTable(GROUND.slice(0, 2), GAPS, STATES)).toThrow('no ZIP of AL lies in: Mobile');
  });
  test('the order of the sources changes nothing', () => {
    const records = [
      at('32438', 'FL', 'Bay'),
      at('32438', 'FL', 'Dade'),
      at('33101', 'FL', 'Dade'),
      ...GROUND,
    ];
    expect(renderZips(zipTable(records.toReversed(), GAPS, STATES), 'then')).toBe(
      renderZips(zipTable(records, GAPS, STATES), 'then'),
    );
  });
  test('as text', () => {
    const text = renderZips(
      table([at('32402', 'FL', 'Bay')], {
        zips: [{ unmodelled: 'Palau', from: '96939', to: '96940', ...checked }],
      }),
      '2026-11-22',
    );
    expect(text.split('\n').filter((line) => !line.startsWith('#'))).toEqual([
      '= AL | America/Chicago | Mobile',
      '366 02',
      '= FL | America/Chicago',
      '324 01 02',
      '= FL | America/New_York America/Chicago',
      '324 56',
      '= unmodelled | Palau',
      '969 39 40',
      '',
    ]);
  });
  test.each([
    ['Aleutians West (CA)', 'aleutianswest'],
    ['Aleutians West Census Area', 'aleutianswest'],
    ['LaRue County', 'larue'],
    ['St. Clair', 'stclair'],
    ['Saint Clair', 'stclair'],
    ['City and Borough of Wrangell', 'cityandboroughofwrangell'],
    ['Juneau City and Borough', 'juneau'],
  ])('the county %s', (name, key) => {
    expect(countyKey(name)).toBe(key);
  });
  test('a line of GeoNames', () => {
    expect(
      parseGeoNames('US\t99553\tAkutan\tAlaska\tAK\tAleutians East\t013\t\t\t54.143\t-165.7854\t1\n'),
    ).toEqual([at('99553', 'AK', 'Aleutians East')]);
    expect(parseGeoNames('US\t09001\tAPO AA\t\t\t\t\t\t\t38.1\t15.6\t\n')).toEqual([at('09001', '', null)]);
  });
});

describe('the committed file', () => {
  test('is what `npm run places` writes', () => {
    expect(readFileSync(join(RULES_DIRECTORY, ZIPS_FILE), 'utf8')).toBe(generateZips());
  });
  const expected = JSON.parse(
    readFileSync(new URL('../../support/expected-zips.json', import.meta.url), 'utf8'),
  ) as Record<string, string>;
  test.each(Object.entries(expected))('%s is %s', (zip, text) => {
    const places = zipAreasOf(LAW, zip).flatMap((area) => (area.kind === 'us' ? [area.place] : []));
    expect(places.map(({ state, zones }) => [state, ...zones].join(' ')).join(', ')).toBe(text);
  });
  test('every row by hand has a source and a day', () => {
    const { county_zones: states, prefixes, zips, no_place: military } = readGaps();
    const rows = [...Object.values(states), ...Object.values(states).flatMap((row) => row.counties)];
    for (const row of [...rows, ...prefixes, ...zips, ...military]) {
      expect(row.source.length).toBeGreaterThan(5);
      expect(Number.isNaN(Date.parse(row.date))).toBe(false);
    }
  });
  test('is of the expected size, and no ZIP of military mail is in it', () => {
    const zips = new Set(
      Object.entries(LAW.zips).flatMap(([prefix, rows]) =>
        rows.flatMap(({ ends }) => ends.split(' ').map((end) => prefix + end)),
      ),
    );
    expect(zips.size).toBeGreaterThan(42_000);
    expect([...zips].filter((zip) => /^(09|340|96[2-6])/.test(zip))).toEqual([]);
  });
});
