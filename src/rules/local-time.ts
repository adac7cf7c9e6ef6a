/**
 * Local wall-clock time at a candidate place. The only file of this room that converts zones; a zone that is none throws. Answers are
 * remembered because every rule asks for the same few: one per zone, so the memory is bounded and the functions stay pure.
 */
import { DateTime } from 'luxon';
import { weekdayOf } from '../domain/calendar.ts';
import type { DayWindow, Weekday } from '../domain/law.ts';
import { type Instant, instant, type LocalDate, MINUTE_MS } from '../domain/time.ts';
import { offsetMinutesAt } from '../domain/zone-offset.ts';

export interface LocalTime {
  readonly date: LocalDate;
  readonly weekday: Weekday;
  /** With offset, for people: `2026-11-26T08:00:00-05:00`. */
  readonly text: string;
}

const two = (value: number): string => String(Math.trunc(value)).padStart(2, '0');

function convert(at: Instant, zone: string): LocalTime {
  const offset = offsetMinutesAt(at, zone);
  // The local clock, written as if it were UTC.
  const clock = new Date(at + offset * MINUTE_MS).toISOString().slice(0, 19);
  const date = clock.slice(0, 10) as LocalDate;
  const away = Math.abs(offset);
  return {
    date,
    weekday: weekdayOf(date),
    text: `${clock}${offset < 0 ? '-' : '+'}${two(away / 60)}:${two(away % 60)}`,
  };
}

const lastTimes = new Map<string, { readonly at: Instant; readonly local: LocalTime }>();

export function localTimeAt(at: Instant, zone: string): LocalTime {
  const last = lastTimes.get(zone);
  if (last?.at === at) return last.local;
  const local = convert(at, zone);
  lastTimes.set(zone, { at, local });
  return local;
}

function resolve(date: LocalDate, minute: number, zone: string): Instant {
  const [year, month, day] = date.split('-').map(Number);
  const local = DateTime.fromObject(
    { year, month, day, hour: Math.floor(minute / 60), minute: minute % 60 },
    { zone },
  );
  if (!local.isValid) {
    throw new RangeError(`\`${date}\` minute \`${minute}\` does not exist in zone \`${zone}\``);
  }
  return instant(local.toMillis());
}

/** By zone, then by minute of the day: only the edges of windows are asked for. */
const lastInstants = new Map<string, Map<number, { readonly date: LocalDate; readonly at: Instant }>>();

/** The instant at which a local clock shows `minute` minutes after midnight on `date`; exact on both daylight-saving days. */
export function instantOf(date: LocalDate, minute: number, zone: string): Instant {
  const ofZone = lastInstants.get(zone) ?? new Map<number, { date: LocalDate; at: Instant }>();
  lastInstants.set(zone, ofZone);
  const last = ofZone.get(minute);
  if (last?.date === date) return last.at;
  const at = resolve(date, minute, zone);
  ofZone.set(minute, { date, at });
  return at;
}

const clockOf = (minute: number): string => `${two(minute / 60)}:${two(minute % 60)}`;

/** `08:00-21:00`, or `closed`. */
export const showWindow = (window: DayWindow | null): string =>
  window === null ? 'closed' : `${clockOf(window.openMinute)}-${clockOf(window.closeMinute)}`;
