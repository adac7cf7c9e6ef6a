/**
 * The sidecar dies or freezes under talks, hand-overs and calls that it has taken from a dialer: the other one of two is not left alone
 * in silence for two seconds, and who was to hear the message hears it. Judged from the packets at each telephone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Agent } from '../../scripts/callers/agent.ts';
import type { Floor } from '../../scripts/callers/floor.ts';
import type { CallTrace } from '../../scripts/callers/heard.ts';
import { dialHeld, heldAs } from '../support/held-dialer.ts';
import { test } from '../support/real-asterisk.ts';
import { agentIds, CAMPAIGN, TALKS } from '../support/serve-client.ts';
import {
  campaignYaml,
  exchangeEnv,
  openServeFloor,
  openServeWorld,
  type ServeWorld,
} from '../support/serve-world.ts';
import { until } from '../support/wait.ts';

const LAW_MS = 2_000;
/** Talks are under way long before and cut long before by whoever is to go first. */
const TALK_MS = 16_000;
const LONG = 'Hello, this is Anna Example speaking, who is calling me at this hour, please?';

const TALKING = ['13035550110', '13035550111', '13035550112', '13035550113'] as const;
const TO_NOWHERE = '13035550114';
const TO_AGENTS = '13035550115';
const HEARS_THE_MESSAGE = '13035550116';
const HAS_A_SWITCH = '13035550117';
const HAS_NONE = '13035550118';
const SEATS = ['3001', '3002', '3003', '3004'] as const;

const CAMPAIGNS = {
  [CAMPAIGN]: campaignYaml(
    CAMPAIGN,
    1,
    `{ kind: dialplan, context: house, extension: desk, connectedBy: handover }\n  members: [${agentIds(30)
      .map((id) => `'${id}'`)
      .join(', ')}]`,
  ),
  [TALKS]: campaignYaml(
    TALKS,
    2,
    `{ kind: stasis }\n  members: [${SEATS.map((id) => `'${id}'`).join(', ')}]`,
  ),
};

/** Holds the person for longer than any of this lasts. */
const DIALER = `
[dialer]
exten => _X.,1,Set(CALLERID(num)=+13035550101)
 same => n,Set(BREAKWATER_CAMPAIGN=${CAMPAIGN})
 same => n,Set(BREAKWATER_DIAL_PREFIX=PJSIP/)
 same => n,Set(BREAKWATER_DIAL_SUFFIX=@carrier)
 same => n,Goto(\${IF($["\${EXTEN}" = "${HAS_A_SWITCH}"]?breakwater-dial:breakwater-out)},\${EXTEN},1)
[held]
exten => waits,1,Answer()
 same => n,Wait(60)
`;

let world: ServeWorld;
let floor: Floor;

beforeAll(async () => {
  world = await openServeWorld({}, CAMPAIGNS);
  floor = await openServeFloor(
    world,
    'silence',
    [
      { numbers: TALKING, behaviour: { kind: 'answers', hangUpAfterMs: TALK_MS } },
      { numbers: [TO_NOWHERE, TO_AGENTS], behaviour: { kind: 'answers' } },
      { numbers: [HEARS_THE_MESSAGE], behaviour: { kind: 'answers', ringMs: 1_000 } },
      { numbers: [HAS_NONE], behaviour: { kind: 'answers', ringMs: 4_000, greeting: LONG } },
      { numbers: [HAS_A_SWITCH], behaviour: { kind: 'answers', ringMs: 4_500, greeting: LONG } },
    ],
    DIALER,
  );
  Object.assign(world.env, exchangeEnv(floor.asterisk));
  await world.start().ready();
  const everybody = [...TALKING, TO_NOWHERE, TO_AGENTS, HEARS_THE_MESSAGE, HAS_A_SWITCH, HAS_NONE];
  for (const number of everybody) await world.client.consent(`+${number}`);
});

afterAll(async () => {
  await floor.asterisk.cli('channel request hangup all');
  await world.close();
  await floor.close();
});

async function traceOf(number: string): Promise<CallTrace> {
  const [call, ...more] = await floor.callsOver(number);
  expect(more).toEqual([]);
  if (call === undefined) throw new Error(`no call to ${number}`);
  return call;
}

const hasAnswered = (number: string): Promise<void> =>
  until(`${number} answers`, async () => (await floor.calls(number))[0]?.answeredAt !== undefined);

/** From the person's last word to the first word they hear. */
const waited = ({ heard, spoken }: CallTrace): number =>
  (heard.firstVoicedAt ?? Infinity) - (spoken.lastVoicedAt ?? 0);

