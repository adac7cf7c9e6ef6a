/**
 * A rolling upgrade: two sidecars with an Asterisk each share PostgreSQL and Redis, and a dialer calls by both. One after the other is
 * told to end and started anew, while the other goes on. No call is dropped, nobody is called twice, each permit has one result, and
 * both chains hold over all lives.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Floor } from '../../scripts/callers/floor.ts';
import { textOf } from '../../src/domain/ledger-entry.ts';
import { test } from '../support/real-asterisk.ts';
import { type Client, clientOf, TALKS } from '../support/serve-client.ts';
import type { Environment, ServeProcess } from '../support/serve-process.ts';
import {
  CAMPAIGNS,
  campaignYaml,
  exchangeEnv,
  openServeFloor,
  openServeWorld,
  pointAgi,
  type ServeWorld,
} from '../support/serve-world.ts';
import {
  freePort,
  postgresSources,
  type PostgresServer,
  type RedisServer,
  startRedis,
} from '../support/stores.ts';
import { digits, onlyCallTo, waitedMs } from '../support/upgrade-calls.ts';
import { verifiedLedger } from '../support/verified-ledger.ts';
import { until } from '../support/wait.ts';

const LAW_MS = 2_000;
/** More than are needed, so that somebody is there to be called at every moment. */
const CALLED = Array.from({ length: 60 }, (_, index) => `+13035550${110 + index}`);
const RINGS_MS = 1_000;
const TALKS_MS = 4_000;
/** What each life of a sidecar has to place. */
const CALLS_OF_A_LIFE = 3;
/** Talks are waited for; on a busy machine. */
const ENDS_WITHIN_MS = 90_000;
const PATIENCE_MS = 120_000;

interface Side {
  readonly writer: string;
  readonly agent: string;
  readonly floor: Floor;
  readonly env: Environment;
  readonly client: Client;
  /** The life that serves, or the last that did. */
  serving: ServeProcess;
}

interface Placed {
  readonly callId: string;
  readonly number: string;
  readonly side: Side;
  readonly by: ServeProcess;
}

let postgres: PostgresServer;
let redis: RedisServer;
let database: string;
let world: ServeWorld;
const floors: Floor[] = [];
const sides: Side[] = [];

async function openSide(writer: string, agent: string): Promise<Side> {
  const floor = await openServeFloor(world, writer, [
    {
      numbers: CALLED.map(digits),
      behaviour: { kind: 'answers', ringMs: RINGS_MS, hangUpAfterMs: TALKS_MS },
    },
  ]);
  floors.push(floor);
  const agi = await freePort();
  await pointAgi(floor.asterisk, agi);
  const env = {
    ...exchangeEnv(floor.asterisk),
    BREAKWATER_WRITER: writer,
    BREAKWATER_HTTP_PORT: String(await freePort()),
    BREAKWATER_AGI_PORT: String(agi),
  };
  const side: Side = {
    ...{ writer, agent, floor, env, serving: world.start(env) },
    client: clientOf(() => side.serving.url),
  };
  return side;
}

beforeAll(async () => {
  const [source] = (await postgresSources()).filter(({ missing }) => missing === undefined);
  if (source === undefined) throw new Error('no PostgreSQL');
  postgres = await source.start();
  redis = await startRedis();
  database = await postgres.freshDatabase();
  world = await openServeWorld(
    { DATABASE_URL: database, REDIS_URL: redis.url },
    { ...CAMPAIGNS, [TALKS]: campaignYaml(TALKS, 2, "{ kind: stasis }\n  members: ['3001', '3002']") },
  );
  for (const [writer, agent] of [
    ['east', '3001'],
    ['west', '3002'],
  ] as const) {
    const side = await openSide(writer, agent);
    await side.serving.ready(PATIENCE_MS);
    sides.push(side);
  }
  for (const number of CALLED) await sides[0]?.client.consent(number);
}, 400_000);

afterAll(async () => {
  for (const floor of floors) await floor.asterisk.cli('channel request hangup all');
  await world.close();
  for (const floor of floors) await floor.close();
  await redis.stop();
  await postgres.stop();
});

/**
 * As a dialer does: what one sidecar vetoes, because it ends or its agent talks, the other is asked for a little later. An answer that was
 * lost on the way may be a permit: only the one that gave it may be asked again, by the same id.
 */
