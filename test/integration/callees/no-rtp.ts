/** No packet ever comes from the person, not even a word. */
import { expect } from 'vitest';
import { type OddCallee, RING_MS } from './callee.ts';

export const NO_RTP: OddCallee = {
  who: 'sends no packet at all',
  behaviour: { kind: 'answers', ringMs: RING_MS, line: 'dead' },
  check({ message, outcomes, clock }) {
    expect(outcomes).toEqual(['dropped']);
    expect(message.matchedShare).toBeGreaterThan(0.9);
    expect(clock).toMatchObject({ source: 'no_speech', heardBy: null });
  },
};
