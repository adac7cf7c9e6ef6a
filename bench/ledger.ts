/**
 * What a durable append costs: one at a time (the floor), everything that waits in one commit, and the wait at a steady rate.
 * `--case verify --entries N` measures the verification of an export instead, `--case months --months N` what so many months' tables cost.
 * One JSON line per figure on stdout, all else on stderr. `DATABASE_URL` measures that server instead of the embedded one.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openPostgresLedger } from '../src/adapters/postgres/ledger.ts';
import { openPostgres, type PostgresStore } from '../src/adapters/postgres/open.ts';
import { openMemoryLedger } from '../src/adapters/memory/ledger.ts';
import type { WriterId } from '../src/domain/ids.ts';
import type { LedgerDraft } from '../src/domain/ledger-entry.ts';
import { instant, monotonicMs } from '../src/domain/time.ts';
import type { Clock } from '../src/ports/clock.ts';
import type { Ledger } from '../src/ports/ledger.ts';
import { benchMonths } from './ledger/months.ts';
import { benchVerify } from './ledger/verify.ts';
import { type Closings, withClosings } from './support/closings.ts';

const SINGLE_MS = 3_000;
const GROUP_TOTAL = 40_000;
const GROUP_IN_FLIGHT = 2_000;
const RATE_PER_SECOND = 1_000;
const RATE_MS = 10_000;

const clock: Clock = {
  now: () => instant(Date.now()),
  monotonic: () => monotonicMs(performance.now()),
  after(ms, wake) {
    const timer = setTimeout(wake, ms).unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

const print = (name: string, metric: string, value: number, unit: string): void => {
  const rounded = Math.round(value * 1_000) / 1_000;
  process.stdout.write(`${JSON.stringify({ bench: 'ledger', case: name, metric, value: rounded, unit })}\n`);
};

/** A decision of usual size, about 500 bytes, with its dedupe key. */
function decision(index: number): LedgerDraft {
  const callId = `call-${process.pid}-${index}-${Math.round(performance.now() * 1e3)}`;
  const body = {
    callId,
    campaignId: 'spring',
    number: `+1303555${String(index % 10_000).padStart(4, '0')}`,
    verdict: index % 4 === 0 ? 'permit' : 'veto',
    reasons: ['outside_calling_hours', 'on_national_registry'],
    policy: 'f'.repeat(64),
    lists: [{ name: 'national', version: '2026-11-01' }],
    facts: 'a'.repeat(64),
  };
  return { kind: 'decision', body, dedupeKey: callId };
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

async function timed(ledger: Ledger, index: number, into: number[]): Promise<void> {
  const started = performance.now();
  await ledger.append(decision(index));
  into.push(performance.now() - started);
}

function printWaits(name: string, waits: number[]): void {
  waits.sort((a, b) => a - b);
  for (const share of [0.5, 0.99, 0.999]) {
    print(name, `append_p${String(share * 100).replace('.', '_')}`, percentile(waits, share), 'ms');
  }
  print(name, 'append_max', waits.at(-1) ?? 0, 'ms');
}

async function single(ledger: Ledger, name: string): Promise<void> {
  const waits: number[] = [];
  const started = performance.now();
  while (performance.now() - started < SINGLE_MS) await timed(ledger, waits.length, waits);
  print(name, 'appends_per_second', (waits.length / (performance.now() - started)) * 1_000, '1/s');
  printWaits(name, waits);
}

async function group(ledger: Ledger, name: string): Promise<void> {
  const waits: number[] = [];
  let next = 0;
  const started = performance.now();
  const worker = async (): Promise<void> => {
    while (next < GROUP_TOTAL) await timed(ledger, next++, waits);
  };
  await Promise.all(Array.from({ length: GROUP_IN_FLIGHT }, worker));
  print(name, 'appends_per_second', (GROUP_TOTAL / (performance.now() - started)) * 1_000, '1/s');
}

/** Open loop: an append is due each millisecond whether or not those before have ended. */
async function steady(ledger: Ledger, name: string): Promise<void> {
  const waits: number[] = [];
  const pending: Promise<void>[] = [];
  const started = performance.now();
  for (let elapsed = 0; elapsed < RATE_MS; elapsed = performance.now() - started) {
    const due = Math.floor((elapsed * RATE_PER_SECOND) / 1_000);
    while (pending.length < due) pending.push(timed(ledger, pending.length, waits));
    await sleep(1);
  }
  await Promise.all(pending);
  print(name, 'rate', (waits.length / RATE_MS) * 1_000, '1/s');
  printWaits(name, waits);
}

const url = process.env['DATABASE_URL'];
const label = url === undefined ? 'embedded' : 'given';
const openStore = (): Promise<PostgresStore> =>
  openPostgres(url === undefined ? { embedded: { directory } } : { url });

async function years(months: number, { keep }: Closings): Promise<void> {
  const store = keep(await openStore(), (each) => each.close());
  const writer = `bench-${process.pid}` as WriterId;
  const ledger = keep(await openPostgresLedger(store, { writer, clock }), (each) => each.close());
  await group(ledger, `${label}/months=1/in-flight=${GROUP_IN_FLIGHT}`);
  const name = `${label}/months=${months}`;
  await benchMonths({
    ...{ store, ledger, months, draft: decision },
    print: (metric, value, unit) => print(name, metric, value, unit),
  });
  await group(ledger, `${name}/in-flight=${GROUP_IN_FLIGHT}`);
}

async function appends({ keep }: Closings): Promise<void> {
  const opening = performance.now();
  const store = keep(await openStore(), (each) => each.close());
  print(`${label}/open`, 'elapsed', performance.now() - opening, 'ms');
  const writer = `bench-${process.pid}` as WriterId;
  const ledger = keep(await openPostgresLedger(store, { writer, clock }), (each) => each.close());
  await Promise.all(Array.from({ length: 100 }, (_, index) => ledger.append(decision(index))));
  await single(ledger, `${label}/one-at-a-time`);
  await group(ledger, `${label}/group-commit/in-flight=${GROUP_IN_FLIGHT}`);
  await steady(ledger, `${label}/steady/rate=${RATE_PER_SECOND}`);
  await group(openMemoryLedger({ writer: 'bench' as WriterId, clock }), 'memory/in-flight=2000');
}

const { values } = parseArgs({
  options: {
    case: { type: 'string', default: 'append' },
    entries: { type: 'string', default: '1000000' },
    months: { type: 'string', default: '120' },
  },
});
const directory = await mkdtemp(join(tmpdir(), 'breakwater-bench-'));
try {
  const body = (index: number): LedgerDraft['body'] => decision(index).body;
  if (values.case === 'verify')
    await benchVerify({ entries: Number(values.entries), directory, print, body });
  else if (values.case === 'months') await withClosings((closings) => years(Number(values.months), closings));
  else await withClosings(appends);
} finally {
  await rm(directory, { recursive: true, force: true });
}
