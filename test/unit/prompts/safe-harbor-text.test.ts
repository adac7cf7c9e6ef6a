import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePhoneNumber, type PhoneNumber } from '../../../src/domain/phone-number.ts';
import {
  disclosureText,
  machineMessageText,
  optOutConfirmationText,
  safeHarborText,
  type SpokenParts,
  spokenNumber,
} from '../../../src/domain/safe-harbor-text.ts';

const answer = parsePhoneNumber('+13035550100');
const callbackNumber = (answer.ok ? answer.value : '') as PhoneNumber;
const parts: SpokenParts = { sellerName: 'Sunrise Solar', callbackNumber, optOutDigit: '9' };

describe('the safe-harbor message', () => {
  test('says the four elements of 47 CFR 64.1200(a)(7)(i) and nothing else', () => {
    expect(safeHarborText(parts, null)).toEqual({
      ok: true,
      value:
        'This call was for telemarketing purposes on behalf of Sunrise Solar. The telephone number is three zero three, ' +
        'five five five, zero one zero zero. To be placed on our do not call list, press nine now.',
    });
  });

  test('takes a wording of the operator', () => {
    const wording =
      'Hello. {seller} called for telemarketing purposes. Reach us at {number}. Press {digit} to opt out.';
    expect(safeHarborText({ ...parts, optOutDigit: '#' }, wording)).toEqual({
      ok: true,
      value:
        'Hello. Sunrise Solar called for telemarketing purposes. Reach us at three zero three, five five five, ' +
        'zero one zero zero. Press pound to opt out.',
    });
  });

  const good = '{seller} called for telemarketing purposes. Call {number} or press {digit}.';
  test.each([
    ['no seller', good.replace('{seller}', 'We'), 'lacks {seller}'],
    ['no number', good.replace('{number}', 'us'), 'lacks {number}'],
    ['no key', good.replace('{digit}', 'now'), 'lacks {digit}'],
    ['no purpose', good.replace('telemarketing purposes', 'you'), 'lacks "telemarketing purposes"'],
    ['an apology', `We are sorry. ${good}`, 'says more than the law lets it: are, sorry'],
    ['a product', `${good} Solar panels from 99 dollars!`, 'solar, panels, 99, dollars'],
    ['another placeholder', `${good} {offer}`, 'the placeholder {offer}'],
    ['an open brace', `${good} {`, 'a brace that is not closed'],
    ['too many words', `${good} ${'please '.repeat(80)}`, 'characters; at most 400'],
  ])('%s is refused', (_, wording, problem) => {
    const refused = safeHarborText(parts, wording);
    expect(refused.ok ? '' : refused.problem).toContain(problem);
  });

  test('no wording throws, and what is accepted has all four elements', () => {
    const word = fc.constantFrom(
      '{seller}',
      '{number}',
      '{digit}',
      'telemarketing purposes',
      'press',
      '{',
      'sale',
      '$&',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string())), (words) => {
        const text = safeHarborText(parts, words.join(' '));
        if (!text.ok) return;
        for (const element of ['Sunrise Solar', 'telemarketing purposes', 'zero one zero zero', 'nine']) {
          expect(text.value.toLowerCase()).toContain(element.toLowerCase());
        }
        expect(text.value).not.toContain('sale');
      }),
      { numRuns: 1_000 },
    );
  });
});

test('numbers are spoken digit by digit', () => {
  expect(spokenNumber('+17205550142' as PhoneNumber)).toBe(
    'seven two zero, five five five, zero one four two',
  );
});

const UNHEARD = { monitored: false };

test('the disclosure must speak of recording; the confirmation names the seller', () => {
  expect(disclosureText(parts, null, UNHEARD)).toEqual({ ok: true, value: 'This call is being recorded.' });
  expect(disclosureText(parts, '{seller} records this call.', UNHEARD)).toEqual({
    ok: true,
    value: 'Sunrise Solar records this call.',
  });
  expect(disclosureText(parts, 'Hello.', UNHEARD)).toMatchObject({ ok: false });
  expect(disclosureText(parts, 'This call is recorded, press {digit}.', UNHEARD)).toMatchObject({
    ok: false,
  });
  expect(optOutConfirmationText(parts, null)).toMatchObject({
    value: 'Your number has been placed on the do not call list of Sunrise Solar. Goodbye.',
  });
});

test('where supervisors may listen it says so', () => {
  const heard = { monitored: true };
  expect(disclosureText(parts, null, heard)).toEqual({
    ok: true,
    value: 'This call is being monitored and recorded.',
  });
  expect(disclosureText(parts, 'This call is recorded.', heard)).toMatchObject({
    ok: false,
    problem: expect.stringContaining('monitored') as unknown,
  });
});

describe('what a machine is told', () => {
  const told = { ...parts, tollFreeNumber: '+18005550142' as PhoneNumber };

  test('our own wording has every element of 47 CFR 64.1200(b)(1)-(3), the name first', () => {
    expect(machineMessageText(told, null)).toEqual({
      ok: true,
      value:
        'This is Sunrise Solar. This call was for telemarketing purposes. The telephone number is three zero three, ' +
        'five five five, zero one zero zero. To be placed on our do not call list, press nine now, or call ' +
        'eight zero zero, five five five, zero one four two toll free at any time.',
    });
  });

  test.each([
    ['This is {seller} for telemarketing purposes, {number}, press {digit}.', 'lacks {tollFree}'],
    ['This is {seller} for telemarketing purposes, {number}, call {tollFree}.', 'lacks {digit}'],
    ['This is {seller} for telemarketing purposes, press {digit} or call {tollFree}.', 'lacks {number}'],
    ['Call {number} for telemarketing purposes, press {digit} or call {tollFree}.', 'lacks {seller}'],
    ['This is {seller}: {number}, press {digit} or call {tollFree}.', 'lacks "telemarketing purposes"'],
    [
      'Call {tollFree}, press {digit} or {number}: {seller}, telemarketing purposes.',
      'does not begin with {seller}',
    ],
    [
      'Hello. {seller}, telemarketing purposes, {number}, {digit}, {tollFree}.',
      'does not begin with {seller}',
    ],
    [
      'This is {seller} for telemarketing purposes, {number}, {digit}, {tollFree}, save 50 %.',
      'more than the law',
    ],
  ])('%s is refused', (template, problem) => {
    expect(machineMessageText(told, template)).toMatchObject({
      ok: false,
      problem: expect.stringContaining(problem) as unknown,
    });
  });

  test('its words are not for the safe-harbor message', () => {
    expect(safeHarborText(parts, 'toll free {seller} telemarketing purposes {number} {digit}')).toMatchObject(
      {
        ok: false,
      },
    );
  });
});
