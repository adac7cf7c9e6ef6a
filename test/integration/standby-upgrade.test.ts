/**
 * An upgrade under calls: the sidecar that serves is told to end, the one that stands by takes its place. A talk goes on without a pause, a
 * telephone that rings gets its agent, each call has one result, and nobody hears the message. Then twice in a row, while a dialer that
 * knows nothing of it goes on calling.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Agent } from '../../scripts/callers/agent.ts';
import type { Floor } from '../../scripts/callers/floor.ts';
import type { CallTrace } from '../../scripts/callers/heard.ts';
import { test } from '../support/real-asterisk.ts';
import { clientOf, TALKS } from '../support/serve-client.ts';
import type { ServeProcess } from '../support/serve-process.ts';
import {
  CAMPAIGNS,
  campaignYaml,
  exchangeEnv,
  openServeFloor,
  openServeWorld,
  type ServeWorld,
} from '../support/serve-world.ts';
import { postgresSources, type PostgresServer, type RedisServer, startRedis } from '../support/stores.ts';
import { digits, onlyCallTo, standBy, waitedMs } from '../support/upgrade-calls.ts';
import { until } from '../support/wait.ts';

const LAW_MS = 2_000;
const TALKING = '+13035550150';
const RINGING = '+13035550151';
const LATER = '+13035550153';
const RINGS_MS = 6_000;
/** Whom the dialer calls, one after the other. */
const CALLED = Array.from({ length: 16 }, (_, index) => `+13035550${160 + index}`);
const TALKS_MS = 6_000;
/** Ring, greeting and talk of a call, and two starts, on a busy machine. */
const ENDS_WITHIN_MS = 60_000;
/** The agent speaks without end; between two sentences there is a breath. */
const BREATH_MS = 1_000;

let postgres: PostgresServer;
let redis: RedisServer;
let world: ServeWorld;
let floor: Floor;
const agents: Agent[] = [];

beforeAll(async () => {
  const [source] = (await postgresSources()).filter(({ missing }) => missing === undefined);
  if (source === undefined) throw new Error('no PostgreSQL');
  postgres = await source.start();
  redis = await startRedis();
  world = await openServeWorld(
    { DATABASE_URL: await postgres.freshDatabase(), REDIS_URL: redis.url },
    { ...CAMPAIGNS, [TALKS]: campaignYaml(TALKS, 2, "{ kind: stasis }\n  members: ['3001', '3002']") },
  );
  floor = await openServeFloor(world, 'upgrade', [
    { numbers: [digits(TALKING), digits(LATER)], behaviour: { kind: 'answers' } },
    { numbers: [digits(RINGING)], behaviour: { kind: 'answers', ringMs: RINGS_MS } },
    {
      numbers: CALLED.map(digits),
      behaviour: { kind: 'answers', ringMs: 1_000, hangUpAfterMs: TALKS_MS },
    },
  ]);
  Object.assign(world.env, exchangeEnv(floor.asterisk));
  await world.start().ready();
  for (const number of [TALKING, RINGING, LATER, ...CALLED]) await world.client.consent(number);
}, 180_000);

afterAll(async () => {
  await floor.asterisk.cli('channel request hangup all');
  await world.close();
  await floor.close();
  await redis.stop();
  await postgres.stop();
});

const figures = async () => (await world.client.campaign(TALKS)).agents;

const traceNow = (number: string): Promise<CallTrace> => onlyCallTo(number, floor);

/** The longest silence after the first word that the person heard. */
const longestPauseMs = ({ heard: { stretches } }: CallTrace): number =>
  Math.max(0, ...stretches.slice(1).map(({ from }, index) => from - (stretches[index]?.to ?? from)));

const hangUp = async (callId: string): Promise<void> => {
  const out = await floor.asterisk.cli('core show channels concise');
  const line = out.split('\n').find((each) => each.trim().endsWith(`!${callId}~`));
  if (line === undefined) throw new Error(`no channel ${callId}:\n${out}`);
  await floor.asterisk.cli(`channel request hangup ${line.split('!')[0] ?? ''}`);
};

