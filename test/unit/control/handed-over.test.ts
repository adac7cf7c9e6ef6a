/** A queue that nobody answers is not an agent: whole sidecar, fake clock and exchange. Judged by what the person lived through. */
import { describe, expect, test } from 'vitest';
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

const ANN = 'ann' as AgentId;
const LAW_MS = 2_000;
const QUEUED = otherCampaign(SOLAR.id, {
  agents: {
    ...SOLAR.agents,
    destination: { kind: 'dialplan', context: 'sales', extension: 's', priority: 1, capacity: 1 },
  },
});

async function open(memberAnswersAfterMs: number | null, script: Script = ANSWERS): Promise<World> {
  const world = await openWorld({ campaigns: [QUEUED], script: () => script });
  world.exchange.memberAnswersAfterMs = () => memberAnswersAfterMs;
  await world.running.operations.setAgentState(ANN, 'ready', null);
  await world.clock.go(10);
  return world;
}

async function called(world: World) {
  const { callId } = await world.originate(personNumber(1));
  await world.clock.go(20_000);
  const life = world.exchange.lived.get(callId)!;
  const [progress] = await world.ledger.read({ callId, kinds: ['call_progress'], limit: 1 });
  const timeline = (progress?.body['timeline'] ?? {}) as Readonly<Record<string, string>>;
  const { drops, liveAnswers } = (await world.tally(QUEUED)).block;
  return {
    callId,
    life,
    timeline,
    outcomes: outcomesOf(world.results(callId)),
    counted: { drops, liveAnswers },
    waitedMs: (life.messageAt ?? Infinity) - (life.greetingEndAt ?? life.answeredAt ?? 0),
    agents: (await world.tally(QUEUED)).agents,
  };
}

describe('a person in a queue', () => {
  test('that nobody answers hears the message in time, is one drop, and the agent is free', async () => {
    const { life, outcomes, waitedMs, counted, timeline, agents } = await called(await open(null));
    expect(outcomes).toEqual(['dropped']);
    expect(waitedMs).toBeLessThanOrEqual(LAW_MS);
    expect(life.messagesHeard).toBe(1);
    expect(counted).toEqual({ drops: 1, liveAnswers: 1 });
    expect(agents).toMatchObject({ ready: 1, promised: 0, busy: 0 });
    for (const moment of ['handed_over', 'take_requested', 'message_started'])
      expect(timeline, moment).toHaveProperty(moment);
    expect(timeline).not.toHaveProperty('connected');
  });

  test('that answers in time is connected, and nothing is done to the call', async () => {
    const world = await open(700);
    const commands: string[] = [];
    world.exchange.fault = (name) => {
      commands.push(name);
      return { kind: 'none' };
    };
    const { life, outcomes, counted, timeline } = await called(world);
    expect(outcomes).toEqual(['connected']);
    expect(life).toMatchObject({ messagesHeard: 0, endedBy: 'person' });
    expect(counted).toEqual({ drops: 0, liveAnswers: 1 });
    expect(timeline).toHaveProperty('connected');
    const after = commands.slice(commands.indexOf('handOver') + 1);
    // The bridge of a call is taken down at its end, should there be one.
    const harmless = ['setAtOnce', 'stopListening', 'channels', 'fallbackRecords', 'destroyBridge'];
    expect(after.filter((name) => !harmless.includes(name))).toEqual([]);
  });

  test.each([985, 990, 995, 997, 998, 999, 1_000, 1_001, 1_003, 1_010])(
    'that answers after %i ms, as we take the person, is a talk or the message and never both',
    async (afterMs) => {
      const { life, outcomes } = await called(await open(afterMs));
      expect(outcomes).toHaveLength(1);
      if (life.connectedAt === null) expect(outcomes).toEqual(['dropped']);
      expect(life.messagesHeard).toBe(life.connectedAt === null ? 1 : 0);
      expect(life.endedBy).toBe(life.connectedAt === null ? 'exchange' : 'person');
    },
  );

  test('who says nothing gets half a second of the queue, and the message in time', async () => {
    const silent = { ...ANSWERS, speaks: null };
    const dropped = await called(await open(null, silent));
    expect(dropped.outcomes).toEqual(['dropped']);
    expect(dropped.waitedMs).toBeLessThanOrEqual(LAW_MS);
    expect((await called(await open(400, silent))).outcomes).toEqual(['connected']);
  });
});

describe('a person in a queue that nobody answers, and', () => {
  test('the connection is lost until long after: the exchange plays the message, and it is one drop', async () => {
    const world = await open(null);
    const { callId } = await world.originate(personNumber(1));
    while (!handedOver(world, callId)) await world.clock.go(5);
    world.exchange.disconnect();
    await world.clock.go(15_000);
    world.exchange.connect();
    await world.clock.go(60_000);
    const life = world.exchange.lived.get(callId)!;
    expect((life.messageAt ?? Infinity) - (life.greetingEndAt ?? 0)).toBeLessThanOrEqual(LAW_MS);
    expect(outcomesOf(world.results(callId))).toEqual(['dropped']);
    expect(world.exchange.records).toEqual([]);
  });

  test('the take is lost: the exchange plays the message', async () => {
    const world = await open(null);
    world.exchange.fault = (name) => ({ kind: name === 'take' ? 'unavailable' : 'none' });
    const { life, outcomes, waitedMs } = await called(world);
    expect(waitedMs).toBeLessThanOrEqual(LAW_MS);
    expect(life.messagesHeard).toBe(1);
    expect(outcomes).toEqual(['dropped']);
  });
});

test('a talk in a queue goes on though we cannot see it: a drop in the books, and no message into it', async () => {
  const world = await open(600);
  const { callId } = await world.originate(personNumber(1));
  while (!handedOver(world, callId)) await world.clock.go(5);
  world.exchange.disconnect();
  await world.clock.go(15_000);
  world.exchange.connect();
  await world.clock.go(60_000);
  expect(world.exchange.lived.get(callId)).toMatchObject({ messagesHeard: 0, endedBy: 'person' });
  expect(outcomesOf(world.results(callId))).toEqual(['dropped']);
});

/** It has left us after its greeting, without the message. */
const handedOver = (world: World, callId: string): boolean => {
  const life = world.exchange.lived.get(callId);
  if (life?.greetingEndAt == null || world.clock.monotonic() < life.greetingEndAt + 500) return false;
  return world.exchange.placeOf(callId) === 'handed_over';
};
