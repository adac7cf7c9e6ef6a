/** Local wall-clock time at a candidate place. The only file of this room that converts zones; a zone that is none throws. */
import { DateTime } from 'luxon';
import { weekdayOf } from '../domain/calendar.ts';
import type { DayWindow, Weekday } from '../domain/law.ts';
import { type Instant, instant, type LocalDate } from '../domain/time.ts';

export interface LocalTime {
  readonly date: LocalDate;
  readonly weekday: Weekday;
  /** With offset, for people: `2026-11-26T08:00:00-05:00`. */
  readonly text: string;
}

export function localTimeAt(at: Instant, zone: string): LocalTime {
  const local = DateTime.fromMillis(at, { zone });
  if (!local.isValid) throw new RangeError(`zone \`${zone}\` or instant \`${at}\` is not valid`);
  const date = local.toFormat('yyyy-MM-dd') as LocalDate;
  return { date, weekday: weekdayOf(date), text: local.toISO({ suppressMilliseconds: true }) };
}

/** The instant at which a local clock shows `minute` minutes after midnight on `date`; exact on both daylight-saving days. */
export function instantOf(date: LocalDate, minute: number, zone: string): Instant {
  const [year, month, day] = date.split('-').map(Number);
  const local = DateTime.fromObject(
    { year, month, day, hour: Math.floor(minute / 60), minute: minute % 60 },
    { zone },
  );
  if (!local.isValid)
    throw new RangeError(`\`${date}\` minute \`${minute}\` does not exist in zone \`${zone}\``);
  return instant(local.toMillis());
}

const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** `08:00-21:00`, or `closed`. */
export const showWindow = (window: DayWindow | null): string =>
  window === null ? 'closed' : `${clock(window.openMinute)}-${clock(window.closeMinute)}`;
