/**
 * A stricter policy never permits more, nor for longer: the ways listed below, on worlds drawn at random, among them duties of the
 * seller and of the lead, and overrides that end.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Decision } from '../../src/domain/decision.ts';
import { admits, type BudgetSnapshot } from '../../src/domain/drop-budget.ts';
import { type DayWindow, type Jurisdiction, type Law, type Week, WEEKDAYS } from '../../src/domain/law.ts';
import type { LocalDate } from '../../src/domain/time.ts';
import { OVERRIDABLE } from '../../src/domain/override.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { evaluate, RULES } from '../../src/rules/index.ts';
import { type Case, factsOf, LAW, policyOf, requestOf } from '../support/rules-world.ts';

const CODES = Object.entries(LAW.areaCodes).flatMap(([code, known]) => (known.kind === 'us' ? [code] : []));
const homeOf = (code: string): string => {
  const known = LAW.areaCodes[code];
  return known?.kind === 'us' ? known.state : 'CO';
};
const ZIPS = ['33101', '68101', '36104', '42223', '80202', '00901'];
const STATES = Object.keys(LAW.jurisdictions);
const always = { citation: 'stricter', from: null, until: null, confidence: null, note: null } as const;

/** A law, and a case under it; `tighten` makes one of the two stricter. */
interface World {
  readonly law: Law;
  readonly given: Case;
  readonly policy: Partial<Policy>;
}
interface Tightening {
  readonly what: string;
  readonly tighten: (world: World) => World;
}

const everywhere = (
  { law, ...rest }: World,
  change: (place: Jurisdiction) => Partial<Jurisdiction>,
): World => ({
  ...rest,
  law: {
    ...law,
    jurisdictions: Object.fromEntries(
      Object.entries(law.jurisdictions).map(([code, place]) => [code, { ...place, ...change(place) }]),
    ),
  },
});
const ofLaw = (world: World, change: Partial<Law['federal']>): World => ({
  ...world,
  law: { ...world.law, federal: { ...world.law.federal, ...change } },
});
const ofCampaign = (world: World, campaign: NonNullable<Case['campaign']>): World => {
  const before = world.given.campaign;
  const consent = { ...before?.consent, ...campaign.consent };
  return { ...world, given: { ...world.given, campaign: { ...before, ...campaign, consent } } };
};

function narrower(week: Week, later: number, earlier: number): Week {
  const narrow = (window: DayWindow | null): DayWindow | null => {
    if (window === null) return null;
    const openMinute = window.openMinute + later;
    const closeMinute = window.closeMinute - earlier;
    return openMinute < closeMinute ? { openMinute, closeMinute } : null;
  };
  return Object.fromEntries(WEEKDAYS.map((day) => [day, narrow(week[day])])) as unknown as Week;
}
const narrowed = <Row extends { readonly week: Week }>(
  rows: readonly Row[],
  later: number,
  earlier: number,
) => rows.map((row) => ({ ...row, week: narrower(row.week, later, earlier) }));

