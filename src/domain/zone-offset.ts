/**
 * The offset of a zone from UTC at an instant. luxon asks Intl, which costs microseconds a time, and a decision asks in every place the
 * person may be; so what luxon said is remembered for the stretch of time in which it holds: one stretch per zone, at most a day long.
 */
import { IANAZone } from 'luxon';

const DAY_MS = 86_400_000;

/** Offset in minutes, east positive, for `from <= at < until`. */
interface Stretch {
  readonly from: number;
  readonly until: number;
  readonly minutes: number;
}

/** The part of the UTC day around `at` that has one offset. A zone changes its offset at most once in a UTC day. */
function stretchAround(at: number, zone: IANAZone): Stretch {
  const from = Math.floor(at / DAY_MS) * DAY_MS;
  const until = from + DAY_MS;
  const minutes = zone.offset(at);
  if (zone.offset(from) === zone.offset(until)) return { from, until, minutes };
  // First millisecond of the new offset, by halving.
  let before = from;
  let after = until;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (zone.offset(middle) === zone.offset(from)) before = middle;
    else after = middle;
  }
  return at < after ? { from, until: after, minutes } : { from: after, until, minutes };
}

const lastStretches = new Map<string, Stretch>();

/** Minutes east of UTC at an instant (milliseconds since 1970); throws for a zone or an instant that is none. */
export function offsetMinutesAt(at: number, zone: string): number {
  const last = lastStretches.get(zone);
  if (last !== undefined && last.from <= at && at < last.until) return last.minutes;
  const iana = IANAZone.create(zone);
  if (!iana.isValid || !Number.isFinite(at)) {
    throw new RangeError(`zone \`${zone}\` or instant \`${at}\` is not valid`);
  }
  const stretch = stretchAround(at, iana);
  lastStretches.set(zone, stretch);
  return stretch.minutes;
}
