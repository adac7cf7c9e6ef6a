/** The sidecar dies, freezes or is told to stop under live calls: what people hear, and what the ledger says afterwards. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { CallTrace } from '../../scripts/callers/heard.ts';
import type { Floor } from '../../scripts/callers/floor.ts';
import { readWav } from '../../scripts/callers/wav.ts';
import { test } from '../support/real-asterisk.ts';
import { agentIds, codes, TALKS } from '../support/serve-client.ts';
import { exchangeEnv, openServeFloor, openServeWorld, type ServeWorld } from '../support/serve-world.ts';
import { until } from '../support/wait.ts';

/** The law's bound from the end of the greeting to the message. */
const LAW_MS = 2_000;

const BRIDGED = '+13035550110';
const IN_MESSAGE = '+13035550111';
const IN_GREETING = '+13035550112';
const RINGING = '+13035550113';
const NEVER_ANSWERS = '+13035550114';
const OPTS_OUT = '+13035550115';
const FROZEN = '+13035550116';
const LIVE = '+13035550117';
const LATE = '+13035550118';
const HURRIED = '+13035550119';
const LEFT = '+13035550121';
/** Presses the key when the sidecar has been killed and the dialplan does not have the call yet. */
const PRESSES_IN_THE_GAP = '+13035550120';

/** About three seconds: what happens in the middle of it happens in the middle of it on a busy machine too. */
const GREETING = 'Hello, this is Anna Example speaking, who is calling me at this hour, please?';

const digits = (number: string): string => number.slice(1);
const answers = (numbers: readonly string[], ringMs: number, keyAfterMs?: number) => ({
  numbers: numbers.map(digits),
  behaviour: {
    kind: 'answers' as const,
    ringMs,
    ...(ringMs > 1_000 ? { greeting: GREETING } : {}),
    ...(keyAfterMs === undefined ? {} : { keys: [{ digit: '9' as const, afterMs: keyAfterMs }] }),
  },
});

let world: ServeWorld;
let floor: Floor;

beforeAll(async () => {
  world = await openServeWorld();
  floor = await openServeFloor(world, 'killed', [
    answers([BRIDGED], 300),
    answers([IN_MESSAGE], 1_000),
    answers([IN_GREETING], 4_000),
    answers([OPTS_OUT], 4_000, 8_000),
    answers([PRESSES_IN_THE_GAP], 4_000, 1_500),
    answers([RINGING], 7_500),
    answers([FROZEN, LIVE, HURRIED, LEFT], 1_500),
    { numbers: [digits(NEVER_ANSWERS)], behaviour: { kind: 'rings' } },
  ]);
  Object.assign(world.env, exchangeEnv(floor.asterisk));
  await world.start().ready();
  for (const number of [
    ...[
      BRIDGED,
      IN_MESSAGE,
      IN_GREETING,
      RINGING,
      NEVER_ANSWERS,
      OPTS_OUT,
      FROZEN,
      LIVE,
      LATE,
      HURRIED,
      LEFT,
    ],
    PRESSES_IN_THE_GAP,
  ]) {
    await world.client.consent(number);
  }
});

afterAll(async () => {
  await floor.asterisk.cli('channel request hangup all');
  await world.close();
  await floor.close();
});

const traceOf = async (number: string): Promise<CallTrace> => {
  const [call, ...more] = await floor.callsOver(digits(number));
  expect(more).toEqual([]);
  if (call === undefined) throw new Error(`no call to ${number}`);
  return call;
};

/** From the person's last word to the first word they hear. */
const waited = ({ heard, spoken }: CallTrace): number =>
  (heard.firstVoicedAt ?? Infinity) - (spoken.lastVoicedAt ?? 0);

/** Places the calls with an agent each, who then leave: everybody who answers is dropped. */
async function placeWithoutAgents(numbers: readonly string[]): Promise<Record<string, string>> {
  const agents = agentIds(numbers.length);
  await world.client.agents(agents, 'ready');
  await until('agents', async () => (await world.client.campaign()).agents.ready === agents.length);
  const ids = await Promise.all(numbers.map((number) => world.client.place(number)));
  await world.client.agents(agents, 'logged_out');
  return Object.fromEntries(numbers.map((number, index) => [number, ids[index] ?? '']));
}

const answered = (number: string): Promise<void> =>
  until(`${number} answers`, async () => (await floor.calls(digits(number)))[0]?.answeredAt !== undefined);

