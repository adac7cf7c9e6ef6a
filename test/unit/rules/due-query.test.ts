/** Which numbers the reassigned-numbers database must be asked about: what the rule demands, and nothing that would be asked in vain. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import type { AskableConsent, ReassignedAnswer, ReassignedCheck } from '../../../src/domain/reassigned.ts';
import { DAY_MS, type LocalDate } from '../../../src/domain/time.ts';
import type { SellerId } from '../../../src/domain/ids.ts';
import { dueQuery } from '../../../src/rules/index.ts';
import { at, AT, CAMPAIGN, codesOf, decide, NUMBER, policyOf } from '../../support/rules-world.ts';

const policy = policyOf({});
const now = at(AT);
const daysAgo = (days: number) => new Date(now - days * DAY_MS).toISOString();

const answer = (word: ReassignedAnswer, queriedAt: string, since: string): ReassignedCheck => ({
  checkId: 'q-1',
  number: NUMBER as PhoneNumber,
  sellerId: 's1' as SellerId,
  queriedAt: at(queriedAt),
  since: since as LocalDate,
  answer: word,
});
const consent = (more: Partial<AskableConsent> = {}): AskableConsent => ({
  number: NUMBER as PhoneNumber,
  givenAt: at('2026-06-01T18:00:00Z'),
  expiresAt: null,
  revokedAt: null,
  check: null,
  ...more,
});
const due = (more: Partial<AskableConsent> = {}) => dueQuery(consent(more), now, policy);

describe('a consent', () => {
  test('that nobody has asked about is asked about since its day, by the last calendar of the country', () => {
    expect(due()).toEqual({ number: NUMBER, since: '2026-06-01', problem: 'no answer is on record' });
    expect(due({ givenAt: at('2026-06-01T10:59:59Z') })?.since).toBe('2026-05-31');
    expect(due({ givenAt: at('2026-06-01T11:00:00Z') })?.since).toBe('2026-06-01');
  });

  test('is old enough one instant after 31 days; in Maine at once', () => {
    expect(due({ givenAt: at(daysAgo(31)) })).toBeNull();
    expect(due({ givenAt: at(new Date(now - 31 * DAY_MS - 1).toISOString()) })).not.toBeNull();
    expect(due({ givenAt: at(daysAgo(1)), number: '+12075550123' as PhoneNumber })).not.toBeNull();
  });

  test.each<[string, Partial<AskableConsent>]>([
    ['revoked', { revokedAt: at('2026-06-01T18:00:00Z') }],
    ['ended', { expiresAt: now }],
    ['of tomorrow', { givenAt: at('2026-11-25T18:00:00Z') }],
    ['answered yes: no later answer undoes it', { check: answer('yes', daysAgo(90), '2026-06-01') }],
    ['answered', { check: answer('no', daysAgo(31), '2026-06-01') }],
    ['answered no data within the month', { check: answer('no_data', daysAgo(3), '2026-05-01') }],
  ])('%s: nothing to ask', (_name, more) => {
    expect(due(more)).toBeNull();
  });

  test.each<[Partial<AskableConsent>, string, string]>([
    [{ check: answer('no', daysAgo(32), '2026-01-01') }, '2026-06-01', 'asked more than 31 days ago'],
    [
      { check: answer('no', '2026-05-31T00:00:00Z', '2026-01-01') },
      '2026-06-01',
      'asked more than 31 days ago',
    ],
    [
      { check: answer('no', daysAgo(3), '2026-06-02') },
      '2026-06-01',
      'asked about the time since 2026-06-02, the consent is older',
    ],
    // Only an answer about as much undoes a missing one.
    [{ check: answer('no_data', daysAgo(32), '2026-01-01') }, '2026-01-01', 'asked more than 31 days ago'],
    [{ revokedAt: at('2026-05-01T00:00:00Z') }, '2026-06-01', 'no answer is on record'],
  ])('%j', (more, since, problem) => {
    expect(due(more)).toEqual({ number: NUMBER, since, problem });
  });

  test('an answer to what is due covers the call; while none is due none is missing', () => {
    const campaign = { ...CAMPAIGN, reassigned: { check: 'everywhere' as const } };
    const day = (days: number) => daysAgo(days).slice(0, 10);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 200 }),
        fc.option(
          fc.record({ asked: fc.integer({ min: 0, max: 60 }), since: fc.integer({ min: 0, max: 250 }) }),
        ),
        fc.constantFrom(NUMBER, '+12075550123', '+18085550123'),
        (given, known, number) => {
          const check = known === null ? null : answer('no', daysAgo(known.asked), day(known.since));
          const query = dueQuery(
            consent({ givenAt: at(daysAgo(given)), number: number as PhoneNumber, check }),
            now,
            policy,
          );
          const codes = (reassigned: Pick<ReassignedCheck, 'since'> & { queriedAt: string }) =>
            codesOf(
              decide({
                campaign,
                call: { number },
                facts: { consent: { givenAt: daysAgo(given) }, reassigned: { ...reassigned, answer: 'no' } },
              }),
            );
          if (query !== null) {
            expect(codes({ queriedAt: AT, since: query.since })).not.toContain('reassigned_not_checked');
          } else if (check !== null) {
            const stands = { queriedAt: new Date(check.queriedAt).toISOString(), since: check.since };
            expect(codes(stands)).not.toContain('reassigned_not_checked');
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
