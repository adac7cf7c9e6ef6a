/** A key that means nothing, then the right one: the message goes on after the first and stops at the second. */
import { expect } from 'vitest';
import { type OddCallee, optedOut, RING_MS } from './callee.ts';

export const WRONG_KEY: OddCallee = {
  who: 'presses a wrong key, then the right one',
  behaviour: {
    kind: 'answers',
    ringMs: RING_MS,
    keys: [
      { digit: '1', afterMs: 3_500 },
      { digit: '9', afterMs: 5_500 },
    ],
  },
  check(seen) {
    const { call, outcomes } = seen;
    expect(outcomes).toEqual(['dropped']);
    expect(optedOut(seen)).toBe(true);
    const [wrong, right] = call.keys;
    expect([wrong?.digit, right?.digit]).toEqual(['1', '9']);
    expect(call.heard.voicedAt.some((at) => at > wrong!.lastAt && at < right!.firstAt)).toBe(true);
  },
};
