/**
 * Durable decisions: `screenOrigination` from facts to receipt, ledger and records on PostgreSQL with fsync, counters in memory, the mix of
 * `bench:decide`. Beside them in the same run: the floor, one bare append at a time, and the peer, appends of the same entry without any
 * decision. `DATABASE_URL` measures that server instead of the embedded one.
 * JSON lines on stdout, all else on stderr; each figure is the best of `--rounds` rounds: the machine may be shared. `--case` runs one of
 * `floor`, `peer`, `mix`, `permits`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openPostgresLedger } from '../src/adapters/postgres/ledger.ts';
import { openPostgres } from '../src/adapters/postgres/open.ts';
import { postgresRecords } from '../src/adapters/postgres/records.ts';
import { screenOrigination } from '../src/control/screen-origination.ts';
import type { CallId, WriterId } from '../src/domain/ids.ts';
import type { OriginationRequest } from '../src/domain/origination.ts';
import { OWN_LIST_STATES } from '../test/support/rules-world.ts';
import {
  areaCodesOf,
  benchClock,
  MIX,
  type MixPart,
  openDecideWorld,
  requestOf,
} from './support/decide-world.ts';
import { twoThreadsOverOne } from './support/machine.ts';
import { serverCpu } from './support/server-cpu.ts';
import { syntheticLists } from './support/synthetic-lists.ts';

const IN_FLIGHT = 500;
const ROUND_MS = 5_000;
const STEADY_PER_SECOND = 1_000;

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, case: { type: 'string' } },
});
const ROUNDS = Number(values.rounds);
const isAsked = (name: string): boolean => values.case === undefined || values.case === name;

const say = (text: string): void => void process.stderr.write(`${text}\n`);
function print(name: string, metric: string, value: number, unit: string): void {
  const rounded = Number(value.toPrecision(4));
  process.stdout.write(
    `${JSON.stringify({ bench: 'decisions', case: name, metric, value: rounded, unit })}\n`,
  );
}
function percentile(waits: readonly number[], share: number): number {
  const sorted = [...waits].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

print('machine', 'two_threads_over_one', await twoThreadsOverOne(), 'ratio');
const directory = await mkdtemp(join(tmpdir(), 'breakwater-bench-'));
const url = process.env['DATABASE_URL'];
const store = await openPostgres(url === undefined ? { embedded: { directory } } : { url });
const label = url === undefined ? 'embedded' : 'given';
const ledger = await openPostgresLedger(store, {
  writer: `bench-${process.pid}` as WriterId,
  clock: benchClock,
  appendWithinMs: 30_000,
});
// As the parts of a sidecar do that throttle dialers and count for the metrics.
ledger.subscribe(({ kind, body }) => kind === 'decision' && body['campaignId']);
const serverCpuUs = await serverCpu(store.pool);
const { lists } = await syntheticLists(areaCodesOf(null), 1_000_000, OWN_LIST_STATES);
const world = await openDecideWorld(
  lists,
  { ledger, records: postgresRecords(store) },
  // A few fictional numbers stand for many persons: with the usual cap every second permit would be a veto for too many attempts.
  { agents: 2 * IN_FLIGHT, attemptsMax: 1_000_000 },
);

let asked = 0;
const verdicts = { permit: 0, veto: 0 };
/** One decision of its own call id; its wait in milliseconds. The line is given back beside the clock. */
async function decide(request: OriginationRequest): Promise<number> {
  const callId = `bench-${process.pid}-${(asked += 1)}` as CallId;
  const started = performance.now();
  const { screened } = await screenOrigination(world.sidecar, world.duty, {
    ...request,
    callId,
    requestedAt: benchClock.now(),
  });
  const waited = performance.now() - started;
  verdicts[screened.decision.kind] += 1;
  if (screened.decision.kind === 'permit') await world.sidecar.counters.release(callId);
  return waited;
}

const permitPart = MIX[0];
if (permitPart === undefined) throw new Error('the mix is empty');
const drawn = (part: MixPart) => (index: number) => requestOf(part, index, world);
const mixed = (index: number): OriginationRequest => {
  let left = index % 100;
  return requestOf(MIX.find(({ percent }) => (left -= percent) < 0) ?? permitPart, index, world);
};

