/**
 * Properties of every decision, on worlds drawn at random: more rules and fewer facts never help a call, and a permit is lawful by an
 * oracle that knows nothing of our code: it asks Intl for the local time and an independent table for the hours.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Decision, REASONS, type ReasonCode } from '../../src/domain/decision.ts';
import { evaluate, FACT_NAMES, RULES } from '../../src/rules/index.ts';
import { type Rule, veto, warning } from '../../src/rules/rule.ts';
import { type Case, factsOf, OWN_LIST_STATES, policyOf, requestOf } from '../support/rules-world.ts';

const table = <T>(name: string): Record<string, T> =>
  JSON.parse(readFileSync(new URL(`../support/${name}.json`, import.meta.url), 'utf8')) as Record<string, T>;
const AREA_CODES = table<string>('expected-area-codes');
/** Published dates of 2026 to 2028, and which state keeps which day: a day lost from our law is missed here. */
const { dates: HOLIDAYS, kept_in: KEPT_IN } = JSON.parse(
  readFileSync(new URL('../support/expected-holidays.json', import.meta.url), 'utf8'),
) as {
  readonly dates: Readonly<Record<string, readonly string[]>>;
  readonly kept_in: Readonly<
    Record<string, { readonly everywhere: readonly string[]; readonly in_some_counties: readonly string[] }>
  >;
};
/** `"42223": "KY America/Chicago, TN America/Chicago"`: each state with its zones, written by hand. */
const ZIPS = table<string>('expected-zips');
const HOURS = table<{ live: string[]; from: string | null; zones: string[] }>('expected-hours');

/** From before Pennsylvania's Act 47 to the end of 2028, in seconds. */
const FROM = Date.UTC(2026, 8, 1) / 1_000;
const TO = Date.UTC(2028, 11, 31) / 1_000;
const iso = (seconds: number): string => new Date(seconds * 1_000).toISOString();

/** Half of the worlds differ in nothing but place and time, so that permits are common enough to be tested. */
const anyCall = fc.record({
  // One in five stands in no table, or is not ours to call.
  code: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...Object.keys(AREA_CODES)) },
    { weight: 2, arbitrary: fc.constantFrom('222', '222', '222', '416', '800') },
  ),
  // Half of the leads have a ZIP; some of those are none, or military mail.
  zip: fc.constantFrom(...Object.keys(ZIPS).flatMap((zip) => [zip, null]), '00000', '09012', 'none', ''),
  state: fc.option(fc.constantFrom(...Object.keys(HOURS))),
  seconds: fc.integer({ min: FROM, max: TO }),
});
const anyFacts: fc.Arbitrary<NonNullable<Case['facts']>> = fc.record(
  {
    paused: fc.boolean(),
    promptProblem: fc.constantFrom(null, 'silence'),
    consent: fc.constantFrom(
      null,
      {},
      { signature: '' },
      { kind: 'express' as const },
      { sellerId: 'moonlight' as never },
    ),
    revokedAt: fc.constantFrom('2020-01-01T00:00:00Z', '2026-01-01T00:00:00Z'),
    requestedAt: fc.constant('2026-01-01T00:00:00Z'),
    listHits: fc.subarray(['national', 'state CO', 'internal', 'campaign', 'litigator']),
    listsWithout: fc.subarray(['national', ...OWN_LIST_STATES.map((state) => `state ${state}`)], {
      maxLength: 2,
    }),
    placed: fc.integer({ min: 0, max: 6 }),
    attestation: fc.constantFrom(null, {}, { level: 'B' as const }),
    purchase: fc.constantFrom(
      {},
      { occurredOn: '2026-09-01' as never, contractUntil: '2027-09-01' as never },
    ),
    inquiry: fc.constantFrom({}, { occurredOn: '2026-08-01' as never }),
    reassigned: fc.constantFrom(null, {}, { answer: 'yes' as const }, { answer: 'no_data' as const }),
    overrides: fc.subarray([
      { what: 'registration' as const, state: 'CO' },
      { what: 'strict_extra_holidays' as const, state: 'AL' },
    ]),
    admission: fc.constantFrom('overdial' as const, 'drop_budget_spent' as const),
    campaignKnown: fc.constantFrom(true, true, false),
  },
  { requiredKeys: [] },
);
const anyCampaign: fc.Arbitrary<NonNullable<Case['campaign']>> = fc.record({
  mode: fc.constantFrom('predictive' as const, 'progressive' as const, 'preview' as const),
  consent: fc.constantFrom(
    { mode: 'written' as const, basis: null },
    { mode: 'express' as const, basis: null },
    { mode: 'relationship' as const, basis: 'customers' },
    { mode: 'none_required' as const, basis: 'opinion' },
  ),
  ring: fc.integer({ min: 15, max: 60 }).map((seconds) => ({ atLeastSeconds: 15, atMostSeconds: seconds })),
});
const anyCase: fc.Arbitrary<Case> = fc
  .tuple(anyCall, anyCampaign, fc.oneof(fc.constant({}), anyFacts), fc.boolean())
  .map(([{ code, state, zip, seconds }, campaign, facts, automated]) => ({
    call: { number: `+1${code}5550123`, lead: { state, zip }, automated: automated && seconds % 4 === 0 },
    at: iso(seconds),
    campaign,
    facts,
  }));

