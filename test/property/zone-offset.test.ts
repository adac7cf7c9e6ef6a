/** What is remembered of a zone's offset is what luxon says, at every edge of daylight saving time and whatever was asked before. */
import fc from 'fast-check';
import { IANAZone } from 'luxon';
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, instant, localDateOf, MINUTE_MS } from '../../src/domain/time.ts';
import { offsetMinutesAt } from '../../src/domain/zone-offset.ts';
import { localTimeAt } from '../../src/rules/local-time.ts';
import { LAW } from '../support/rules-world.ts';

const FROM = Date.UTC(2020, 0, 1);
const TO = Date.UTC(2036, 0, 1);
const LAW_ZONES = [...new Set(Object.values(LAW.jurisdictions).flatMap(({ zones }) => zones))].toSorted();
const ALL_ZONES = Intl.supportedValuesOf('timeZone');

/** First milliseconds of a new offset, by luxon alone: the day, then the hour, then the minute. */
function changesOf(zone: string): readonly number[] {
  const iana = IANAZone.create(zone);
  const within = (from: number, to: number, [step, ...finer]: readonly number[]): readonly number[] => {
    if (step === undefined) return [to];
    const changes: number[] = [];
    for (let at = from; at < to; at += step) {
      if (iana.offset(at) !== iana.offset(at + step)) changes.push(...within(at, at + step, finer));
    }
    return changes;
  };
  return within(FROM, TO, [DAY_MS, HOUR_MS, MINUTE_MS]);
}

describe('every zone of the law, 2020 to 2035', () => {
  test('there are some', () => {
    expect(LAW_ZONES.length).toBeGreaterThan(20);
    expect(LAW_ZONES).toContain('America/New_York');
  });
  test.each(LAW_ZONES)('%s: every 19th hour, and both sides of each change, in both directions', (zone) => {
    const iana = IANAZone.create(zone);
    const changes = changesOf(zone);
    const wrong: string[] = [];
    const ask = (at: number): void => {
      if (offsetMinutesAt(at, zone) !== iana.offset(at)) wrong.push(new Date(at).toISOString());
    };
    for (let at = FROM; at < TO; at += 19 * HOUR_MS) ask(at);
    for (const change of changes) {
      for (const away of [-HOUR_MS, -1, 0, -1, 0, 1, HOUR_MS, 0, -1, 12 * HOUR_MS, -12 * HOUR_MS, -1])
        ask(change + away);
    }
    expect(wrong).toEqual([]);
    // Arizona, Hawaii and the islands keep one time all year; all others change twice a year.
    expect([0, 32]).toContain(changes.length);
  });
  test('the date of the counting windows and that of the rules are the same', () => {
    fc.assert(
      fc.property(fc.constantFrom(...LAW_ZONES), fc.integer({ min: FROM, max: TO }), (zone, at) => {
        expect(localDateOf(instant(at), zone)).toBe(localTimeAt(instant(at), zone).date);
      }),
      { numRuns: 2_000 },
    );
  });
});

test('every zone this machine knows, several instants of one day in any order', () => {
  const anyInstants = fc
    .tuple(fc.integer({ min: FROM, max: TO }), fc.array(fc.integer({ min: -86_400_000, max: 86_400_000 })))
    .map(([at, aways]) => [at, ...aways.map((away) => at + away)]);
  fc.assert(
    fc.property(fc.constantFrom(...ALL_ZONES), anyInstants, (zone, instants) => {
      const iana = IANAZone.create(zone);
      for (const at of instants) expect(offsetMinutesAt(at, zone)).toBe(iana.offset(at));
    }),
    { numRuns: 4_000 },
  );
});

test('a zone or an instant that is none throws', () => {
  expect(() => offsetMinutesAt(0, 'America/Nowhere')).toThrow('`America/Nowhere`');
  expect(() => offsetMinutesAt(Number.NaN, 'America/Denver')).toThrow('`NaN`');
  expect(() => offsetMinutesAt(Infinity, 'America/Denver')).toThrow('`Infinity`');
});