const minutes = fc.integer({ min: 0, max: 300 });
const anyTightening: fc.Arbitrary<Tightening> = fc.oneof(
  fc.tuple(minutes, minutes).map(([later, earlier]) => ({
    what: 'state hours',
    tighten: (world: World) => everywhere(world, ({ hours }) => ({ hours: narrowed(hours, later, earlier) })),
  })),
  fc.tuple(minutes, minutes).map(([later, earlier]) => ({
    what: 'federal hours',
    tighten: (world: World) => {
      const [hours = world.law.federal.hours] = narrowed([world.law.federal.hours], later, earlier);
      return ofLaw(world, { hours });
    },
  })),
  fc.tuple(minutes, minutes).map(([later, earlier]) => ({
    what: 'hours of recorded messages',
    tighten: (world: World) =>
      everywhere(world, ({ automatedHours }) => ({
        automatedHours: narrowed(automatedHours, later, earlier),
      })),
  })),
  fc.subarray(Object.keys(LAW.holidays), { minLength: 1 }).map((days) => ({
    what: 'holidays',
    tighten: (world: World) =>
      everywhere(world, ({ holidays }) => ({
        holidays: [...holidays, { ...always, days, strictExtra: [], countyDays: {} }],
      })),
  })),
  fc.tuple(fc.integer({ min: 1, max: 5 }), fc.constantFrom(1, 24, 24, 168)).map(([max, windowHours]) => ({
    what: 'attempts of the states',
    tighten: (world: World) =>
      everywhere(world, ({ frequencyCaps }) => ({
        frequencyCaps: [
          ...frequencyCaps,
          {
            ...always,
            max,
            windowHours,
            sameSubject: false,
            acrossCallerIds: true,
            relationshipExempt: false,
          },
        ],
      })),
  })),
  fc.integer({ min: 1, max: 5 }).map((max) => ({
    what: 'attempts of the campaign',
    tighten: (world: World) => ofCampaign(world, { attempts: { max, perHours: 24 } }),
  })),
  fc.integer({ min: 0, max: 31 }).map((days) => ({
    what: 'age of the registry',
    tighten: (world: World) =>
      ofLaw(world, { registryMaxAgeDays: { ...world.law.federal.registryMaxAgeDays, value: days } }),
  })),
  fc.integer({ min: 0, max: 31 }).map((registryMaxAgeDays) => ({
    what: 'age of the registry in a state',
    tighten: (world: World) =>
      everywhere(world, ({ doNotCall }) => ({
        doNotCall: {
          ...doNotCall,
          registryMaxAgeDays: Math.min(registryMaxAgeDays, doNotCall.registryMaxAgeDays ?? Infinity),
        },
      })),
  })),
  fc.constant({
    what: 'lists of the states',
    tighten: (world: World) =>
      everywhere(world, ({ doNotCall }) => ({ doNotCall: { ...doNotCall, ownList: true } })),
  }),
  fc.constant({
    what: 'consent',
    tighten: (world: World) =>
      everywhere(world, () => ({
        consent: { ...always, needs: 'written', when: 'any_call', relationshipExempt: false },
      })),
  }),
  fc.constant({
    what: 'lines without an agent',
    tighten: (world: World) => everywhere(world, () => ({ overDialingBan: always })),
  }),
  fc.constant({
    what: 'recorded messages',
    tighten: (world: World) =>
      everywhere(world, ({ automatedHours }) => ({
        automatedHours: [
          ...automatedHours,
          {
            ...always,
            week: Object.fromEntries(WEEKDAYS.map((day) => [day, null])) as unknown as Week,
            takesInPredictive: false,
            liftedBy: [],
            alsoNeeds: null,
            cap: null,
          },
        ],
      })),
  }),
  fc.subarray(STATES, { minLength: 1 }).map((states) => ({
    what: 'emergencies',
    tighten: (world: World) => ({
      ...world,
      law: {
        ...world.law,
        operator: {
          ...world.law.operator,
          emergencies: states.map((jurisdiction) => ({
            jurisdiction,
            from: '2026-01-01' as LocalDate,
            until: null,
            source: 'stricter',
          })),
        },
      },
    }),
  })),
  fc.integer({ min: 60_000, max: 3_600_000 }).map((clockGuardMs) => ({
    what: 'guard band',
    tighten: (world: World) => ({ ...world, policy: { ...world.policy, clockGuardMs } }),
  })),
  fc.integer({ min: 0, max: 30_000 }).map((permitValidMs) => ({
    what: 'life of a permit',
    tighten: (world: World) => ({ ...world, policy: { ...world.policy, permitValidMs } }),
  })),
  fc.integer({ min: 72, max: 200 }).map((dropLockoutHours) => ({
    what: 'rest after a drop',
    tighten: (world: World) => ofCampaign(world, { dropLockoutHours }),
  })),
  fc.constant({
    what: 'registrations',
    tighten: (world: World) => ofCampaign(world, { seller: { registrations: [] } }),
  }),
  fc.integer({ min: 1_000_001, max: 9_000_000 }).map((bondUsd) => ({
    what: 'bonds',
    tighten: (world: World) =>
      everywhere(world, () => ({ registration: { ...always, required: true, bondUsd } })),
  })),
  fc.constant({
    what: 'mobiles',
    tighten: (world: World) =>
      everywhere(world, () => ({
        mobile: { ...always, rule: 'unsolicited_sales_call_to_mobile_prohibited', liftedBy: [] },
      })),
  }),
  fc.constant({
    what: 'reassigned numbers',
    tighten: (world: World) => everywhere(world, () => ({ reassignedCheck: always })),
  }),
  fc.constant({
    what: 'reassigned numbers of the campaign',
    tighten: (world: World) => ofCampaign(world, { reassigned: { check: 'everywhere' } }),
  }),
  fc.integer({ min: 0, max: 12 }).map((months) => ({
    what: 'relationships',
    tighten: (world: World) =>
      everywhere(world, ({ relationship }) => ({
        relationship: {
          ...always,
          purchaseMonths: Math.min(months, relationship?.purchaseMonths ?? months),
          inquiryDays: 0,
          currentCustomerOnly: relationship?.currentCustomerOnly ?? false,
        },
      })),
  })),
  fc.constant({
    what: 'customers of today',
    tighten: (world: World) =>
      everywhere(world, ({ relationship }) => ({
        relationship: {
          ...always,
          purchaseMonths: relationship?.purchaseMonths ?? null,
          inquiryDays: relationship?.inquiryDays ?? null,
          currentCustomerOnly: true,
        },
      })),
  }),
  fc.constant({
    what: 'double opt-in',
    tighten: (world: World) => ofCampaign(world, { consent: { doubleOptIn: true } }),
  }),
  fc.constant({
    what: 'overrides',
    tighten: (world: World) => ({
      ...world,
      given: { ...world.given, facts: { ...world.given.facts, overrides: [] } },
    }),
  }),
  fc.constant({
    what: 'attestation',
    tighten: (world: World) =>
      ofCampaign(world, { attestation: { minimum: 'A', maxAgeHours: 1, ways: ['signed_here'] } }),
  }),
);

