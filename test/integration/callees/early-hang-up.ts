/** The person hangs up during the greeting: a live answer, no drop, no message. */
import { expect } from 'vitest';
import { type OddCallee, RING_MS } from './callee.ts';

export const EARLY_HANG_UP: OddCallee = {
  who: 'hangs up during the greeting',
  behaviour: { kind: 'answers', ringMs: RING_MS, hangUpAfterMs: 700 },
  check({ call, outcomes, clock }) {
    expect(outcomes).toEqual(['hung_up']);
    expect(call.endedBy).toBe('party');
    expect(call.heard.firstVoicedAt).toBeUndefined();
    expect(clock).toBeNull();
  },
};
