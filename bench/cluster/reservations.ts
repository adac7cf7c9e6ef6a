/**
 * As many reservations as asked for, in rounds that come at once, through sidecars that are killed at random. A dialer of the worst kind:
 * every line of an answered round is answered in the same instant, and the people whom no agent is left for are told of first.
 */
import { Redis } from 'ioredis';
import { type PostgresSource, startRedis } from '../../test/support/stores.ts';
import { randomFrom } from '../../src/sim/random.ts';
import { audit } from './audit.ts';
import { printOf, say } from './print.ts';
import { openGround, warm } from './stores.ts';
import { NUMBERS } from './world.ts';

const SIDECARS = 4;
const AGENTS = 600;
const AT_ONCE = 1_000;
/** One round in so many is answered, all of it. */
const ANSWERED_EVERY = 4;

export async function reservations(
  source: PostgresSource,
  { count, kills, seed }: { readonly count: number; readonly kills: number; readonly seed: number },
): Promise<void> {
  const random = randomFrom(seed);
  const redis = await startRedis();
  // Fewer than the numbers are asked for, so that the cap decides of the last ones.
  const attemptsMax = Math.max(2, Math.floor((0.6 * count) / NUMBERS.length));
  const ground = await openGround(source, redis.url, { sidecars: SIDECARS, attemptsMax, agents: AGENTS });
  await warm(ground);
  const { fleet, own } = ground;
  const permitted = new Set<string>();
  const vetoes = new Map<string, number>();
  const started = performance.now();
  let asked = 0;
  for (let round = 0; asked < count; round += 1) {
    const asks = Array.from({ length: Math.min(AT_ONCE, count - asked) }, () => {
      const number = NUMBERS[Math.floor(random.uniform() * NUMBERS.length)] ?? '';
      return { callId: `c-${(asked += 1)}`, number };
    });
    const share = asks.length / count;
    const killNow = random.uniform() < kills * share;
    const soon = killNow ? killSoon(fleet, random) : null;
    const answers = await fleet.ask(asks);
    const lines = answers.filter(({ codes }) => codes.length === 0).map(({ callId }) => callId);
    for (const callId of lines) permitted.add(callId);
    for (const { codes } of answers) for (const code of codes) vetoes.set(code, (vetoes.get(code) ?? 0) + 1);
    const isAnswered = round % ANSWERED_EVERY === 0;
    const drops = isAnswered ? Math.max(0, lines.length - AGENTS) : 0;
    await fleet.report(lines.slice(0, drops).map((callId) => ({ callId, outcome: 'dropped' as const })));
    const rest = isAnswered ? 'connected' : 'no_answer';
    await fleet.report(lines.slice(drops).map((callId) => ({ callId, outcome: rest })));
    await soon;
    if (round % 50 === 49) say(`${asked} asked, ${permitted.size} permitted, ${fleet.kills()} kills`);
  }
  await fleet.allUp();
  const elapsed = (performance.now() - started) / 1_000;
  say(`vetoes: ${JSON.stringify(Object.fromEntries(vetoes))}`);
  const raw = new Redis(redis.url);
  const found = await audit(own, raw, permitted);
  raw.disconnect();
  const print = printOf(`${count} reservations, ${SIDECARS} sidecars`);
  print('per_second', asked / elapsed, '1/s');
  print('sidecars_killed', fleet.kills(), 'kills');
  for (const [name, value] of Object.entries(found)) {
    if (typeof value === 'number') print(name, value, 'count');
    else say(`chain: ${value}`);
  }
  print('chain_sound', found.chain === 'sound' ? 1 : 0, 'bool');
  await ground.close();
  await redis.stop();
  const broken = ['doubledPermits', 'doubledResults', 'lostPermits', 'aboveCeiling', 'overAttempts'] as const;
  const more = ['inLockout', 'attemptsDiffer', 'tallyDiffers', 'pending'] as const;
  const bad = [...broken, ...more].filter((name) => found[name] !== 0);
  if (bad.length > 0 || found.chain !== 'sound') {
    say(`seed ${seed}: not exact: ${bad.join(', ')} ${found.chain}`);
    process.exitCode = 1;
  }
}

/** While the round is on its way, not before it. */
async function killSoon(
  fleet: { readonly size: number; kill(index: number): void },
  random: ReturnType<typeof randomFrom>,
): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, random.uniform() * 150));
  fleet.kill(Math.floor(random.uniform() * fleet.size));
}
