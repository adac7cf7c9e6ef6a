/** Nobody speaks: the two seconds run from the answer. */
import { expect } from 'vitest';
import { type OddCallee, RING_MS } from './callee.ts';

export const SILENT: OddCallee = {
  who: 'says nothing',
  behaviour: { kind: 'answers', ringMs: RING_MS, greeting: null },
  check({ message, outcomes, clock, timeline }) {
    expect(outcomes).toEqual(['dropped']);
    expect(message.matchedShare).toBeGreaterThan(0.9);
    expect(clock).toMatchObject({ source: 'no_speech', heardBy: null });
    expect(timeline['clock_started']).toBe(timeline['answered']);
  },
};