describe('the sidecar that serves is told to end, and another stands by', () => {
  let talking = '';
  let ringing = '';

  test('a talk goes on without a pause, and who answers afterwards gets an agent in time', async () => {
    for (const extension of ['agent-3001', 'agent-3002']) {
      agents.push(await floor.callIn(extension, { staysAtMostS: 400 }));
    }
    for (const agent of agents) await agent.answered();
    await until('agents', async () => (await figures()).ready === 2);
    talking = await world.client.place(TALKING, TALKS);
    await until('talk', async () => (await figures()).busy === 1);

    const first = world.sidecar();
    const second = await standBy(world);
    // `world.client` speaks to the one that was started last, and that one has its doors closed.
    ringing = await clientOf(() => first.url).place(RINGING, TALKS);
    first.signal('SIGTERM');
    await until('draining', () => first.output().includes('stopping: no new calls'));
    // Nobody waits for the talk to end.
    first.signal('SIGTERM');
    expect(await first.ended(ENDS_WITHIN_MS)).toBe(0);
    // Somebody was still called: that one was not left to the dialplan.
    expect((await traceNow(RINGING)).answeredAt).toBeDefined();
    await second.ready();

    expect(await world.client.outcomes(ringing, 60_000)).toEqual(['connected']);
    await sleep(2 * BREATH_MS);
    const [talk, rang] = [await traceNow(TALKING), await traceNow(RINGING)];
    expect(talk.endedAt).toBeUndefined();
    expect(longestPauseMs(talk)).toBeLessThan(BREATH_MS);
    expect(rang.endedAt).toBeUndefined();
    expect(waitedMs(rang)).toBeLessThan(LAW_MS);
    for (const call of [talk, rang]) expect(await world.shareHeard(call)).toBeLessThan(0.2);
  }, 180_000);

  test('each call has one result, and the agents are free for the next one', async () => {
    await hangUp(talking);
    await hangUp(ringing);
    // What the old sidecar has said of its agents is believed for some seconds yet.
    await until('both agents', async () => (await figures()).ready === 2, 60_000);
    for (const callId of [talking, ringing]) {
      expect(await world.client.outcomes(callId)).toEqual(['connected']);
    }
    const later = await world.client.place(LATER, TALKS);
    expect(await world.client.outcomes(later)).toEqual(['connected']);
    for (const agent of agents) expect(agent.isRunning()).toBe(true);
    const lost = await world.client.entries('agent_lost');
    expect(lost.filter(({ body }) => body['why'] === 'channel_gone')).toEqual([]);
  }, 120_000);
});

describe('two upgrades in a row, and a dialer goes on calling', () => {
  interface Placed {
    readonly callId: string;
    readonly number: string;
    readonly by: ServeProcess;
  }

  /** As a dialer does: what is vetoed, or nobody answers, is asked for again a little later, of whoever serves then. */
  async function dial(number: string, serving: () => ServeProcess): Promise<Placed> {
    let vetoes = 0;
    for (;;) {
      const by = serving();
      const callId = `upgrade-${digits(number)}-${vetoes}`;
      // An answer that is lost on the way may be a permit: the id stays the same. A veto stands under its id.
      const answer = await clientOf(() => by.url)
        .originate(number, { campaign: TALKS, call_id: callId })
        .catch(() => null);
      if (answer?.verdict === 'permit') return { callId, number, by };
      if (answer !== null) vetoes += 1;
      await sleep(300);
    }
  }

  test('no call is dropped, each has one result, and each person has an agent in time', async () => {
    let serving = world.sidecar();
    const placed: Placed[] = [];
    const waiting = [...CALLED];
    const line = async (): Promise<void> => {
      for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
        placed.push(await dial(number, () => serving));
      }
    };
    const dialing = Promise.all([line(), line()]);
    dialing.catch(() => undefined); // awaited below, when the upgrades are over
    for (const upgrade of [1, 2]) {
      const before = placed.length;
      await until(`calls before upgrade ${upgrade}`, () => placed.length >= before + 3, 120_000);
      const [old, next] = [serving, await standBy(world)];
      old.signal('SIGTERM');
      old.signal('SIGTERM');
      expect(await old.ended(ENDS_WITHIN_MS)).toBe(0);
      serving = next;
      await next.ready();
    }
    await dialing;
    expect(new Set(placed.map(({ by }) => by)).size).toBe(3);
    for (const { callId, number } of placed) {
      expect([number, await world.client.outcomes(callId, 60_000)]).toEqual([number, ['connected']]);
      const call = await traceNow(number);
      expect(await world.shareHeard(call)).toBeLessThan(0.2);
      expect(waitedMs(call)).toBeLessThan(LAW_MS);
    }
    const results = await world.client.entries('call_result');
    expect(new Set(results.map(({ body }) => body['outcome']))).toEqual(new Set(['connected']));
    const ours = results.filter(({ body }) => String(body['callId']).startsWith('upgrade-'));
    expect(ours).toHaveLength(CALLED.length);
  }, 420_000);
});
