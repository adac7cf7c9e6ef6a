/**
 * A permit is lawful for every instant of its life. Each thing with an end on which a permit may stand is put a few seconds before that
 * end, and the same facts are judged again later: while the permit is good the answer stays a permit, and behind the end it is the veto
 * that the thing kept away. The instants at which days end are asked of Intl, not of our code.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Decision } from '../../src/domain/decision.ts';
import type { Override } from '../../src/domain/override.ts';
import type { LocalDate } from '../../src/domain/time.ts';
import { evaluate, RULES } from '../../src/rules/index.ts';
import type { Rule } from '../../src/rules/rule.ts';
import { CAMPAIGN, type Case, codesOf, factsOf, LAW, policyOf, requestOf } from '../support/rules-world.ts';

const LIFE_MS = 30_000;
const DAY_MS = 86_400_000;

/** Calling hours end every permit long before midnight. Without them the other rules must keep their own ends. */
const [first, ...others] = RULES.filter(({ id }) => id !== 'calling_hours');
const WITHOUT_HOURS: readonly [Rule, ...Rule[]] = [first!, ...others];

const iso = (at: number): string => new Date(at).toISOString();
const daysBefore = (date: string, days: number): LocalDate =>
  iso(Date.parse(date) - days * DAY_MS).slice(0, 10) as LocalDate;

function dateIn(zone: string, at: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(at);
}

/** The first instant at which one of the zones shows a later date; all of them are whole hours from UTC. */
function endOfDay(date: string, zones: readonly string[]): number {
  for (let hour = 0; ; hour += 1) {
    const at = Date.parse(date) + hour * 3_600_000;
    if (zones.some((zone) => dateIn(zone, at) > date)) return at;
  }
}

interface Thing {
  /** What the same facts say when it has ended. */
  readonly then: string;
  readonly zone: string;
  /** `day`: it ends with a day of the calendar. */
  readonly ends: 'day' | 'instant';
  /** Where it is the calling hours that something lifts: the instant at which it ends. Only there those are asked too. */
  readonly at?: string;
  /** The world that stands on it until `end`, an instant or a last day. */
  readonly world: (end: string) => Case;
}

const COLORADO = 'America/Denver';
const NO_CONSENT = { mode: 'none_required', basis: 'opinion of counsel' } as const;
const overridden = (what: Override['what'], state: string, until: string) => ({
  overrides: [{ what, state, until }],
});
const registered = (state: string, row: object) => ({
  seller: {
    registrations: CAMPAIGN.seller.registrations.map((each) =>
      each.state === state ? { ...each, ...row } : each,
    ),
  },
});

