/** The calendar windows a campaign counts its drops in (pacing.md section 1; 47 CFR 64.1200(a)(7): successive 30-day periods). */
import { DateTime } from 'luxon';
import type { Campaign } from '../domain/campaign.ts';
import { daysBetween, type Instant, localDateOf, type LocalDate } from '../domain/time.ts';
import type { CountingWindows } from '../ports/counters.ts';

export const BLOCK_DAYS = 30;

type Anchored = Pick<Campaign, 'startedOn' | 'zone'>;

/** The last day asked of each campaign: thirty dates are not worked out again for each decision. */
const lastWindows = new WeakMap<Anchored, CountingWindows>();

/**
 * Day, block and rolling days of a campaign at an instant. Before the campaign's first day the blocks run backwards from the
 * anchor just the same, so a rehearsal the day before is counted, in a block of its own.
 */
export function countingWindows(campaign: Anchored, at: Instant): CountingWindows {
  const day = localDateOf(at, campaign.zone);
  const last = lastWindows.get(campaign);
  if (last?.day === day) return last;
  const windows = windowsOn(day, campaign.startedOn);
  lastWindows.set(campaign, windows);
  return windows;
}

function windowsOn(day: LocalDate, startedOn: LocalDate): CountingWindows {
  const age = daysBetween(startedOn, day);
  const dayOfBlock = age - Math.floor(age / BLOCK_DAYS) * BLOCK_DAYS;
  return {
    day,
    blockStart: plusDays(day, -dayOfBlock),
    rollingDays: Array.from({ length: BLOCK_DAYS }, (_, index) => plusDays(day, index - BLOCK_DAYS + 1)),
  };
}

/** Calendar arithmetic without a zone: no daylight-saving day can shift it. */
function plusDays(date: LocalDate, days: number): LocalDate {
  return DateTime.fromISO(date, { zone: 'utc' }).plus({ days }).toFormat('yyyy-MM-dd') as LocalDate;
}