describe('kill -9 with calls ringing, in their greeting, in the message and with an agent', () => {
  test('everybody hears what is due, every call has one result, and the opt-out reaches the ledger', async () => {
    const agent = await floor.callIn('agent-3001');
    await agent.answered();
    await until('agent', async () => (await world.client.campaign(TALKS)).agents.ready === 1);
    const bridged = await world.client.place(BRIDGED, TALKS);
    await until('talk', async () => (await world.client.campaign(TALKS)).agents.busy === 1);

    const numbers = [IN_MESSAGE, IN_GREETING, OPTS_OUT, PRESSES_IN_THE_GAP, RINGING, NEVER_ANSWERS];
    const ids = await placeWithoutAgents(numbers);
    await answered(IN_GREETING);
    await sleep(1_000);
    // Now: the message plays to one, two say hello, two phones ring, one talks.
    const [hearing] = await floor.calls(digits(IN_MESSAGE));
    expect(hearing?.heard.firstVoicedAt).toBeDefined();
    expect(hearing?.endedAt).toBeUndefined();
    const killedAt = Date.now();
    await world.sidecar().kill();

    // Nobody helps until the fallback message is on its way to all of them.
    await answered(RINGING);
    await sleep(5_000);
    await world.start().ready();

    for (const number of [IN_MESSAGE, IN_GREETING, PRESSES_IN_THE_GAP, RINGING]) {
      const call = await traceOf(number);
      expect(await world.shareHeard(call), `${number} hears the message`).toBeGreaterThan(0.9);
      expect(waited(call), `${number} waits`).toBeLessThan(LAW_MS);
      expect(heardMs(call), `${number} hears it once`).toBeLessThan(await onceMs());
      expect(await world.client.outcomes(ids[number] ?? ''), number).toEqual(['dropped']);
    }
    const optOut = await traceOf(OPTS_OUT);
    expect(optOut.keys.map((key) => key.digit)).toEqual(['9']);
    expect(optOut.endedBy).toBe('asterisk');
    expect(waited(optOut)).toBeLessThan(LAW_MS);
    expect(await world.client.outcomes(ids[OPTS_OUT] ?? '')).toEqual(['dropped']);
    for (const number of [OPTS_OUT, PRESSES_IN_THE_GAP]) {
      const requests = async (): Promise<number> =>
        (await world.client.history(ids[number] ?? '')).entries.filter(({ kind }) => kind === 'opt_out')
          .length;
      await until(`opt-out of ${number} in the ledger`, async () => (await requests()) > 0);
      expect(codes(await world.client.decide(number))).toContain('on_internal_list');
      expect(await requests(), `opt-out of ${number} once`).toBe(1);
    }

    // The talk went on without us; when the agent leaves, the person is not left in silence.
    const [talk] = await floor.calls(digits(BRIDGED));
    expect(talk?.endedAt).toBeUndefined();
    expect(talk?.heard.lastVoicedAt).toBeGreaterThan(killedAt + 3_000);
    await agent.hangUp();
    const talked = await traceOf(BRIDGED);
    expect(talked.endedBy).toBe('asterisk');
    expect(await world.shareHeard(talked)).toBeLessThan(0.2);
    expect(await world.client.outcomes(bridged)).toEqual(['connected']);

    await floor.asterisk.cli('channel request hangup all');
    expect(await world.client.outcomes(ids[NEVER_ANSWERS] ?? '')).toHaveLength(1);
    await until('nothing in flight', async () => (await world.client.campaign()).in_flight === 0);
  });
});

describe('a sidecar frozen for five seconds in the middle of a greeting', () => {
  test('the message is heard in time and once, and the call has one result', async () => {
    const ids = await placeWithoutAgents([FROZEN]);
    await answered(FROZEN);
    await sleep(1_000);
    world.sidecar().signal('SIGSTOP');
    await sleep(5_000);
    world.sidecar().signal('SIGCONT');
    const call = await traceOf(FROZEN);
    expect(await world.shareHeard(call)).toBeGreaterThan(0.9);
    expect(waited(call)).toBeLessThan(LAW_MS);
    expect(heardMs(call)).toBeLessThan(await onceMs());
    expect(await world.client.outcomes(ids[FROZEN] ?? '')).toEqual(['dropped']);
    await until('nothing in flight', async () => (await world.client.campaign()).in_flight === 0);
    expect((await world.client.readiness()).ready).toBe(true);
  });
});

describe('told to stop', () => {
  test('with a live call: takes no new one, lets this one finish, writes its end and leaves nothing behind', async () => {
    const ids = await placeWithoutAgents([LIVE]);
    const serve = world.sidecar();
    serve.signal('SIGTERM');
    await until('draining', async () => (await world.client.readiness()).problems.includes('shutting down'));
    const refused = await world.client.originate(LATE);
    expect(refused).toMatchObject({ verdict: 'veto' });
    expect(codes(refused)).toContain('draining');
    const call = await traceOf(LIVE);
    expect(call.answeredAt).toBeDefined();
    expect(await serve.ended()).toBe(0);
    expect(await floor.calls(digits(LATE))).toEqual([]);

    await world.start().ready();
    expect(await world.shareHeard(call)).toBeGreaterThan(0.9);
    expect(await world.client.outcomes(ids[LIVE] ?? '')).toEqual(['dropped']);
    const [stopped] = (await world.client.entries('writer_stopped')).slice(-1);
    expect(stopped?.body).toMatchObject({ liveCalls: 0 });
  });

  test('twice: stays for a person who has answered and has nobody, until the message is over', async () => {
    const ids = await placeWithoutAgents([HURRIED]);
    await answered(HURRIED);
    const serve = world.sidecar();
    serve.signal('SIGTERM');
    serve.signal('SIGINT');
    expect(await serve.ended()).toBe(0);
    await world.start().ready();
    const call = await traceOf(HURRIED);
    expect(await world.shareHeard(call)).toBeGreaterThan(0.9);
    expect(await world.client.outcomes(ids[HURRIED] ?? '')).toEqual(['dropped']);
  });

  test('three times: goes at once, and the dialplan plays the message', async () => {
    const ids = await placeWithoutAgents([LEFT]);
    await answered(LEFT);
    const serve = world.sidecar();
    serve.signal('SIGTERM');
    serve.signal('SIGINT');
    await until('told twice', () => /no new calls/.test(serve.output()));
    serve.signal('SIGTERM');
    expect(await serve.ended(8_000)).toBe('SIGTERM');
    await world.start().ready();
    const call = await traceOf(LEFT);
    expect(await world.shareHeard(call)).toBeGreaterThan(0.9);
    expect(await world.client.outcomes(ids[LEFT] ?? '')).toEqual(['dropped']);
  });
});

const heardMs = ({ heard }: CallTrace): number => (heard.lastVoicedAt ?? 0) - (heard.firstVoicedAt ?? 0);

/** The message once: its length, and half a second for a busy machine. */
async function onceMs(): Promise<number> {
  const { samples } = await readWav(`${world.soundsDirectory}/faults/safe-harbor.wav`);
  return samples.length / 8 + 500;
}