const THINGS: Readonly<Record<string, Thing>> = {
  'a purchase': {
    ...{ then: 'relationship_missing', zone: COLORADO, ends: 'day' },
    world: (end) => ({
      campaign: { consent: { mode: 'relationship', basis: 'customers' } },
      facts: { purchase: { occurredOn: daysBefore(end, 540) } },
    }),
  },
  'an inquiry that lifts the registry': {
    ...{ then: 'on_national_registry', zone: COLORADO, ends: 'day' },
    world: (end) => ({
      campaign: { consent: NO_CONSENT },
      facts: { consent: null, inquiry: { occurredOn: daysBefore(end, 30) }, listHits: ['national'] },
    }),
  },
  'a contract that lifts a bar on mobiles': {
    ...{ then: 'mobile_barred', zone: 'America/New_York', ends: 'day' },
    world: (end) => ({
      call: { number: '+12015550123' },
      campaign: { consent: NO_CONSENT },
      facts: { consent: null, purchase: { contractUntil: end as LocalDate } },
    }),
  },
  'a relationship that lifts the demand of consent': {
    ...{ then: 'consent_missing', zone: COLORADO, ends: 'day' },
    world: (end) => ({
      call: { number: '+13075550123', lead: { lineType: 'landline' } },
      campaign: { consent: NO_CONSENT },
      facts: { consent: null, purchase: { occurredOn: daysBefore(end, 540) } },
    }),
  },
  'the copy of the registry': {
    ...{ then: 'list_stale', zone: COLORADO, ends: 'day' },
    world: (end) => ({
      campaign: { consent: NO_CONSENT },
      facts: { consent: null, listDates: { national: daysBefore(end, 31) } },
    }),
  },
  'the copy of a state list': {
    ...{ then: 'list_stale', zone: COLORADO, ends: 'day' },
    world: (end) => ({
      campaign: { consent: NO_CONSENT },
      facts: { consent: null, listDates: { 'state CO': daysBefore(end, 92) } },
    }),
  },
  'a landline by the word of a list': {
    ...{ then: 'mobile_barred', zone: 'America/Phoenix', ends: 'day' },
    world: (end) => ({
      call: { number: '+16025550123' },
      campaign: { consent: NO_CONSENT },
      facts: {
        ...{ consent: null, listLineTypes: { national: 'landline' } },
        lineTypesFrom: { national: daysBefore(end, 31) },
      },
    }),
  },
  'a registration': {
    ...{ then: 'registration_expired', zone: 'America/Phoenix', ends: 'day' },
    world: (end) => ({
      call: { number: '+16025550123' },
      campaign: registered('AZ', { until: end }),
    }),
  },
  'a bond': {
    ...{ then: 'bond_too_low', zone: 'America/Phoenix', ends: 'day' },
    world: (end) => ({
      call: { number: '+16025550123' },
      campaign: registered('AZ', { bond: { usd: 1_000_000, until: end } }),
    }),
  },
  'a consent': {
    ...{ then: 'consent_expired', zone: COLORADO, ends: 'instant' },
    world: (end) => ({ facts: { consent: { expiresAt: end } } }),
  },
  'a consent that lifts the registry': {
    ...{ then: 'on_national_registry', zone: COLORADO, ends: 'instant' },
    world: (end) => ({
      campaign: { consent: NO_CONSENT },
      facts: { consent: { expiresAt: end }, listHits: ['national'] },
    }),
  },
  'a consent that lifts the age of the registry': {
    ...{ then: 'list_stale', zone: COLORADO, ends: 'instant' },
    world: (end) => ({
      campaign: { consent: NO_CONSENT },
      facts: { consent: { expiresAt: end }, listDates: { national: '2026-01-01' } },
    }),
  },
  'a consent that lifts a bar on mobiles': {
    ...{ then: 'mobile_barred', zone: 'America/Phoenix', ends: 'instant' },
    world: (end) => ({
      call: { number: '+16025550123' },
      campaign: { consent: NO_CONSENT },
      facts: { consent: { expiresAt: end } },
    }),
  },
  'a consent that lifts a bar on recorded messages': {
    ...{ then: 'automatic_dialing_barred', zone: 'America/Phoenix', ends: 'instant' },
    world: (end) => ({
      call: { number: '+16025550123', lead: { lineType: 'landline' }, automated: true },
      facts: { consent: { expiresAt: end } },
    }),
  },
  'a consent after a revocation': {
    ...{ then: 'consent_revoked', zone: COLORADO, ends: 'instant' },
    world: (end) => ({
      campaign: { consent: NO_CONSENT },
      facts: {
        ...{
          consent: { givenAt: '2026-06-01T12:00:00Z', expiresAt: end },
          revokedAt: '2026-01-01T00:00:00Z',
        },
      },
    }),
  },
  'a consent after a change of hands': {
    ...{ then: 'reassigned', zone: COLORADO, ends: 'instant' },
    world: (end) => ({
      campaign: { consent: NO_CONSENT },
      facts: {
        consent: { givenAt: '2026-06-01T12:00:00Z', expiresAt: end },
        reassigned: { answer: 'yes', queriedAt: '2026-01-01T00:00:00Z' },
      },
    }),
  },
  'an attestation': {
    ...{ then: 'attestation_unconfirmed', zone: COLORADO, ends: 'instant' },
    world: (end) => ({ facts: { attestation: { expiresAt: end } } }),
  },
  'the hours for which an attestation is believed': {
    ...{ then: 'attestation_unconfirmed', zone: COLORADO, ends: 'instant' },
    world: (end) => ({ facts: { attestation: { confirmedAt: iso(Date.parse(end) - DAY_MS) } } }),
  },
  'an answer that the law of the place asks for': {
    ...{ then: 'reassigned_not_checked', zone: 'America/New_York', ends: 'instant' },
    world: (end) => ({
      call: { number: '+12075550123' },
      facts: { reassigned: { queriedAt: iso(Date.parse(end) - 31 * DAY_MS) } },
    }),
  },
  'an answer that the campaign asks for': {
    ...{ then: 'reassigned_not_checked', zone: COLORADO, ends: 'instant' },
    world: (end) => ({
      campaign: { reassigned: { check: 'everywhere' } },
      facts: { reassigned: { queriedAt: iso(Date.parse(end) - 31 * DAY_MS) } },
    }),
  },
  'a consent too young to be asked about': {
    ...{ then: 'reassigned_not_checked', zone: COLORADO, ends: 'instant' },
    world: (end) => ({
      campaign: { reassigned: { check: 'everywhere' } },
      facts: { reassigned: null, consent: { givenAt: iso(Date.parse(end) - 31 * DAY_MS) } },
    }),
  },
  'a consent too young, with an answer from after it': {
    ...{ then: 'reassigned_not_checked', zone: COLORADO, ends: 'instant' },
    world: (end) => ({
      campaign: { reassigned: { check: 'everywhere' } },
      facts: {
        consent: { givenAt: iso(Date.parse(end) - 31 * DAY_MS - 10_000) },
        reassigned: { queriedAt: iso(Date.parse(end) - 31 * DAY_MS) },
      },
    }),
  },
  'an exemption from registration': {
    ...{ then: 'seller_not_registered', zone: 'America/Phoenix', ends: 'instant' },
    world: (end) => ({
      call: { number: '+16025550123' },
      campaign: { seller: { registrations: [] } },
      facts: overridden('registration', 'AZ', end),
    }),
  },
  'an override of strict extra holidays': {
    ...{ then: 'legal_holiday', zone: 'America/New_York', ends: 'instant', at: '2027-06-18T18:00:00Z' },
    world: (end) => ({
      call: { number: '+12155550123' },
      facts: overridden('strict_extra_holidays', 'PA', end),
    }),
  },
  'an override of minority zones': {
    ...{
      then: 'outside_calling_hours',
      zone: 'America/Chicago',
      ends: 'instant',
      at: '2026-12-08T14:30:00Z',
    },
    world: (end) => ({ call: { number: '+14025550123' }, facts: overridden('minority_zones', 'NE', end) }),
  },
  'an override of the guard band': {
    ...{ then: 'outside_calling_hours', zone: COLORADO, ends: 'instant', at: '2026-12-08T15:00:45Z' },
    world: (end) => ({ loosenedGuardMs: 0, facts: overridden('clock_guard', 'CO', end) }),
  },
  'an override of a cap within a relationship': {
    ...{ then: 'too_many_attempts', zone: 'America/Los_Angeles', ends: 'instant' },
    world: (end) => ({
      call: { number: '+15035550123' },
      facts: {
        ...{ placed: 3, purchase: {} },
        ...overridden('attempt_cap_within_relationship', 'OR', end),
      },
    }),
  },
  'the relationship behind such an override': {
    ...{ then: 'too_many_attempts', zone: 'America/Los_Angeles', ends: 'day' },
    world: (end) => ({
      call: { number: '+15035550123' },
      facts: {
        ...{ placed: 3, inquiry: { occurredOn: daysBefore(end, 90) } },
        ...overridden('attempt_cap_within_relationship', 'OR', '2030-01-01T00:00:00Z'),
      },
    }),
  },
  "an override of a person's request": {
    ...{ then: 'on_internal_list', zone: COLORADO, ends: 'instant' },
    world: (end) => ({
      facts: {
        ...{ requestedAt: '2026-01-01T00:00:00Z', consent: { givenAt: '2026-06-01T12:00:00Z' } },
        ...overridden('reconsent_lifts_request', 'CO', end),
      },
    }),
  },
  'the consent behind such an override': {
    ...{ then: 'on_internal_list', zone: COLORADO, ends: 'instant' },
    world: (end) => ({
      campaign: { consent: NO_CONSENT },
      facts: {
        requestedAt: '2026-01-01T00:00:00Z',
        consent: { givenAt: '2026-06-01T12:00:00Z', expiresAt: end },
        ...overridden('reconsent_lifts_request', 'CO', '2030-01-01T00:00:00Z'),
      },
    }),
  },
  'an override of how long a request is kept': {
    ...{ then: 'on_internal_list', zone: COLORADO, ends: 'instant' },
    world: (end) => ({
      facts: { requestedAt: '2010-01-01T00:00:00Z', ...overridden('internal_request_retention', 'CO', end) },
    }),
  },
  'an override of attempts': {
    ...{ then: 'too_many_attempts', zone: COLORADO, ends: 'instant' },
    world: (end) => ({
      campaign: { loosened: { attempts: { max: 10, perHours: 24 } } },
      facts: { placed: 6, ...overridden('campaign_attempts', 'CO', end) },
    }),
  },
  'an override of the rest after a drop': {
    ...{ then: 'drop_lockout', zone: COLORADO, ends: 'instant' },
    world: (end) => ({
      campaign: { loosened: { dropLockoutHours: 1 } },
      facts: {
        droppedAt: iso(Date.parse(end) - 10 * 3_600_000),
        ...overridden('drop_lockout', 'CO', end),
      },
    }),
  },
};

