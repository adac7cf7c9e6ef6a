/**
 * An upgrade under calls: the sidecar that serves is told to end, the one that stands by takes its place. A talk goes on without a pause, a
 * telephone that rings meanwhile gets its agent from the new one, each call has one result, and nobody hears the message.
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
import {
  freePort,
  postgresSources,
  type PostgresServer,
  type RedisServer,
  startRedis,
} from '../support/stores.ts';
import { until } from '../support/wait.ts';

const LAW_MS = 2_000;
const TALKING = '+13035550150';
const RINGING = '+13035550151';
const LATER = '+13035550153';
/** Longer than a new sidecar takes to start on a busy machine. */
const RINGS_MS = 15_000;
/** The agent speaks without end; between two sentences there is a breath. */
const BREATH_MS = 1_000;

const digits = (number: string): string => number.slice(1);

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
  ]);
  Object.assign(world.env, exchangeEnv(floor.asterisk));
  await world.start().ready();
  for (const number of [TALKING, RINGING, LATER]) await world.client.consent(number);
}, 180_000);

afterAll(async () => {
  await floor.asterisk.cli('channel request hangup all');
  await world.close();
  await floor.close();
  await redis.stop();
  await postgres.stop();
});

/** With doors of its own: those of the one that serves are open until its end. */
async function standBy(): Promise<ServeProcess> {
  const [http, agi] = [await freePort(), await freePort()];
  const waiting = world.start({ BREAKWATER_HTTP_PORT: String(http), BREAKWATER_AGI_PORT: String(agi) }, [
    '--standby',
  ]);
  await until('standing by', () => waiting.output().includes('"standingBy":"tested"'), 60_000);
  return waiting;
}

const figures = async () => (await world.client.campaign(TALKS)).agents;

const traceNow = async (number: string): Promise<CallTrace> => {
  const [call, ...more] = await floor.calls(digits(number));
  expect(more).toEqual([]);
  if (call === undefined) throw new Error(`no call to ${number}`);
  return call;
};

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
    const second = await standBy();
    // `world.client` speaks to the one that was started last, and that one has its doors closed.
    ringing = await clientOf(() => first.url).place(RINGING, TALKS);
    first.signal('SIGTERM');
    await until('draining', () => first.output().includes('stopping: no new calls'));
    // Nobody waits for the talk to end.
    first.signal('SIGTERM');
    expect(await first.ended()).toBe(0);
    await second.ready();
    expect((await traceNow(RINGING)).answeredAt).toBeUndefined();

    expect(await world.client.outcomes(ringing, 60_000)).toEqual(['connected']);
    await sleep(2 * BREATH_MS);
    const [talk, rang] = [await traceNow(TALKING), await traceNow(RINGING)];
    expect(talk.endedAt).toBeUndefined();
    expect(longestPauseMs(talk)).toBeLessThan(BREATH_MS);
    expect(rang.endedAt).toBeUndefined();
    expect((rang.heard.firstVoicedAt ?? Infinity) - (rang.spoken.lastVoicedAt ?? 0)).toBeLessThan(LAW_MS);
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