describe('two talks, and the sidecar', () => {
  async function twoTalks(
    seats: readonly [string, string],
    numbers: readonly [string, string],
  ): Promise<{ agents: readonly [Agent, Agent]; ids: readonly string[] }> {
    const agents = [
      await floor.callIn(`agent-${seats[0]}`),
      await floor.callIn(`agent-${seats[1]}`),
    ] as const;
    for (const agent of agents) await agent.answered();
    await until('agents', async () => (await world.client.campaign(TALKS)).agents.ready === 2);
    const ids = await Promise.all(numbers.map((number) => world.client.place(`+${number}`, TALKS)));
    await until('talks', async () => (await world.client.campaign(TALKS)).agents.busy === 2);
    // On disk before anything dies: an agent is busy a moment before the result is.
    for (const id of ids) await until('results', async () => (await world.client.results(id)).length > 0);
    return { agents, ids };
  }

  /** One agent goes: that agent's person is not alone for long. The other person goes: the other agent is not. */
  async function eachGoesFirst(
    [first]: readonly [Agent, Agent],
    seats: readonly [string, string],
    numbers: readonly [string, string],
  ): Promise<void> {
    await first.hangUp();
    const [left] = await floor.callsOver(`agent-${seats[0]}`);
    const people = [await traceOf(numbers[0]), await traceOf(numbers[1])];
    const hungUp = people.filter(({ endedBy }) => endedBy === 'asterisk');
    expect(hungUp).toHaveLength(1);
    expect(hungUp[0]!.endedAt! - left!.endedAt!).toBeLessThan(LAW_MS);
    expect(await world.shareHeard(hungUp[0]!)).toBeLessThan(0.2);

    const gone = people.find(({ endedBy }) => endedBy === 'party');
    const [alone] = await floor.callsOver(`agent-${seats[1]}`);
    expect(alone!.endedBy).toBe('asterisk');
    expect(alone!.endedAt! - gone!.endedAt!).toBeLessThan(LAW_MS);
  }

  test('is killed with -9', async () => {
    const seats = ['3001', '3002'] as const;
    const numbers = [TALKING[0], TALKING[1]] as const;
    const { agents, ids } = await twoTalks(seats, numbers);
    await world.sidecar().kill();
    await sleep(1_000);
    await eachGoesFirst(agents, seats, numbers);
    await world.start().ready();
    for (const id of ids) expect(await world.client.outcomes(id)).toEqual(['connected']);
  });

  test('is stopped with SIGSTOP', async () => {
    const seats = ['3003', '3004'] as const;
    const numbers = [TALKING[2], TALKING[3]] as const;
    const { agents, ids } = await twoTalks(seats, numbers);
    world.sidecar().signal('SIGSTOP');
    await sleep(1_000);
    await eachGoesFirst(agents, seats, numbers);
    world.sidecar().signal('SIGCONT');
    for (const id of ids) expect(await world.client.outcomes(id)).toEqual(['connected']);
    await until('nobody there', async () => {
      const { ready, busy } = (await world.client.campaign(TALKS)).agents;
      return ready + busy === 0;
    });
  });
});

describe('a person handed over to a place in the dialplan', () => {
  test('that is not there hears the message, and is a drop', async () => {
    await world.client.agents(['2001'], 'ready');
    await until('agent', async () => (await world.client.campaign()).agents.ready === 1);
    const id = await world.client.place(`+${TO_NOWHERE}`);
    const call = await traceOf(TO_NOWHERE);
    expect(await world.shareHeard(call)).toBeGreaterThan(0.9);
    expect(waited(call)).toBeLessThan(LAW_MS);
    expect(await world.client.outcomes(id)).toEqual(['dropped']);
  });

  test('that is there stays, whatever becomes of the sidecar', async () => {
    await floor.asterisk.cli('dialplan add extension desk,1,Wait,60 into house');
    await until('agent', async () => (await world.client.campaign()).agents.ready === 1);
    const id = await world.client.place(`+${TO_AGENTS}`);
    expect(await world.client.outcomes(id)).toEqual(['connected']);
    await world.sidecar().kill();
    // Longer than any switch that was left on.
    await sleep(3_000);
    const [call] = await floor.calls(TO_AGENTS);
    expect(call!.endedAt).toBeUndefined();
    expect(call!.heard.firstVoicedAt).toBeUndefined();
    await floor.asterisk.cli('channel request hangup all');
    await world.start().ready();
    expect(await world.client.outcomes(id)).toEqual(['connected']);
  });
});

describe('people whom a dialer holds, and the sidecar is killed with -9', () => {
  const sourceOf = async (number: string): Promise<readonly string[]> => {
    await world.client.outcomes(heldAs(number));
    return (await world.client.results(heldAs(number))).map(
      ({ body }) => `${String(body['outcome'])} ${String(body['source'])}`,
    );
  };

  test('each hears the message: after the take-over, before it with a switch, and before it without one as the next sidecar comes', async () => {
    const numbers = [HEARS_THE_MESSAGE, HAS_A_SWITCH, HAS_NONE];
    const agents = agentIds(4).slice(1);
    await world.client.agents(agents, 'ready');
    await until('agents', async () => (await world.client.campaign()).agents.ready >= 3);
    await Promise.all(numbers.map((number) => dialHeld(floor.asterisk, number)));
    await hasAnswered(HAS_A_SWITCH);
    await sleep(800);
    const [hearing] = await floor.calls(HEARS_THE_MESSAGE);
    expect(hearing!.heard.firstVoicedAt).toBeDefined();
    expect(hearing!.endedAt).toBeUndefined();
    const killedAt = Date.now();
    await world.sidecar().kill();

    const heard = await traceOf(HEARS_THE_MESSAGE);
    expect(await world.shareHeard(heard)).toBeGreaterThan(0.9);
    expect(heard.heard.lastVoicedAt).toBeGreaterThan(killedAt);
    expect(heard.endedBy).toBe('asterisk');
    const switched = await traceOf(HAS_A_SWITCH);
    expect(await world.shareHeard(switched)).toBeGreaterThan(0.9);
    expect(waited(switched)).toBeLessThan(LAW_MS);
    const [held] = await floor.calls(HAS_NONE);
    expect(held!.endedAt).toBeUndefined();
    expect(held!.heard.firstVoicedAt).toBeUndefined();

    await world.start().ready();
    const taken = await traceOf(HAS_NONE);
    expect(await world.shareHeard(taken)).toBeGreaterThan(0.9);
    expect(await sourceOf(HEARS_THE_MESSAGE)).toEqual(['dropped watchdog']);
    expect(await sourceOf(HAS_A_SWITCH)).toEqual(['dropped dialplan_fallback']);
    expect(await sourceOf(HAS_NONE)).toEqual(['dropped watchdog']);
  });
});
