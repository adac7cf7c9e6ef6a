/** Whatever the settings and whatever comes back, canaries keep their limits, and every route gets its turn. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  canaryNow,
  type CanaryPlan,
  type CanaryRoute,
  nextCanary,
  type PlacedCanary,
} from '../../src/domain/canary-schedule.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { DAY_MS, HOUR_MS, type Instant, instant, MINUTE_MS } from '../../src/domain/time.ts';

const START = Date.parse('2026-11-24T00:00:00Z');
const number = (line: number): PhoneNumber => `+1303555${String(line).padStart(4, '0')}` as PhoneNumber;

const plans: fc.Arbitrary<CanaryPlan> = fc.record({
  // The first two are caller IDs as well.
  numbers: fc.subarray([number(100), number(101), number(150), number(151)], { minLength: 1 }),
  everyHours: fc.integer({ min: 1, max: 24 }),
  retryMinutes: fc.integer({ min: 5, max: 120 }),
  minutesBetween: fc.integer({ min: 0, max: 30 }),
  callsPerDayMax: fc.integer({ min: 1, max: 40 }),
});
const routesOf = (count: number): readonly CanaryRoute[] =>
  Array.from({ length: count }, (_, at) => ({
    callerId: number(100 + (at >> 1)),
    trunk: at % 2 === 0 ? 'east' : 'west',
  }));

interface Lived {
  readonly placed: readonly PlacedCanary[];
  readonly until: Instant;
}

/** Three days in steps of a minute; each canary takes so many minutes and comes back as told. */
function live(
  routes: readonly CanaryRoute[],
  plan: CanaryPlan,
  takesMinutes: number,
  fine: readonly boolean[],
): Lived {
  const placed: PlacedCanary[] = [];
  const ends: number[] = [];
  for (let minute = 0; minute < 3 * 24 * 60; minute += 1) {
    const now = instant(START + minute * MINUTE_MS);
    placed.forEach((canary, at) => {
      if (!canary.over && now >= ends[at]!)
        placed[at] = { ...canary, over: true, fine: fine[at % fine.length]! };
    });
    const next = nextCanary(routes, plan, placed, now);
    if (next.kind === 'wait') {
      if (next.until !== null) expect(next.until).toBeGreaterThan(now);
      continue;
    }
    expect(placed.filter(({ called, over }) => called === next.called && !over)).toEqual([]);
    placed.push({ route: next.route, called: next.called, placedAt: now, over: false, fine: null });
    ends.push(now + takesMinutes * MINUTE_MS);
  }
  return { placed, until: instant(START + 3 * DAY_MS) };
}

test('no more in any 24 hours, no closer, and none to itself, than the plan says', () => {
  fc.assert(
    fc.property(
      plans,
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
      (plan, count, takes, fine) => {
        const { placed } = live(routesOf(count), plan, takes, fine);
        for (const [at, canary] of placed.entries()) {
          const ofDay = placed.filter(
            ({ placedAt }) => placedAt <= canary.placedAt && placedAt > canary.placedAt - DAY_MS,
          );
          expect(ofDay.length).toBeLessThanOrEqual(plan.callsPerDayMax);
          expect(canary.called).not.toBe(canary.route.callerId);
          const before = placed[at - 1];
          if (before !== undefined) {
            expect(canary.placedAt - before.placedAt).toBeGreaterThanOrEqual(plan.minutesBetween * MINUTE_MS);
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('where the limits leave room, each route is tried as often as the plan says, and no more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 2, max: 12 }), (count, everyHours) => {
      const plan: CanaryPlan = {
        numbers: [number(150), number(151)],
        everyHours,
        retryMinutes: 30,
        minutesBetween: 5,
        callsPerDayMax: 1_000,
      };
      const { placed, until } = live(routesOf(count), plan, 1, [true]);
      for (const route of routesOf(count)) {
        const times = placed
          .filter((each) => each.route.callerId === route.callerId && each.route.trunk === route.trunk)
          .map(({ placedAt }) => placedAt);
        const gaps = [...times.slice(1), until].map((each, at) => each - times[at]!);
        // Of routes that are due at once the last waits for those before it.
        for (const gap of gaps) expect(gap).toBeLessThanOrEqual(everyHours * HOUR_MS + count * 6 * MINUTE_MS);
        for (const gap of gaps.slice(0, -1)) expect(gap).toBeGreaterThanOrEqual(everyHours * HOUR_MS);
      }
    }),
    { numRuns: 30 },
  );
});

test('what failed is tried again sooner, and never later than what did not', () => {
  const plan: CanaryPlan = {
    numbers: [number(150)],
    everyHours: 12,
    retryMinutes: 30,
    minutesBetween: 5,
    callsPerDayMax: 100,
  };
  const { placed } = live(routesOf(1), plan, 1, [false, true]);
  expect(placed[1]!.placedAt - placed[0]!.placedAt).toBe(30 * MINUTE_MS);
  expect(placed[2]!.placedAt - placed[1]!.placedAt).toBe(12 * HOUR_MS);
  const patient = live(routesOf(1), { ...plan, everyHours: 2, retryMinutes: 600 }, 1, [false]);
  expect(patient.placed[1]!.placedAt - patient.placed[0]!.placedAt).toBe(2 * HOUR_MS);
});

test('asked for by hand: at once, but within the limit of the day and to a free number', () => {
  const [route] = routesOf(1);
  const plan: CanaryPlan = {
    numbers: [number(150)],
    everyHours: 12,
    retryMinutes: 30,
    minutesBetween: 60,
    callsPerDayMax: 2,
  };
  const at = (minute: number): Instant => instant(START + minute * MINUTE_MS);
  const one = (minute: number, over: boolean): PlacedCanary => ({
    ...{ route: route!, called: number(150), placedAt: at(minute), over },
    fine: over ? true : null,
  });
  expect(canaryNow(route!, plan, [one(0, true)], at(1))).toEqual({ called: number(150) });
  expect(canaryNow(route!, plan, [one(0, false)], at(1))).toEqual({ refused: 'numbers_are_busy' });
  expect(canaryNow(route!, plan, [one(0, true), one(1, true)], at(2))).toEqual({ refused: 'day_is_full' });
  expect(canaryNow(route!, { ...plan, numbers: [] }, [], at(2))).toEqual({ refused: 'no_numbers' });
  // A caller ID does not call itself.
  expect(canaryNow(route!, { ...plan, numbers: [route!.callerId] }, [], at(2))).toEqual({
    refused: 'no_numbers',
  });
  // Of two the one that was called longest ago.
  const two = { ...plan, numbers: [number(150), number(151)], callsPerDayMax: 100 };
  expect(canaryNow(route!, two, [one(0, true)], at(1))).toEqual({ called: number(151) });
  expect(canaryNow(route!, two, [one(1, true), { ...one(0, true), called: number(151) }], at(2))).toEqual({
    called: number(151),
  });
});
