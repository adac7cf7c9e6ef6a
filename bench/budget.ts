/**
 * Admissions against the drop budget: in process, and through one real Redis server by four sidecar processes.
 * `paced`: each process asks for one admission at a time, 200 a second at random instants, and as many bare GETs between them on a
 * connection of the same kind: the ratio is of these two. `full`: each process has 16 in flight and begins the next as soon as one has
 * ended; its waits are those of a queue. Each admission is followed by its result, untimed but part of the load. `own agents` reckons
 * each sidecar's agents by itself.
 * JSON lines on stdout, all else on stderr; of several rounds the best, the machine may be shared. `--rounds`, `--seconds`, `--rate`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { memoryCounters } from '../src/adapters/memory/counters.ts';
import { openRedisCounters } from '../src/adapters/redis/counters.ts';
import { redisMissing, startRedis, until } from '../test/support/stores.ts';
import { loadOf, rebuildEmpty, seatAgents } from './budget/load.ts';
import type { Order, Report } from './budget/worker.ts';
import { type Closings, withClosings } from './support/closings.ts';
import { twoThreadsOverOne } from './support/machine.ts';

const PROCESSES = 4;
const IN_FLIGHT = 16;
/** As `npm start` and the systemd unit run a sidecar. */
const AS_NPM_START = ['--max-semi-space-size=128'];

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    rate: { type: 'string', default: '200' },
  },
});
const ROUNDS = Number(values.rounds);
const MS = Number(values.seconds) * 1_000;
const RATE = Number(values.rate);

const say = (text: string): void => void process.stderr.write(`${text}\n`);
function print(name: string, metric: string, value: number, unit: string): void {
  const rounded = Number(value.toPrecision(4));
  process.stdout.write(`${JSON.stringify({ bench: 'budget', case: name, metric, value: rounded, unit })}\n`);
}
function percentile(waits: readonly number[], share: number): number {
  const sorted = [...waits].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

async function inProcess(): Promise<void> {
  const counters = memoryCounters();
  await rebuildEmpty(counters);
  await seatAgents(counters, 'here');
  const load = loadOf(counters, 'here');
  let best = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const started = performance.now();
    let index = round * 100_000_000;
    const first = index;
    while (performance.now() - started < MS / 2) {
      for (let at = 0; at < 100; at += 1) {
        await load.admit((index += 1));
        await load.settle(index);
      }
    }
    best = Math.max(best, ((index - first) / (performance.now() - started)) * 1_000);
  }
  print('in process', 'admissions', best, '1/s');
}

async function startWorker(url: string, name: string): Promise<ChildProcess> {
  const worker = fork(new URL('./budget/worker.ts', import.meta.url), [url, name], {
    execArgv: [...process.execArgv, ...AS_NPM_START],
  });
  await once(worker, 'message');
  return worker;
}

async function endWorker(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const end = once(worker, 'exit');
  worker.send('end');
  await end;
}

async function obey(worker: ChildProcess, order: Order): Promise<Report> {
  const answer = once(worker, 'message');
  worker.send(order);
  return ((await answer) as [Report])[0];
}

async function round(workers: readonly ChildProcess[], order: Order): Promise<readonly Report[]> {
  const reports = await Promise.all(workers.map((worker) => obey(worker, order)));
  const refused = reports.reduce((sum, report) => sum + report.refused, 0);
  if (refused > 0) say(`${refused} admissions were refused in ${order.name}`);
  return reports;
}

type Figures = Readonly<
  Record<'p50' | 'p99' | 'bareP50' | 'bareP99' | 'rate' | 'aboveAim' | 'bareAboveAim', number>
>;

/** What one admission may take. */
const AIM_MS = 1;
const shareAbove = (waits: readonly number[], ms: number): number =>
  waits.filter((wait) => wait > ms).length / waits.length;

