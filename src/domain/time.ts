/** Two kinds of time. `Instant` is wall clock and may jump; `MonotonicMs` only measures what has elapsed. */
import { DateTime } from 'luxon';
import { type Brand, type Parsed, parsed, problem } from './brand.ts';
import { offsetMinutesAt } from './zone-offset.ts';

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = Brand<number, 'Instant'>;
export type MonotonicMs = Brand<number, 'MonotonicMs'>;

export const instant = (epochMs: number): Instant => epochMs as Instant;
export const monotonicMs = (ms: number): MonotonicMs => ms as MonotonicMs;
export const addMs = (at: Instant, ms: number): Instant => instant(at + ms);

/** The same instant of the UTC calendar so many years on; where that day does not exist, the day after it. */
export function addYears(at: Instant, years: number): Instant {
  const date = new Date(at);
  return instant(date.setUTCFullYear(date.getUTCFullYear() + years));
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** In UTC: years of four digits are the one spelling of `formatInstant`, and PostgreSQL knows no year 0. */
const [FIRST_YEAR, LAST_YEAR] = [1_000, 9_999] as const;

/** Reads an ISO 8601 date-time that names its offset; without an offset the instant would be a guess. */
export function parseInstant(text: string): Parsed<Instant> {
  const value = DateTime.fromISO(text, { setZone: true });
  const year = value.isValid ? value.toUTC().year : 0;
  if (year < FIRST_YEAR || year > LAST_YEAR || !/T.*(Z|[+-]\d{2}(:?\d{2})?)$/i.test(text)) {
    return problem(`instant \`${text}\` is not ISO 8601 with an offset, for example 2026-11-26T13:00:00Z`);
  }
  return parsed(instant(value.toMillis()));
}

/** UTC with milliseconds: the one spelling used in ledger, logs and API. */
export const formatInstant = (at: Instant): string => new Date(at).toISOString();

/** From the year 1000: PostgreSQL knows no year 0, and what is that old is a machine's default. */
const LOCAL_DATE = /^[1-9]\d{3}-\d{2}-\d{2}$/;

/** A calendar date without zone, `2026-11-21`. */
export type LocalDate = Brand<string, 'LocalDate'>;

export function parseLocalDate(text: string): Parsed<LocalDate> {
  return LOCAL_DATE.test(text) && DateTime.fromISO(text).isValid
    ? parsed(text as LocalDate)
    : problem(`date \`${text}\` is not a calendar date like 2026-11-21`);
}

/** The calendar date at `at` in an IANA zone. */
export const localDateOf = (at: Instant, zone: string): LocalDate =>
  new Date(at + offsetMinutesAt(at, zone) * MINUTE_MS).toISOString().slice(0, 10) as LocalDate;

/** Whole calendar days from `from` to `to`; negative when `to` is earlier. */
export function daysBetween(from: LocalDate, to: LocalDate): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
}
