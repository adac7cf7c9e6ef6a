/**
 * Mutated Identity headers and HEP packets: none may throw, no header may verify unless its token is the one that was signed, nothing kept
 * of a packet may be longer than it came, and memory must stay bounded.
 */
import { dice } from '../../test/support/dice.ts';
import { identityWorld } from '../../test/support/identity-world.ts';
import { mutateHeader } from '../../test/support/mutate-header.ts';
import { print, say } from './figures.ts';
import { fuzzHep } from './hep-fuzz.ts';
import { type MemoryFigures, RSS_GROWTH_BYTES_MAX, watchMemory } from './memory-watch.ts';

const LOOK_EVERY = 10_000;

export async function benchFuzz(options: {
  readonly headers: number;
  readonly packets: number;
  readonly seed: number;
}): Promise<boolean> {
  const headers = await fuzzHeaders(options.headers, options.seed);
  const packets = fuzzPackets(options.packets, options.seed);
  return headers && packets;
}

async function fuzzHeaders(count: number, seed: number): Promise<boolean> {
  const world = identityWorld();
  const [token = ''] = world.header.split(';');
  const outcomes = new Map<string, number>();
  let [thrown, accepted, untouched] = [0, 0, 0];
  const memory = watchMemory('headers', count);
  for (let index = 0; index < count; index += 1) {
    const header = mutateHeader(world.header, dice(seed + index));
    try {
      const verdict = await world.verifier.verify({ ...world.call, identities: [header] });
      const name = verdict.kind === 'verified' ? 'verified' : verdict.fault;
      outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
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
    if (index % LOOK_EVERY === 0) memory.look(index);
  }
  say(`outcomes: ${[...outcomes].map(([name, times]) => `${name} ${times}`).join(', ')}`);
  const name = 'fuzz/identity headers';
  print(name, 'tried', count, 'count');
  print(name, 'thrown', thrown, 'count');
  print(name, 'mutated_signature_accepted', accepted, 'count');
  print(name, 'token_left_whole_and_verified', untouched, 'count');
  return printMemory(name, count, memory.figures()) && thrown === 0 && accepted === 0;
}

function fuzzPackets(packets: number, seed: number): boolean {
  const memory = watchMemory('packets', packets);
  const { thrown, tooLong, read, refused, messages } = fuzzHep({
    ...{ packets, seed },
    progress: (done) => {
      if (done % LOOK_EVERY === 0) memory.look(done);
    },
  });
  for (const each of thrown) say(each);
  const name = 'fuzz/HEP packets';
  print(name, 'tried', packets, 'count');
  print(name, 'thrown', thrown.length, 'count');
  print(name, 'kept_longer_than_it_came', tooLong, 'count');
  print(name, 'packets_read', read, 'count');
  print(name, 'packets_refused', refused, 'count');
  print(name, 'messages_read', messages, 'count');
  return printMemory(name, packets, memory.figures()) && thrown.length === 0 && tooLong === 0;
}

/** Whether it stayed bounded. */
function printMemory(name: string, count: number, memory: MemoryFigures): boolean {
  print(name, 'rss_begin', memory.beginBytes / 1_048_576, 'MB');
  print(name, 'rss_end', memory.endBytes / 1_048_576, 'MB');
  print(name, 'rss_growth', memory.growthBytes / 1_048_576, 'MB');
  print(name, 'seconds', memory.seconds, 's');
  print(name, 'per_second', count / memory.seconds, '1/s');
  return memory.growthBytes <= RSS_GROWTH_BYTES_MAX;
}
