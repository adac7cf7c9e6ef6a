/** The explanation says what the decision said, and its next lawful instant is the first one that a walk by minutes finds. */
import { describe, expect, test } from 'vitest';
import { callingHours } from '../../../src/rules/calling-hours.ts';
import { explain, RULES } from '../../../src/rules/index.ts';
import { formatInstant, type Instant, MINUTE_MS } from '../../../src/domain/time.ts';
import { at, type Case, codesOf, decide, factsOf, policyOf, requestOf } from '../../support/rules-world.ts';

const explained = (given: Case): ReturnType<typeof explain> =>
  explain(RULES, requestOf(given), factsOf(given), policyOf(given));

/** First whole minute from `from` on without a veto of the calling hours; windows open on whole minutes, and so does the guard. */
function firstByWalking(given: Case, from: Instant, days: number): string | null {
  for (let minute = 0; minute <= days * 24 * 60; minute += 1) {
    const now = (from + minute * MINUTE_MS) as Instant;
    const findings = callingHours.check(requestOf(given), { ...factsOf(given), now }, policyOf(given));
    if (!findings.some((finding) => 'veto' in finding)) return formatInstant(now);
  }
  return null;
}

test('each rule stands in it once, with exactly the reasons of the decision', () => {
  const given: Case = {
    at: '2026-11-26T16:00:00Z',
    call: { lead: { state: 'PA' } },
    facts: { consent: null, placed: 9 },
  };
  const { rules } = explained(given);
  expect(rules.map(({ rule }) => rule)).toEqual(RULES.map(({ id }) => id));
  const codes = rules.flatMap(({ findings }) =>
    findings.flatMap((each) => ('veto' in each ? [each.veto.code] : [])),
  );
  expect([...codes].sort()).toEqual([...codesOf(decide(given))].sort());
});

test('places with their clocks and every window that binds', () => {
  const { places } = explained({ at: '2026-11-24T18:00:00Z', call: { lead: { state: 'PA' } } });
  expect(places).toMatchObject([
    {
      state: 'CO',
      zone: 'America/Denver',
      because: 'area_code',
      local: '2026-11-24T11:00:00-07:00',
      weekday: 'tue',
    },
    { state: 'PA', zone: 'America/New_York', because: 'lead_state', local: '2026-11-24T13:00:00-05:00' },
  ]);
  expect(places[1]?.windows.map(({ window }) => window)).toEqual(['08:00-21:00', '09:00-19:00']);
});

test('a rule that throws is told as a fault', () => {
  const broken = {
    id: 'broken',
    basis: 'none',
    check: () => {
      throw new Error('no such table');
    },
  };
  const { rules } = explain([broken, ...RULES], requestOf({}), factsOf({}), policyOf({}));
  expect(rules[0]).toMatchObject({ rule: 'broken', findings: [], fault: 'no such table' });
});

describe('next lawful instant', () => {
  test.each<readonly [string, Case]>([
    ['now', { at: '2026-11-24T18:00:30Z' }],
    ['after the night', { at: '2026-11-25T05:30:00Z' }],
    ['before the morning', { at: '2026-11-24T11:00:00Z' }],
    ['over Thanksgiving in Pennsylvania', { at: '2026-11-26T16:00:00Z', call: { lead: { state: 'PA' } } }],
    ['over a Sunday in Alabama', { at: '2026-11-29T18:00:00Z', call: { number: '+12055550123' } }],
    ['a state with several zones', { at: '2026-11-24T13:00:00Z', call: { number: '+18505550123' } }],
    ['the night of the spring change', { at: '2026-03-08T05:00:00Z' }],
    ['the night of the autumn change', { at: '2026-11-01T05:00:00Z' }],
    [
      'two places whose days hardly meet',
      { at: '2026-11-24T18:00:00Z', call: { number: '+16715550123', lead: { state: 'NY' } } },
    ],
  ])('%s', (_, given) => {
    const { nextLawful } = explained(given);
    const from = at(given.at ?? '');
    const walked = firstByWalking(given, from, 6);
    expect(nextLawful === null ? null : formatInstant(nextLawful.at)).toBe(walked);
  });

  test('tells what would still stand against the call then', () => {
    const { nextLawful } = explained({ at: '2026-11-25T05:30:00Z', facts: { consent: null } });
    expect(nextLawful).toMatchObject({ verdict: 'veto', codes: ['consent_missing'] });
    expect(explained({ at: '2026-11-25T05:30:00Z' }).nextLawful).toMatchObject({
      verdict: 'permit',
      codes: [],
    });
  });

  test('waits for the end of a lockout', () => {
    const { nextLawful } = explained({
      facts: { droppedAt: '2026-11-24T17:00:00Z' },
      campaign: { attestation: { minimum: 'none', maxAgeHours: 24, ways: [] } },
    });
    expect(nextLawful).toMatchObject({ at: at('2026-11-27T17:00:00Z'), verdict: 'permit' });
  });

  test('is none where nothing is lawful at any time', () => {
    const emergency = { jurisdiction: 'LA', from: '2026-11-01', until: null, source: 'notice' };
    const given = {
      call: { number: '+15045550123' },
      operator: { emergencies: [emergency] },
    } as unknown as Case;
    expect(explained(given).nextLawful).toBeNull();
  });
});
