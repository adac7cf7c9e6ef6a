/**
 * Two sidecars of one writer id on one PostgreSQL, one Redis and one exchange: one serves, one stands by. The first is killed or
 * frozen under live calls; what people hear, who controls the calls, and what the ledger says.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { CallTrace } from '../../scripts/callers/heard.ts';
import type { Floor } from '../../scripts/callers/floor.ts';
import { test } from '../support/real-asterisk.ts';
import { agentIds, clientOf, TALKS } from '../support/serve-client.ts';
import type { ServeProcess } from '../support/serve-process.ts';
import { exchangeEnv, openServeFloor, openServeWorld, type ServeWorld } from '../support/serve-world.ts';
import { postgresSources, type PostgresServer, type RedisServer, startRedis } from '../support/stores.ts';
import { digits, standBy, waitedMs } from '../support/upgrade-calls.ts';
import { until } from '../support/wait.ts';

const LAW_MS = 2_000;
const TALKING = '+13035550110';
const RINGING = '+13035550111';
const GREETING = '+13035550112';
const LATER = '+13035550113';
const FROZEN = '+13035550114';
const AFTERWARDS = '+13035550115';
const BACK = '+13035550116';

const LONG = 'Hello, this is Anna Example speaking, who is calling me at this hour, please?';

let postgres: PostgresServer;
let redis: RedisServer;
let world: ServeWorld;
let floor: Floor;
/** The one that serves when the tests of the killed and the frozen one are over. */
let serving: ServeProcess;

/** How long a start waits for a session of the same writer to end. */
const WRITER_LOCK_MS = 5_000;

const turnsOf = (one: ServeProcess): number => one.output().split('"standingBy":"tested"').length - 1;

const servesNow = (one: ServeProcess): boolean => one.output().includes('"agi":"agi://');

beforeAll(async () => {
  const [source] = await postgresSources();
  postgres = await source!.start();
  redis = await startRedis();
  world = await openServeWorld({ DATABASE_URL: await postgres.freshDatabase(), REDIS_URL: redis.url });
  floor = await openServeFloor(world, 'standby', [
    { numbers: [digits(TALKING), digits(LATER)], behaviour: { kind: 'answers' } },
    { numbers: [digits(RINGING)], behaviour: { kind: 'answers', ringMs: 9_000 } },
    {
      numbers: [digits(GREETING), digits(FROZEN)],
      behaviour: { kind: 'answers', ringMs: 3_000, greeting: LONG },
    },
    { numbers: [digits(AFTERWARDS), digits(BACK)], behaviour: { kind: 'answers' } },
  ]);
  Object.assign(world.env, exchangeEnv(floor.asterisk));
  await world.start().ready();
  for (const number of [TALKING, RINGING, GREETING, LATER, FROZEN, AFTERWARDS, BACK]) {
    await world.client.consent(number);
  }
});

afterAll(async () => {
  await floor.asterisk.cli('channel request hangup all');
  await world.close();
  await floor.close();
  await redis.stop();
  await postgres.stop();
});

const traceOf = async (number: string): Promise<CallTrace> => {
  const [call, ...more] = await floor.callsOver(digits(number));
  expect(more).toEqual([]);
  if (call === undefined) throw new Error(`no call to ${number}`);
  return call;
};

/** Placed with an agent each, who then leave. */
async function placeWithoutAgents(
  numbers: readonly string[],
  client = world.client,
): Promise<readonly string[]> {
  const agents = agentIds(numbers.length);
  await client.agents(agents, 'ready');
  await until('agents', async () => (await client.campaign()).agents.ready === agents.length);
  const ids = await Promise.all(numbers.map((number) => client.place(number)));
  await client.agents(agents, 'logged_out');
  return ids;
}

const answered = (number: string): Promise<void> =>
  until(`${number} answers`, async () => (await floor.calls(digits(number)))[0]?.answeredAt !== undefined);

