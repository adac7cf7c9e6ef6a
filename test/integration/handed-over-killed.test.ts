/**
 * The sidecar is killed, or frozen, right after it has handed a person over: the exchange looks by itself whether somebody is with them.
 * Judged from the packets at the person's telephone, and by what the next life writes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Floor } from '../../scripts/callers/floor.ts';
import type { CallTrace } from '../../scripts/callers/heard.ts';
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
const KILLED = '13035550150';
const FROZEN = '13035550151';
const TALKING = '13035550152';
const DESK = '13035550153';
/** Behind the kill, before the exchange looks. */
const DESK_RINGS_MS = 600;

const members = (ids: readonly string[]): string => `\n  members: [${ids.map((id) => `'${id}'`).join(', ')}]`;
const CAMPAIGNS = {
  [CAMPAIGN]: campaignYaml(
    CAMPAIGN,
    1,
    `{ kind: dialplan, context: house, extension: nobody }${members(agentIds(5))}`,
  ),
  [TALKS]: campaignYaml(TALKS, 2, `{ kind: dialplan, context: house, extension: desk }${members(['3001'])}`),
};

const DIALPLAN = `
[house]
exten => nobody,1,Wait(60)
exten => desk,1,Dial(PJSIP/${DESK}@carrier)
`;

let world: ServeWorld;
let floor: Floor;

beforeAll(async () => {
  world = await openServeWorld({}, CAMPAIGNS);
  floor = await openServeFloor(
    world,
    'handed-killed',
    [
      { numbers: [KILLED, FROZEN, TALKING], behaviour: { kind: 'answers' } },
      { numbers: [DESK], behaviour: { kind: 'answers', ringMs: DESK_RINGS_MS } },
    ],
    DIALPLAN,
  );
  Object.assign(world.env, exchangeEnv(floor.asterisk));
  await world.start().ready();
  for (const number of [KILLED, FROZEN, TALKING]) await world.client.consent(`+${number}`);
}, 180_000);

afterAll(async () => {
  await floor.asterisk.cli('channel request hangup all');
  await world.close();
  await floor.close();
});

async function handedOver(number: string, campaign: string, agents: readonly string[]): Promise<string> {
  await world.client.agents(agents, 'ready');
  await until('agent', async () => (await world.client.campaign(campaign)).agents.ready >= 1);
  const id = await world.client.place(`+${number}`, campaign);
  const isThere = async (): Promise<boolean> =>
    (await floor.asterisk.cli('core show channels concise')).includes('!house!');
  await until('hand-over', isThere, 30_000);
  return id;
}

async function traceOf(number: string): Promise<CallTrace> {
  const [call, ...more] = await floor.callsOver(number);
  expect(more).toEqual([]);
  if (call === undefined) throw new Error(`no call to ${number}`);
  return call;
}

/** From the person's last word to the first word they hear. */
const waited = ({ heard, spoken }: CallTrace): number =>
  (heard.firstVoicedAt ?? Infinity) - (spoken.lastVoicedAt ?? 0);

const sourcesOf = async (id: string): Promise<readonly string[]> => {
  await world.client.outcomes(id, 40_000);
  return (await world.client.results(id)).map(
    ({ body }) => `${String(body['outcome'])} ${String(body['source'])}`,
  );
};

describe('a person handed over to a place where nobody is, and the sidecar', () => {
  test('is killed with -9: the person hears the message in time, and it is one drop', async () => {
    const id = await handedOver(KILLED, CAMPAIGN, agentIds(2));
    await world.sidecar().kill();
    const trace = await traceOf(KILLED);
    expect(await world.shareHeard(trace)).toBeGreaterThan(0.9);
    expect(waited(trace)).toBeLessThan(LAW_MS);
    await world.start().ready();
    expect(await sourcesOf(id)).toEqual(['dropped dialplan_fallback']);
  });

  test('is stopped with SIGSTOP until the message is heard: it is not begun again, and it is one drop', async () => {
    const id = await handedOver(FROZEN, CAMPAIGN, agentIds(2));
    world.sidecar().signal('SIGSTOP');
    await until('message', async () => (await floor.calls(FROZEN))[0]?.heard.firstVoicedAt !== undefined);
    await sleep(1_000);
    world.sidecar().signal('SIGCONT');
    const trace = await traceOf(FROZEN);
    expect(await world.shareHeard(trace)).toBeGreaterThan(0.9);
    expect(waited(trace)).toBeLessThan(LAW_MS);
    const sources = await sourcesOf(id);
    expect(sources).toHaveLength(1);
    expect(sources[0]).toMatch(/^dropped /);
  });
});

test('a person who is with somebody when the exchange looks stays there, though the sidecar is dead', async () => {
  const id = await handedOver(TALKING, TALKS, ['3001']);
  await world.sidecar().kill();
  await until('talk', async () => (await floor.calls(DESK))[0]?.answeredAt !== undefined);
  await sleep(3_000);
  const [call] = await floor.calls(TALKING);
  expect(call!.endedAt).toBeUndefined();
  expect(call!.heard.firstVoicedAt).toBeDefined();
  expect(await world.shareHeard(call!)).toBeLessThan(0.2);
  await floor.asterisk.cli('channel request hangup all');
  await world.start().ready();
  // Nobody of us has seen the agent: a drop, unless we were told before we died.
  const sources = await sourcesOf(id);
  expect(sources).toHaveLength(1);
  expect(sources[0]).toMatch(/^(expired reconcile|connected ari)$/);
});