const decideWith = (rules: readonly [Rule, ...Rule[]], given: Case): Decision =>
  evaluate(rules, requestOf(given), factsOf(given), policyOf(given));
const codes = (decision: Decision): readonly string[] =>
  decision.kind === 'veto' ? decision.reasons.map(({ code }) => code) : [];

describe('more rules', () => {
  test('a further rule never turns a veto into a permit, nor takes a reason away', () => {
    const anyRule: fc.Arbitrary<Rule> = fc
      .constantFrom<Rule['check']>(
        () => [],
        () => [warning('added', 'noted', {})],
        () => [veto('added', 'campaign_paused', 'added', {})],
        (_request, facts) => [{ validUntil: facts.now }],
        () => {
          throw new Error('broken');
        },
      )
      .map((check) => ({ id: 'added', basis: 'added', check }));
    fc.assert(
      fc.property(anyCase, anyRule, fc.nat(RULES.length), (given, added, position) => {
        const before = decideWith(RULES, given);
        const [first, ...others] = RULES.toSpliced(position, 0, added);
        const after = decideWith([first!, ...others], given);
        if (before.kind === 'veto') expect(after.kind).toBe('veto');
        expect(codes(after)).toEqual(expect.arrayContaining([...codes(before)]));
      }),
      { numRuns: 400 },
    );
  });
  test('each rule alone finds what it finds among the others', () => {
    fc.assert(
      fc.property(anyCase, (given) => {
        const alone = RULES.flatMap((rule) => codes(decideWith([rule], given)));
        expect(alone.toSorted()).toEqual(codes(decideWith(RULES, given)).toSorted());
      }),
      { numRuns: 200 },
    );
  });
  test('reasons stand in rank order', () => {
    fc.assert(
      fc.property(anyCase, (given) => {
        const ranks = codes(decideWith(RULES, given)).map((code) => REASONS[code as ReasonCode].rank);
        expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
      }),
      { numRuns: 200 },
    );
  });
});

describe('fewer facts', () => {
  test('an unknown fact is always a veto that names it', () => {
    fc.assert(
      fc.property(anyCase, fc.subarray([...FACT_NAMES], { minLength: 1 }), (given, unknown) => {
        const decision = decideWith(RULES, { ...given, facts: { ...given.facts, unknown } });
        expect(decision.kind).toBe('veto');
        const named =
          decision.kind === 'veto'
            ? decision.reasons
                .filter(({ code }) => code === 'fact_unavailable')
                .map(({ detail }) => detail['fact'])
            : [];
        expect(named).toEqual(expect.arrayContaining([...unknown]));
      }),
      { numRuns: 400 },
    );
  });
});

const formatters = new Map<string, Intl.DateTimeFormat>();
function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const formatter =
    formatters.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  formatters.set(timeZone, formatter);
  return formatter;
}

/** Weekday and minute of the local day, from Intl alone. */
function localAt(seconds: number, timeZone: string): { weekday: number; minute: number; date: string } {
  const parts = formatterOf(timeZone).formatToParts(seconds * 1_000);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '';
  return {
    weekday: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(part('weekday')),
    minute: Number(part('hour')) * 60 + Number(part('minute')) + Number(part('second')) / 60,
    date: `${part('year')}-${part('month')}-${part('day')}`,
  };
}

const clock = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

