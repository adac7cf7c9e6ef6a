/** What is read of a stored address, and that it never takes a place away that is not plainly ruled out. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ADDRESS_CHARS_MAX, type GivenAddress, readAddress } from '../../../src/domain/lead-address.ts';
import type { LeadAddress, LeadFacts } from '../../../src/domain/origination.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { placesOf } from '../../../src/domain/places.ts';
import { LAW } from '../../support/rules-world.ts';

const read = (given: GivenAddress): LeadAddress | null => readAddress(LAW, given);
const UNREAD: LeadAddress = { form: 'unread', state: null, zip: null };
const text = (state: string | null, zip: string | null): LeadAddress => ({ form: 'text', state, zip });

describe('an address in one text', () => {
  test.each<[string, LeadAddress | null]>([
    ['1 Main St, Denver, CO 80202', text('CO', '80202')],
    ['1 Main St, Denver CO 80202-1234', text('CO', '80202-1234')],
    ['1 Main St\nDenver\nco 80202', text('CO', '80202')],
    ['1 Main St, Albuquerque, New Mexico 87102', text('NM', '87102')],
    ['New York, New York, 10001, USA', text('NY', '10001')],
    ['1 Main St, San Juan, PR 00901, United States of America.', text('PR', '00901')],
    ['1 Main St, Denver, CO', text('CO', null)],
    ['Denver, colorado', text('CO', null)],
    // Five digits that nobody says are a ZIP: they may add a place, see below, but take none away.
    ['1 Main St, Springfield 62701', text(null, '62701')],
    ['PO Box 12345', text(null, '12345')],
    // Not guessed.
    ['12 Calle de la 80202', text(null, '80202')],
    ['12 Calle de la', UNREAD],
    ['Toronto, ON M5V 2T6', UNREAD],
    ['1 Colorado Blvd', UNREAD],
    ['1 Main St, Denver, CO 8020', UNREAD],
    ['1 Main St, Denver, CO 80202 rear entrance', UNREAD],
    [`${'x'.repeat(ADDRESS_CHARS_MAX)}, CO 80202`, UNREAD],
    // The state's name without a comma, and what people shorten it to.
    ['Colorado', text('CO', null)],
    ['12 Main St, Seattle Washington', text('WA', null)],
    ['12 Main St, Seattle Washington 98101', text('WA', '98101')],
    ['12 Main St, Charleston West Virginia', text('WV', null)],
    ['1 K St, Washington District of Columbia', text('DC', null)],
    ['12 Main St, Seattle, Wash', text('WA', null)],
    ['12 Main St, Seattle, Wash. 98101', text('WA', '98101')],
    ['12 Main St, Santa Fe, N. Mex.', text('NM', null)],
    ['1 Broadway, New York, N.Y. 10004', text('NY', '10004')],
    ['1 K St, Washington D.C.', text('DC', null)],
    // Nothing is said.
    ['', null],
    [' , ', null],
  ])('%j', (given, expected) => {
    expect(read(given)).toEqual(expected);
  });
});

test.each<[GivenAddress, LeadAddress | null]>([
  [
    { street: '1 Main St', city: 'Denver', state: ' CO ', zip: '80202' },
    { form: 'parts', state: 'CO', zip: '80202' },
  ],
  [{ zip: '80202' }, { form: 'parts', state: null, zip: '80202' }],
  // The person may be there: the rule on numbers vetoes it.
  [{ state: 'ON' }, { form: 'parts', state: 'ON', zip: null }],
  [{ street: '1 Main St', city: 'Denver, CO 80202', state: '', zip: null }, null],
])('an address in parts: %j', (given, expected) => {
  expect(read(given)).toEqual(expected);
});

const lead = (stored: Partial<LeadFacts>, address?: GivenAddress): LeadFacts => {
  const found = address === undefined ? null : read(address);
  const base = { zip: null, state: null, leadId: null, lineType: 'unknown' as const, ...stored };
  return found === null ? base : { ...base, address: found };
};
const placesIn = (code: string, facts: LeadFacts): readonly string[] =>
  placesOf(LAW, `+1${code}5550123` as PhoneNumber, facts).map(
    ({ state, zone, because, counties }) =>
      `${state} ${zone} ${because}${counties === null || counties.length === 0 ? '' : ` ${counties.join('+')}`}`,
  );

describe('places of an address', () => {
  const NEBRASKA = ['NE America/Chicago area_code'];
  const CORNER = 'NE America/Denver minority_zone';
  test.each<[string, string, LeadFacts, readonly string[]]>([
    [
      'another state',
      '303',
      lead({}, 'Miami, FL 33101'),
      ['CO America/Denver area_code', 'FL America/New_York lead_address'],
    ],
    ['a ZIP with its state lifts the corner', '402', lead({}, 'Omaha, NE 68101'), NEBRASKA],
    [
      'a state alone does not, it stands for all its zones',
      '402',
      lead({}, 'Omaha, NE'),
      [...NEBRASKA, 'NE America/Denver lead_address'],
    ],
    ['nor does a ZIP without a state', '402', lead({}, 'Omaha 68101'), [...NEBRASKA, CORNER]],
    ['parts say that it is a ZIP', '402', lead({}, { zip: '68101' }), NEBRASKA],
    ['what cannot be read leaves all as it was', '402', lead({ zip: '68101' }, 'Omaha'), NEBRASKA],
    [
      'state and ZIP of the address disagree',
      '402',
      lead({}, 'Omaha, CO 68101'),
      [...NEBRASKA, 'CO America/Denver lead_address', CORNER],
    ],
    [
      'the stored ZIP says another state than the address',
      '402',
      lead({ zip: '68101' }, 'Miami, FL 33101'),
      [...NEBRASKA, 'FL America/New_York lead_address', 'FL America/Chicago lead_address', CORNER],
    ],
    [
      'the address says another state than the stored ZIP',
      '402',
      lead({ zip: '33101' }, 'Omaha, NE 68101'),
      ['NE America/Chicago area_code', 'FL America/New_York lead_zip', 'NE America/Denver lead_address'],
    ],
    [
      'the stored state is another than that of the address',
      '402',
      lead({ state: 'CO' }, 'Omaha, NE 68101'),
      [...NEBRASKA, 'NE America/Denver lead_address', 'CO America/Denver lead_state'],
    ],
    [
      'two ZIPs of one state: both count',
      '205',
      lead({ zip: '36602' }, 'Birmingham, AL 35203'),
      ['AL America/Chicago area_code Mobile'],
    ],
    ['a code in no table', '222', lead({}, 'Denver, CO 80202'), ['CO America/Denver lead_address']],
    ['a code in no table is not placed by digits that may be no ZIP', '222', lead({}, 'PO Box 80202'), []],
    ['nor by a state', '222', lead({}, 'Denver, CO'), []],
  ])('%s', (_name, code, facts, expected) => {
    expect(placesIn(code, facts)).toEqual(expected);
  });

  test('an address takes away corners and unnamed zones only, and only by a ZIP of that state', () => {
    const states = fc.constantFrom('NE', 'AL', 'TN', 'Nebraska', 'ZZ', '');
    const zips = fc.constantFrom('68101', '69211', '36104', '36867', '37201', '99999', '');
    const anyAddress = fc.oneof(
      fc.tuple(states, zips).map(([state, zip]) => `1 Main St, Somewhere, ${state} ${zip}`),
      fc.tuple(states, zips).map(([state, zip]) => `1 Main St, Somewhere ${state} ${zip}`),
      fc.record({ state: states, zip: zips }),
    );
    const anyLead = fc.record({
      state: fc.option(fc.constantFrom('NE', 'AL', 'TN', 'FL'), { freq: 1 }),
      zip: fc.option(fc.constantFrom('68101', '36867', '37201', '33101'), { freq: 1 }),
    });
    let lifted = 0;
    fc.assert(
      fc.property(fc.constantFrom('402', '334'), anyLead, anyAddress, (code, stored, address) => {
        const zonesIn = (facts: LeadFacts) => {
          const found = placesOf(LAW, `+1${code}5550123` as PhoneNumber, facts);
          return found.map(({ state, zone, because }) => ({ place: `${state} ${zone}`, state, because }));
        };
        const after = zonesIn(lead(stored, address));
        for (const { place, state, because } of zonesIn(lead(stored))) {
          if (after.some((each) => each.place === place)) continue;
          lifted += 1;
          expect(['minority_zone', 'lead_state']).toContain(because);
          const zip = typeof address === 'string' ? /(\d{5})$/.exec(address)?.[1] : address.zip;
          expect(placesIn('212', lead({ zip: zip ?? null })).some((each) => each.startsWith(state))).toBe(
            true,
          );
        }
      }),
      { numRuns: 3_000, seed: 20_261_122 },
    );
    expect(lifted).toBeGreaterThan(20);
  });
});
