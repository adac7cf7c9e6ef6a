/** The opt-out key twice in quick succession: one request. */
import { expect } from 'vitest';
import { type OddCallee, optedOut, RING_MS } from './callee.ts';

export const TWO_KEYS: OddCallee = {
  who: 'presses the key twice',
  behaviour: {
    kind: 'answers',
    ringMs: RING_MS,
    keys: [
      { digit: '9', afterMs: 4_000 },
      { digit: '9', afterMs: 4_200 },
    ],
  },
  check(seen) {
    const { call, message, outcomes } = seen;
    expect(outcomes).toEqual(['dropped']);
    expect(optedOut(seen)).toBe(true);
    expect(message.matchedShare).toBeLessThan(0.7);
    expect(call.heard.firstVoicedAt).toBeLessThan(call.keys[0]!.firstAt);
  },
};
