/**
 * INVARIANT (opt-out-binds-at-once) over two sidecars on real stores: once a revocation is durable, nobody is told of a permit any more
 * (an entry written meanwhile may say permit; the call's result then holds the veto). Schedules drawn from one seed;
 * `npm run bench:interleavings` runs them with others and tells their time.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInterleavings } from '../support/interleavings.ts';
import {
  announceMissing,
  type PostgresServer,
  postgresSources,
  redisMissing,
  type RedisServer,
  startRedis,
} from '../support/stores.ts';

const COUNT = 10_000;
const SEED = 20_261_122;

const missing = await redisMissing();
announceMissing('two sidecars on one Redis', missing);

for (const source of (await postgresSources()).filter((each) => each.missing === undefined).slice(0, 1)) {
  describe.skipIf(missing !== undefined)(`two sidecars on ${source.name} and Redis`, () => {
    let postgres: PostgresServer;
    let redis: RedisServer;
    beforeAll(async () => {
      [postgres, redis] = await Promise.all([source.start(), startRedis()]);
    });
    afterAll(() => Promise.all([postgres.stop(), redis.stop()]));

    test(`a revocation is never followed by a permit, ${COUNT} interleavings`, async () => {
      const urls = { postgres: await postgres.freshDatabase(), redis: redis.url };
      const found = await runInterleavings(urls, { count: COUNT, seed: SEED });
      expect(found.violations, `seed ${SEED}`).toEqual([]);
      expect(found.permits + found.vetoes).toBe(COUNT);
      // It says nothing when the revocation always came first, or always too late to matter.
      expect(found.permits).toBeGreaterThan(COUNT / 50);
      expect(found.vetoes).toBeGreaterThan(COUNT / 4);
      expect(found.foundLast).toBeGreaterThan(COUNT / 50);
      for (const step of ['peek', 'reserve', 'append']) {
        expect(
          [...found.steps.keys()].filter((name) => name.endsWith(` ${step}`)),
          step,
        ).not.toEqual([]);
      }
    }, 600_000);
  });
}
