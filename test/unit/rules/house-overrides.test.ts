/** Settings looser than the house's defaults: they count only under an override with who, why and until, which the decision shows. */
import { describe, expect, test } from 'vitest';
import { callsToOneNumber, guardOf } from '../../../src/config/house-defaults.ts';
import type { Decision } from '../../../src/domain/decision.ts';
import type { Overridable } from '../../../src/domain/override.ts';
import { evaluate, RULES } from '../../../src/rules/index.ts';
import { type Case, codesOf, factsOf, policyOf, requestOf } from '../../support/rules-world.ts';

const GUARD = { loosened: { clockGuardMs: 0 } };
const decided = (given: Case, more: object = {}): Decision =>
  evaluate(RULES, requestOf(given), factsOf(given), { ...policyOf(given), ...more });
const shown = ({ warnings }: Decision): readonly unknown[] =>
  warnings.flatMap(({ code, detail }) => (code === 'override_applied' ? [detail['what']] : []));
const says = (decision: Decision) => [...codesOf(decision), ...shown(decision)];
const under = (what: string, more: object = {}): NonNullable<Case['facts']> => ({
  overrides: [{ what: what as Overridable, ...more }],
});

describe('the guard band', () => {
  /** Half a minute after the telephone may ring in Denver. */
  const early: Case = { at: '2026-11-24T15:00:30Z' };
  test.each<[string, Case, object, readonly string[]]>([
    ['narrower in the settings alone: the default binds', early, GUARD, ['outside_calling_hours']],
    ['under an override', { ...early, facts: under('clock_guard') }, GUARD, ['permit', 'clock_guard']],
    [
      'of another state',
      { ...early, facts: under('clock_guard', { state: 'UT' }) },
      GUARD,
      ['outside_calling_hours'],
    ],
    [
      'without a setting there is nothing to loosen',
      { ...early, facts: under('clock_guard') },
      {},
      ['outside_calling_hours'],
    ],
    [
      'before the window itself',
      { at: '2026-11-24T14:59:30Z', facts: under('clock_guard') },
      GUARD,
      ['outside_calling_hours'],
    ],
    ['at noon it touches nothing', { facts: under('clock_guard') }, GUARD, ['permit']],
  ])('%s', (_name, given, policy, expected) => expect(says(decided(given, policy))).toEqual(expected));

  test('the override bounds the permit', () => {
    const until = '2026-11-24T15:00:40Z';
    const decision = decided({ ...early, facts: under('clock_guard', { until }) }, GUARD);
    expect(decision).toMatchObject({ kind: 'permit', validUntil: Date.parse(until) });
  });
});

describe('attempts and the rest after a drop', () => {
  const twice = { max: 5, perHours: 24 };
  const dropped = { droppedAt: '2026-11-22T18:00:00Z' };
  const house = { attempts: { max: 3, perHours: 24 }, dropLockoutHours: 72 };
  const loose = { ...house, loosened: { attempts: twice, dropLockoutHours: 24 } };
  const both = [{ what: 'campaign_attempts' as const }, { what: 'drop_lockout' as const, overrideId: 'o-2' }];
  test.each<[string, Case, readonly string[]]>([
    ['a fourth call', { campaign: loose, facts: { placed: 3 } }, ['too_many_attempts']],
    [
      'under an override',
      { campaign: loose, facts: { placed: 3, ...under('campaign_attempts') } },
      ['permit', 'campaign_attempts'],
    ],
    [
      'a sixth',
      { campaign: loose, facts: { placed: 5, ...under('campaign_attempts') } },
      ['too_many_attempts'],
    ],
    [
      'a third is lawful by the default',
      { campaign: loose, facts: { placed: 2, ...under('campaign_attempts') } },
      ['permit'],
    ],
    ['two days after a drop', { campaign: loose, facts: { ...dropped } }, ['drop_lockout']],
    [
      'under an override',
      { campaign: loose, facts: { ...dropped, ...under('drop_lockout') } },
      ['permit', 'drop_lockout'],
    ],
    [
      'of the other kind',
      { campaign: loose, facts: { ...dropped, ...under('campaign_attempts') } },
      ['drop_lockout'],
    ],
    [
      'with both',
      { campaign: loose, facts: { ...dropped, placed: 4, overrides: both } },
      ['permit', 'campaign_attempts', 'drop_lockout'],
    ],
    [
      'the override alone loosens nothing',
      { campaign: house, facts: { ...dropped, placed: 3, overrides: both } },
      ['too_many_attempts', 'drop_lockout'],
    ],
    // A number of Florida: the state's own cap stands whatever the campaign may.
    [
      'the cap of a state stays',
      {
        call: { number: '+13055550123' },
        campaign: loose,
        facts: { placed: 3, ...under('campaign_attempts', { state: 'FL' }) },
      },
      ['too_many_attempts'],
    ],
  ])('%s', (_name, given, expected) => expect(says(decided(given))).toEqual(expected));

  test('where the person may be in two states both need it', () => {
    const lead = { state: 'UT' };
    const facts = { placed: 3 };
    const one = decided({
      call: { lead },
      campaign: loose,
      facts: { ...facts, ...under('campaign_attempts') },
    });
    expect(codesOf(one)).toContain('too_many_attempts');
    const overrides = ['CO', 'UT'].map((state) => ({
      what: 'campaign_attempts' as const,
      state,
      overrideId: state,
    }));
    const everywhere = decided({ call: { lead }, campaign: loose, facts: { ...facts, overrides } });
    expect(codesOf(everywhere)).not.toContain('too_many_attempts');
  });
});

test('what is tighter counts at once, what is looser stands beside the default', () => {
  expect(guardOf(61)).toEqual({ clockGuardMs: 61_000 });
  expect(guardOf(60)).toEqual({ clockGuardMs: 60_000 });
  expect(guardOf(0)).toEqual({ clockGuardMs: 60_000, loosened: { clockGuardMs: 0 } });
  const calls = (max: number, perHours: number, dropLockoutHours: number) =>
    callsToOneNumber({ attempts: { max, perHours }, dropLockoutHours });
  expect(calls(2, 48, 73)).toEqual({ attempts: { max: 2, perHours: 48 }, dropLockoutHours: 73 });
  expect(calls(3, 24, 72)).toEqual({ attempts: { max: 3, perHours: 24 }, dropLockoutHours: 72 });
  expect(calls(4, 24, 71)).toEqual({
    ...{ attempts: { max: 3, perHours: 24 }, dropLockoutHours: 72 },
    loosened: { attempts: { max: 4, perHours: 24 }, dropLockoutHours: 71 },
  });
  expect(calls(2, 12, 72)).toMatchObject({
    attempts: { max: 2, perHours: 24 },
    loosened: { attempts: { perHours: 12 } },
  });
});
