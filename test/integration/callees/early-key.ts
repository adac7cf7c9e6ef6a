/** The opt-out key during the greeting, by somebody who knows it: recorded, and the message is heard, never silence. */
import { expect } from 'vitest';
import { type OddCallee, optedOut, RING_MS } from './callee.ts';

export const EARLY_KEY: OddCallee = {
  who: 'presses the key during the greeting',
  behaviour: {
    kind: 'answers',
    ringMs: RING_MS,
    greeting: 'Hello? This is Anna. Who is calling me now?',
    keys: [{ digit: '9', afterMs: 700 }],
  },
  check(seen) {
    const { call, message, outcomes } = seen;
    expect(outcomes).toEqual(['dropped']);
    expect(optedOut(seen)).toBe(true);
    expect(call.endedBy).toBe('asterisk');
    expect(message.matchedShare).toBeGreaterThan(0.9);
    expect(seen.timeline['opt_out_durable']! <= seen.timeline['hang_up_requested']!).toBe(true);
  },
};
