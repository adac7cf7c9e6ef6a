/**
 * Several sidecars on one PostgreSQL and one Redis, each a process of its own; `--case` runs one of
 * `throughput`: screened and durable originations a second of one sidecar and of four in the same run, and what the stores take at most;
 * `reservations`: `--reservations` asked for at once by round, with sidecars killed at random; at the end Redis is held against the ledger;
 * `failover`: the primary killed under Sentinels and PostgreSQL killed, under a steady load: what was lost, doubled or above a limit, and
 * how long until every call was permitted again, counted from the store's return;
 * `propagation`: how long until what one sidecar records binds at all others.
 * JSON lines on stdout, all else on stderr.
 */
import { parseArgs } from 'node:util';
import { announceMissing, postgresSources, redisMissing } from '../test/support/stores.ts';
import { failover } from './cluster/failover.ts';
import { printOf } from './cluster/print.ts';
import { propagation } from './cluster/propagation.ts';
import { reservations } from './cluster/reservations.ts';
import { throughput } from './cluster/throughput.ts';
import { twoThreadsOverOne } from './support/machine.ts';

const { values } = parseArgs({
  options: {
    case: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '8' },
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
    await throughput(source, { rounds: Number(values.rounds), ms: Number(values.seconds) * 1_000 });
  }
  if (isAsked('propagation')) await propagation(source);
  if (isAsked('failover')) await failover(source);
  if (isAsked('reservations')) {
    const [count, kills] = [Number(values.reservations), Number(values.kills)];
    await reservations(source, { count, kills, seed });
  }
}