/** A world a moment before the end of what it stands on. */
interface Scene {
  /** Of `THINGS`. */
  readonly name: string;
  readonly given: Case;
  readonly at: number;
  readonly end: number;
}

const anyDay = fc.integer({ min: 0, max: 150 }).map((day) => daysBefore('2027-05-20', day));

const sceneOf = (name: string, thing: Thing): fc.Arbitrary<Scene> =>
  fc
    .record({
      day: anyDay,
      second: fc.integer({ min: 0, max: 7_200 }),
      before: fc.integer({ min: 1, max: LIFE_MS - 2 }),
      // A second place has a midnight of its own, and the first of the two binds.
      elsewhere: fc.constantFrom(null, null, 'NY', 'HI', 'NE'),
      // Ends of other things, now and then before that of the scene.
      attested: fc.option(fc.integer({ min: 1, max: 2 * LIFE_MS })),
    })
    .map(({ day, second, before, elsewhere, attested }) => {
      const inHours = thing.at !== undefined;
      const state = thing.ends === 'day' && !inHours ? elsewhere : null;
      const zones = [thing.zone, ...(state === null ? [] : (LAW.jurisdictions[state]?.zones ?? []))];
      const end =
        thing.ends === 'day'
          ? endOfDay(day, zones)
          : Date.parse(thing.at ?? `${day}T18:00:00Z`) + (inHours ? 0 : second * 1_000);
      const at = end - before;
      const world = thing.world(thing.ends === 'day' ? day : iso(end));
      const given: Case = {
        ...world,
        at: iso(at),
        call: { ...world.call, lead: { ...world.call?.lead, state } },
        facts: {
          countedHours: 168,
          ...(attested === null ? {} : { attestation: { expiresAt: iso(at + attested) } }),
          ...world.facts,
        },
      };
      return { name, given, at, end };
    });

