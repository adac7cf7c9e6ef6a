/** What an admission leaves in a real Redis: for sidecars of another version, and after Redis has forgotten a part. */
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ATTEMPTS_KEPT_HOURS, type Counters } from '../../src/ports/counters.ts';
import { HOUR_MS, instant } from '../../src/domain/time.ts';
import { connectedCounters, freshPrefix } from '../support/redis.ts';
import { CAMPAIGN, hours, NOON, ready, request } from '../support/reservations.ts';
import { redisMissing, type RedisServer, startRedis } from '../support/stores.ts';

const missing = await redisMissing();

describe.skipIf(missing !== undefined)('an admission in Redis', () => {
  let server: RedisServer;
  let raw: Redis;
  let counters: Counters;
  let prefix: string;
  beforeAll(async () => {
    server = await startRedis();
    raw = new Redis(server.url);
  });
  afterAll(async () => {
    raw.disconnect();
    await server.stop();
  });
  beforeEach(async () => {
    prefix = freshPrefix();
    counters = await connectedCounters(server.url, prefix);
    await ready(counters, 40);
  });
  afterEach(() => counters.close());

  test('stands there as every version reads it', async () => {
    const asked = request('1');
    const answer = await counters.reserve(asked);
    if (answer.kind !== 'reserved') throw new Error(answer.kind);
    const attempts = `${prefix}attempts:s1:${asked.number}`;
    expect(await raw.hgetall(`${prefix}call:1`)).toEqual({
      state: 'flight',
      campaign: CAMPAIGN,
      attempts,
      dropped: `${prefix}dropped:s1:${asked.number}`,
      owner: '',
      [`by:${answer.claim}`]: '1',
    });
    expect(await raw.zrange(attempts, 0, -1, 'WITHSCORES')).toEqual(['1', String(NOON)]);
    const keptMs = ATTEMPTS_KEPT_HOURS * HOUR_MS;
    expect(keptMs - (await raw.pttl(attempts))).toBeLessThan(10 * 60_000);
    const campaign = `${prefix}{${CAMPAIGN}}:`;
    expect(await raw.zrange(`${campaign}flight`, 0, -1, 'WITHSCORES')).toEqual(['1', String(NOON + 60_000)]);
    expect(await raw.hget(`${campaign}floors`, '|flight')).toBe('1');
  });

  test('a script that the server has forgotten is told anew', async () => {
    await counters.peek(request('1'));
    await raw.script('FLUSH');
    expect((await counters.reserve(request('1'))).kind).toBe('reserved');
    await raw.script('FLUSH');
    await counters.release(request('1').callId);
    expect(await raw.exists(`${prefix}call:1`)).toBe(0);
  });

  test.each([1, 3])(
    'a call of which only the attempt is remembered is no other call: at most %i',
    async (max) => {
      const asked = request('1', { attempts: { max, windowHours: 24 } });
      const attempts = `${prefix}attempts:s1:${asked.number}`;
      await raw.zadd(attempts, hours(-1), '1');
      const answer = await counters.reserve(asked);
      expect(answer.kind).toBe('reserved');
      expect(answer.view.attempts.placed).toBe(0);
      expect(await raw.zscore(attempts, '1')).toBe(String(NOON));
    },
  );

  test('attempts that are too old to count are cleared away before long', async () => {
    const { number } = request('1');
    const attempts = `${prefix}attempts:s1:${number}`;
    await raw.zadd(attempts, hours(-ATTEMPTS_KEPT_HOURS - 1), 'old');
    for (let more = 1; more <= 16; more += 1) {
      const at = instant(NOON + more);
      const answer = await counters.reserve(
        request(`c${more}`, { number, at, attempts: { max: 100, windowHours: 24 } }),
      );
      expect(answer.view.attempts.placed).toBe(more - 1);
    }
    expect(await raw.zscore(attempts, 'old')).toBeNull();
    expect(await raw.zcard(attempts)).toBe(16);
  });
});
