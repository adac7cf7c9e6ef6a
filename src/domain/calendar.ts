/** Which holidays fall on a calendar date. Pure arithmetic on the Gregorian calendar; no zone, no clock. */
import { type Holiday, type HolidayRule, type Weekday, WEEKDAYS } from './law.ts';
import { DAY_MS, type LocalDate } from './time.ts';

/** Days since 1970-01-01: the one form dates are reckoned in here. */
type DayNumber = number;

const dayNumber = (year: number, month: number, day: number): DayNumber =>
  Date.UTC(year, month - 1, day) / DAY_MS;

/** 0 is Monday; 1970-01-01 was a Thursday. */
const weekdayIndex = (day: DayNumber): number => (((day + 3) % 7) + 7) % 7;

const toDayNumber = (date: LocalDate): DayNumber => Date.parse(`${date}T00:00:00Z`) / DAY_MS;

const toLocalDate = (day: DayNumber): LocalDate =>
  new Date(day * DAY_MS).toISOString().slice(0, 10) as LocalDate;

export const weekdayOf = (date: LocalDate): Weekday => {
  const weekday = WEEKDAYS[weekdayIndex(toDayNumber(date))];
  if (weekday === undefined) throw new RangeError(`date \`${date}\` is not a calendar date`);
  return weekday;
};

/** Easter Sunday of the western calendar (the "anonymous Gregorian" computus, Nature 1876). */
function easterSunday(year: number): DayNumber {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const f = Math.floor((b + 8) / 25);
  const g = Math.floor((b - f + 1) / 3);
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const n = h + l - 7 * m + 114;
  return dayNumber(year, Math.floor(n / 31), (n % 31) + 1);
}

function nthWeekday(year: number, month: number, weekday: Weekday, nth: 1 | 2 | 3 | 4 | 'last'): DayNumber {
  const wanted = WEEKDAYS.indexOf(weekday);
  if (nth === 'last') {
    const last = dayNumber(year, month + 1, 0);
    return last - ((weekdayIndex(last) - wanted + 7) % 7);
  }
  const first = dayNumber(year, month, 1);
  return first + ((wanted - weekdayIndex(first) + 7) % 7) + 7 * (nth - 1);
}

/** Monday stays; Tuesday to Friday go back to it; Saturday and Sunday go on to the next. */
function keptOnMonday(day: DayNumber): DayNumber {
  const index = weekdayIndex(day);
  return index <= 4 ? day - index : day + 7 - index;
}

function dayOf(rule: HolidayRule, year: number): DayNumber {
  switch (rule.kind) {
    case 'fixed':
      return dayNumber(year, rule.month, rule.day);
    case 'nth':
      return nthWeekday(year, rule.month, rule.weekday, rule.nth) + rule.plusDays;
    case 'easter':
      return easterSunday(year) + rule.days;
    case 'kept_on_monday':
      return keptOnMonday(dayNumber(year, rule.month, rule.day));
    default:
      return rule satisfies never;
  }
}

/** The day itself in a year; null when the holiday is not kept that year. */
export function holidayDate(holiday: Holiday, year: number): LocalDate | null {
  return holiday.evenYearsOnly && year % 2 !== 0 ? null : toLocalDate(dayOf(holiday.rule, year));
}

/** The weekday on which a weekend holiday is kept: Friday for Saturday, Monday for Sunday; null on other days. */
function observedDay(day: DayNumber): DayNumber | null {
  const index = weekdayIndex(day);
  return index === 5 ? day - 1 : index === 6 ? day + 1 : null;
}

export interface HolidayHit {
  readonly id: string;
  readonly name: string;
  /** `observed`: the weekday next to a holiday that falls on a weekend. */
  readonly as: 'day' | 'observed';
}

/** Holidays that block `date`: the calendar day and the day on which a weekend holiday is observed (design ruling 10). */
export function holidaysOn(date: LocalDate, holidays: readonly Holiday[]): readonly HolidayHit[] {
  const wanted = toDayNumber(date);
  if (!Number.isInteger(wanted)) throw new RangeError(`date \`${date}\` is not a calendar date`);
  const year = Number(date.slice(0, 4));
  const hits: HolidayHit[] = [];
  for (const holiday of holidays) {
    // A holiday of 1 January may be observed on 31 December of the year before.
    for (const candidate of [year - 1, year, year + 1]) {
      const text = holidayDate(holiday, candidate);
      if (text === null) continue;
      const day = toDayNumber(text);
      if (day === wanted) hits.push({ id: holiday.id, name: holiday.name, as: 'day' });
      else if (observedDay(day) === wanted) {
        hits.push({ id: holiday.id, name: holiday.name, as: 'observed' });
      }
    }
  }
  return hits;
}