function figuresOf(reports: readonly Report[]): Figures {
  const admissions = reports.flatMap((report) => report.admissions);
  const bare = reports.flatMap((report) => report.bare);
  const [p50, bareP50] = [percentile(admissions, 0.5), percentile(bare, 0.5)];
  return {
    p50,
    p99: percentile(admissions, 0.99),
    bareP50,
    aboveAim: shareAbove(admissions, AIM_MS),
    // Of these bare round trips each would be above the aim if it only did an admission's median work besides: the machine's own tail.
    bareAboveAim: shareAbove(bare, AIM_MS - (p50 - bareP50)),
    bareP99: percentile(bare, 0.99),
    rate: (admissions.length / Math.max(...reports.map(({ elapsedMs }) => elapsedMs))) * 1_000,
  };
}

async function rounds(
  workers: readonly ChildProcess[],
  order: Omit<Order, 'name'>,
): Promise<readonly Figures[]> {
  const all: Figures[] = [];
  await round(workers, { ...order, name: `${order.do}-${order.agentsOf}-warm`, ms: MS / 3 });
  for (let at = 0; at < ROUNDS; at += 1) {
    all.push(figuresOf(await round(workers, { ...order, name: `${order.do}-${order.agentsOf}-${at}` })));
  }
  return all;
}

async function paced(workers: readonly ChildProcess[], agentsOf: Order['agentsOf']): Promise<void> {
  const all = await rounds(workers, { do: 'paced', ms: MS, rate: RATE, agentsOf });
  const best = all.reduce((one, other) => (other.p99 < one.p99 ? other : one));
  const name = `redis/${PROCESSES} processes/paced${agentsOf === 'all' ? '' : '/own agents'}`;
  print(name, 'rate', best.rate, '1/s');
  print(name, 'p50', best.p50, 'ms');
  print(name, 'p99', best.p99, 'ms');
  print(name, 'bare_get_p50', best.bareP50, 'ms');
  print(name, 'bare_get_p99', best.bareP99, 'ms');
  print(name, 'p50_over_bare', best.p50 / best.bareP50, 'ratio');
  print(name, 'p99_over_bare', best.p99 / best.bareP99, 'ratio');
  print(name, 'share_above_1ms', best.aboveAim, 'ratio');
  print(name, 'bare_get_share_above_1ms_less_the_median_extra', best.bareAboveAim, 'ratio');
}

async function full(workers: readonly ChildProcess[]): Promise<void> {
  const all = await rounds(workers, { do: 'full', ms: MS, rate: IN_FLIGHT, agentsOf: 'all' });
  const best = all.reduce((one, other) => (other.rate > one.rate ? other : one));
  const name = `redis/${PROCESSES} processes/full`;
  print(name, 'admissions', best.rate, '1/s');
  print(name, 'p50', best.p50, 'ms');
  print(name, 'p99', best.p99, 'ms');
}

async function throughRedis({ keep }: Closings): Promise<void> {
  const redis = keep(await startRedis(), (each) => each.stop());
  const counters = keep(
    openRedisCounters({ url: redis.url, prefix: 'bench:', commandWithinMs: 10_000 }),
    (each) => each.close(),
  );
  await until(() =>
    counters.ping().then(
      () => true,
      () => false,
    ),
  );
  await rebuildEmpty(counters);
  const workers: ChildProcess[] = [];
  for (let index = 0; index < PROCESSES; index += 1) {
    workers.push(keep(await startWorker(redis.url, `w${index}`), endWorker));
  }
  // First, so that what follows is of sidecars that have been at it for a while and not of code that is being compiled.
  await full(workers);
  await paced(workers, 'all');
  await paced(workers, 'this_sidecar');
}

print('machine', 'two_threads_over_one', await twoThreadsOverOne(), 'ratio');
await inProcess();
const missing = await redisMissing();
if (missing === undefined) await withClosings(throughRedis);
else say(`no figures through Redis: ${missing}`);
