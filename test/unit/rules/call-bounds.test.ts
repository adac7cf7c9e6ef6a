/** What `control` reserves with: the tightest cap, over-dialing, ring time. */
import { describe, expect, test } from 'vitest';
import type { Campaign } from '../../../src/domain/campaign.ts';
import { callBounds } from '../../../src/rules/index.ts';
import { CAMPAIGN, type Case, policyOf, requestOf } from '../../support/rules-world.ts';

const bounds = (given: Case, campaign: Partial<Campaign> = {}) =>
  callBounds(requestOf(given), { ...CAMPAIGN, ...campaign }, policyOf(given));
const call = (number: string, state: string | null = null, automated = false): Case => ({
  call: { number, lead: { state }, automated },
});
const cap = (given: Case, max: number, perHours: number) => {
  const { attempts } = bounds(given, { attempts: { max, perHours } });
  return [attempts.max, attempts.windowHours];
};

describe('attempts', () => {
  test.each<[string, Case, number, number, readonly [number, number]]>([
    ['Colorado has no cap: the campaign binds', call('+13035550123'), 5, 24, [5, 24]],
    ['Florida binds', call('+13055550123'), 5, 24, [3, 24]],
    ['a stricter campaign binds in Florida', call('+13055550123'), 2, 48, [2, 48]],
    ['a lead stored in Florida binds', call('+13035550123', 'FL'), 5, 24, [3, 24]],
    ['caps that cross: the smaller count in the longer window', call('+13055550123'), 10, 168, [3, 168]],
    ['Maine, recorded messages', call('+12075550123', null, true), 5, 24, [1, 24]],
    ['Maine, live calls', call('+12075550123'), 5, 24, [5, 24]],
    ['an unknown place has the strictest cap', call('+12225550123'), 5, 24, [3, 24]],
  ])('%s', (_name, given, max, perHours, expected) => {
    expect(cap(given, max, perHours)).toEqual(expected);
  });
  test('the paragraph of the cap is named', () => {
    expect(bounds(call('+13055550123')).attempts.basis).toContain('Fla. Stat. 501.616(6)(b)');
  });
  test('Oregon had no cap before 2026', () => {
    expect(cap({ ...call('+15035550123'), at: '2025-12-31T18:00:00Z' }, 5, 24)).toEqual([5, 24]);
    expect(cap({ ...call('+15035550123'), at: '2026-01-02T18:00:00Z' }, 5, 24)).toEqual([3, 24]);
  });
});

describe('over-dialing', () => {
  test.each<[string, Case, 'allowed' | 'barred']>([
    ['Colorado', call('+13035550123'), 'allowed'],
    ['New Mexico', call('+15055550123'), 'barred'],
    ['a lead stored in New Mexico', call('+13035550123', 'NM'), 'barred'],
    ['an unknown place', call('+12225550123'), 'barred'],
    ['not a number', call('nobody'), 'barred'],
  ])('%s', (_name, given, expected) => {
    expect(bounds(given).overDialing).toBe(expected);
  });
});

describe('ringing', () => {
  const ring = (number: string, atLeastSeconds: number, atMostSeconds: number) => {
    const { ringAtLeastSeconds, longestRingSeconds } = bounds(call(number), {
      ring: { atLeastSeconds, atMostSeconds },
    });
    return [ringAtLeastSeconds, longestRingSeconds];
  };
  test('the campaign within the law', () => expect(ring('+13035550123', 20, 40)).toEqual([20, 40]));
  test('never given up before the federal minimum', () =>
    expect(ring('+13035550123', 5, 10)).toEqual([15, 15]));
  test('five rings in Puerto Rico', () => expect(ring('+17875550123', 20, 60)).toEqual([20, 30]));
  test('at least stays within at most', () => expect(ring('+17875550123', 40, 60)).toEqual([30, 30]));
});
