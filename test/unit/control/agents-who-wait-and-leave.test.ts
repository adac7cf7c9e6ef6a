/** Persons who wait a moment for an agent, and agents who leave while telephones ring for them. */
import { describe, expect, test } from 'vitest';
import type { Campaign } from '../../../src/domain/campaign.ts';
import type { AgentId } from '../../../src/domain/ids.ts';
import { ANSWERS, type Script } from '../../support/called-person.ts';
import {
  openWorld,
  otherCampaign,
  outcomesOf,
  personNumber,
  SOLAR,
  type World,
} from '../../support/sim-world.ts';

/** Rings two seconds, says hello for half a second, listens. */
const PERSON: Script = {
  ...ANSWERS,
  ringMs: 2_000,
  speaks: { afterMs: 300, forMs: 500 },
  patienceMs: 60_000,
};

async function open(
  agents: readonly string[],
  change: Partial<Campaign> = {},
  others: readonly Campaign[] = [],
): Promise<World> {
  const world = await openWorld({
    campaigns: [{ ...SOLAR, mode: 'progressive', ...change }, ...others],
    script: () => PERSON,
  });
  world.exchange.connect();
  for (const agent of agents) world.exchange.agentCallsIn(agent);
  await world.clock.go(2_500);
  return world;
}

const say = (world: World, agent: string, state: 'ready' | 'busy' | 'paused' | 'logged_out') =>
  world.running.operations.setAgentState(agent as AgentId, state, null);
const dial = async (world: World, index: number): Promise<string> => {
  const { callId, decision } = await world.originate(personNumber(index));
  expect(decision.kind).toBe('permit');
  return callId;
};
const outcome = (world: World, callId: string): readonly string[] => outcomesOf(world.results(callId));

describe('a person waits', () => {
  const WAITS = { waitForAgentMs: 1_200 };

  test('and gets the agent who becomes free, at once', async () => {
    const world = await open(['ann'], WAITS);
    const callId = await dial(world, 0);
    await say(world, 'ann', 'busy');
    // Answered after 2,000, greeting over at 2,800, told at 3,300: until 3,950 ann is busy.
    await world.clock.go(3_950);
    expect(outcome(world, callId)).toEqual([]);
    await say(world, 'ann', 'ready');
    await world.clock.go(50);
    expect(outcome(world, callId)).toEqual(['connected']);
    const { greetingEndAt, connectedAt } = world.exchange.lived.get(callId)!;
    expect(connectedAt! - greetingEndAt!).toBeGreaterThan(1_100);
    expect(connectedAt! - greetingEndAt!).toBeLessThan(1_300);
  });

  test('and hears the message when nobody does, within the two seconds', async () => {
    const world = await open(['ann'], WAITS);
    const callId = await dial(world, 0);
    await say(world, 'ann', 'busy');
    await world.clock.go(30_000);
    expect(outcome(world, callId)).toEqual(['dropped']);
    const { greetingEndAt, messageAt } = world.exchange.lived.get(callId)!;
    expect(messageAt! - greetingEndAt!).toBeGreaterThanOrEqual(1_200);
    expect(messageAt! - greetingEndAt!).toBeLessThan(1_500);
    // The agent who comes now is nobody's.
    await say(world, 'ann', 'ready');
    expect((await world.tally()).agents).toMatchObject({ promised: 0 });
  });

  test('and gets the agent who stays for this very call, once the other call needs that agent no more', async () => {
    const world = await open(['ann', 'bob'], WAITS);
    world.exchange.script(personNumber(0), { ...PERSON, speaks: { afterMs: 300, forMs: 3_000 } });
    const first = await dial(world, 0);
    const second = await dial(world, 1);
    await say(world, 'bob', 'busy');
    await say(world, 'ann', 'paused');
    await world.clock.go(3_900);
    expect((await world.tally()).agents).toMatchObject({ promised: 1 });
    world.exchange.presses(first, SOLAR.safeHarbor.optOutDigit);
    await world.clock.go(50);
    expect([outcome(world, first), outcome(world, second)]).toEqual([['dropped'], ['connected']]);
  });

  test('and gets the agent whom a dialer sends to the campaign meanwhile', async () => {
    const other = otherCampaign('other', { agents: { ...SOLAR.agents, members: ['eve'] as AgentId[] } });
    const world = await open(['ann', 'eve'], WAITS, [other]);
    const callId = await dial(world, 0);
    await say(world, 'ann', 'busy');
    await world.clock.go(3_950);
    await world.running.operations.setAgentState('eve' as AgentId, 'ready', [SOLAR.id]);
    await world.clock.go(50);
    expect(outcome(world, callId)).toEqual(['connected']);
  });

  test('and not for an agent who is reported ready and has no channel to bridge', async () => {
    const world = await open(['ann'], WAITS);
    const callId = await dial(world, 0);
    await say(world, 'ann', 'busy');
    await world.clock.go(3_900);
    await say(world, 'dan', 'ready');
    await world.clock.go(50);
    await say(world, 'ann', 'ready');
    await world.clock.go(50);
    expect(outcome(world, callId)).toEqual(['connected']);
  });

  test('by default nobody waits', async () => {
    const world = await open(['ann']);
    const callId = await dial(world, 0);
    await say(world, 'ann', 'busy');
    await world.clock.go(3_400);
    expect(outcome(world, callId)).toEqual(['dropped']);
  });

  test('whoever has waited longest is first', async () => {
    const world = await open(['ann', 'bob'], WAITS);
    const first = await dial(world, 0);
    await world.clock.go(200);
    const second = await dial(world, 1);
    await say(world, 'ann', 'busy');
    await say(world, 'bob', 'busy');
    await world.clock.go(3_500);
    await say(world, 'bob', 'ready');
    await world.clock.go(50);
    expect([outcome(world, first), outcome(world, second)]).toEqual([['connected'], []]);
    await say(world, 'ann', 'ready');
    await world.clock.go(50);
    expect(outcome(world, second)).toEqual(['connected']);
  });

  test('and hears the message within the two seconds when the sidecar dies meanwhile', async () => {
    const world = await open(['ann'], WAITS);
    const callId = await dial(world, 0);
    await say(world, 'ann', 'busy');
    await world.clock.go(3_950);
    world.running.stop();
    world.exchange.fault = () => ({ kind: 'none' });
    world.exchange.disconnect();
    await world.clock.go(10_000);
    const { greetingEndAt, messageAt } = world.exchange.lived.get(callId)!;
    expect(messageAt! - greetingEndAt!).toBeLessThanOrEqual(2_000);
  });
});

