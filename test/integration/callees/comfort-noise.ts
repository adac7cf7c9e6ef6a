/** After the words a packet of comfort noise now and then, and no sound (RFC 3389). */
import { expect } from 'vitest';
import { type OddCallee, RING_MS } from './callee.ts';

export const COMFORT_NOISE: OddCallee = {
  who: 'sends comfort noise after the words',
  behaviour: { kind: 'answers', ringMs: RING_MS, line: 'comfort_noise' },
  check({ call, message, outcomes, clock }) {
    expect(outcomes).toEqual(['dropped']);
    expect(message.matchedShare).toBeGreaterThan(0.9);
    expect(call.heard.firstVoicedAt).toBeGreaterThan(call.spoken.lastVoicedAt!);
    expect(clock?.source).toBe('talk_end');
  },
};