const anyWorld: fc.Arbitrary<World> = fc
  .record({
    code: fc.constantFrom(...CODES),
    state: fc.constantFrom(null, null, ...STATES),
    // Mid-morning to evening on the mainland, so that most worlds start as permits.
    at: fc
      .tuple(fc.integer({ min: 0, max: 800 }), fc.integer({ min: 15 * 3_600, max: 27 * 3_600 }))
      .map(([day, second]) => new Date(Date.UTC(2026, 8, 1 + day) + second * 1_000).toISOString()),
    automated: fc.boolean(),
    placed: fc.integer({ min: 0, max: 2 }),
    overdial: fc.boolean(),
    express: fc.constantFrom(false, false, true),
    age: fc.integer({ min: 0, max: 30 }),
    dropHoursAgo: fc.constantFrom(null, 73, 100),
    zip: fc.constantFrom(null, null, null, ...ZIPS),
    address: fc.constantFrom(null, null, null, 'Omaha, NE 68101', 'Omaha, NE', 'Miami 33101'),
    lineType: fc.constantFrom('landline' as const, 'landline' as const, 'mobile' as const),
    customer: fc.constantFrom(null, null, null, 10, 200, 400),
    asked: fc.constantFrom(true, true, false),
    confirmed: fc.boolean(),
    exempt: fc.constantFrom(false, false, true),
  })
  .map((drawn) => {
    const { code, state, at, placed, overdial, express, age, dropHoursAgo, customer } = drawn;
    const automated = drawn.automated && customer === null;
    const ago = (hours: number): string => new Date(Date.parse(at) - hours * 3_600_000).toISOString();
    return {
      law: LAW,
      policy: {},
      given: {
        call: {
          number: `+1${code}5550123`,
          lead: {
            state,
            zip: drawn.zip,
            lineType: drawn.lineType,
            ...(drawn.address === null ? {} : { address: drawn.address }),
          },
          automated,
        },
        at,
        campaign: {
          ring: { atLeastSeconds: 15, atMostSeconds: 20 },
          consent:
            customer !== null
              ? { mode: 'relationship', basis: 'customers' }
              : { mode: express ? 'express' : 'written', basis: null },
          ...(drawn.exempt ? { seller: { registrations: [] } } : {}),
          attestation: { minimum: 'B', maxAgeHours: 24, ways: ['signed_here', 'seen_there'] },
        },
        facts: {
          placed,
          countedHours: 168,
          consent: express ? { kind: 'express' } : {},
          overrides: drawn.exempt
            ? [...new Set([homeOf(code), state ?? homeOf(code)])].flatMap((each) =>
                OVERRIDABLE.map((what) => ({
                  what,
                  state: each,
                  recordedAt: '2026-01-01T00:00:00Z',
                  until: '2029-12-31T00:00:00Z',
                })),
              )
            : [],
          listDates: { national: ago(age * 24).slice(0, 10) },
          attestation: { confirmedAt: ago(0.9) },
          ...(overdial ? { admission: 'overdial' } : {}),
          ...(drawn.asked ? {} : { reassigned: null }),
          ...(drawn.confirmed ? { confirmedAt: ago(1) } : {}),
          ...(customer === null
            ? {}
            : { purchase: { occurredOn: ago(customer * 24).slice(0, 10) as LocalDate } }),
          ...(dropHoursAgo === null ? {} : { droppedAt: ago(dropHoursAgo) }),
        },
      },
    } satisfies World;
  });

