/** `{mon-sat: "08:00-20:00", sun: closed}` as seven days; every day must be said exactly once. */
import { type DayWindow, type Week, type Weekday, WEEKDAYS } from '../domain/law.ts';
import { show } from './law-shape.ts';
import type { RawWeek } from './law-schema.ts';

const CLOSED_ALL_DAYS: Week = { mon: null, tue: null, wed: null, thu: null, fri: null, sat: null, sun: null };

const minutes = (clock: string): number => {
  const [hour, minute] = clock.split(':').map(Number);
  return (hour ?? Number.NaN) * 60 + (minute ?? Number.NaN);
};

function window(text: string): DayWindow | null {
  const [open, close] = text.split('-');
  return open === undefined || close === undefined
    ? null
    : { openMinute: minutes(open), closeMinute: minutes(close) };
}

/** On a problem the answer is closed on every day; `report` has been told. */
export function expandWeek(raw: RawWeek, path: string, report: (line: string) => void): Week {
  const week = new Map<Weekday, DayWindow | null>();
  for (const [key, text] of Object.entries(raw)) {
    const [first = '', last = first] = key.split('-');
    const from = WEEKDAYS.indexOf(first as Weekday);
    const to = WEEKDAYS.indexOf(last as Weekday);
    if (from > to)
      report(`${path}.${key}: days run backwards, got ${show(key)}, expected an order from mon to sun`);
    const day = window(text);
    if (day !== null && !(day.openMinute < day.closeMinute)) {
      report(`${path}.${key}: opens after it closes, got ${show(text)}, expected open before close`);
    }
    for (const weekday of WEEKDAYS.slice(from, to + 1)) {
      if (week.has(weekday))
        report(`${path}.${key}: day said twice, got ${show(weekday)}, expected each day once`);
      week.set(weekday, day);
    }
  }
  const missing = WEEKDAYS.filter((weekday) => !week.has(weekday));
  if (missing.length > 0) {
    report(`${path}: days missing, got none for ${show(missing.join(', '))}, expected all seven`);
  }
  return { ...CLOSED_ALL_DAYS, ...(Object.fromEntries(week) as Partial<Week>) };
}
