/** A voicemail box talks on: what it says is taken as ended when the longest greeting is over. */
import { expect } from 'vitest';
import { type OddCallee, RING_MS } from './callee.ts';

export const VOICEMAIL: OddCallee = {
  who: 'is a voicemail box',
  behaviour: {
    kind: 'answers',
    ringMs: RING_MS,
    greeting:
      'You have reached the Example family. We are not at home, or we are in the garden. Please leave your name and your number after the tone and we will call you back as soon as we can.',
  },
  check({ message, outcomes, clock }) {
    expect(outcomes).toEqual(['dropped']);
    expect(message.matchedShare).toBeGreaterThan(0.9);
    // At the longest, or at a pause of the voice that is longer than the threshold.
    expect(['longest', 'talk_end']).toContain(clock?.source);
  },
};
