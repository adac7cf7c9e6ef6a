/**
 * The proof of `test/conformance/interleavings.test.ts` at length: `--count` (default 10,000) drawn interleavings of a decision and a
 * revocation on two sidecars with real PostgreSQL and Redis. JSON lines on stdout; exit code 1 when a permit had to be a veto.
 */
import { parseArgs } from 'node:util';
import { runInterleavings } from '../test/support/interleavings.ts';
import { postgresSources, redisMissing, startRedis } from '../test/support/stores.ts';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});
const count = Number(values.count);
const seed = Number(values.seed);

const print = (metric: string, value: number, unit: string): void => {
  const line = { bench: 'interleavings', case: `two sidecars/seed=${seed}`, metric, value, unit };
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

const [source] = await postgresSources();
const missing = source?.missing ?? (await redisMissing());
if (source === undefined || missing !== undefined)
  throw new Error(`no stores: ${missing ?? 'no PostgreSQL'}`);
const postgres = await source.start();
const redis = await startRedis();
try {
  const started = performance.now();
  const found = await runInterleavings(
    { postgres: await postgres.freshDatabase(), redis: redis.url },
    { count, seed, progress: (done) => process.stderr.write(`${done} of ${count}\n`) },
  );
  print('interleavings', found.permits + found.vetoes, '1');
  print('permits', found.permits, '1');
  print('vetoes', found.vetoes, '1');
  print('vetoes_found_by_the_last_look', found.foundLast, '1');
  print('violations', found.violations.length, '1');
  print('elapsed', Math.round((performance.now() - started) / 100) / 10, 's');
  for (const violation of found.violations) process.stderr.write(`${violation}\n`);
  for (const [step, times] of [...found.steps].toSorted(([a], [b]) =>
    a.localeCompare(b, 'en', { numeric: true }),
  )) {
    process.stderr.write(`${step}: ${times}\n`);
  }
  if (found.violations.length > 0) process.exitCode = 1;
} finally {
  await Promise.all([postgres.stop(), redis.stop()]);
}