describe('an agent leaves', () => {
  test('while a telephone rings: no further line, and the agent is there for who answers', async () => {
    const world = await open(['ann']);
    const callId = await dial(world, 0);
    await world.clock.go(500);
    await say(world, 'ann', 'paused');
    await world.clock.go(100);
    const { decision } = await world.originate(personNumber(1));
    expect(decision.kind).toBe('veto');
    await world.clock.go(10_000);
    expect(outcome(world, callId)).toEqual(['connected']);
  });

  test('nobody answers: then the agent has left', async () => {
    const world = await open(['ann']);
    world.exchange.script(personNumber(0), { ...PERSON, refuses: { hangupCause: 17, sipStatus: 486 } });
    await dial(world, 0);
    await say(world, 'ann', 'paused');
    await world.clock.go(10_000);
    await say(world, 'ann', 'ready');
    const next = await dial(world, 1);
    await say(world, 'ann', 'ready');
    await world.clock.go(10_000);
    expect(outcome(world, next)).toEqual(['connected']);
  });

  test('while a telephone rings that an earlier life has dialed: the agent is there all the same', async () => {
    const world = await open(['ann']);
    world.exchange.script(personNumber(0), { ...PERSON, ringMs: 12_000 });
    const callId = await dial(world, 0);
    world.exchange.disconnect();
    world.restart();
    world.exchange.connect();
    await world.clock.go(5_000);
    await say(world, 'ann', 'paused');
    await world.clock.go(20_000);
    expect(outcome(world, callId)).toEqual(['connected']);
    expect((await world.tally()).agents).toMatchObject({ ready: 0 });
  });

  test('at once when others are there for what rings', async () => {
    const world = await open(['ann', 'bob']);
    const callId = await dial(world, 0);
    await say(world, 'ann', 'paused');
    await world.clock.go(500);
    await say(world, 'bob', 'paused');
    await world.clock.go(3_500);
    // bob stayed, for ann had gone.
    expect(outcome(world, callId)).toEqual(['connected']);
    expect((await world.tally()).agents).toMatchObject({ paused: 1, busy: 1 });
  });
});

describe('how long calls keep an agent', () => {
  test('is learned from connect to ready again: talk and wrap-up', async () => {
    const world = await open(['ann'], { mode: 'predictive' });
    const callId = await dial(world, 0);
    await world.clock.go(60_000);
    // The level changes, and its entry tells.
    await say(world, 'ann', 'paused');
    await world.clock.go(2_000);
    const { connectedAt } = world.exchange.lived.get(callId)!;
    const ended = world.ledger.store.entries.find(({ kind }) => kind === 'call_progress')!.at;
    const levels = world.ledger.store.entries.filter(({ kind }) => kind === 'dial_level_changed');
    const learned = levels.at(-1)!.body['learned'] as Record<string, number>;
    expect(learned).toMatchObject({ lines: 1, handled: 1 });
    const talkMs = ended - world.clock.now() + world.clock.monotonic() - connectedAt!;
    expect(learned['handleMeanMs']! / (talkMs + 2_000)).toBeCloseTo(1, 1);
  });
});
