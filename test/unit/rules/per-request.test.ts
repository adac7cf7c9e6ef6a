/** What is remembered with a request is never the answer to another question. */
import { expect, test } from 'vitest';
import type { Policy } from '../../../src/domain/policy.ts';
import { addMs, DAY_MS } from '../../../src/domain/time.ts';
import { callBounds, candidatePlaces, datedJurisdictions } from '../../../src/rules/call-bounds.ts';
import { perRequest, remembering } from '../../../src/rules/per-request.ts';
import { at, AT, CAMPAIGN, LAW, policyOf, requestOf } from '../../support/rules-world.ts';

test('the same question is worked out once, another one anew', () => {
  let worked = 0;
  const ask = perRequest((request, more: number) => `${request.numberText} ${more} ${(worked += 1)}`);
  const [one, two] = [remembering(requestOf({})), remembering(requestOf({}))];
  expect([ask(one, 1), ask(one, 1), ask(two, 1), ask(one, 2), ask(one, 1)]).toEqual([
    '+13035550123 1 1',
    '+13035550123 1 1',
    '+13035550123 1 2',
    '+13035550123 2 3',
    '+13035550123 1 4',
  ]);
});

test('a request that was not made to remember is answered all the same, and a copy takes no answers along', () => {
  const ask = perRequest((request, more: number) => `${request.numberText} ${more}`);
  const plain = requestOf({});
  expect([ask(plain, 1), ask(plain, 1)]).toEqual(['+13035550123 1', '+13035550123 1']);
  const request = remembering(plain);
  expect(remembering(request)).toBe(request);
  expect(JSON.stringify(request)).toBe(JSON.stringify(plain));
  expect(ask(request, 1)).toBe('+13035550123 1');
  expect(ask(remembering({ ...request, numberText: 'another' }), 1)).toBe('another 1');
});

test('what throws is asked again', () => {
  let worked = 0;
  const ask = perRequest(() => {
    worked += 1;
    throw new Error('no answer');
  });
  const request = remembering(requestOf({}));
  expect(() => ask(request)).toThrow('no answer');
  expect(() => ask(request)).toThrow('no answer');
  expect(worked).toBe(2);
});

test('another law, instant or campaign gets its own answer for the same request', () => {
  const request = remembering(requestOf({}));
  const policy = policyOf({});
  const { CO, ...others } = LAW.jurisdictions;
  const elsewhere: Policy = {
    ...policy,
    law: {
      ...LAW,
      jurisdictions: { ...others, CO: { ...CO!, name: 'Elsewhere' } },
      areaCodes: {
        '303': { kind: 'us', state: 'CO', zones: ['America/Boise'], minorityZones: [], note: null },
      },
    },
  };
  const zonesUnder = (each: Policy): readonly string[] =>
    candidatePlaces(request, each).map(({ zone }) => zone);
  expect([zonesUnder(policy), zonesUnder(elsewhere), zonesUnder(policy)]).toEqual([
    ['America/Denver'],
    ['America/Boise'],
    ['America/Denver'],
  ]);
  const dateAt = (days: number): string =>
    datedJurisdictions(request, addMs(at(AT), days * DAY_MS), policy)[0]!.date;
  expect([dateAt(0), dateAt(1), dateAt(0)]).toEqual(['2026-11-24', '2026-11-25', '2026-11-24']);
  const longer = { ...CAMPAIGN, ring: { atLeastSeconds: 20, atMostSeconds: 45 } };
  expect(callBounds(request, CAMPAIGN, policy).longestRingSeconds).toBe(30);
  expect(callBounds(request, longer, policy).longestRingSeconds).toBe(45);
});
