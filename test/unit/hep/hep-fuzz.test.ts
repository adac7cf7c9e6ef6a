/** Mutated HEP3 packets and SIP messages: nothing throws, and what is read is no longer than what came. */
import { expect, test } from 'vitest';
import { fuzzHep } from '../../../bench/attest/hep-fuzz.ts';

test('20,000 mutated packets', () => {
  const found = fuzzHep({ seed: 7, packets: 20_000 });
  expect(found.thrown).toEqual([]);
  expect(found.tooLong).toBe(0);
  // The mutations must reach both sides, or they prove nothing.
  expect(found.read).toBeGreaterThan(1_000);
  expect(found.refused).toBeGreaterThan(1_000);
  expect(found.messages).toBeGreaterThan(1_000);
});
