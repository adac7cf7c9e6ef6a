/** The agent goes at the worst moment of an answered call: what the person has then is the message, a talk or a hang-up, never silence. */
import { describe, expect, test } from 'vitest';
import { ANSWERS, type Lived } from '../../support/called-person.ts';
import {
  openWorld,
  otherCampaign,
  outcomesOf,
  personNumber,
  SOLAR,
  type World,
} from '../../support/sim-world.ts';

const LAW_MS = 2_000;
const MODES = ['predictive', 'progressive'] as const;
const PATIENT = { ...ANSWERS, talkMs: 60_000 };
/** The greeting ends 800 ms after the answer, and is told 500 ms later. */
const TOLD_MS = 1_000 + 800 + SOLAR.greeting.silenceMs;

const campaign = (mode: (typeof MODES)[number]) => otherCampaign(SOLAR.id, { mode });

interface Left {
  readonly life: Lived;
  readonly goneAt: number;
  readonly outcomes: readonly string[];
  readonly world: World;
}

/** The one agent goes so long after the dial; `late` is how long the exchange takes to bring the two together. */
async function goesAfter(
  ms: number,
  how: 'hangs up' | 'is taken',
  mode: (typeof MODES)[number],
  late = 0,
): Promise<Left> {
  const world = await openWorld({ campaigns: [campaign(mode)], script: () => PATIENT });
  const { clock, exchange } = world;
  if (late > 0)
    exchange.fault = (name) => (name === 'bridge' ? { kind: 'late', ms: late } : { kind: 'none' });
  const channel = exchange.agentCallsIn('ann');
  await clock.go(10);
  const dialed = clock.monotonic();
  const { callId } = await world.originate(personNumber(1));
  await clock.go(ms - (clock.monotonic() - dialed));
  const goneAt = clock.monotonic();
  if (how === 'hangs up') exchange.agentHangsUp(channel);
  else exchange.agentIsTaken(channel);
  await clock.go(30_000);
  const life = exchange.lived.get(callId)!;
  return { life, goneAt, outcomes: outcomesOf(world.results(callId)), world };
}

/** INVARIANT (never-in-silence): the longest that the person had neither agent nor message, from the greeting's end on. */
function silence({ life, goneAt }: Left): number {
  const { greetingEndAt, connectedAt, messageAt, endedAt } = life;
  const talked = connectedAt !== null && connectedAt <= goneAt;
  const from = Math.max(greetingEndAt ?? 0, talked ? goneAt : 0);
  return Math.min(messageAt ?? Infinity, endedAt ?? Infinity) - from;
}

async function expectNobodyWaits(left: Left): Promise<void> {
  expect(silence(left)).toBeLessThanOrEqual(LAW_MS);
  expect(left.outcomes).toHaveLength(1);
  const { messageAt } = left.life;
  if (left.outcomes[0] === 'dropped') expect(messageAt).not.toBeNull();
  const { ready, promised, busy } = (await left.world.tally(campaign('progressive'))).agents;
  expect({ ready, promised, busy }).toEqual({ ready: 0, promised: 0, busy: 0 });
  expect(left.world.exchange.liveChannels()).toEqual([]);
}

describe.each(['hangs up', 'is taken'] as const)('the agent %s', (how) => {
  test.each(MODES)('while the telephone rings, or the person greets (%s): the message', async (mode) => {
    for (const ms of [500, 999, 1_001, 1_100, 1_700, 2_200]) {
      const left = await goesAfter(ms, how, mode);
      await expectNobodyWaits(left);
      expect(left.outcomes).toEqual(['dropped']);
    }
  });

  test.each(MODES)('at each millisecond about the bridge (%s)', async (mode) => {
    const seen = new Set<string>();
    for (let ms = TOLD_MS - 10; ms <= TOLD_MS + 20; ms += 1) {
      const left = await goesAfter(ms, how, mode);
      await expectNobodyWaits(left);
      seen.add(left.outcomes[0] ?? '');
    }
    // Both sides of the edge were met.
    expect([...seen].sort()).toEqual(['connected', 'dropped']);
  });

  test('while a slow exchange brings the two together: the message', async () => {
    for (let ms = TOLD_MS; ms <= TOLD_MS + 400; ms += 50) {
      await expectNobodyWaits(await goesAfter(ms, how, 'progressive', 400));
    }
  });

  test('in the talk: the person is hung up, not left alone', async () => {
    const left = await goesAfter(6_000, how, 'progressive');
    await expectNobodyWaits(left);
    expect(left.outcomes).toEqual(['connected']);
    expect(left.life.messagesHeard).toBe(0);
    expect(left.life.endedBy).toBe('exchange');
  });
});

test.each(MODES)(
  'the promised agent goes while the person greets: another one gets the person (%s)',
  async (mode) => {
    const world = await openWorld({ campaigns: [campaign(mode)], script: () => PATIENT });
    const { clock, exchange } = world;
    const first = exchange.agentCallsIn('ann');
    await clock.go(10);
    exchange.agentCallsIn('bob');
    await clock.go(10);
    const { callId } = await world.originate(personNumber(1));
    await clock.go(1_300);
    exchange.agentHangsUp(first);
    await clock.go(4_000);
    expect(outcomesOf(world.results(callId))).toEqual(['connected']);
  },
);

test('an agent who was taken elsewhere while we could not be told is promised to nobody', async () => {
  const world = await openWorld({ campaigns: [campaign('progressive')] });
  const channel = world.exchange.agentCallsIn('ann');
  await world.clock.go(10);
  world.exchange.disconnect();
  await world.clock.go(500);
  world.exchange.agentIsTaken(channel);
  await world.clock.go(500);
  world.exchange.connect();
  await world.clock.go(3_000);
  expect((await world.tally(campaign('progressive'))).agents).toMatchObject({ ready: 0, paused: 0 });
});

test('two people who answer at once are not promised the same agent', async () => {
  const world = await openWorld({
    campaigns: [otherCampaign(SOLAR.id, { mode: 'predictive' })],
    script: () => PATIENT,
  });
  const { clock, exchange } = world;
  const bridged: string[] = [];
  const bridge = exchange.bridge.bind(exchange);
  Object.assign(exchange, {
    bridge: (id: string, members: readonly string[]) => {
      bridged.push(...members.filter((member) => member.startsWith('agent-')));
      return bridge(id, members);
    },
  });
  for (const agent of ['ann', 'bob']) exchange.agentCallsIn(agent);
  await clock.go(10);
  const calls = await Promise.all([world.originate(personNumber(1)), world.originate(personNumber(2))]);
  exchange.agentHangsUp('agent-channel-2');
  await clock.go(10_000);
  const outcomes = calls.flatMap(({ callId }) => outcomesOf(world.results(callId)));
  expect(outcomes.sort()).toEqual(['connected', 'dropped']);
  expect(bridged).toEqual(['agent-channel-1']);
});
