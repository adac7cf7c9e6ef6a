/** Where a consent lifts a bar the permit ends with it, in a campaign that itself needs no consent too. */
import { expect, test } from 'vitest';
import { evaluate, RULES } from '../../../src/rules/index.ts';
import { AT, at, type Case, factsOf, policyOf, requestOf } from '../../support/rules-world.ts';

const EXPIRES = '2026-11-24T18:00:05Z';
const ANEW = '2026-06-01T12:00:00Z';

/** One rule alone, so that no other one ends the permit in its place. */
function endOf(id: string, given: Case, consent: NonNullable<NonNullable<Case['facts']>['consent']>): number {
  const rule = RULES.find((each) => each.id === id);
  if (rule === undefined) throw new Error(`no rule ${id}`);
  const whole: Case = {
    ...given,
    campaign: { consent: { mode: 'none_required', basis: 'opinion of counsel' } },
    facts: { ...given.facts, consent },
  };
  const decision = evaluate([rule], requestOf(whole), factsOf(whole), policyOf(whole));
  if (decision.kind !== 'permit') throw new Error(JSON.stringify(decision));
  return decision.validUntil;
}

const LIFTED: readonly (readonly [string, string, Case, { givenAt?: string; kind?: 'express' }])[] = [
  ['the national registry', 'do_not_call', { facts: { listHits: ['national'] } }, {}],
  ["a state's list", 'do_not_call', { facts: { listHits: ['state CO'] } }, {}],
  ['the age of the registry', 'do_not_call', { facts: { listDates: { national: '2026-01-01' } } }, {}],
  [
    "the person's own request, under an override",
    'do_not_call',
    { facts: { requestedAt: '2026-01-01T00:00:00Z', overrides: [{ what: 'reconsent_lifts_request' }] } },
    { givenAt: ANEW },
  ],
  ['a bar on mobiles', 'mobile', { call: { number: '+16025550123' } }, { kind: 'express' }],
  ['a bar on recorded messages', 'automated', { call: { number: '+16025550123', automated: true } }, {}],
  ['a revocation', 'consent', { facts: { revokedAt: '2026-01-01T00:00:00Z' } }, { givenAt: ANEW }],
  [
    'a number that changed hands before',
    'reassigned',
    { facts: { reassigned: { answer: 'yes', queriedAt: '2026-01-01T00:00:00Z' } } },
    { givenAt: ANEW },
  ],
];

test.each(LIFTED)('%s', (_name, id, given, consent) => {
  expect(endOf(id, given, { ...consent, expiresAt: EXPIRES })).toBe(at(EXPIRES));
  // Without an end of its own it sets none.
  expect(endOf(id, given, consent)).toBe(at(AT) + policyOf({}).permitValidMs);
});

test.each(['do_not_call', 'mobile', 'automated', 'consent', 'reassigned'])(
  '%s: a consent on which nothing stands ends no permit',
  (id) => {
    expect(endOf(id, {}, { expiresAt: EXPIRES })).toBe(at(AT) + policyOf({}).permitValidMs);
  },
);
