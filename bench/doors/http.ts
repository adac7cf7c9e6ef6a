/**
 * Originations over HTTP, screened, reserved and durable before they are answered, with PostgreSQL on the same machine: the routes and the use
 * case as they are shipped, the mix of `bench:decide`, the asker in a process of its own. What is reserved is given back beside the clock.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { buildServer, listen } from '../../src/http/server.ts';
import { FakeOperations } from '../../test/support/fake-operations.ts';
import type { Done, Task } from './asker.ts';
import { mixedRequests, openScreening, percentile, type Screening } from './screening.ts';

const CONNECTIONS = 50;
const ROUND_MS = 5_000;
const ROUNDS = 3;
const STEADY_PER_SECOND = 1_000;
const BATCH_LINES = 20_000;

type Print = (of: string, metric: string, value: number, unit: string) => void;

export async function httpOriginations(print: Print): Promise<void> {
  const screening = await openScreening();
  const operations = new FakeOperations([screening.world.campaign]);
  operations.screen = screening.screen;
  const server = buildServer(operations, {
    ...{ host: '127.0.0.1', tokens: [], version: '0' },
    requestsPerSecondMax: 1_000_000,
  });
  const address = await listen(server, '127.0.0.1', 0);
  const bodies = bodiesOf(screening);
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
    await screening.close();
  }
}

const bodiesOf = ({ world }: Screening): readonly string[] =>
  mixedRequests(world).map(({ number, callerId, campaignId, lead }) => {
    const place = { state: lead.state, line_type: lead.lineType };
    return JSON.stringify({ number, caller_id: callerId, campaign: campaignId, ...place, place: false });
  });

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
