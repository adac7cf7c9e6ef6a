/**
 * Of two sidecars on one PostgreSQL and one Redis one is killed with -9 while calls are in flight under its permits, which only a dialer
 * and it have known of: the other goes on counting them, and ends each by its lease as a drop, once.
 */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentIds, CAMPAIGN, type Client, clientOf, codes } from '../support/serve-client.ts';
import type { ServeProcess } from '../support/serve-process.ts';
import { CAMPAIGNS, openServeWorld, type ServeWorld } from '../support/serve-world.ts';
import {
  announceMissing,
  freePort,
  type PostgresServer,
  postgresSources,
  redisMissing,
  type RedisServer,
  startRedis,
} from '../support/stores.ts';
import { until } from '../support/wait.ts';

const [source] = (await postgresSources()).filter(({ missing: why }) => why === undefined);
const missing = (await redisMissing()) ?? (source === undefined ? 'no PostgreSQL' : undefined);
announceMissing('a sidecar killed beside another', missing);

/** The shortest that the law and the settings allow: 15 s of ringing and 10 s for the result. */
const LEASE_MS = 25_000;
const HELD = ['+13035550141', '+13035550142', '+13035550143'];
const REPORTED = '+13035550144';
const AGENTS = 6;

interface DropRate {
  readonly today: { readonly drops: number; readonly live_answers: number };
}

describe.skipIf(missing !== undefined || process.env['TEST_BACKEND'] === 'containers')(
  'a sidecar that is killed beside another',
  () => {
    let postgres: PostgresServer;
    let redis: RedisServer;
    let world: ServeWorld;
    let killed: ServeProcess;
    let there: Client;

    beforeAll(async () => {
      if (source === undefined) throw new Error('no PostgreSQL');
      postgres = await source.start();
      redis = await startRedis();
      world = await openServeWorld(
        { DATABASE_URL: await postgres.freshDatabase(), REDIS_URL: redis.url },
        {
          ...CAMPAIGNS,
          [CAMPAIGN]: CAMPAIGNS[CAMPAIGN].replace('atMostSeconds: 30', 'atMostSeconds: 15'),
        },
      );
      await appendFile(join(world.configDirectory, 'breakwater.yaml'), '\nleases:\n  afterRingSeconds: 10\n');
      killed = world.start();
      await killed.listening();
      const other = world.start({
        BREAKWATER_WRITER: 'other',
        BREAKWATER_HTTP_PORT: String(await freePort()),
        BREAKWATER_AGI_PORT: String(await freePort()),
      });
      await other.listening();
      there = clientOf(() => other.url);
      // Told of at the one that lives: they outlive the other.
      await there.agents(agentIds(AGENTS), 'ready');
      await until('agents', async () => (await there.campaign()).agents.ready === AGENTS, 20_000);
      const here = clientOf(() => killed.url);
      await until('agents', async () => (await here.campaign()).agents.ready === AGENTS, 20_000);
      for (const number of [...HELD, REPORTED]) await there.consent(number);
    });
    afterAll(async () => {
      await world.close();
      await Promise.all([redis.stop(), postgres.stop()]);
    });

    const dropRate = (): Promise<DropRate> => there.request('GET', `/v1/campaigns/${CAMPAIGN}/drop-rate`);
    const reserve = async (client: Client, number: string): Promise<string> => {
      const answer = await client.originatePatiently(number, { place: false });
      expect(answer).toMatchObject({ verdict: 'permit' });
      return answer.call_id;
    };

    test('what it held is in flight until its lease ends, then a drop, once, whoever comes back', async () => {
      const here = clientOf(() => killed.url);
      const held: string[] = [];
      for (const number of HELD) held.push(await reserve(here, number));
      const reported = await reserve(here, REPORTED);
      await killed.kill();

      expect((await there.campaign()).in_flight).toBe(HELD.length + 1);
      // The dialer still knows its call, and may tell any sidecar of it.
      await there.request('POST', `/v1/calls/${reported}/result`, { outcome: 'connected' });
      await until('the result', async () => (await there.campaign()).in_flight === HELD.length);

      for (const callId of held) {
        expect(await there.outcomes(callId, 120_000)).toEqual(['expired']);
        const [result] = await there.results(callId);
        expect(result?.body).toMatchObject({ source: 'lease', campaignId: CAMPAIGN });
        // Not before anybody could have told of it, by the clock of the one that lives. (Clocks of rehearsal are some seconds apart.)
        const { entries } = await there.history(callId);
        const [decidedAt, expiredAt] = ['decision', 'call_result'].map((kind) =>
          Date.parse(entries.find((entry) => entry.kind === kind)?.at ?? ''),
        );
        expect((expiredAt ?? Number.NaN) - (decidedAt ?? Number.NaN)).toBeGreaterThanOrEqual(LEASE_MS);
      }
      await until('counted', async () => (await there.campaign()).in_flight === 0);
      expect((await dropRate()).today).toMatchObject({ drops: HELD.length, live_answers: HELD.length + 1 });
      for (const number of HELD) {
        expect(codes(await there.originate(number, { place: false }))).toContain('drop_lockout');
      }

      // Its next life finds nothing of them to do.
      const back = world.start();
      await back.listening();
      await until(
        'counters',
        async () => (await clientOf(() => back.url).campaign()).drop_rate.rebuilt,
        30_000,
      );
      for (const callId of [...held, reported]) expect(await there.results(callId)).toHaveLength(1);
      expect((await dropRate()).today).toMatchObject({ drops: HELD.length, live_answers: HELD.length + 1 });
    }, 240_000);
  },
);
