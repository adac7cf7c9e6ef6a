/** The counters' store dies under a running campaign and comes back empty: nothing is believed before it is rebuilt. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentIds, CAMPAIGN, codes } from '../support/serve-client.ts';
import { CAMPAIGNS, openServeWorld, type ServeWorld } from '../support/serve-world.ts';
import { announceMissing, redisMissing, startRedis, type RedisServer } from '../support/stores.ts';
import { until } from '../support/wait.ts';

const missing = await redisMissing();
announceMissing('a killed Redis', missing);

const DROPPED = '+13035550110';
const OFTEN = '+13035550111';
const MORE = ['+13035550112', '+13035550113'];
const OVER = ['+13035550114', '+13035550115', '+13035550116'] as const;

describe.skipIf(missing !== undefined || process.env['TEST_BACKEND'] === 'containers')(
  'Redis killed in the middle of a campaign',
  () => {
    let redis: RedisServer;
    let world: ServeWorld;

    beforeAll(async () => {
      redis = await startRedis();
      world = await openServeWorld(
        { REDIS_URL: redis.url },
        // The budget alone refuses here: how many lines pay is another question.
        { ...CAMPAIGNS, [CAMPAIGN]: `${CAMPAIGNS[CAMPAIGN]}pacing:\n  by: dialer\n` },
      );
      await world.start().listening();
      for (const number of [DROPPED, OFTEN, ...MORE, ...OVER]) await world.client.consent(number);
      await world.client.agents(agentIds(2), 'ready');
      await until('counters', async () => (await world.client.campaign()).agents.ready === 2);
    });
    afterAll(async () => {
      await world.close();
      await redis.stop();
    });

    /** As a dialer that places its calls itself. */
    const reserve = (number: string) => world.client.originate(number, { place: false });
    const reservePatiently = (number: string) => world.client.originatePatiently(number, { place: false });
    async function ended(number: string, outcome: string): Promise<void> {
      const answer = await reservePatiently(number);
      expect(answer).toMatchObject({ verdict: 'permit' });
      await world.client.request('POST', `/v1/calls/${answer.call_id}/result`, { outcome });
    }
    const today = async () =>
      (
        await world.client.request<{ readonly today: { readonly drops: number } }>(
          'GET',
          '/v1/campaigns/faults/drop-rate',
        )
      ).today;

    test('vetoes while it is down; afterwards drops, attempts, calls in flight and agents are back', async () => {
      await ended(DROPPED, 'dropped');
      for (let attempt = 0; attempt < 3; attempt += 1) await ended(OFTEN, 'busy');
      const inFlight = await reservePatiently(MORE[0] ?? '');
      expect(inFlight.verdict).toBe('permit');
      const before = await today();
      expect(before.drops).toBe(1);

      await redis.kill();
      const away = await reserve(MORE[1] ?? '');
      expect(away.verdict).toBe('veto');
      expect(codes(away)).toContain('fact_unavailable');
      expect((await world.client.readiness()).problems.join()).toContain('counters');

      await redis.start();
      // From the first answer on: never a permit for the number that was called three times or dropped.
      const seen: string[] = [];
      await until('rebuilt counters', async () => {
        const [often, dropped] = [await reserve(OFTEN), await reserve(DROPPED)];
        seen.push(often.verdict, dropped.verdict);
        return codes(often).includes('too_many_attempts') && codes(dropped).includes('drop_lockout');
      });
      expect(new Set(seen)).toEqual(new Set(['veto']));
      expect(await today()).toEqual(before);
      await until('agents', async () => (await world.client.campaign()).agents.ready === 2);
      expect((await world.client.campaign()).in_flight).toBe(1);
      expect((await reservePatiently(MORE[1] ?? '')).verdict).toBe('permit');
    });

    test('over-dials within the budget before and afterwards, and not one line in between', async () => {
      // Both agents have their line. One drop stands: with 80 live answers more there is room for one drop, not for two.
      for (let index = 0; index < 80; index += 1) {
        const report = { outcome: 'connected', campaign: 'faults' };
        await world.client.request('POST', `/v1/calls/foreign-${index}/result`, report);
      }
      const over = await reservePatiently(OVER[0]);
      expect(over.verdict).toBe('permit');
      expect(codes(await reservePatiently(OVER[1]))).toEqual(['drop_budget_spent']);
      const before = await today();

      await redis.kill();
      await redis.start();
      const between: string[] = [];
      await until('counters believed again', async () => {
        const answer = await reserve(OVER[2]);
        between.push(answer.verdict);
        return answer.reasons.some(
          ({ code, detail }) => code === 'drop_budget_spent' && detail['rebuilt'] === true,
        );
      });
      expect(new Set(between)).toEqual(new Set(['veto']));
      expect(await today()).toEqual(before);
      await until('agents', async () => (await world.client.campaign()).agents.ready === 2);
      // The line that was over-dialed before is remembered, and its result makes room for the next one.
      expect(codes(await reservePatiently(OVER[1]))).toEqual(['drop_budget_spent']);
      await world.client.request('POST', `/v1/calls/${over.call_id}/result`, { outcome: 'busy' });
      expect((await reservePatiently(OVER[1])).verdict).toBe('permit');
    });
  },
);
