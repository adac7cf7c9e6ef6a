/**
 * A steady load while the stores fail: the Redis primary is killed under its Sentinels, then PostgreSQL is killed and recovers. The dialer
 * keeps asking; a veto is an answer. How long until all is permitted again is counted from the store's own return.
 */
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSentinelGroup } from '../../test/support/redis-groups.ts';
import type { PostgresSource } from '../../test/support/stores.ts';
import { audit } from './audit.ts';
import { printOf, say } from './print.ts';
import { type Ground, openGround, warm } from './stores.ts';
import { HOME_NUMBERS } from './world.ts';

const SIDECARS = 4;
const TICK_MS = 50;
const ASKS_PER_TICK = 2;
/** All permitted for so long is normal. */
const NORMAL_FOR_MS = 1_000;
const GIVE_UP_MS = 60_000;

interface Load {
  /** Instant and verdict of each ask that was answered, in the order of asking. */
  readonly asks: { readonly askedAt: number; permitted: boolean | null }[];
  readonly permitted: Set<string>;
  readonly vetoes: Map<string, number>;
  stop(): Promise<void>;
}

function steadyLoad({ fleet }: Ground): Load {
  const asks: Load['asks'] = [];
  const permitted = new Set<string>();
  const vetoes = new Map<string, number>();
  const ends = new Set<Promise<void>>();
  let stopped = false;
  let index = 0;
  const one = async (): Promise<void> => {
    const mark: Load['asks'][number] = { askedAt: performance.now(), permitted: null };
    asks.push(mark);
    const callId = `f-${(index += 1)}`;
    const [answer] = await fleet.ask([{ callId, number: HOME_NUMBERS[index % HOME_NUMBERS.length] ?? '' }]);
    mark.permitted = answer?.codes.length === 0;
    for (const code of answer?.codes ?? []) vetoes.set(code, (vetoes.get(code) ?? 0) + 1);
    if (!mark.permitted) return;
    permitted.add(callId);
    await fleet.report([{ callId, outcome: 'no_answer' }]);
  };
  const running = (async () => {
    while (!stopped) {
      for (let at = 0; at < ASKS_PER_TICK; at += 1) {
        const end = one().finally(() => void ends.delete(end));
        ends.add(end);
      }
      await sleep(TICK_MS);
    }
  })();
  return {
    asks,
    permitted,
    vetoes,
    async stop() {
      stopped = true;
      await running;
      await Promise.all(ends);
    },
  };
}

/** The first instant since `from` from which on every call asked for was permitted, for long enough. */
async function normalSince({ asks, vetoes }: Load, from: number): Promise<number> {
  const giveUp = performance.now() + GIVE_UP_MS;
  while (performance.now() < giveUp) {
    await sleep(50);
    const settled = asks.filter(({ askedAt, permitted }) => askedAt >= from && permitted !== null);
    const lastVeto = settled.findLast(({ permitted }) => permitted === false);
    const firstGood = settled.find(({ askedAt }) => askedAt > (lastVeto?.askedAt ?? 0));
    const newest = settled.at(-1);
    if (
      firstGood !== undefined &&
      newest !== undefined &&
      newest.askedAt - firstGood.askedAt >= NORMAL_FOR_MS
    ) {
      return firstGood.askedAt;
    }
  }
  const last = asks.slice(-200).map(({ permitted }) => (permitted === null ? '?' : permitted ? '+' : '-'));
  throw new Error(`not back to normal: ${last.join('')} ${JSON.stringify([...vetoes])}`);
}

export async function failover(source: PostgresSource): Promise<void> {
  const group = await startSentinelGroup();
  const ground = await openGround(source, group.url, {
    ...{ sidecars: SIDECARS, attemptsMax: 1_000_000, agents: 500 },
  });
  await warm(ground);
  const load = steadyLoad(ground);
  await normalSince(load, performance.now());

  const killedAt = performance.now();
  await group.primary.kill();
  while (!/^role:master/m.test(await group.replica.admin.info('replication'))) await sleep(10);
  const promotedAt = performance.now();
  const redisNormalAt = await normalSince(load, promotedAt);
  const printRedis = printOf('failover: Redis primary killed under Sentinels');
  printRedis('promoted_after', promotedAt - killedAt, 'ms');
  printRedis('normal_after_promotion', redisNormalAt - promotedAt, 'ms');

  const { crash } = ground.postgres;
  if (crash !== undefined) {
    const crashedAt = performance.now();
    await crash();
    const recoveredAt = performance.now();
    const normalAt = await normalSince(load, recoveredAt);
    const print = printOf('failover: PostgreSQL killed');
    print('recovered_after', recoveredAt - crashedAt, 'ms');
    print('normal_after_recovery', normalAt - recoveredAt, 'ms');
  }
  await load.stop();
  say(`vetoes: ${JSON.stringify(Object.fromEntries(load.vetoes))}`);
  const raw = new Redis(group.replica.port, '127.0.0.1');
  const found = await audit(ground.own, raw, load.permitted);
  raw.disconnect();
  const print = printOf('failover');
  print('asked', load.asks.length, 'calls');
  for (const name of [
    'permits',
    'lostPermits',
    'doubledPermits',
    'doubledResults',
    'overAttempts',
  ] as const) {
    print(name, found[name], 'count');
  }
  // Of counters: on the strict side, if at all. A reservation whose decision did not come on record may have been lost before it was given back.
  print('attempts_differ', found.attemptsDiffer, 'count');
  print('tally_differs', found.tallyDiffers, 'count');
  print('chain_sound', found.chain === 'sound' ? 1 : 0, 'bool');
  const bad = found.lostPermits + found.doubledPermits + found.doubledResults + found.overAttempts;
  if (bad > 0 || found.chain !== 'sound') process.exitCode = 1;
  await ground.close();
  await group.stop();
}
