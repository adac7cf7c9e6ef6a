/** Holiday rows of the file as rules of the calendar. */
import type { Holiday, HolidayRule, Weekday } from '../domain/law.ts';
import { show } from './law-shape.ts';
import type { RawHoliday, RawHolidays } from './law-schema.ts';

const FORMS = ['fixed', 'kept_on_monday', 'easter', 'nth'] as const;

const monthDay = (text: string): { month: number; day: number } => ({
  month: Number(text.slice(0, 2)),
  day: Number(text.slice(3)),
});

function ruleOf(raw: RawHoliday): HolidayRule | null {
  if (raw.fixed !== undefined) return { kind: 'fixed', ...monthDay(raw.fixed) };
  if (raw.kept_on_monday !== undefined) return { kind: 'kept_on_monday', ...monthDay(raw.kept_on_monday) };
  if (raw.easter !== undefined) return { kind: 'easter', days: raw.easter };
  if (raw.nth === undefined || raw.weekday === undefined || raw.month === undefined) return null;
  const weekday = raw.weekday.slice(0, 3) as Weekday;
  return { kind: 'nth', nth: raw.nth, weekday, month: raw.month, plusDays: raw.plus_days ?? 0 };
}

/** February 29 and other days that not every year has. */
const existsEveryYear = (text: string): boolean => {
  const { month, day } = monthDay(text);
  return day <= new Date(Date.UTC(2025, month, 0)).getUTCDate();
};

export function buildHolidays(
  raw: RawHolidays,
  report: (line: string) => void,
): Readonly<Record<string, Holiday>> {
  const holidays: Record<string, Holiday> = {};
  for (const [id, row] of Object.entries(raw.holidays)) {
    const path = `holidays.${id}`;
    const forms = FORMS.filter((form) => row[form] !== undefined);
    const rule = ruleOf(row);
    if (forms.length !== 1) {
      report(
        `${path}: no single rule, got ${show(forms.join(', '))}, expected exactly one of ${FORMS.join(', ')}`,
      );
    }
    const partial =
      row.nth === undefined && [row.weekday, row.month, row.plus_days].some((each) => each !== undefined);
    if (partial || (row.nth !== undefined && (row.weekday === undefined || row.month === undefined))) {
      report(`${path}: rule is incomplete, got ${show(row)}, expected nth, weekday and month together`);
    }
    const day = row.fixed ?? row.kept_on_monday;
    if (day !== undefined && !existsEveryYear(day)) {
      report(`${path}: no such day, got ${show(day)}, expected a day of every year`);
    }
    if (rule !== null) holidays[id] = { id, name: row.name, rule, evenYearsOnly: row.years === 'even' };
  }
  return holidays;
}
