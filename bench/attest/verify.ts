/** One call with a cached certificate, beside a bare `jose` verification of the same tokens: the two take turns, so both see the same machine. */
import { compactVerify } from 'jose';
import type { CallToVerify } from '../../src/ports/identity-verifier.ts';
import { identityWorld } from '../../test/support/identity-world.ts';
import { CALLER, identityOf } from '../../test/support/passports.ts';
import { percentile, print, say } from './figures.ts';

const CALLS = 2_000;
const WARM_UP = 2_000;

export async function benchVerify({ rounds }: { readonly rounds: number }): Promise<boolean> {
  const world = identityWorld();
  // Each call is another one: nothing can be remembered but the certificate.
  const calls = Array.from({ length: CALLS }, (_, index): CallToVerify => {
    const called = `1720555${String(100 + (index % 100)).padStart(4, '0')}`;
    const origid = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
    const claims = { dest: { tn: [called] }, orig: { tn: CALLER }, origid };
    const header = identityOf({ key: world.leaf.privateKey, at: world.call.seenAt, claims });
    return { ...world.call, identities: [header], calledNumber: called };
  });
  const tokens = calls.map(({ identities: [header = ''] }) => header.split(';')[0] ?? '');
  const ours = async (index: number): Promise<void> => {
    const verdict = await world.verifier.verify(calls[index % CALLS] ?? world.call);
    if (verdict.kind !== 'verified') throw new Error(verdict.detail);
  };
  const bare = async (index: number): Promise<void> => {
    await compactVerify(tokens[index % CALLS] ?? '', world.leaf.publicKey);
  };
  for (let index = 0; index < WARM_UP; index += 1) {
    await ours(index);
    await bare(index);
  }
  const best = { ours: Infinity, bare: Infinity, ratio: Infinity, p99: Infinity };
  for (let round = 0; round < rounds; round += 1) {
    const waits = { ours: new Float64Array(CALLS), bare: new Float64Array(CALLS) };
    for (let index = 0; index < CALLS; index += 1) {
      const started = performance.now();
      await ours(index);
      const between = performance.now();
      await bare(index);
      waits.ours[index] = (between - started) * 1_000;
      waits.bare[index] = (performance.now() - between) * 1_000;
    }
    waits.ours.sort();
    waits.bare.sort();
    const [own, peer] = [percentile(waits.ours, 0.5), percentile(waits.bare, 0.5)];
    say(`round ${round + 1}: ours ${own.toFixed(1)} us, jose ${peer.toFixed(1)} us`);
    best.ratio = Math.min(best.ratio, own / peer);
    best.ours = Math.min(best.ours, own);
    best.bare = Math.min(best.bare, peer);
    best.p99 = Math.min(best.p99, percentile(waits.ours, 0.99));
  }
  print('verify/cached certificate', 'p50', best.ours, 'us');
  print('verify/cached certificate', 'p99', best.p99, 'us');
  print('verify/bare jose', 'p50', best.bare, 'us');
  print('verify', 'ours_over_jose', best.ratio, 'ratio');
  return best.ours <= 250 && best.ratio <= 1.5;
}
