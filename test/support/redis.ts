/** Redis counters for tests, with keys of their own. */
import { openRedisCounters } from '../../src/adapters/redis/counters.ts';
import type { Counters } from '../../src/ports/counters.ts';
import { until } from './stores.ts';

let prefixes = 0;

export const freshPrefix = (): string => {
  prefixes += 1;
  return `t${process.pid}-${prefixes}:`;
};

export async function connectedCounters(
  url: string,
  prefix = freshPrefix(),
  // Far above what a busy machine needs: only the tests of the bound itself set a short one.
  commandWithinMs = 10_000,
): Promise<Counters> {
  const counters = openRedisCounters({ url, prefix, commandWithinMs });
  await until(() => isUp(counters));
  return counters;
}

export const isUp = (counters: Counters): Promise<boolean> =>
  counters.ping().then(
    () => true,
    () => false,
  );
