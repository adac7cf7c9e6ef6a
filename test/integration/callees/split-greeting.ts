/** Two words with a pause shorter than the silence that ends a greeting: one greeting. */
import { expect } from 'vitest';
import { type OddCallee, RING_MS } from './callee.ts';

export const SPLIT_GREETING: OddCallee = {
  who: 'pauses for less than the threshold',
  behaviour: {
    kind: 'answers',
    ringMs: RING_MS,
    greeting: 'Hello?',
    goesOn: { afterMs: 300, greeting: 'Yes?' },
  },
  check({ call, message, outcomes, clock }) {
    expect(outcomes).toEqual(['dropped']);
    expect(message.matchedShare).toBeGreaterThan(0.9);
    // After the second word, not between the two.
    expect(call.heard.firstVoicedAt).toBeGreaterThan(call.spoken.lastVoicedAt!);
    expect(clock?.source).toBe('talk_end');
  },
};
