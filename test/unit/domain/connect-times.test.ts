/** Which of the measured calls decides, which calls count, and until when the answer holds. */
import { describe, expect, test } from 'vitest';
import {
  connectTimeIn,
  measuredConnect,
  NOTHING_MEASURED,
  type TimedConnect,
} from '../../../src/domain/connect-times.ts';
import { addMs, MINUTE_MS } from '../../../src/domain/time.ts';
import { at, AT } from '../../support/rules-world.ts';

const NOW = at(AT);
const WINDOW = { calls: 200, minutes: 30 };

/** The last of them was measured a second ago. */
const times = (...together: readonly (number | null)[]): readonly TimedConnect[] =>
  together.map((togetherMs, index) => ({
    by: 'own',
    detectorMs: 500,
    togetherMs,
    at: addMs(NOW, (index - together.length) * 1_000),
  }));
const decidingMs = (measured: readonly TimedConnect[], window = WINDOW): number | null | undefined =>
  measuredConnect(measured, window, NOW).measured.deciding?.togetherMs;
const many = (count: number, togetherMs: number): readonly number[] =>
  Array.from({ length: count }, () => togetherMs);

describe('the call that decides', () => {
  test('is the slowest of fewer than a hundred, wherever it stands', () => {
    expect(decidingMs(times(600, 2_100, 700))).toBe(2_100);
    expect(decidingMs(times(2_100, ...many(98, 600)))).toBe(2_100);
  });
  test('is the slowest but one of a hundred, and the slowest but two of two hundred', () => {
    expect(decidingMs(times(2_100, ...many(99, 600)))).toBe(600);
    expect(decidingMs(times(2_100, 2_200, ...many(98, 600)))).toBe(2_100);
    expect(decidingMs(times(2_100, 2_200, ...many(198, 600)))).toBe(600);
    expect(decidingMs(times(2_100, 2_200, 2_300, ...many(197, 600)))).toBe(2_100);
  });
  test('is one that was given up rather than any that was not', () => {
    expect(decidingMs(times(9_000, null, 600))).toBe(null);
  });
  test('is none where none was measured', () => {
    expect(measuredConnect([], WINDOW, NOW)).toEqual({ measured: NOTHING_MEASURED, holdsUntil: null });
  });
  test('stands with its detector, and with how many were measured', () => {
    expect(measuredConnect(times(600, 700), WINDOW, NOW).measured).toEqual({
      calls: 2,
      deciding: { by: 'own', detectorMs: 500, togetherMs: 700 },
    });
  });
});

describe('the calls that count', () => {
  test('are the last so many', () => {
    expect(decidingMs(times(2_100, ...many(20, 600)), { calls: 20, minutes: 30 })).toBe(600);
    expect(decidingMs(times(2_100, ...many(19, 600)), { calls: 20, minutes: 30 })).toBe(2_100);
  });
  test('are not older than so many minutes, to the millisecond', () => {
    const [slow] = times(2_100);
    const aged = (ageMs: number): readonly TimedConnect[] => [{ ...slow!, at: addMs(NOW, -ageMs) }];
    expect(decidingMs(aged(30 * MINUTE_MS - 1))).toBe(2_100);
    expect(decidingMs(aged(30 * MINUTE_MS))).toBe(undefined);
  });
  test('and those of the future, as a clock that was put back leaves them', () => {
    expect(decidingMs([{ ...times(2_100)[0]!, at: addMs(NOW, MINUTE_MS) }])).toBe(2_100);
  });
  test('say until when the answer holds', () => {
    const measured = times(600, 700);
    expect(measuredConnect(measured, WINDOW, NOW).holdsUntil).toBe(addMs(measured[0]!.at, 30 * MINUTE_MS));
  });
});

test('a result that says nothing of it, or of a detector we do not know, has measured nothing', () => {
  expect(connectTimeIn(null)).toBe(null);
  expect(connectTimeIn({ by: 'oracle', detectorMs: 1, togetherMs: 2 })).toBe(null);
  expect(connectTimeIn({ by: 'own', detectorMs: 'soon', togetherMs: 2 })).toEqual({
    by: 'own',
    detectorMs: null,
    togetherMs: 2,
  });
});
