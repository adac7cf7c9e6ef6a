/** Holiday rules against published dates, observed days, and Easter over the centuries. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { holidayDate, holidaysOn, weekdayOf } from '../../../src/domain/calendar.ts';
import type { Holiday } from '../../../src/domain/law.ts';
import type { LocalDate } from '../../../src/domain/time.ts';
import { LAW } from '../../support/rules-world.ts';

const { dates: published, kept_in: keptIn } = JSON.parse(
  readFileSync(new URL('../../support/expected-holidays.json', import.meta.url), 'utf8'),
) as { dates: Record<string, string[]>; kept_in: Record<string, unknown> };

const holiday = (id: string): Holiday => {
  const found = LAW.holidays[id];
  if (found === undefined) throw new Error(id);
  return found;
};
const on = (date: string, ...ids: string[]) =>
  holidaysOn(date as LocalDate, ids.map(holiday)).map(({ id, as }) => `${id} ${as}`);

describe('holidays', () => {
  test('the calendar holds exactly the published holidays', () => {
    expect(Object.keys(LAW.holidays).sort()).toEqual(Object.keys(published).sort());
  });
  test('these states keep holidays, and no other', () => {
    const states = Object.values(LAW.jurisdictions).filter(({ holidays }) => holidays.length > 0);
    expect(states.map(({ code }) => code).sort()).toEqual(Object.keys(keptIn).sort());
  });
  test.each(Object.entries(published))('%s falls on the published dates of 2026 to 2028', (id, dates) => {
    const computed = [2026, 2027, 2028]
      .map((year) => holidayDate(holiday(id), year))
      .filter((date) => date !== null);
    expect(computed).toEqual(dates);
  });
  test.each([
    [1818, '1818-03-22'],
    [1943, '1943-04-25'],
    [2000, '2000-04-23'],
    [2024, '2024-03-31'],
    [2025, '2025-04-20'],
    [2038, '2038-04-25'],
    [2285, '2285-03-22'],
  ])('Easter of %i', (year, date) => {
    const easter: Holiday = {
      id: 'easter',
      name: 'Easter',
      rule: { kind: 'easter', days: 0 },
      evenYearsOnly: false,
    };
    expect(holidayDate(easter, year)).toBe(date);
  });
  test.each([
    ['2026-11-26', ['thanksgiving'], ['thanksgiving day']],
    ['2026-11-27', ['thanksgiving'], []],
    ['2026-07-03', ['independence_day'], ['independence_day observed']], // the Fourth is a Saturday
    ['2026-07-04', ['independence_day'], ['independence_day day']],
    ['2026-07-06', ['independence_day'], []],
    ['2027-07-05', ['independence_day'], ['independence_day observed']], // the Fourth is a Sunday
    ['2027-12-31', ['new_years_day'], ['new_years_day observed']], // over the turn of the year
    ['2028-01-03', ['new_years_day'], []],
    ['2026-02-17', ['mardi_gras', 'presidents_day'], ['mardi_gras day']],
    ['2027-11-02', ['general_election_day_even_years', 'election_day'], ['election_day day']],
    ['2026-06-15', ['juneteenth', 'juneteenth_ut'], ['juneteenth_ut day']],
  ])('%s among %j', (date, ids, expected) => {
    expect(on(date, ...ids)).toEqual(expected);
  });
  test('a date that is none throws instead of being no holiday', () => {
    expect(() => on('tomorrow', 'christmas')).toThrow(RangeError);
    expect(() => weekdayOf('tomorrow' as LocalDate)).toThrow(RangeError);
  });
  test.each([
    ['1970-01-01', 'thu'],
    ['1969-12-29', 'mon'],
    ['2026-11-22', 'sun'],
    ['2028-02-29', 'tue'],
  ])('%s is a %s', (date, weekday) => {
    expect(weekdayOf(date as LocalDate)).toBe(weekday);
  });
});
