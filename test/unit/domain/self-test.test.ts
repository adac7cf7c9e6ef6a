import { describe, expect, test } from 'vitest';
import type { Decision, ReasonCode } from '../../../src/domain/decision.ts';
import { isAlarm, SEED_ANSWERS, seedAnswer, worstAnswer } from '../../../src/domain/self-test.ts';
import { instant } from '../../../src/domain/time.ts';

const veto = (...codes: readonly [ReasonCode, ...ReasonCode[]]): Decision => {
  const reason = (code: ReasonCode) => ({ code, rule: 'r', basis: 'b', detail: {} });
  const [first, ...rest] = codes;
  return { kind: 'veto', reasons: [reason(first), ...rest.map(reason)], warnings: [] };
};
const PERMIT: Decision = { kind: 'permit', obligations: [], warnings: [], validUntil: instant(0) };

describe('of one decision about a number that is known to be listed', () => {
  test.each([
    ['vetoed by its list alone', veto('on_national_registry'), 'held'],
    ['by its list behind other reasons', veto('not_a_number', 'sunday', 'on_national_registry'), 'held'],
    ['by another list only', veto('on_internal_list'), 'missed'],
    ['at an hour at which everybody is', veto('outside_calling_hours'), 'missed'],
    ['because the lists did not answer', veto('fact_unavailable'), 'missed'],
    ['not at all', PERMIT, 'permitted'],
  ] as const)('%s', (_, decision, answer) => {
    expect(seedAnswer(decision, 'on_national_registry')).toBe(answer);
  });
});

test('the worst of all campaigns counts, and none is no answer', () => {
  expect(worstAnswer(['held', 'missed', 'permitted', 'held'])).toBe('permitted');
  expect(worstAnswer(['held', 'missed'])).toBe('missed');
  expect(worstAnswer(['held', 'held'])).toBe('held');
  expect(worstAnswer([])).toBe('untested');
});

test('only what its list held wakes nobody', () => {
  expect(SEED_ANSWERS.filter((answer) => !isAlarm(answer))).toEqual(['held']);
});
