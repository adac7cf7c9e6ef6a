/** How long months of the ledger are kept: the edges of dates. */
import { expect, test } from 'vitest';
import { parseHoldValue } from '../../../src/domain/ledger-hold.ts';
import {
  kindsPastClass,
  monthCountsFrom,
  nextPastClass,
  pastClassAt,
  type RetentionClass,
} from '../../../src/domain/ledger-retention.ts';
import { digitsOf, hasNumber } from '../../../src/domain/number-in-text.ts';
import { formatInstant, type Instant, instant } from '../../../src/domain/time.ts';

const at = (text: string): Instant => instant(Date.parse(text));
const FIVE: RetentionClass = {
  name: 'five',
  years: 5,
  kinds: ['decision', 'call_result'],
  citation: 'a',
  afterErasureYears: null,
};
const TEN: RetentionClass = {
  name: 'ten',
  years: 10,
  kinds: ['unclear_request'],
  citation: 'b',
  afterErasureYears: null,
};
const EVER: RetentionClass = {
  name: 'ever',
  years: null,
  kinds: ['opt_out'],
  citation: 'c',
  afterErasureYears: null,
};
const CLASSES = [FIVE, TEN, EVER];
/** The month of October 2026 is over. */
const ENDS = at('2026-11-01T00:00:00.000Z');

test.each([
  ['2031-10-31T23:59:59.999Z', []],
  ['2031-11-01T00:00:00.000Z', ['decision', 'call_result']],
  ['2036-10-31T23:59:59.999Z', ['decision', 'call_result']],
  ['2036-11-01T00:00:00.000Z', ['decision', 'call_result', 'unclear_request']],
  ['2999-01-01T00:00:00.000Z', ['decision', 'call_result', 'unclear_request']],
])('at %s what is past its class of a month that ended five or ten years before is %s', (now, kinds) => {
  expect([...kindsPastClass(CLASSES, ENDS, at(now))]).toEqual(kinds);
});

test('a kind that no class names is never past it', () => {
  expect(kindsPastClass([FIVE], ENDS, at('2999-01-01T00:00:00Z')).has('call_progress')).toBe(false);
});

test.each([
  ['2024-03-01T00:00:00.000Z', 5, '2029-03-01T00:00:00.000Z'],
  ['2024-02-29T00:00:00.000Z', 5, '2029-03-01T00:00:00.000Z'],
  ['2024-02-29T23:59:59.999Z', 4, '2028-02-29T23:59:59.999Z'],
])('from %s %i years last until %s, never a day less', (from, years, until) => {
  expect(formatInstant(pastClassAt({ years }, at(from)) ?? instant(0))).toBe(until);
});

test('a newer stamp than the end of the month counts; an older one does not', () => {
  expect(monthCountsFrom(ENDS, at('2026-10-31T12:00:00Z'))).toBe(ENDS);
  expect(monthCountsFrom(ENDS, at('2027-02-01T00:00:00Z'))).toBe(at('2027-02-01T00:00:00Z'));
});

test('the next end of a class, as long as there is one', () => {
  expect(nextPastClass(CLASSES, ENDS, at('2031-10-31T00:00:00Z'))).toBe(at('2031-11-01T00:00:00Z'));
  expect(nextPastClass(CLASSES, ENDS, at('2031-11-01T00:00:00Z'))).toBe(at('2036-11-01T00:00:00Z'));
  expect(nextPastClass(CLASSES, ENDS, at('2036-11-01T00:00:00Z'))).toBeNull();
});

test.each([
  ['number', '(303) 555-0101', '+13035550101'],
  ['campaign', 'solar-2', 'solar-2'],
  ['all', undefined, ''],
] as const)('a hold on %s %s binds `%s`', (scope, value, spelled) => {
  expect(parseHoldValue(scope, value)).toEqual({ ok: true, value: spelled });
});

test.each([
  ['number', 'nobody'],
  ['number', undefined],
  ['campaign', undefined],
  ['campaign', 'so lar'],
  ['all', 'solar'],
] as const)('a hold on %s %s would bind nothing', (scope, value) => {
  expect(parseHoldValue(scope, value).ok).toBe(false);
});

test.each([
  ['{"number":"+13035550101"}', true],
  ['sent to 13035550101.', true],
  ['3035550101', true],
  ['{"at":17303555010112}', false],
  ['+23035550101', false],
  ['+1303555010', false],
])('in `%s` the number stands: %s', (text, stands) => {
  expect(hasNumber('+13035550101', text)).toBe(stands);
  expect(digitsOf('+13035550101')).toBe('3035550101');
});
