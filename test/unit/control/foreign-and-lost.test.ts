/** What the budget is charged with though no admission could know: results of calls that nobody permitted, lost results, lost agents. */
import { expect, test } from 'vitest';
import type { Outcome } from '../../../src/domain/call-result.ts';
import type { AgentId } from '../../../src/domain/ids.ts';
import { ANSWERS } from '../../support/called-person.ts';
import {
  openWorld,
  otherCampaign,
  outcomesOf,
  personNumber,
  SOLAR,
  type World,
} from '../../support/sim-world.ts';

const FOREIGN = {
  campaignId: SOLAR.id,
  hangupCause: null,
  sipStatus: null,
  source: 'http',
} as const;

const foreign = (world: World, callId: string, outcome: Outcome, number?: string): Promise<string> =>
  world.running.operations.reportResult({
    ...{ ...FOREIGN, callId, outcome },
    ...(number === undefined ? {} : { number }),
  });
const entriesOf = (world: World, kind: 'unscreened_result' | 'agent_lost') =>
  world.ledger.read({ kinds: [kind], limit: 10 });

test('a drop that nobody permitted counts, alerts once, and rests its number, also after a rebuild', async () => {
  const world = await openWorld();
  world.exchange.agentCallsIn('ann');
  await world.clock.go(10);
  expect(await foreign(world, 'foreign-1', 'dropped', personNumber(1))).toBe('unscreened');
  expect(await foreign(world, 'foreign-1', 'connected', personNumber(1))).toBe('repeated');
  expect((await world.tally()).today).toEqual({ liveAnswers: 1, drops: 1 });
  expect((await entriesOf(world, 'unscreened_result')).map(({ body }) => body['outcome'])).toEqual([
    'dropped',
  ]);
  expect(world.complaints.filter(({ message }) => message.includes('nobody permitted'))).toHaveLength(1);
  const resting = async () => {
    const { decision } = await world.originate(personNumber(1));
    return decision.kind === 'veto' && decision.reasons.some(({ code }) => code === 'drop_lockout');
  };
  expect(await resting()).toBe(true);
  world.restart();
  await world.clock.go(3_000);
  expect(await resting()).toBe(true);
});

test('a foreign result with a number that is none is refused, and says which field', async () => {
  const world = await openWorld();
  await expect(foreign(world, 'foreign-1', 'dropped', 'five')).rejects.toThrow(/number/);
  expect((await world.tally()).today).toEqual({ liveAnswers: 0, drops: 0 });
});

test('a lost result: the ledger says `expired` before anything is counted', async () => {
  const world = await openWorld();
  world.exchange.agentCallsIn('ann');
  await world.clock.go(10);
  const input = world.input(personNumber(1), { callId: 'lead-1', door: 'agi' });
  expect((await world.running.operations.screen(input)).decision.kind).toBe('permit');
  world.ledger.store.down = true;
  await world.clock.go(100_000);
  expect(await world.tally()).toMatchObject({ inFlight: 1, today: { liveAnswers: 0, drops: 0 } });
  world.ledger.store.down = false;
  await world.clock.go(10_000);
  expect(outcomesOf(world.results('lead-1'))).toEqual(['expired']);
  expect(await world.tally()).toMatchObject({ inFlight: 0, today: { liveAnswers: 1, drops: 1 } });
});

test('an agent whose channel goes while a telephone rings for somebody is written down with what is uncovered', async () => {
  const campaign = otherCampaign(SOLAR.id, { mode: 'predictive' });
  const world = await openWorld({
    campaigns: [campaign],
    script: () => ({ ...ANSWERS, ringMs: 20_000 }),
  });
  const ann = world.exchange.agentCallsIn('ann');
  const bob = world.exchange.agentCallsIn('bob');
  await world.clock.go(10);
  await world.originate(personNumber(1));
  await world.clock.go(100);
  world.exchange.agentHangsUp(bob);
  await world.clock.go(100);
  expect(await entriesOf(world, 'agent_lost')).toEqual([]); // the line that rings has its agent
  world.exchange.agentHangsUp(ann);
  await world.clock.go(100);
  expect((await entriesOf(world, 'agent_lost')).map(({ body }) => body)).toEqual([
    { agentId: 'ann', campaignId: campaign.id, was: 'ready', why: 'channel_gone', uncovered: 1 },
  ]);
});

test('an agent who has asked to leave and is gone in the middle of a talk is written down as busy', async () => {
  const campaign = otherCampaign(SOLAR.id, { mode: 'progressive' });
  const world = await openWorld({ campaigns: [campaign], script: () => ({ ...ANSWERS, talkMs: 60_000 }) });
  const ann = world.exchange.agentCallsIn('ann');
  const bob = world.exchange.agentCallsIn('bob');
  world.exchange.script(personNumber(2), { ...ANSWERS, ringMs: 20_000 });
  await world.clock.go(10);
  await world.originate(personNumber(1));
  await world.originate(personNumber(2));
  for (const agent of ['ann', 'bob']) {
    await world.running.operations.setAgentState(agent as AgentId, 'paused', null);
  }
  await world.clock.go(10_000);
  expect((await world.tally()).agents).toMatchObject({ busy: 1 });
  for (const channel of [ann, bob]) world.exchange.agentHangsUp(channel);
  await world.clock.go(100);
  const lost = (await entriesOf(world, 'agent_lost')).map(({ body }) => body['was']);
  expect([...lost].sort()).toEqual(['busy', 'ready']);
});