const decideIn = ({ law, given, policy }: World): Decision =>
  evaluate(RULES, requestOf(given), factsOf(given), { ...policyOf(given), law, ...policy });

describe('a stricter policy', () => {
  test('permits nothing that the looser one vetoes, and nothing for longer', () => {
    const bites = new Map<string, number>();
    let permits = 0;
    fc.assert(
      fc.property(anyWorld, anyTightening, anyTightening, (world, first, second) => {
        const loose = decideIn(world);
        for (const [what, stricter] of [
          [first.what, first.tighten(world)],
          [second.what, second.tighten(world)],
          ['both', second.tighten(first.tighten(world))],
        ] as const) {
          const strict = decideIn(stricter);
          if (strict.kind === 'permit') {
            expect(loose.kind, what).toBe('permit');
            if (loose.kind === 'permit') expect(strict.validUntil).toBeLessThanOrEqual(loose.validUntil);
          } else if (loose.kind === 'permit') bites.set(what, (bites.get(what) ?? 0) + 1);
        }
        if (loose.kind === 'permit') permits += 1;
      }),
      { numRuns: 3_000, seed: 20_261_122 },
    );
    // It says nothing when nothing was permitted, or when a tightening never bit.
    expect(permits).toBeGreaterThan(700);
    const mustBite = [
      'state hours',
      'federal hours',
      'hours of recorded messages',
      'holidays',
      'attempts of the states',
      'attempts of the campaign',
      'age of the registry',
      'age of the registry in a state',
      'consent',
      'lines without an agent',
      'recorded messages',
      'emergencies',
      'guard band',
      'rest after a drop',
      'lists of the states',
      'registrations',
      'bonds',
      'mobiles',
      'reassigned numbers',
      'reassigned numbers of the campaign',
      'relationships',
      'customers of today',
      'double opt-in',
      'overrides',
      'both',
    ];
    expect(mustBite.filter((what) => !bites.has(what))).toEqual([]);
  });
});

test('a smaller ceiling, a barred over-dialing or counters that are not rebuilt never admit more', () => {
  const anyTally = fc.record({ liveAnswers: fc.nat(5_000), drops: fc.nat(150) });
  const anySnapshot: fc.Arbitrary<BudgetSnapshot> = fc.record({
    windows: fc.tuple(anyTally, anyTally),
    inFlight: fc.nat(40),
    ready: fc.nat(20),
    promised: fc.nat(5),
    rebuilt: fc.boolean(),
  });
  let refusedByCeiling = 0;
  fc.assert(
    fc.property(anySnapshot, fc.nat(300), fc.nat(300), fc.nat(30), (snapshot, ceiling, less, loggedIn) => {
      const loose = admits(snapshot, ceiling, 'allowed', loggedIn);
      const lower = admits(snapshot, Math.max(0, ceiling - less), 'allowed', loggedIn);
      const stricter = [
        lower,
        admits(snapshot, ceiling, 'barred', loggedIn),
        admits({ ...snapshot, rebuilt: false }, ceiling, 'allowed', loggedIn),
        admits({ ...snapshot, inFlight: snapshot.inFlight + 1 }, ceiling, 'allowed', loggedIn),
      ];
      for (const each of stricter) if (each.admitted) expect(loose.admitted).toBe(true);
      if (loose.admitted && !lower.admitted) refusedByCeiling += 1;
    }),
    { numRuns: 20_000 },
  );
  expect(refusedByCeiling).toBeGreaterThan(100);
});
