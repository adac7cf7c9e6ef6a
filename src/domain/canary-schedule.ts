/**
 * When which caller ID is tried over which trunk by a call to a number of our own. Pure: the same history and instant give the same
 * answer. INVARIANT (one-canary-per-number): while one is on its way to a number no other is placed to it, so that what arrives there can
 * only be that one.
 */
import type { PhoneNumber } from './phone-number.ts';
import { addMs, DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from './time.ts';

export interface CanaryRoute {
  readonly callerId: PhoneNumber;
  readonly trunk: string;
}

export interface CanaryPlan {
  /** The operator's own numbers at other carriers; none: there are no canaries. */
  readonly numbers: readonly PhoneNumber[];
  /** Each route is tried this often. */
  readonly everyHours: number;
  /** A route whose last canary did not arrive, or told less than before, is tried again after this time. */
  readonly retryMinutes: number;
  /** Two canaries lie at least so far apart. */
  readonly minutesBetween: number;
  /** Of all routes, in any 24 hours. */
  readonly callsPerDayMax: number;
}

/** `over`: it has a result. `fine`: it arrived and told no less than before; null while it is on its way. */
export interface PlacedCanary {
  readonly route: CanaryRoute;
  readonly called: PhoneNumber;
  readonly placedAt: Instant;
  readonly over: boolean;
  readonly fine: boolean | null;
}

export type NextCanary =
  | { readonly kind: 'place'; readonly route: CanaryRoute; readonly called: PhoneNumber }
  /** Null: not before something changes, a result or the settings. */
  | { readonly kind: 'wait'; readonly until: Instant | null };

export type CanaryRefusal = 'no_numbers' | 'day_is_full' | 'numbers_are_busy';

const isSameRoute = (a: CanaryRoute, b: CanaryRoute): boolean =>
  a.callerId === b.callerId && a.trunk === b.trunk;

/** What the schedule does now. `placed` in any order; what is older than a day matters only as the last of its route. */
export function nextCanary(
  routes: readonly CanaryRoute[],
  plan: CanaryPlan,
  placed: readonly PlacedCanary[],
  now: Instant,
): NextCanary {
  if (plan.numbers.length === 0 || routes.length === 0) return { kind: 'wait', until: null };
  const due = routes.map((route) => ({ route, at: dueAt(route, plan, placed) })).sort((a, b) => a.at - b.at);
  const newest = Math.max(...placed.map(({ placedAt }) => placedAt), Number.NEGATIVE_INFINITY);
  const earliest = Math.max(dayHasRoomAt(plan, placed, now), newest + plan.minutesBetween * MINUTE_MS);
  for (const { route, at } of due) {
    const when = Math.max(at, earliest);
    if (when > now) return { kind: 'wait', until: when as Instant };
    const called = freeNumber(route, plan, placed);
    if (called !== null) return { kind: 'place', route, called };
  }
  return { kind: 'wait', until: null };
}

/** The number for a canary that somebody asks for now: not before its time, but within the day's limit and to a free number. */
export function canaryNow(
  route: CanaryRoute,
  plan: CanaryPlan,
  placed: readonly PlacedCanary[],
  now: Instant,
): { readonly called: PhoneNumber } | { readonly refused: CanaryRefusal } {
  if (plan.numbers.every((number) => number === route.callerId)) return { refused: 'no_numbers' };
  if (dayHasRoomAt(plan, placed, now) > now) return { refused: 'day_is_full' };
  const called = freeNumber(route, plan, placed);
  return called === null ? { refused: 'numbers_are_busy' } : { called };
}

/** Never tried: long ago. */
function dueAt(route: CanaryRoute, plan: CanaryPlan, placed: readonly PlacedCanary[]): number {
  let last: PlacedCanary | null = null;
  for (const each of placed) {
    if (isSameRoute(each.route, route) && (last === null || each.placedAt > last.placedAt)) last = each;
  }
  if (last === null) return Number.NEGATIVE_INFINITY;
  const pauseMs =
    last.fine === false
      ? Math.min(plan.retryMinutes * MINUTE_MS, plan.everyHours * HOUR_MS)
      : plan.everyHours * HOUR_MS;
  return addMs(last.placedAt, pauseMs);
}

/** The first instant from which 24 hours back fewer than the limit were placed. */
function dayHasRoomAt(plan: CanaryPlan, placed: readonly PlacedCanary[], now: Instant): number {
  const ofDay = placed
    .map(({ placedAt }) => placedAt)
    .filter((at) => at > now - DAY_MS)
    .sort((a, b) => a - b);
  const mustGo = ofDay[ofDay.length - plan.callsPerDayMax];
  return mustGo === undefined ? Number.NEGATIVE_INFINITY : addMs(mustGo, DAY_MS);
}

/** The one that was called longest ago, of those to which none is on its way. A caller ID does not call itself. */
function freeNumber(
  route: CanaryRoute,
  plan: CanaryPlan,
  placed: readonly PlacedCanary[],
): PhoneNumber | null {
  const lastTo = (number: PhoneNumber): number =>
    Math.max(
      Number.NEGATIVE_INFINITY,
      ...placed.flatMap(({ called, placedAt }) => (called === number ? [placedAt] : [])),
    );
  const free = plan.numbers.filter(
    (number) => number !== route.callerId && !placed.some(({ called, over }) => called === number && !over),
  );
  return free.toSorted((a, b) => lastTo(a) - lastTo(b))[0] ?? null;
}
