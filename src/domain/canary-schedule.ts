/**
 * When which caller ID is tried over which trunk by a call to a number of our own. Pure: the same history and instant give the same
 * answer. INVARIANT (one-canary-per-number): while one is on its way to a number no other is placed to it, so that what arrives there can
 * only be that one.
 */
import type { PhoneNumber } from './phone-number.ts';
import { addMs, DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from './time.ts';
import { routeKey } from './trunk.ts';

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

const keyOf = ({ callerId, trunk }: CanaryRoute): string => routeKey(callerId, trunk);

/** What the schedule does now. `placed` in any order; what is older than a day matters only as the last of its route. */
export function nextCanary(
  routes: readonly CanaryRoute[],
  plan: CanaryPlan,
  placed: readonly PlacedCanary[],
  now: Instant,
): NextCanary {
  if (plan.numbers.length === 0 || routes.length === 0) return { kind: 'wait', until: null };
  const last = lastByRoute(placed);
  const due = routes
    .map((route) => ({ route, at: dueAt(last.get(keyOf(route)), plan) }))
    .sort((a, b) => a.at - b.at);
  const newest = placed.reduce(
    (latest, { placedAt }) => Math.max(latest, placedAt),
    Number.NEGATIVE_INFINITY,
  );
  const earliest = Math.max(dayHasRoomAt(plan, placed, now), newest + plan.minutesBetween * MINUTE_MS);
  const free = freeNumbers(plan, placed);
  for (const { route, at } of due) {
    const when = Math.max(at, earliest);
    if (when > now) return { kind: 'wait', until: when as Instant };
    // A caller ID does not call itself.
    const called = free.find((number) => number !== route.callerId);
    if (called !== undefined) return { kind: 'place', route, called };
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
  const called = freeNumbers(plan, placed).find((number) => number !== route.callerId);
  return called === undefined ? { refused: 'numbers_are_busy' } : { called };
}

/** The newest of each. One look at all of them: there may be thousands of routes and of canaries, and calls wait while this runs. */
function lastByRoute(placed: readonly PlacedCanary[]): ReadonlyMap<string, PlacedCanary> {
  const last = new Map<string, PlacedCanary>();
  for (const each of placed) {
    const key = keyOf(each.route);
    const found = last.get(key);
    if (found === undefined || each.placedAt > found.placedAt) last.set(key, each);
  }
  return last;
}

/** Never tried: long ago. */
function dueAt(last: PlacedCanary | undefined, plan: CanaryPlan): number {
  if (last === undefined) return Number.NEGATIVE_INFINITY;
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

/** Those to which none is on its way, the one that was called longest ago first. */
function freeNumbers(plan: CanaryPlan, placed: readonly PlacedCanary[]): readonly PhoneNumber[] {
  const lastTo = new Map<PhoneNumber, number>();
  const busy = new Set<PhoneNumber>();
  for (const { called, placedAt, over } of placed) {
    lastTo.set(called, Math.max(lastTo.get(called) ?? placedAt, placedAt));
    if (!over) busy.add(called);
  }
  const toldLast = (number: PhoneNumber): number => lastTo.get(number) ?? Number.NEGATIVE_INFINITY;
  return plan.numbers
    .filter((number) => !busy.has(number))
    .toSorted((a, b) => (toldLast(a) === toldLast(b) ? 0 : toldLast(a) - toldLast(b)));
}
