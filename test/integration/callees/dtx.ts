/** Only words are sent (DTX): talk detection on the call channel never tells that they have ended. */
import { expect } from 'vitest';
import { type OddCallee, RING_MS } from './callee.ts';

export const DTX: OddCallee = {
  who: 'sends nothing but words',
  behaviour: { kind: 'answers', ringMs: RING_MS, line: 'only_words' },
  check({ call, message, outcomes, clock }) {
    expect(outcomes).toEqual(['dropped']);
    expect(message.matchedShare).toBeGreaterThan(0.9);
    expect(call.heard.firstVoicedAt).toBeGreaterThan(call.spoken.lastVoicedAt!);
    expect(clock).toMatchObject({ source: 'talk_end', heardBy: 'snoop' });
  },
};
