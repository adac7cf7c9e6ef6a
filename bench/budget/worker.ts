/** One sidecar process of `bench:budget`: told what to do by a message, answers with its waits in milliseconds. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { openRedisCounters } from '../../src/adapters/redis/counters.ts';
import { randomFrom } from '../../src/sim/random.ts';
import { until } from '../../test/support/stores.ts';
import { type Load, loadOf, seatAgents } from './load.ts';

export interface Order {
  readonly do: 'paced' | 'full';
  readonly name: string;
  readonly ms: number;
  /** Of `paced`: admissions per second, one at a time. Of `full`: admissions in flight at once. */
  readonly rate: number;
  readonly agentsOf: 'all' | 'this_sidecar';
}

export interface Report {
  readonly admissions: readonly number[];
  /** Bare round trips, between the admissions, on a connection of the same kind. */
  readonly bare: readonly number[];
  readonly refused: number;
  readonly elapsedMs: number;
}

const [, , url = '', name = ''] = process.argv;
const counters = openRedisCounters({ url, prefix: 'bench:', commandWithinMs: 10_000 });
const bare = new Redis(url);
await until(() =>
  counters.ping().then(
    () => true,
    () => false,
  ),
);
await seatAgents(counters, name);
await bare.set(`bench:bare:${name}`, 'x');
process.send?.('ready');

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/**
 * An admission, a bare GET, an admission, each due at its time and begun when the one before has ended; results follow untimed. Due at
 * random instants, as calls are: processes that tick in step would meet at the server each time.
 */
async function paced(load: Load, { ms, rate }: Order): Promise<Report> {
  const report = { admissions: [] as number[], bare: [] as number[], refused: 0 };
  const started = performance.now();
  const gapMs = 500 / rate;
  const random = randomFrom(Number(name.slice(1)));
  let due = started;
  for (let tick = 0; performance.now() - started < ms; tick += 1) {
    due += random.exponential(gapMs);
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    if (tick % 2 === 1) {
      const waited = await timed(() => bare.get(`bench:bare:${name}`));
      report.bare.push(waited);
      continue;
    }
    report.admissions.push(
      await timed(async () => {
        if (!(await load.admit(tick))) report.refused += 1;
      }),
    );
    await load.settle(tick);
  }
  return { ...report, elapsedMs: performance.now() - started };
}

/** As many at once as `rate` says, the next as soon as one has ended. */
async function full(load: Load, { ms, rate }: Order): Promise<Report> {
  const report = { admissions: [] as number[], refused: 0 };
  const started = performance.now();
  let index = 0;
  const one = async (): Promise<void> => {
    while (performance.now() - started < ms) {
      const at = (index += 1);
      report.admissions.push(
        await timed(async () => {
          if (!(await load.admit(at))) report.refused += 1;
        }),
      );
      await load.settle(at);
    }
  };
  await Promise.all(Array.from({ length: rate }, one));
  return { ...report, bare: [], elapsedMs: performance.now() - started };
}

process.on('message', (order: Order | 'end') => {
  if (order === 'end') {
    bare.disconnect();
    void counters.close().then(() => process.exit(0));
    return;
  }
  const load = loadOf(counters, `${name}-${order.name}`, order.agentsOf);
  void (order.do === 'paced' ? paced(load, order) : full(load, order)).then((report) =>
    process.send?.(report),
  );
});
