/** Counters in a real Redis Cluster: every key of every script lies in one slot, and a node that is killed takes nothing with it that is believed. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CampaignId } from '../../src/domain/ids.ts';
import type { Counters } from '../../src/ports/counters.ts';
import { connectedCounters, freshPrefix, isUp } from '../support/redis.ts';
import { type ClusterGroup, FAILOVER_WITHIN_MS, startCluster } from '../support/redis-groups.ts';
import {
  agent,
  CAMPAIGN,
  call,
  NOON,
  ready,
  request,
  settle,
  steps,
  windowsAt,
} from '../support/reservations.ts';
import { announceMissing, redisMissing, until } from '../support/stores.ts';

const missing =
  process.env['TEST_BACKEND'] === 'containers' ? 'one container is no cluster' : await redisMissing();
announceMissing('Redis Cluster', missing);

/** CRC16 (XMODEM) of the hash tag, as the Redis Cluster specification has it, Appendix A. */
function slotOf(key: string): number {
  const tag = /\{([^}]+)\}/.exec(key)?.[1] ?? key;
  let crc = 0;
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1)
      crc = ((crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021) & 0xffff;
  }
  return crc % 16_384;
}

describe.skipIf(missing !== undefined)('counters in a Redis Cluster', () => {
  let cluster: ClusterGroup;
  beforeAll(async () => {
    cluster = await startCluster();
  }, 180_000);
  afterAll(() => cluster.stop());

  /** Every operation of the port, so that every script runs. */
  async function everything(counters: Counters): Promise<void> {
    const other = 'other' as CampaignId;
    const limits = { linesMax: 50, callsPerSecondMax: 50, paceLinesMax: 50 };
    await ready(counters, 8);
    await ready(counters, 1, other);
    await counters.setAgent(other, agent('a0'), 'paused', 'said');
    await counters.setAgent(CAMPAIGN, agent('a1'), 'logged_out', 'said');
    await counters.peek(request('1', { besides: [other] }));
    for (const id of ['1', '2', '3']) {
      const answer = await counters.reserve(
        request(id, { besides: [other], limits, agentsOf: 'this_sidecar' }),
      );
      expect(answer.kind).toBe('reserved');
    }
    await counters.release(call('1'));
    await counters.doom(call('2'));
    await counters.adopt(call('3'));
    await settle(counters, '2', 'dropped');
    await settle(counters, 'foreign', 'dropped', NOON, request('foreign'));
    await counters.overdue(CAMPAIGN, NOON);
    await counters.tally(CAMPAIGN, NOON, windowsAt(NOON));
    const outcome = { outcome: 'connected', at: NOON, windows: windowsAt(NOON) } as const;
    await counters.rebuild(
      CAMPAIGN,
      steps({ request: request('3'), outcome: null }, { request: request('4'), outcome }),
      NOON,
    );
    await counters.forget(other);
  }

  test('each key of each script is in one slot', async () => {
    const prefix = freshPrefix();
    const owner = await cluster.ownerOf(`{${prefix}}alive`);
    const seen = new Set<string>();
    const scripts = new Set<string>();
    const monitor = await new Redis(owner.port, '127.0.0.1').monitor();
    monitor.on('monitor', (_time: string, [command = '', ...given]: string[]) => {
      if (/^(eval|evalsha)$/i.test(command)) scripts.add(given[0] ?? '');
      for (const text of given) if (text.includes(prefix) && !/\s/.test(text)) seen.add(text);
    });
    const counters = await connectedCounters(cluster.url, prefix);
    await everything(counters);
    // Also what the sign of life touches.
    await until(() => [...seen].some((key) => key.endsWith('alive')));
    await counters.close();
    monitor.disconnect();
    const keys = [...seen].filter((text) => text !== `{${prefix}}`);
    const kinds = ['tally', 'flight', 'staff', 'opened', 'floors', 'alive'];
    for (const kind of kinds)
      expect(
        keys.some((key) => key.endsWith(kind)),
        kind,
      ).toBe(true);
    for (const kind of ['call:', 'attempts:', 'dropped:', 'agent:', 'told:', 'seats:']) {
      expect(
        keys.some((key) => key.includes(`}${kind}`)),
        kind,
      ).toBe(true);
    }
    expect(new Set(keys.map(slotOf))).toEqual(new Set([slotOf(`{${prefix}}alive`)]));
    // Our reckoning is the server's.
    for (const key of keys) expect(await owner.admin.cluster('KEYSLOT', key)).toBe(slotOf(key));
  });

  test('the node of our slot is killed: found again at its replica, and nothing believed until rebuilt', async () => {
    const prefix = freshPrefix();
    const counters = await connectedCounters(cluster.url, prefix);
    await ready(counters, 1);
    const before = counters.store();
    expect((await counters.reserve(request('1'))).kind).toBe('reserved');
    const owner = await cluster.ownerOf(`{${prefix}}alive`);
    await owner.kill();
    await until(() => isUp(counters).then((up) => up && counters.store() !== before), FAILOVER_WITHIN_MS, 50);
    expect((await counters.peek(request('x'))).snapshot.rebuilt).toBe(false);
    await counters.rebuild(CAMPAIGN, steps({ request: request('1'), outcome: null }), NOON);
    const { snapshot, store } = await counters.peek(request('x'));
    expect(snapshot).toMatchObject({ rebuilt: true, inFlight: 1 });
    expect(store).toBe(counters.store());
    await counters.close();
  }, 120_000);
});
