import { expect, test } from 'vitest';
import { canonicalNumber, isCanonicalNumber } from '../../../src/passport/numbers.ts';

test.each([
  ['13035550142', '13035550142'],
  ['+13035550142', '13035550142'],
  ['+1-303-555-0142', '13035550142'],
  ['+1 (303) 555.0142', '13035550142'],
  ['%2B13035550142', '13035550142'],
  ['+13035550142;npdi;rn=1', '13035550142'],
  ['*67', '*67'],
  ['%2331%23', '#31#'],
  // No country code is guessed (RFC 8224 §8.3 leaves that to the signer).
  ['3035550142', '3035550142'],
  ['alice', null],
  ['', null],
  ['anonymous;x=1', null],
  ['++13035550142', null],
  ['1'.repeat(33), null],
  ['1'.repeat(1_000_000), null],
])('%s is %s', (user, canonical) => {
  expect(canonicalNumber(user)).toBe(canonical);
});

test('claims must be canonical already', () => {
  expect(['13035550142', '*67', '+13035550142', '1 303', '', '１３'].map(isCanonicalNumber)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
