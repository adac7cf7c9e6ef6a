/**
 * Originations over HTTP, screened, reserved and durable before they are answered, with PostgreSQL on the same machine: the routes and the use
 * case as they are shipped, the mix of `bench:decide`, the asker in a process of its own. What is reserved is given back beside the clock.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openPostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { openPostgres } from '../../src/adapters/postgres/open.ts';
import { postgresRecords } from '../../src/adapters/postgres/records.ts';
import type { ScreenInput } from '../../src/control/operations.ts';
import { createRequests } from '../../src/control/origination-request.ts';
import { screenOrigination } from '../../src/control/screen-origination.ts';
import type { CallId, WriterId } from '../../src/domain/ids.ts';
import { buildServer, listen } from '../../src/http/server.ts';
import { FakeOperations } from '../../test/support/fake-operations.ts';
import { OWN_LIST_STATES } from '../../test/support/rules-world.ts';
import { areaCodesOf, benchClock, MIX, openDecideWorld, requestOf } from '../support/decide-world.ts';
import { syntheticLists } from '../support/synthetic-lists.ts';
import type { Done, Task } from './asker.ts';

const CONNECTIONS = 50;
const ROUND_MS = 5_000;
const ROUNDS = 3;
const STEADY_PER_SECOND = 1_000;
const BATCH_LINES = 20_000;

type Print = (of: string, metric: string, value: number, unit: string) => void;

export async function httpOriginations(print: Print): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'breakwater-bench-'));
  const url = process.env['DATABASE_URL'];
  const store = await openPostgres(url === undefined ? { embedded: { directory } } : { url });
  const ledger = await openPostgresLedger(store, {
    writer: `bench-${process.pid}` as WriterId,
    clock: benchClock,
    appendWithinMs: 30_000,
  });
  const { lists } = await syntheticLists(areaCodesOf(null), 1_000_000, OWN_LIST_STATES);
  const world = await openDecideWorld(
    lists,
    { ledger, records: postgresRecords(store) },
    { agents: 1_000, attemptsMax: 1_000_000 },
  );
  let made = 0;
  const newCallId = (): CallId => `bench-${process.pid}-${(made += 1)}` as CallId;
  const { requestOf: read } = createRequests({ clock: benchClock, newCallId, ledger }, () =>
    Promise.resolve(null),
  );
  const operations = new FakeOperations([world.campaign]);
  operations.screen = async (input: ScreenInput) => {
    const request = read(world.sidecar, input, 'dialer');
    const { screened, repeated } = await screenOrigination(world.sidecar, world.duty, request);
    if (screened.decision.kind === 'permit') void world.sidecar.counters.release(screened.callId);
    return { ...screened, repeated, message: null };
  };
  const server = buildServer(operations, {
    ...{ host: '127.0.0.1', tokens: [], version: '0' },
    requestsPerSecondMax: 1_000_000,
  });
  const address = await listen(server, '127.0.0.1', 0);
  const bodies = bodiesOf(world);
  const asker = fork(resolve(import.meta.dirname, 'asker.ts'), [], { execArgv: ['--import', 'tsx'] });
  const ask = async (given: Pick<Task, 'forMs' | 'perSecond'>): Promise<Done> => {
    const path = '/v1/originations';
    asker.send({
      ...{ url: `${address}${path}`, bodies, connections: CONNECTIONS },
      ...given,
    } satisfies Task);
    const [done] = (await once(asker, 'message')) as [Done];
    if (done.refused > 0) throw new Error(`${done.refused} originations were refused`);
    return done;
  };
  try {
    await ask({ forMs: ROUND_MS, perSecond: null });
    const rates: number[] = [];
    const steady: Done[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      rates.push((await ask({ forMs: ROUND_MS, perSecond: null })).perSecond);
      steady.push(await ask({ forMs: ROUND_MS, perSecond: STEADY_PER_SECOND }));
    }
    print(`http/connections=${CONNECTIONS}`, 'per_second', Math.max(...rates), '1/s');
    for (const share of [0.5, 0.99]) {
      const best = Math.min(...steady.map(({ waits }) => percentile(waits, share)));
      print(`http/steady=${STEADY_PER_SECOND}`, `p${share * 100}`, best, 'ms');
    }
    print('http/batch', 'lines_per_second', await batchRate(address, bodies), '1/s');
  } finally {
    asker.kill();
    await server.close();
    await ledger.close();
    await store.close();
    await rm(directory, { recursive: true, force: true });
  }
}

const percentile = (waits: readonly number[], share: number): number => {
  const sorted = [...waits].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};

/** The mix, its parts drawn by turns. */
function bodiesOf(world: Parameters<typeof requestOf>[2]): readonly string[] {
  const parts = MIX.flatMap((part) => Array.from({ length: part.percent }, () => part));
  return Array.from({ length: 20 * parts.length }, (_, index) => {
    const part = parts[(index * 37) % parts.length];
    if (part === undefined) throw new Error('the mix is empty');
    const { number, callerId, campaignId, lead } = requestOf(part, index, world);
    const place = { state: lead.state, line_type: lead.lineType };
    return JSON.stringify({ number, caller_id: callerId, campaign: campaignId, ...place, place: false });
  });
}

async function batchRate(address: string, bodies: readonly string[]): Promise<number> {
  const lines = Array.from({ length: BATCH_LINES }, (_, index) => `${bodies[index % bodies.length] ?? ''}\n`);
  const from = performance.now();
  const answer = await fetch(`${address}/v1/originations:batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.join(''),
  });
  const told = (await answer.text()).split('\n').filter((line) => line.includes('"verdict"')).length;
  if (told !== BATCH_LINES) throw new Error(`${told} of ${BATCH_LINES} lines were decided`);
  return (BATCH_LINES / (performance.now() - from)) * 1_000;
}
