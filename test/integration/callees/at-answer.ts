/** With `connect: at_answer` the person is connected without having said a word. */
import { expect } from 'vitest';
import { type OddCallee, RING_MS } from './callee.ts';

export const AT_ANSWER: OddCallee = {
  who: 'is connected at the answer',
  behaviour: { kind: 'answers', ringMs: RING_MS, greeting: null, hangUpAfterMs: 4_000 },
  campaign: 'answering',
  check({ call, message, outcomes, clock, timeline }) {
    expect(outcomes).toEqual(['connected']);
    expect(clock).toMatchObject({ source: 'at_answer' });
    expect(timeline['clock_started']).toBe(timeline['answered']);
    expect(call.heard.firstVoicedAt).toBeDefined();
    expect(message.matchedShare).toBeLessThan(0.1);
  },
};
