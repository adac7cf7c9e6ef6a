/**
 * Several sidecars on one PostgreSQL and one Redis, each a process of its own; `--case` runs one of
 * `throughput`: screened and durable originations a second of one sidecar and of four in the same run, and what the stores take at most;
 * `reservations`: `--reservations` asked for at once by round, with sidecars killed at random; at the end Redis is held against the ledger;
 * `failover`: the primary killed under Sentinels and PostgreSQL killed, under a steady load: what was lost, doubled or above a limit, and
 * how long until every call was permitted again, counted from the store's return;
 * `propagation`: how long until what one sidecar records, and a list that is imported, binds at all others.
 * JSON lines on stdout, all else on stderr.
 */
import { parseArgs } from 'node:util';
import { announceMissing, postgresSources, redisMissing } from '../test/support/stores.ts';
import { failover } from './cluster/failover.ts';
import { listPropagation } from './cluster/lists.ts';
import { printOf } from './cluster/print.ts';
import { propagation } from './cluster/propagation.ts';
import { reservations } from './cluster/reservations.ts';
import { throughput } from './cluster/throughput.ts';
import { withClosings } from './support/closings.ts';
import { twoThreadsOverOne } from './support/machine.ts';

const { values } = parseArgs({
  options: {
    case: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '8' },
    'warm-seconds': { type: 'string', default: '30' },
    reservations: { type: 'string', default: '1000000' },
    kills: { type: 'string', default: '40' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const CASES = ['throughput', 'propagation', 'failover', 'reservations'] as const;
if (values.case !== undefined && !CASES.some((name) => name === values.case)) {
  throw new Error(`--case \`${values.case}\`; expected one of ${CASES.join(', ')}`);
}
const isAsked = (name: (typeof CASES)[number]): boolean => values.case === undefined || values.case === name;

const [source] = (await postgresSources()).filter(({ missing }) => missing === undefined);
const missing = (await redisMissing()) ?? (source === undefined ? 'no PostgreSQL' : undefined);
announceMissing('bench:cluster', missing);
if (source !== undefined && missing === undefined) {
  printOf('machine')('two_threads_over_one', await twoThreadsOverOne(), 'ratio');
  const seed = Number(values.seed);
  process.stderr.write(`seed ${seed}\n`);
  if (isAsked('throughput')) {
    const [seconds, warmSeconds] = [Number(values.seconds), Number(values['warm-seconds'])];
    const order = { rounds: Number(values.rounds), ms: seconds * 1_000, warmMs: warmSeconds * 1_000 };
    await withClosings((closings) => throughput(closings, source, order));
  }
  if (isAsked('propagation')) {
    await withClosings((closings) => propagation(closings, source));
    await withClosings((closings) => listPropagation(closings, source));
  }
  if (isAsked('failover')) await withClosings((closings) => failover(closings, source));
  if (isAsked('reservations')) {
    const [count, kills] = [Number(values.reservations), Number(values.kills)];
    await withClosings((closings) => reservations(closings, source, { count, kills, seed }));
  }
}
