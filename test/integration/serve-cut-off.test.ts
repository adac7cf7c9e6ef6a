/**
 * Two sidecars as processes of their own on one PostgreSQL and one Redis; the line of the one to a store goes dead or is cut. It vetoes,
 * says why, and the other dials on; what was asked of the other meanwhile binds the very first decision afterwards.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Proxy, startProxy } from '../support/proxy.ts';
import { agentIds, type Client, clientOf, codes, SELLER } from '../support/serve-client.ts';
import { openServeWorld, type ServeWorld } from '../support/serve-world.ts';
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
announceMissing('a sidecar that is cut off', missing);

const numberOf = (line: number): string => `+13035550${120 + line}`;

describe.skipIf(missing !== undefined || process.env['TEST_BACKEND'] === 'containers')(
  'a sidecar cut off',
  () => {
    let postgres: PostgresServer;
    let redis: RedisServer;
    let world: ServeWorld;
    let lines: { readonly counters: Proxy; readonly ledger: Proxy };
    let cut: Client;
    let whole: Client;

    beforeAll(async () => {
      if (source === undefined) throw new Error('no PostgreSQL');
      [postgres, redis] = await Promise.all([source.start(), startRedis()]);
      const database = new URL(await postgres.freshDatabase());
      lines = {
        counters: await startProxy({ host: '127.0.0.1', port: redis.port }),
        ledger: await startProxy({ host: '127.0.0.1', port: Number(database.port) }),
      };
      const proxied = new URL(database);
      proxied.port = String(lines.ledger.port);
      world = await openServeWorld({ DATABASE_URL: database.href, REDIS_URL: redis.url });
      const one = world.start({
        DATABASE_URL: proxied.href,
        REDIS_URL: `redis://127.0.0.1:${lines.counters.port}`,
      });
      await one.listening();
      const other = world.start({
        BREAKWATER_WRITER: 'other',
        BREAKWATER_HTTP_PORT: String(await freePort()),
        BREAKWATER_AGI_PORT: String(await freePort()),
      });
      await other.listening();
      [cut, whole] = [clientOf(() => one.url), clientOf(() => other.url)];
      for (let line = 0; line < 12; line += 1) await whole.consent(numberOf(line));
      await whole.agents(agentIds(20), 'ready');
      for (const each of [cut, whole]) {
        await until('agents', async () => (await each.campaign()).agents.ready === 20, 20_000);
      }
    });
    afterAll(async () => {
      await world.close();
      await Promise.all([lines.counters.close(), lines.ledger.close()]);
      await Promise.all([redis.stop(), postgres.stop()]);
    });

    const ask = (client: Client, line: number) => client.originate(numberOf(line), { place: false });
    const patiently = (client: Client, line: number) =>
      client.originatePatiently(numberOf(line), { place: false });
    const said = (of: Client, store: string) =>
      until(`${store} is missed`, async () => (await of.readiness()).problems.join().includes(store), 30_000);

    test.each(['hang', 'refuse'] as const)(
      'from Redis (%s): vetoes and says so, the other dials on',
      async (mode) => {
        const line = mode === 'hang' ? 0 : 3;
        expect((await patiently(cut, line)).verdict).toBe('permit');
        lines.counters.mode = mode;
        if (mode === 'refuse') lines.counters.cutAll();
        expect(codes(await ask(cut, line + 1))).toContain('fact_unavailable');
        await said(cut, 'counters');
        expect((await patiently(whole, line + 1)).verdict).toBe('permit');
        lines.counters.mode = 'pass';
        lines.counters.cutAll();
        await until('permits again', async () => (await ask(cut, line + 2)).verdict === 'permit', 30_000);
      },
    );

    test.each(['hang', 'refuse'] as const)(
      'from PostgreSQL (%s): vetoes and says so, and afterwards knows what was asked of the other',
      async (mode) => {
        const line = mode === 'hang' ? 6 : 9;
        expect((await patiently(cut, line)).verdict).toBe('permit');
        lines.ledger.mode = mode;
        if (mode === 'refuse') lines.ledger.cutAll();
        expect((await ask(cut, line + 1)).verdict).toBe('veto');
        await said(cut, 'ledger');
        expect((await patiently(whole, line + 1)).verdict).toBe('permit');
        const wish = { number: numberOf(line + 2), seller: SELLER, channel: 'voice' };
        await whole.request('POST', '/v1/opt-outs', wish);
        lines.ledger.mode = 'pass';
        lines.ledger.cutAll();
        // Whatever it answers until then, never a permit.
        await until(
          'it knows',
          async () => {
            const answer = await ask(cut, line + 2);
            expect(answer.verdict).toBe('veto');
            return codes(answer).includes('on_internal_list');
          },
          60_000,
        );
        await until('permits again', async () => (await ask(cut, line)).verdict === 'permit', 60_000);
      },
    );
  },
);
