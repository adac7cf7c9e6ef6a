/** The first word comes late, but before the two seconds are over. */
import { expect } from 'vitest';
import { type OddCallee, RING_MS } from './callee.ts';

export const LATE_HELLO: OddCallee = {
  who: 'says hello late',
  behaviour: { kind: 'answers', ringMs: RING_MS, speakAfterMs: 1_200 },
  check({ call, message, outcomes, clock }) {
    expect(outcomes).toEqual(['dropped']);
    expect(message.matchedShare).toBeGreaterThan(0.9);
    expect(call.heard.firstVoicedAt).toBeGreaterThan(call.spoken.lastVoicedAt!);
    expect(clock?.source).toBe('talk_end');
  },
};
