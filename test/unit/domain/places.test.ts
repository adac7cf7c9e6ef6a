/** Every area code against an independent table; what the lead adds, and that it never takes away. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { LeadFacts } from '../../../src/domain/origination.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { areaCodeOf, jurisdictionOf, placesOf } from '../../../src/domain/places.ts';
import { LAW } from '../../support/rules-world.ts';

/** `"402": "NE America/Chicago + America/Denver"`: state, zones, minority zones. */
const expected = JSON.parse(
  readFileSync(new URL('../../support/expected-area-codes.json', import.meta.url), 'utf8'),
) as Record<string, string>;

const lead = (state: string | null): LeadFacts => ({
  zip: '80202',
  state,
  leadId: null,
  lineType: 'unknown',
});
const places = (areaCode: string, state: string | null = null) =>
  placesOf(LAW, `+1${areaCode}5550123` as PhoneNumber, lead(state)).map(
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