describe('the one that serves is killed', () => {
  test('the talk goes on, a phone that rings is controlled by the other, and the agent is free after the talk', async () => {
    const agent = await floor.callIn('agent-3001');
    await agent.answered();
    await until('agent', async () => (await world.client.campaign(TALKS)).agents.ready === 1);
    const talking = await world.client.place(TALKING, TALKS);
    await until('talk', async () => (await world.client.campaign(TALKS)).agents.busy === 1);
    const [ringing, greeting] = await placeWithoutAgents([RINGING, GREETING]);

    const first = world.sidecar();
    const second = await standBy(world);
    await answered(GREETING);
    await sleep(500);
    await first.kill();
    await second.ready();

    const said = await traceOf(GREETING);
    expect(await world.shareHeard(said)).toBeGreaterThan(0.9);
    expect(waitedMs(said)).toBeLessThan(LAW_MS);
    expect(await world.client.outcomes(greeting!)).toEqual(['dropped']);

    // Answered under the second one: it is its own message, not the dialplan's.
    const rang = await traceOf(RINGING);
    expect(await world.shareHeard(rang)).toBeGreaterThan(0.9);
    expect(waitedMs(rang)).toBeLessThan(LAW_MS);
    expect(await world.client.outcomes(ringing!)).toEqual(['dropped']);
    expect((await world.client.results(ringing!))[0]?.body['source']).toBe('ari');

    const [still] = await floor.calls(digits(TALKING));
    expect(still?.endedAt).toBeUndefined();
    await floor.asterisk.cli(`channel request hangup ${await channelOf(talking)}`);
    await until('agent free', async () => (await world.client.campaign(TALKS)).agents.ready === 1);
    expect(await world.client.outcomes(talking)).toEqual(['connected']);
    const later = await world.client.place(LATER, TALKS);
    await until('connected', async () => (await world.client.campaign(TALKS)).agents.busy === 1);
    expect(await world.client.outcomes(later)).toEqual(['connected']);
    await agent.hangUp();
    await traceOf(LATER);
  });
});

describe('the one that serves freezes', () => {
  test('the other cuts it off and takes over; when it wakes it does nothing to the calls and stands by', async () => {
    const frozen = world.sidecar();
    const [call] = await placeWithoutAgents([FROZEN]);
    const next = await standBy(world);
    await answered(FROZEN);
    frozen.signal('SIGSTOP');
    await next.ready();
    frozen.signal('SIGCONT');
    await until('stands by again', () => turnsOf(frozen) === 2);
    const trace = await traceOf(FROZEN);
    expect(await world.shareHeard(trace)).toBeGreaterThan(0.9);
    expect(waitedMs(trace)).toBeLessThan(LAW_MS);
    expect(trace.heard.stretches.length).toBeGreaterThan(0);
    expect(await world.client.outcomes(call!)).toEqual(['dropped']);

    const [afterwards] = await placeWithoutAgents([AFTERWARDS]);
    await traceOf(AFTERWARDS);
    expect(await world.client.outcomes(afterwards!)).toEqual(['dropped']);
    expect(next.isRunning()).toBe(true);

    await next.kill();
    await frozen.ready();
    serving = frozen;
    const client = clientOf(() => frozen.url);
    const [back] = await placeWithoutAgents([BACK], client);
    await traceOf(BACK);
    expect(await client.outcomes(back!)).toEqual(['dropped']);
  });

  test('one that stands by ends at a word, and has taken nothing', async () => {
    const waiting = await standBy(world);
    await sleep(2_000);
    expect(waiting.isRunning()).toBe(true);
    waiting.signal('SIGTERM');
    expect(await waiting.ended()).toBe(0);
    expect(serving.isRunning()).toBe(true);
  });

  test('of two that find the place free at one moment one serves, and the other goes on waiting', async () => {
    const two = [await standBy(world), await standBy(world)];
    await serving.kill();
    await until('one serves', () => two.some((one) => servesNow(one)));
    await sleep(WRITER_LOCK_MS + 1_000);
    const [serves, waits] = two.filter((one) => servesNow(one)).concat(two.filter((one) => !servesNow(one)));
    expect(two.filter((one) => servesNow(one))).toEqual([serves]);
    expect(waits?.isRunning()).toBe(true);
    await serves?.kill();
    await until('the other serves', () => waits !== undefined && servesNow(waits));
  });
});

/** By its name, as the exchange's own command line takes it; ids of channels end in a mark there. */
async function channelOf(callId: string): Promise<string> {
  const out = await floor.asterisk.cli('core show channels concise');
  const line = out.split('\n').find((each) => each.trim().endsWith(`!${callId}~`));
  if (line === undefined) throw new Error(`no channel ${callId}:\n${out}`);
  return line.split('!')[0] ?? '';
}
