/** A pause longer than the silence that ends a greeting: the greeting was the first word, and the message goes on under the second. */
import { expect } from 'vitest';
import { type OddCallee, RING_MS } from './callee.ts';

export const LONG_PAUSE: OddCallee = {
  who: 'pauses for more than the threshold',
  behaviour: {
    kind: 'answers',
    ringMs: RING_MS,
    greeting: 'Hello?',
    goesOn: { afterMs: 1_500, greeting: 'Hello? Who is there?' },
  },
  check({ call, message, outcomes, clock }) {
    expect(outcomes).toEqual(['dropped']);
    expect(message.matchedShare).toBeGreaterThan(0.9);
    expect(call.heard.firstVoicedAt).toBeLessThan(call.spoken.lastVoicedAt!);
    expect(call.heard.firstVoicedAt).toBeGreaterThan(call.spoken.firstVoicedAt!);
    expect(clock?.source).toBe('talk_end');
  },
};
