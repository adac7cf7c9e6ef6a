/** Every area code against an independent table; what the lead adds, and the little that a ZIP takes away. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Law } from '../../../src/domain/law.ts';
import type { LeadFacts } from '../../../src/domain/origination.ts';
import type { LocalDate } from '../../../src/domain/time.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { areaCodeOf, jurisdictionOf, placesOf, zipAreasOf } from '../../../src/domain/places.ts';
import { LAW } from '../../support/rules-world.ts';

/** `"402": "NE America/Chicago + America/Denver"`: state, zones, minority zones. */
const expected = JSON.parse(
  readFileSync(new URL('../../support/expected-area-codes.json', import.meta.url), 'utf8'),
) as Record<string, string>;

const lead = (state: string | null, zip: string | null = null): LeadFacts => ({
  zip,
  state,
  leadId: null,
  lineType: 'unknown',
});
const places = (areaCode: string, state: string | null = null, zip: string | null = null, law: Law = LAW) =>
  placesOf(law, `+1${areaCode}5550123` as PhoneNumber, lead(state, zip)).map(
    (place) => `${place.state} ${place.zone} ${place.because}`,
  );

describe('places', () => {
  test('376 area codes of the United States, no more and no less', () => {
    const us = Object.entries(LAW.areaCodes).filter(([, area]) => area.kind === 'us');
    expect(us).toHaveLength(376);
    expect(us.map(([code]) => code).sort()).toEqual(Object.keys(expected).sort());
  });
  test.each(Object.entries(expected))('%s is %s', (code, text) => {
    const [own = '', minority = ''] = text.split(' + ');
    const [state = '', ...zones] = own.split(' ');
    expect(places(code)).toEqual([
      ...zones.map((zone) => `${state} ${zone} area_code`),
      ...minority
        .split(' ')
        .filter((zone) => zone !== '')
        .map((zone) => `${state} ${zone} minority_zone`),
    ]);
  });
  test('no other area code has a place', () => {
    for (let code = 200; code <= 999; code += 1) {
      if (!Object.hasOwn(expected, String(code))) expect(places(String(code)), String(code)).toEqual([]);
    }
  });
  test('a stored state adds all its zones', () => {
    expect(places('303', 'TN')).toEqual([
      'CO America/Denver area_code',
      'TN America/Chicago lead_state',
      'TN America/New_York lead_state',
    ]);
  });
  test('the stored state of the area code adds its other zones', () => {
    expect(places('305', 'FL')).toEqual(['FL America/New_York area_code', 'FL America/Chicago lead_state']);
  });
  test('a stored state never takes a candidate away', () => {
    for (const code of Object.keys(expected)) {
      for (const state of [null, 'CO', 'GU', 'zz', '']) {
        expect(places(code, state)).toEqual(expect.arrayContaining(places(code)));
      }
    }
  });
  test.each<[string, string, string | null, string | null, readonly string[]]>([
    [
      'a ported number: the place of the code and that of the ZIP',
      '213',
      null,
      '33101',
      ['CA America/Los_Angeles area_code', 'FL America/New_York lead_zip'],
    ],
    ['a ZIP in the place of the code adds nothing', '303', null, '80202', ['CO America/Denver area_code']],
    ['ZIP+4', '303', null, ' 80202-1234 ', ['CO America/Denver area_code']],
    [
      'a split code keeps both zones whatever the ZIP',
      '850',
      null,
      '32301',
      ['FL America/New_York area_code', 'FL America/Chicago area_code'],
    ],
    ['a ZIP lifts the corner of a code', '334', null, '36104', ['AL America/Chicago area_code']],
    [
      'a ZIP in the corner brings it back',
      '334',
      null,
      '36867',
      ['AL America/Chicago area_code', 'AL America/New_York lead_zip'],
    ],
    [
      'a ZIP that is in no table lifts nothing',
      '334',
      null,
      '36999',
      ['AL America/Chicago area_code', 'AL America/New_York minority_zone'],
    ],
    [
      'military mail places nobody',
      '334',
      null,
      '09012',
      ['AL America/Chicago area_code', 'AL America/New_York minority_zone'],
    ],
    [
      'a ZIP that lost its leading zero is not guessed',
      '334',
      null,
      '2138',
      ['AL America/Chicago area_code', 'AL America/New_York minority_zone'],
    ],
    [
      'a ZIP in the stored state says where in it',
      '303',
      'TN',
      '37201',
      ['CO America/Denver area_code', 'TN America/Chicago lead_zip'],
    ],
    [
      'a ZIP and a stored state that disagree both count',
      '303',
      'TN',
      '33101',
      [
        'CO America/Denver area_code',
        'FL America/New_York lead_zip',
        'TN America/Chicago lead_state',
        'TN America/New_York lead_state',
      ],
    ],
    [
      'a ZIP on a state line has both states',
      '303',
      null,
      '42223',
      ['CO America/Denver area_code', 'KY America/Chicago lead_zip', 'TN America/Chicago lead_zip'],
    ],
    ['San Juan', '303', null, '00901', ['CO America/Denver area_code', 'PR America/Puerto_Rico lead_zip']],
    ['Guam', '303', null, '96910', ['CO America/Denver area_code', 'GU Pacific/Guam lead_zip']],
    ['a code in no table', '222', null, null, []],
    ['a code in no table and a state', '222', 'CO', null, []],
    ['a code in no table and a ZIP', '222', null, '80202', ['CO America/Denver lead_zip']],
    [
      'a code in no table, a ZIP and another state',
      '222',
      'UT',
      '80202',
      ['CO America/Denver lead_zip', 'UT America/Denver lead_state'],
    ],
    ['a ZIP does not make Toronto callable', '416', null, '80202', []],
    ['nor a toll-free number', '800', null, '80202', []],
  ])('%s', (_name, code, state, zip, expectedPlaces) => {
    expect(places(code, state, zip)).toEqual(expectedPlaces);
  });
  test('a code in no table that the operator has mapped', () => {
    const mapped: Law = {
      ...LAW,
      operator: {
        ...LAW.operator,
        areaCodes: [
          {
            code: '222',
            state: 'KY',
            zones: ['America/New_York'],
            source: 'planning letter 999',
            date: '2026-11-20' as LocalDate,
          },
        ],
      },
    };
    expect(places('222', null, null, mapped)).toEqual(['KY America/New_York operator']);
    expect(places('222', null, '80202', mapped)).toEqual([
      'KY America/New_York operator',
      'CO America/Denver lead_zip',
    ]);
    expect(places('322', null, null, mapped)).toEqual([]);
  });
  test('a ZIP takes nothing away but corners of a code', () => {
    for (const code of Object.keys(expected)) {
      for (const zip of ['80202', '36867', '33101', '69211', 'nowhere']) {
        const own = places(code).filter((place) => !place.endsWith('minority_zone'));
        expect(places(code, null, zip)).toEqual(expect.arrayContaining(own));
      }
    }
  });
  test('counties with law of their own are known only through a ZIP in the state', () => {
    const counties = (code: string, zip: string | null, state: string | null = null) =>
      placesOf(LAW, `+1${code}5550123` as PhoneNumber, lead(state, zip)).map((place) => place.counties);
    expect(counties('251', null)).toEqual([null]);
    expect(counties('251', '36602')).toEqual([['Mobile']]);
    expect(counties('251', '35203', 'AL')).toEqual([[]]);
    expect(counties('251', '33101')).toEqual([null, []]);
  });
  test.each([
    ['80202', ['us']],
    ['802021234', ['us']],
    ['42223', ['us', 'us']],
    ['96799', ['unmodelled_territory']],
    ['96898', ['unmodelled_territory']],
    ['09012', []],
    ['34002', []],
    ['96201', []],
    ['99999', []],
    ['8020', []],
    ['80202-12', []],
    ['constructor', []],
    ['', []],
  ])('the ZIP `%s`', (text, kinds) => {
    expect(zipAreasOf(LAW, text).map(({ kind }) => kind)).toEqual(kinds);
  });
  test.each([
    ['CO', 'CO'],
    [' co ', 'CO'],
    ['Colorado', 'CO'],
    ['new york', 'NY'],
    ['ON', undefined],
    ['', undefined],
    ['constructor', undefined],
    ['__proto__', undefined],
  ])('the state `%s`', (text, code) => {
    expect(jurisdictionOf(LAW, text)?.code).toBe(code);
  });
  test('a number outside the plan has no area code', () => {
    expect(areaCodeOf(LAW, '+442079460123' as PhoneNumber)).toBeNull();
    expect(placesOf(LAW, null, lead('CO'))).toEqual([]);
  });
});
