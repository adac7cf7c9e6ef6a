/** Doctor's look at the stores: what their commits promise, what they throw away, and whether their clock is ours. */
import { durabilityOf } from '../../adapters/postgres/durability.ts';
import { redisMemory } from '../../adapters/redis/eviction.ts';
import type { Finding } from '../wiring.ts';
import { bad, ok, skipped } from './machine.ts';

const TIMEOUT_MS = 3_000;
/** As between exchange and sidecar: the guard band of the calling hours is 60 s. */
const SKEW_MS_MAX = 2_000;
/** Stricter than `on`, and as good here. */
const DURABLE = ['on', 'remote_apply', 'remote_write', 'local'];

export async function postgresFindings(
  databaseUrl: string | null,
  nowMs: () => number,
): Promise<readonly Finding[]> {
  if (databaseUrl === null) return [skipped('PostgreSQL durability', 'the embedded store is ours')];
  try {
    const { settings, clockMs, oursMs } = await durabilityOf(databaseUrl, TIMEOUT_MS, nowMs);
    const loose = Object.entries(settings).filter(([, value]) => !DURABLE.includes(value));
    const skewMs = clockMs - oursMs;
    const skew = `PostgreSQL differs by ${(skewMs / 1_000).toFixed(1)} s`;
    return [
      loose.length === 0
        ? ok('PostgreSQL durability', 'a commit is on disk')
        : bad(
            'PostgreSQL durability',
            `${loose.map(([name, value]) => `${name} is ${value}`).join(', ')}: a permit may be lost after its call was placed`,
            `ALTER SYSTEM SET ${loose.map(([name]) => `${name} = on`).join('; ALTER SYSTEM SET ')}; SELECT pg_reload_conf()`,
          ),
      Math.abs(skewMs) <= SKEW_MS_MAX
        ? ok('PostgreSQL clock', skew)
        : bad('PostgreSQL clock', skew, 'run a time service (chrony) on both machines'),
    ];
  } catch {
    return [skipped('PostgreSQL durability', 'it does not answer')];
  }
}

/** The address may hold a password: it is not shown. */
export async function redisFinding(redisUrl: string | null, authority: string | null): Promise<Finding> {
  const check = 'Redis';
  if (redisUrl === null) return skipped(check, 'the counters are in the process: for one sidecar only');
  try {
    const { version, policy } = await redisMemory({ url: redisUrl, authority }, TIMEOUT_MS);
    if (policy === 'noeviction') return ok(check, `${version}, throws nothing away`);
    return policy === null
      ? skipped(check, `${version} does not tell its maxmemory-policy`)
      : bad(
          check,
          `maxmemory-policy is ${policy}: counters may be thrown away`,
          'CONFIG SET maxmemory-policy noeviction, and the same in redis.conf',
        );
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return bad(check, `does not answer (${why}): every call is vetoed`, 'start Redis, or correct REDIS_URL');
  }
}
