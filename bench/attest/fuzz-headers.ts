/** Mutated Identity headers: none may throw, none may verify unless its token is the one that was signed, and memory must stay bounded. */
import { identityWorld } from '../../test/support/identity-world.ts';
import { dice } from '../../test/support/dice.ts';
import { mutateHeader } from '../../test/support/mutate-header.ts';
import { print, say } from './figures.ts';

/** The machine takes a while to settle; what grows after that is kept by somebody. */
const SETTLED_SHARE = 0.2;
const RSS_GROWTH_BYTES_MAX = 64 * 1_048_576;

export async function fuzzHeaders({
  count,
  seed,
}: {
  readonly count: number;
  readonly seed: number;
}): Promise<boolean> {
  const world = identityWorld();
  const [token = ''] = world.header.split(';');
  const faults = new Map<string, number>();
  let [thrown, accepted, untouched] = [0, 0, 0];
  let settledBytes = 0;
  let mostBytes = 0;
  const started = performance.now();
  for (let index = 0; index < count; index += 1) {
    const header = mutateHeader(world.header, dice(seed + index));
    try {
      const verdict = await world.verifier.verify({ ...world.call, identities: [header] });
      const name = verdict.kind === 'verified' ? 'verified' : verdict.fault;
      faults.set(name, (faults.get(name) ?? 0) + 1);
      if (verdict.kind === 'verified') {
        if (header.includes(token)) untouched += 1;
        else {
          accepted += 1;
          say(`seed ${seed + index}: verified ${JSON.stringify(header)}`);
        }
      }
    } catch (error) {
      thrown += 1;
      say(`seed ${seed + index}: ${String(error)} for ${JSON.stringify(header)}`);
    }
    if (index % 10_000 !== 0) continue;
    const { rss } = process.memoryUsage();
    if (index <= count * SETTLED_SHARE) settledBytes = Math.max(settledBytes, rss);
    else mostBytes = Math.max(mostBytes, rss);
    if (index % 250_000 === 0) say(`${index} headers, ${Math.round(rss / 1_048_576)} MB`);
  }
  const seconds = (performance.now() - started) / 1_000;
  const growth = Math.max(0, mostBytes - settledBytes);
  say(`outcomes: ${[...faults].map(([name, times]) => `${name} ${times}`).join(', ')}`);
  print('fuzz/identity headers', 'tried', count, 'count');
  print('fuzz/identity headers', 'thrown', thrown, 'count');
  print('fuzz/identity headers', 'mutated_signature_accepted', accepted, 'count');
  print('fuzz/identity headers', 'token_left_whole_and_verified', untouched, 'count');
  print('fuzz/identity headers', 'rss_growth', growth / 1_048_576, 'MB');
  print('fuzz/identity headers', 'per_second', count / seconds, '1/s');
  return thrown === 0 && accepted === 0 && growth <= RSS_GROWTH_BYTES_MAX;
}
