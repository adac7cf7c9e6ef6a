/** The telephone puts the call on hold in the middle of the greeting (re-INVITE) and takes it back later. */
import { expect } from 'vitest';
import { type OddCallee, RING_MS } from './callee.ts';

export const HOLD: OddCallee = {
  who: 'puts the call on hold',
  behaviour: { kind: 'answers', ringMs: RING_MS, holds: { fromMs: 900, toMs: 1_700 } },
  check({ message, outcomes, clock }) {
    expect(outcomes).toEqual(['dropped']);
    expect(message.matchedShare).toBeGreaterThan(0.9);
    expect(clock).toMatchObject({ source: 'talk_end' });
  },
};