/** A holiday on a Saturday is kept on the Friday before as well, one on a Sunday on the Monday after. */
function isHoliday(place: string, date: string, zip: string | null): boolean {
  const neighbour = (days: number): string =>
    new Date(Date.parse(`${date}T12:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
  const weekday = new Date(`${date}T12:00:00Z`).getUTCDay();
  const kept = [date, ...(weekday === 5 ? [neighbour(1)] : []), ...(weekday === 1 ? [neighbour(-1)] : [])];
  const { everywhere, in_some_counties: some } = KEPT_IN[place] ?? { everywhere: [], in_some_counties: [] };
  // A ZIP may place the person in another county.
  return [...everywhere, ...(zip === null ? some : [])].some((id) =>
    HOLIDAYS[id]!.some((day) => kept.includes(day)),
  );
}

interface Lead {
  readonly code: string;
  readonly state?: string | null;
  readonly zip?: string | null;
}

const pairsOf = (text: string): readonly (readonly [string, string])[] => {
  const [home = '', ...zones] = text.replace('+ ', '').split(' ');
  return zones.map((zone) => [home, zone] as const);
};

/** Every pair of state and zone, from the tables written by hand; empty when nothing places the person. */
function pairsFor({ code, state = null, zip = null }: Lead): readonly (readonly [string, string])[] {
  const zipText = ZIPS[zip ?? ''];
  const areaText = AREA_CODES[code];
  if (areaText === undefined && (zipText === undefined || code !== '222')) return [];
  const fromZip = zipText?.split(', ').flatMap(pairsOf) ?? [];
  // A corner of a code is a candidate as long as no ZIP of that very state places the person.
  const [home = ''] = areaText?.split(' ') ?? [];
  const isPlaced = fromZip.some(([place]) => place === home);
  const fromCode = isPlaced ? areaText?.split(' + ')[0] : areaText;
  const inState = state === null || fromZip.some(([place]) => place === state) ? [] : HOURS[state]!.zones;
  return [
    ...(fromCode === undefined ? [] : pairsOf(fromCode)),
    ...fromZip,
    ...inState.map((zone) => [state!, zone] as const),
  ];
}

/** Monday to Sunday where the area code is in no table. */
const STRICTEST = [...Array<string>(5).fill('10:00-18:00'), '10:00-17:00', 'closed'];

const SATURDAY = 5;
/** SDCL 37-30-28: its dialing systems rest on Saturdays, and may take in predictive dialing. */
const rests = (place: string, weekday: number, mode: Mode): boolean =>
  place === 'SD' && weekday === SATURDAY && mode === 'predictive';

type Mode = 'predictive' | 'progressive';

/** Null when lawful in every candidate place for the whole ring time, else the place that says no. */
function unlawfulPlace(lead: Lead, from: number, to: number, mode: Mode): string | null {
  const pairs = pairsFor(lead);
  if (pairs.length === 0) return `no place for ${lead.code}`;
  for (const [place, zone] of pairs) {
    const { live, from: since } = HOURS[place]!;
    const start = localAt(from, zone);
    const end = localAt(to, zone);
    if (isHoliday(place, start.date, lead.zip ?? null)) return `${place} ${zone}: holiday`;
    if (rests(place, start.weekday, mode)) return `${place} ${zone}: Saturday`;
    const own = since !== null && start.date < since ? '08:00-21:00' : live[start.weekday]!;
    const strictest = lead.code === '222' ? [STRICTEST[start.weekday]!] : [];
    for (const window of ['08:00-21:00', own, ...strictest]) {
      if (window === 'closed' || start.date !== end.date) return `${place} ${zone}`;
      const [open = '', close = ''] = window.split('-');
      if (start.minute < clock(open) || end.minute > clock(close)) return `${place} ${zone}`;
    }
  }
  return null;
}

describe('a permit is lawful', () => {
  test('in every candidate place, from the start of ringing to its end, until the permit ends', () => {
    let permits = 0;
    let vetoes = 0;
    let zips = 0;
    let unlisted = 0;
    fc.assert(
      fc.property(anyCall, fc.integer({ min: 15, max: 60 }), ({ seconds, ...lead }, ring) => {
        const { code, state, zip } = lead;
        const decision = decideWith(RULES, {
          call: { number: `+1${code}5550123`, lead: { state, zip } },
          at: iso(seconds),
          campaign: { ring: { atLeastSeconds: 15, atMostSeconds: ring }, consent: { mode: 'written' } },
        });
        if (decision.kind === 'veto') {
          vetoes += 1;
          return;
        }
        permits += 1;
        if (ZIPS[zip ?? ''] !== undefined) zips += 1;
        if (code === '222') unlisted += 1;
        // Puerto Rico lets a telephone ring no longer than this.
        const atMost = pairsFor(lead).some(([place]) => place === 'PR') ? Math.min(ring, 30) : ring;
        expect(unlawfulPlace(lead, seconds, seconds + atMost, 'predictive')).toBeNull();
        const last = Math.floor(decision.validUntil / 1_000);
        expect(unlawfulPlace(lead, last, last + atMost, 'predictive')).toBeNull();
      }),
      { numRuns: 3_000 },
    );
    // The property says nothing if nearly everything is vetoed.
    expect(permits).toBeGreaterThan(300);
    expect(vetoes).toBeGreaterThan(300);
    expect(zips).toBeGreaterThan(100);
    expect(unlisted).toBeGreaterThan(0);
  });
  /** Edges stand on full hours somewhere: a few seconds around each of them, over the whole local day. */
  function allEdges(lead: Lead, days: readonly string[], mode: Mode = 'predictive'): void {
    const { code, zip = null, state = null } = lead;
    for (const day of days.map((each) => Date.parse(`${each}T00:00:00Z`) / 1_000)) {
      for (let hour = 0; hour < 36; hour += 1) {
        for (const second of [-90, -89, 0, 59, 60]) {
          const seconds = day + hour * 3_600 + second;
          const decision = decideWith([RULES.find(({ id }) => id === 'calling_hours')!], {
            call: { number: `+1${code}5550123`, lead: { zip, state } },
            at: iso(seconds),
            campaign: { mode },
          });
          const lawful = unlawfulPlace(lead, seconds - 60, seconds + 90, mode) === null;
          expect(decision.kind === 'permit', `${JSON.stringify(lead)} ${iso(seconds)}`).toBe(lawful);
        }
      }
    }
  }
  const DAYS = ['2026-12-08', '2027-03-14', '2027-11-07'];
  test('around every edge of every set of places, on both daylight-saving days and an ordinary one', () => {
    // One area code for each set of places; that each code has its set is another test.
    const codes = new Map(Object.entries(AREA_CODES).map(([code, places]) => [places, code])).values();
    for (const code of codes) allEdges({ code }, DAYS);
    for (const mode of ['predictive', 'progressive'] as const) {
      allEdges({ code: '605' }, ['2026-12-11', '2026-12-12'], mode);
    }
  }, 120_000);
  test('and around every edge with a ZIP, which adds its places, lifts corners and lets a code in no table be called', () => {
    // One ZIP for each set of places, as with the codes.
    for (const zip of new Map(Object.entries(ZIPS).map(([each, places]) => [places, each])).values()) {
      allEdges({ code: '334', zip }, ['2027-03-14']);
      allEdges({ code: '222', zip }, ['2026-12-08']);
    }
    for (const zip of ['36104', '33101', '42223', '09012', 'none']) {
      allEdges({ code: '850', zip, state: 'TN' }, DAYS);
    }
  }, 120_000);
  test('on every day of three years, in every state that keeps holidays', () => {
    const states = Object.keys(KEPT_IN);
    const rule = RULES.find(({ id }) => id === 'calling_hours')!;
    let holidays = 0;
    for (const state of states) {
      const [code = ''] =
        Object.entries(AREA_CODES).find(([, places]) => places.split(' ').includes(state)) ?? [];
      // Noon in the middle of the country; the table of dates ends with 2028.
      for (let second = Date.UTC(2026, 0, 2, 18) / 1_000; second < TO - 86_400; second += 86_400) {
        const given: Case = { call: { number: `+1${code}5550123` }, at: iso(second) };
        const unlawful = unlawfulPlace({ code }, second - 60, second + 90, 'predictive');
        if (unlawful?.endsWith('holiday') === true) holidays += 1;
        expect(decideWith([rule], given).kind, `${state} ${iso(second)}`).toBe(
          unlawful === null ? 'permit' : 'veto',
        );
      }
    }
    expect(states).toEqual(expect.arrayContaining(['AL', 'LA', 'PA', 'RI', 'UT']));
    expect(holidays).toBeGreaterThan(100);
  });
});
