/** One sidecar against four, on the same stores in the same run, and the stores alone. */
import { type PostgresSource, startRedis } from '../../test/support/stores.ts';
import { serverCpu } from '../support/server-cpu.ts';
import type { Measured } from './fleet.ts';
import { printOf, say } from './print.ts';
import { openGround, warm } from './stores.ts';
import { openPostgres } from '../../src/adapters/postgres/open.ts';

const SIDECARS = 4;
/** Calls under way in all, however many sidecars share them. */
const IN_FLIGHT = 480;

export async function throughput(
  source: PostgresSource,
  { rounds, ms }: { readonly rounds: number; readonly ms: number },
): Promise<void> {
  const redis = await startRedis();
  const ground = await openGround(source, redis.url, {
    ...{ sidecars: SIDECARS, attemptsMax: 1_000_000, agents: 4 * IN_FLIGHT },
  });
  await warm(ground);
  const store = await openPostgres({ url: ground.url });
  const serverCpuUs = await serverCpu(store.pool);
  const best = new Map<string, Measured & { readonly serverUs: number }>();
  const measure = async (
    name: string,
    kind: 'flood' | 'append',
    count: number,
    tag: string,
  ): Promise<void> => {
    const before = serverCpuUs?.() ?? Number.NaN;
    const measured = await ground.fleet.measure(kind, count, { tag, ms, inFlight: IN_FLIGHT / count });
    const serverUs = ((serverCpuUs?.() ?? Number.NaN) - before) / measured.done;
    if (kind === 'flood' && measured.permits < measured.done) {
      say(`${name}: ${measured.done - measured.permits} of ${measured.done} were vetoed`);
    }
    if ((best.get(name)?.perSecond ?? 0) < measured.perSecond) best.set(name, { ...measured, serverUs });
  };
  await ground.fleet.measure('flood', SIDECARS, { tag: 'warm', ms: ms / 4, inFlight: IN_FLIGHT / SIDECARS });
  for (let round = 0; round < rounds; round += 1) {
    // In turn: what else the machine does meets all alike.
    await measure('one', 'flood', 1, `one${round}`);
    await measure('four', 'flood', SIDECARS, `four${round}`);
    await measure('stores alone', 'append', SIDECARS, `alone${round}`);
  }
  const [one, four, alone] = ['one', 'four', 'stores alone'].map((name) => best.get(name));
  if (one === undefined || four === undefined || alone === undefined) throw new Error('nothing was measured');
  printOf('1 sidecar')('originations', one.perSecond, '1/s');
  printOf(`${SIDECARS} sidecars`)('originations', four.perSecond, '1/s');
  printOf(`${SIDECARS} sidecars`)('over_one_sidecar', four.perSecond / one.perSecond, 'ratio');
  printOf(`${SIDECARS} sidecars`)('postgres_cpu_each', four.serverUs, 'us');
  printOf('PostgreSQL alone, 4 writers')('appends', alone.perSecond, '1/s');
  printOf('PostgreSQL alone, 4 writers')('postgres_cpu_each', alone.serverUs, 'us');
  printOf(`${SIDECARS} sidecars`)('over_postgres_alone', four.perSecond / alone.perSecond, 'ratio');
  await store.close();
  await ground.close();
  await redis.stop();
}
