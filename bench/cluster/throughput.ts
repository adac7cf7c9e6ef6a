/** One sidecar against four, on the same stores in the same run, and the stores alone; what each call costs whom. */
import { cpus } from 'node:os';
import type { Redis } from 'ioredis';
import { type PostgresSource, startRedis } from '../../test/support/stores.ts';
import type { Closings } from '../support/closings.ts';
import { serverCpu } from '../support/server-cpu.ts';
import type { FloodKind, Measured } from './fleet.ts';
import { makeFloorTable } from '../doors/durable-floor.ts';
import { printOf, say } from './print.ts';
import { openGround, warm } from './stores.ts';
import { openPostgres } from '../../src/adapters/postgres/open.ts';

type Costs = Measured & { readonly serverUs: number; readonly redisUs: number };

/** Of the server's whole process until now. */
async function redisCpuUs(redis: Redis | null): Promise<number> {
  const told = (await redis?.info('cpu')) ?? '';
  const seconds = (field: string): number => Number(new RegExp(`^${field}:([0-9.]+)`, 'm').exec(told)?.[1]);
  return 1e6 * (seconds('used_cpu_user') + seconds('used_cpu_sys'));
}

const SIDECARS = 4;
/** Calls under way in all, however many sidecars share them. */
const IN_FLIGHT = 480;

export async function throughput(
  closings: Closings,
  source: PostgresSource,
  { rounds, ms, warmMs }: { readonly rounds: number; readonly ms: number; readonly warmMs: number },
): Promise<void> {
  const redis = closings.keep(await startRedis(), (each) => each.stop());
  const ground = await openGround(closings, source, redis.url, {
    ...{ sidecars: SIDECARS, attemptsMax: 1_000_000, agents: 4 * IN_FLIGHT },
  });
  await warm(ground);
  const store = closings.keep(await openPostgres({ url: ground.url }), (each) => each.close());
  const serverCpuUs = await serverCpu(store.pool);
  const best = new Map<string, Costs>();
  const measure = async (name: string, kind: FloodKind, count: number, tag: string): Promise<void> => {
    const before = serverCpuUs?.() ?? Number.NaN;
    const redisBefore = await redisCpuUs(ground.raw);
    const measured = await ground.fleet.measure(kind, count, { tag, ms, inFlight: IN_FLIGHT / count });
    const serverUs = ((serverCpuUs?.() ?? Number.NaN) - before) / measured.done;
    const redisUs = ((await redisCpuUs(ground.raw)) - redisBefore) / measured.done;
    if (kind === 'flood' && measured.permits < measured.done) {
      say(`${name}: ${measured.done - measured.permits} of ${measured.done} were vetoed`);
    }
    if ((best.get(name)?.perSecond ?? 0) < measured.perSecond)
      best.set(name, { ...measured, serverUs, redisUs });
  };
  await makeFloorTable({ connectionString: ground.url });
  // A call of a process that has just begun costs twice what one costs after ten thousand; of four each makes a quarter.
  await ground.fleet.measure('flood', SIDECARS, { tag: 'warm', ms: warmMs, inFlight: IN_FLIGHT / SIDECARS });
  for (let round = 0; round < rounds; round += 1) {
    // In turn: what else the machine does meets all alike.
    await measure('one', 'flood', 1, `one${round}`);
    await measure('four', 'flood', SIDECARS, `four${round}`);
    await measure('stores alone', 'append', SIDECARS, `alone${round}`);
    await measure('floor', 'floor', SIDECARS, `floor${round}`);
  }
  const [one, four, alone, floor] = ['one', 'four', 'stores alone', 'floor'].map((name) => best.get(name));
  if (one === undefined || four === undefined || alone === undefined || floor === undefined)
    throw new Error('nothing was measured');
  printOf('1 sidecar')('originations', one.perSecond, '1/s');
  printOf(`${SIDECARS} sidecars`)('originations', four.perSecond, '1/s');
  printOf(`${SIDECARS} sidecars`)('over_one_sidecar', four.perSecond / one.perSecond, 'ratio');
  for (const [name, costs] of [
    ['1 sidecar', one],
    [`${SIDECARS} sidecars`, four],
  ] as const) {
    const print = printOf(name);
    print('sidecar_cpu_each', costs.cpuUs, 'us');
    print('postgres_cpu_each', costs.serverUs, 'us');
    print('redis_cpu_each', costs.redisUs, 'us');
    // 1: sidecars and stores had every core of the machine to themselves, and no more calls could be made.
    const busyUs = costs.perSecond * (costs.cpuUs + costs.serverUs + costs.redisUs);
    print('over_all_cores', busyUs / 1e6 / cpus().length, 'ratio');
  }
  printOf('PostgreSQL alone, 4 writers')('appends', alone.perSecond, '1/s');
  printOf('PostgreSQL alone, 4 writers')('postgres_cpu_each', alone.serverUs, 'us');
  printOf(`${SIDECARS} sidecars`)('over_postgres_alone', four.perSecond / alone.perSecond, 'ratio');
  // What these stores make durable for as many processes that do nothing else.
  const limit = printOf(`${SIDECARS} processes without a sidecar, one PostgreSQL`);
  limit('store_limit', floor.perSecond, '1/s');
  limit('process_cpu_each', floor.cpuUs, 'us');
  limit('postgres_cpu_each', floor.serverUs, 'us');
  printOf(`${SIDECARS} sidecars`)('over_store_limit', four.perSecond / floor.perSecond, 'ratio');
  // A sidecar is one thread: how many times its calls all cores could make, had it one for itself and a call of several no other cost.
  const eachUs = one.cpuUs + one.serverUs + one.redisUs;
  printOf('1 sidecar')('cores_would_allow_over_one', (cpus().length * one.cpuUs) / eachUs, 'ratio');
}