async function sustained(work: (index: number) => Promise<unknown>): Promise<number> {
  const started = performance.now();
  let done = 0;
  let index = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() - started < ROUND_MS) {
      await work((index += 1));
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return (done / (performance.now() - started)) * 1_000;
}

/** Open loop: a decision is due each millisecond whether or not those before have ended. */
async function steady(next: (index: number) => OriginationRequest): Promise<readonly number[]> {
  const pending: Promise<number>[] = [];
  const started = performance.now();
  for (let elapsed = 0; elapsed < ROUND_MS; elapsed = performance.now() - started) {
    while (pending.length < (elapsed * STEADY_PER_SECOND) / 1_000) pending.push(decide(next(pending.length)));
    await sleep(1);
  }
  return Promise.all(pending);
}

async function oneAtATime(work: () => Promise<unknown>): Promise<readonly number[]> {
  const waits: number[] = [];
  const until = performance.now() + ROUND_MS;
  while (performance.now() < until) {
    const started = performance.now();
    await work();
    waits.push(performance.now() - started);
  }
  return waits;
}

/** Of several rounds the best rate, and the least processor time of this process and of the server for each: that hardly feels who else is at work. */
async function printRate(name: string, work: (index: number) => Promise<unknown>): Promise<void> {
  const rates: number[] = [];
  const costs: number[] = [];
  const serverCosts: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    const serverBefore = serverCpuUs?.() ?? Number.NaN;
    const rate = await sustained(work);
    const { user, system } = process.cpuUsage(before);
    const each = (us: number): number => us / ((rate * ROUND_MS) / 1_000);
    rates.push(rate);
    costs.push(each(user + system));
    serverCosts.push(each((serverCpuUs?.() ?? Number.NaN) - serverBefore));
  }
  print(name, 'per_second', Math.max(...rates), '1/s');
  print(name, 'process_cpu_each', Math.min(...costs), 'us');
  if (serverCpuUs !== null) print(name, 'server_cpu_each', Math.min(...serverCosts), 'us');
}

/** Of several rounds the smallest of each percentile. */
async function printWaits(name: string, round: () => Promise<readonly number[]>): Promise<void> {
  const rounds: (readonly number[])[] = [];
  for (let index = 0; index < ROUNDS; index += 1) rounds.push(await round());
  for (const share of [0.5, 0.99]) {
    print(name, `p${share * 100}`, Math.min(...rounds.map((waits) => percentile(waits, share))), 'ms');
  }
}

const deciding = (next: (index: number) => OriginationRequest) => (index: number) => decide(next(index));
try {
  await sustained(deciding(mixed));
  const [recorded] = await ledger.read({ kinds: ['decision'], limit: 1 });
  if (recorded === undefined) throw new Error('no decision was recorded');
  const entry = { ...recorded.body, verdict: 'veto' };
  /** The entry of a decision, under a call id of its own. */
  const append = (): Promise<unknown> => {
    const callId = `bare-${process.pid}-${(asked += 1)}`;
    return ledger.append({ kind: 'decision', dedupeKey: callId, body: { ...entry, callId } });
  };
  if (isAsked('floor')) await printWaits(`${label}/floor: one append at a time`, () => oneAtATime(append));
  if (isAsked('peer')) await printRate(`${label}/peer: appends alone/in flight=${IN_FLIGHT}`, append);
  for (const [name, next] of [
    ['mix', mixed],
    ['permits', drawn(permitPart)],
  ] as const) {
    if (!isAsked(name)) continue;
    await printRate(`${label}/${name}/in flight=${IN_FLIGHT}`, deciding(next));
    await printWaits(`${label}/${name}/steady=${STEADY_PER_SECOND}`, () => steady(next));
    say(`verdicts so far: ${JSON.stringify(verdicts)}`);
  }
  print('machine, at the end', 'two_threads_over_one', await twoThreadsOverOne(), 'ratio');
} finally {
  await ledger.close();
  await store.close();
  await rm(directory, { recursive: true, force: true });
}