const scenes = (): fc.Arbitrary<Scene> =>
  fc.oneof(...Object.entries(THINGS).map(([name, thing]) => sceneOf(name, thing)));

/** The facts of the scene, judged at another instant by a request that nobody has judged before. */
function judged({ name, given }: Scene, at: number): Decision {
  const facts = { ...factsOf(given), now: at as ReturnType<typeof factsOf>['now'] };
  const rules = THINGS[name]?.at === undefined ? WITHOUT_HOURS : RULES;
  return evaluate(rules, requestOf(given), facts, { ...policyOf(given), permitValidMs: LIFE_MS });
}

describe('a permit', () => {
  test('is a permit at every instant before its end, whatever it stands on', () => {
    const ended = new Map<string, number>();
    fc.assert(
      fc.property(
        scenes(),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
        (scene, parts) => {
          const { name, at, end } = scene;
          const permit = judged(scene, at);
          if (permit.kind === 'veto') return;
          const life = permit.validUntil - at;
          const instants = [
            permit.validUntil - 1,
            ...parts.map((part) => at + Math.floor(part * (life - 1))),
          ];
          for (const instant of life > 0 ? instants : []) {
            expect(codesOf(judged(scene, instant)), `${name}, ${instant - at} of ${life} ms`).toEqual([
              'permit',
            ]);
          }
          // It is this thing that ends it: two milliseconds later, where an end is included, the veto it kept away is there.
          if (permit.validUntil === end && codesOf(judged(scene, end + 1)).includes(THINGS[name]!.then))
            ended.set(name, (ended.get(name) ?? 0) + 1);
        },
      ),
      { numRuns: 1_500 },
    );
    expect(Object.keys(THINGS).filter((name) => !ended.has(name))).toEqual([]);
  });
});