async function dial(number: string, first: number): Promise<Placed> {
  let vetoes = 0;
  for (;;) {
    const side = sides[(first + vetoes) % sides.length];
    if (side === undefined) throw new Error('no sidecar');
    const by = side.serving;
    const callId = `rolling-${digits(number)}-${vetoes}`;
    const answer = await side.client
      .originate(number, { campaign: TALKS, call_id: callId })
      .catch(() => null);
    if (answer?.verdict === 'permit') return { callId, number, side, by };
    if (answer !== null) vetoes += 1;
    await sleep(200);
  }
}

describe('two sidecars, an Asterisk each, are upgraded one after the other under calls', () => {
  const placed: Placed[] = [];

  test('the other goes on, and each takes calls again in its next life', async () => {
    const agents = [];
    for (const { floor, agent } of sides) {
      agents.push(await floor.callIn(`agent-${agent}`, { staysAtMostS: 600 }));
    }
    for (const agent of agents) await agent.answered();
    const [one] = sides;
    await until('agents', async () => (await one!.client.campaign(TALKS)).agents.ready === 2, PATIENCE_MS);

    const waiting = [...CALLED];
    let over = false;
    const line = async (first: number): Promise<void> => {
      while (!over) {
        const number = waiting.shift();
        if (number === undefined) throw new Error('nobody is left to be called');
        placed.push(await dial(number, first));
      }
    };
    const dialing = Promise.all(sides.map((_, first) => line(first)));
    dialing.catch(() => undefined); // awaited below, when the upgrades are over
    const callsOf = (life: ServeProcess): number => placed.filter(({ by }) => by === life).length;
    const hasCalled = (life: ServeProcess): Promise<void> =>
      until('calls of a life', () => callsOf(life) >= CALLS_OF_A_LIFE, PATIENCE_MS);

    for (const side of sides) {
      const [old, others] = [side.serving, sides.filter((each) => each !== side)];
      await hasCalled(old);
      // Somebody talks there, or is rung.
      await until('a call under way', async () => {
        const out = await side.floor.asterisk.cli('core show channels concise');
        return out.split('\n').some((each) => /!rolling-\d+-\d+~?$/.test(each.trim()));
      });
      const before = others.map(({ serving }) => callsOf(serving));
      old.signal('SIGTERM');
      expect(await old.ended(ENDS_WITHIN_MS)).toBe(0);
      side.serving = world.start(side.env);
      await side.serving.ready(PATIENCE_MS);
      await hasCalled(side.serving);
      others.forEach(({ serving }, index) => {
        expect(serving.isRunning()).toBe(true);
        expect(callsOf(serving)).toBeGreaterThan(before[index] ?? Infinity);
      });
    }
    over = true;
    await dialing;
    for (const agent of agents) expect(agent.isRunning()).toBe(true);
  }, 480_000);

  test('nobody was dropped or called twice, each had an agent in time', async () => {
    expect(placed.length).toBeGreaterThanOrEqual(4 * CALLS_OF_A_LIFE);
    for (const { callId, number, side } of placed) {
      expect([number, await side.client.outcomes(callId, PATIENCE_MS)]).toEqual([number, ['connected']]);
      const call = await onlyCallTo(number, ...floors);
      expect(await side.floor.calls(digits(number))).toHaveLength(1);
      expect(waitedMs(call)).toBeLessThan(LAW_MS);
      expect(await world.shareHeard(call)).toBeLessThan(0.2);
    }
  }, 240_000);

  test('each permit has one result, and both chains hold over both lives', async () => {
    const entries = await verifiedLedger(database);
    const of = (kind: string) => entries.filter((entry) => entry.kind === kind);
    const idsOf = (those: typeof entries): readonly string[] =>
      those.map((entry) => textOf(entry, 'callId')).sort();
    const permits = of('decision').filter(({ body }) => body['verdict'] === 'permit');
    expect(idsOf(permits)).toEqual(placed.map(({ callId }) => callId).sort());
    expect(idsOf(of('call_result'))).toEqual(idsOf(permits));
    expect(new Set(of('call_result').map(({ body }) => body['outcome']))).toEqual(new Set(['connected']));
    expect(of('late_result')).toEqual([]);
    for (const { writer } of sides) {
      expect(of('writer_started').filter((entry) => entry.writer === writer)).toHaveLength(2);
      const [stopped, ...more] = of('writer_stopped').filter((entry) => entry.writer === writer);
      expect([stopped?.body, more]).toEqual([{ liveCalls: 0 }, []]);
      expect(permits.some((entry) => entry.writer === writer)).toBe(true);
    }
  });
});
