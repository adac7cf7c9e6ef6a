/** A noisy room: for the usual threshold the person never stops talking. */
import { expect } from 'vitest';
import { type OddCallee, RING_MS } from './callee.ts';

export const NOISE: OddCallee = {
  who: 'stands in a noisy room',
  behaviour: { kind: 'answers', ringMs: RING_MS, line: 'noisy' },
  check({ message, outcomes, clock }) {
    expect(outcomes).toEqual(['dropped']);
    expect(message.matchedShare).toBeGreaterThan(0.9);
    // Not `longest`: that would be long after the greeting.
    expect(['voice_end', 'noise']).toContain(clock?.source);
  },
};
