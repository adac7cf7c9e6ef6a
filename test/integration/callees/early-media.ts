/** Somebody speaks before the answer (183): that is not the greeting. */
import { expect } from 'vitest';
import type { OddCallee } from './callee.ts';

export const EARLY_MEDIA: OddCallee = {
  who: 'is announced before the answer',
  behaviour: { kind: 'answers', ringMs: 3_000, announcement: 'Please hold the line.', speakAfterMs: 400 },
  check({ call, message, outcomes, clock, timeline }) {
    expect(outcomes).toEqual(['dropped']);
    expect(message.matchedShare).toBeGreaterThan(0.9);
    expect(call.heard.firstVoicedAt).toBeGreaterThan(call.spoken.lastVoicedAt!);
    expect(clock?.source).toBe('talk_end');
    expect(timeline['first_sound']! >= timeline['answered']!).toBe(true);
  },
};
