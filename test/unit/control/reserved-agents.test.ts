/** The agent of a telephone that rings: reserved, told of the lead, and never kept from somebody who has answered. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { AgentId } from '../../../src/domain/ids.ts';
import type { ScreenPop } from '../../../src/domain/screen-pop.ts';
import { ANSWERS, type Script } from '../../support/called-person.ts';
import {
  openWorld,
  otherCampaign,
  outcomesOf,
  personNumber,
  SOLAR,
  type World,
} from '../../support/sim-world.ts';

const FACTS = ['Came by the web form', 'The roof is of slate'];
const AGENTS = ['ann', 'bob'] as const;
const TOLD = otherCampaign(SOLAR.id, {
  mode: 'progressive',
  agents: { ...SOLAR.agents, members: [...AGENTS] as AgentId[], wrapUpSeconds: 0, briefing: true },
});
/** Rings for five seconds: long enough for everything that happens meanwhile. */
const RINGS: Script = { ...ANSWERS, ringMs: 5_000 };
const IN_VAIN: Script = { ...RINGS, refuses: { hangupCause: 17, sipStatus: 486 } };

interface Told {
  readonly world: World;
  /** `<event> <call id>`, by agent. */
  readonly pops: Record<string, string[]>;
  readonly whole: ScreenPop[];
  /** `play <channel>` and `stop`, as the exchange is asked, with the instant. */
  readonly commands: { readonly what: string; readonly at: number }[];
}

async function open(campaign = TOLD, speakMs = 500): Promise<Told> {
  const waits: { speak: (ms: number) => Promise<void> } = { speak: () => Promise.resolve() };
  const world = await openWorld({
    campaigns: [campaign],
    script: () => RINGS,
    briefings: {
      speak: (callId) => waits.speak(speakMs).then(() => `sound:${callId}`),
      discard: () => Promise.resolve(),
    },
  });
  const { clock, exchange, running } = world;
  waits.speak = (ms) =>
    new Promise((resolve) => {
      clock.after(ms, resolve);
    });
  const commands: { what: string; at: number }[] = [];
  const play = exchange.play.bind(exchange);
  const stopPlayback = exchange.stopPlayback.bind(exchange);
  Object.assign(exchange, {
    play: (channelId: string, playbackId: string, media: string) => {
      commands.push({ what: `play ${channelId}`, at: clock.monotonic() });
      return play(channelId, playbackId, media);
    },
    stopPlayback: (playbackId: string) => {
      commands.push({ what: 'stop', at: clock.monotonic() });
      return stopPlayback(playbackId);
    },
  });
  const pops: Record<string, string[]> = {};
  const whole: ScreenPop[] = [];
  for (const agent of AGENTS) {
    const ofAgent: string[] = (pops[agent] = []);
    running.operations.followScreen(agent as AgentId, (pop) => {
      ofAgent.push(`${pop.event} ${pop.callId}`);
      whole.push(pop);
    });
  }
  return { world, pops, whole, commands };
}

const agentsOf = async (world: World) => (await world.tally(TOLD)).agents;
const dial = async ({ world }: Told, index: number): Promise<string> =>
  (await world.originate(personNumber(index), { agentFacts: FACTS })).callId;
const played = ({ commands }: Told): readonly string[] => commands.map(({ what }) => what);

describe('while the telephone rings', () => {
  let told: Told;
  let channel: string;
  beforeEach(async () => {
    told = await open();
    channel = told.world.exchange.agentCallsIn('ann');
    await told.world.clock.go(10);
  });

  test('the agent hears of the lead as soon as the words are spoken, and is connected at once', async () => {
    const { world, commands, pops } = told;
    const callId = await dial(told, 1);
    expect(pops['ann']).toEqual([`reserved ${callId}`]);
    expect(played(told)).toEqual([]);
    await world.clock.go(600);
    expect(played(told)).toEqual([`play ${channel}`]);
    expect(world.exchange.lived.get(callId)?.answeredAt).toBeNull();
    await world.clock.go(8_000);
    const { greetingEndAt, connectedAt } = world.exchange.lived.get(callId)!;
    // Of 500 ms the greeting's end is told late; the fake exchange connects nobody who still hears something.
    expect(connectedAt! - greetingEndAt! - SOLAR.greeting.silenceMs).toBeLessThan(100);
    expect(played(told)).toEqual([`play ${channel}`, 'stop']);
    expect(commands[1]!.at).toBeLessThanOrEqual(connectedAt!);
    expect(pops['ann']).toEqual([`reserved ${callId}`, `connected ${callId}`]);
    await world.clock.go(10_000);
    expect(pops['ann']?.slice(2)).toEqual([`ended ${callId}`]);
  });

  test('the screen has what the briefing has, and the lead', async () => {
    const { world, whole } = told;
    const lead = { ...world.input('').lead, leadId: 'lead-7' };
    const { callId } = await world.originate(personNumber(1), { agentFacts: FACTS, lead });
    const { at, ...first } = whole[0]!;
    expect(first).toEqual({
      event: 'reserved',
      agentId: 'ann',
      callId,
      campaignId: SOLAR.id,
      number: personNumber(1),
      leadId: 'lead-7',
      facts: FACTS,
    });
    expect(at).toBeLessThanOrEqual(world.clock.now());
    const entries = JSON.stringify(world.ledger.store.entries);
    expect(entries).not.toContain(FACTS[0]);
  });

  test('the agent counts as ready: the call in flight counts already', async () => {
    const { world } = told;
    world.exchange.agentCallsIn('bob');
    await world.clock.go(10);
    await dial(told, 1);
    await world.clock.go(100);
    expect(await agentsOf(world)).toMatchObject({ ready: 2, promised: 0 });
    // One line for each agent, and not one more.
    expect((await world.originate(personNumber(2))).placement).toBe('placed');
    expect((await world.originate(personNumber(3))).placement).toBe('vetoed');
  });

  test('nobody answers: the agent is let go, and hears nothing more', async () => {
    const { world, pops } = told;
    world.exchange.script(personNumber(1), IN_VAIN);
    const callId = await dial(told, 1);
    await world.clock.go(6_000);
    expect(outcomesOf(world.results(callId))).toEqual(['busy']);
    expect(pops['ann']).toEqual([`reserved ${callId}`, `released ${callId}`]);
    expect(played(told)).toEqual([`play ${channel}`, 'stop']);
    expect(await agentsOf(world)).toMatchObject({ ready: 1, promised: 0, busy: 0 });
    const next = await dial(told, 2);
    expect(pops['ann']?.slice(2)).toEqual([`reserved ${next}`]);
  });

  test('an exchange that refuses the call lets the agent go', async () => {
    const { world, pops } = told;
    world.exchange.fault = () => ({ kind: 'none' });
    Object.assign(world.exchange, {
      originate: () => Promise.reject(Object.assign(new Error('no'), { name: 'TelephonyUnavailable' })),
    });
    const callId = await dial(told, 1);
    expect(pops['ann']?.[0]).toBe(`reserved ${callId}`);
    await world.clock.go(200_000);
    expect(pops['ann']).toEqual([`reserved ${callId}`, `released ${callId}`]);
    expect(await agentsOf(world)).toMatchObject({ ready: 1, promised: 0 });
  });

  test.each(['paused', 'logged_out'] as const)(
    '%s: the agent stays for who answers, and then has gone',
    async (state) => {
      const { world, pops } = told;
      const callId = await dial(told, 1);
      await world.clock.go(1_000);
      await world.running.operations.setAgentState('ann' as AgentId, state, null);
      expect(pops['ann']).toEqual([`reserved ${callId}`]);
      expect(await agentsOf(world)).toMatchObject({ ready: 0 });
      await world.clock.go(30_000);
      expect(pops['ann']).toEqual([`reserved ${callId}`, `connected ${callId}`, `ended ${callId}`]);
      expect(outcomesOf(world.results(callId))).toEqual(['connected']);
      expect(await agentsOf(world)).toMatchObject({ ready: 0, promised: 0 });
    },
  );

  test('the agent hangs up: another one gets the person, who waits no longer for it', async () => {
    const { world, pops } = told;
    const callId = await dial(told, 1);
    world.exchange.agentCallsIn('bob');
    await world.clock.go(1_000);
    world.exchange.agentHangsUp(channel);
    await world.clock.go(8_000);
    expect(pops['ann']).toEqual([`reserved ${callId}`, `released ${callId}`]);
    expect(pops['bob']).toEqual([`reserved ${callId}`, `connected ${callId}`]);
    const { greetingEndAt, connectedAt } = world.exchange.lived.get(callId)!;
    expect(connectedAt! - greetingEndAt! - SOLAR.greeting.silenceMs).toBeLessThan(100);
  });
});

describe('two calls', () => {
  test('ring for two agents, and each gets its own', async () => {
    const told = await open();
    const { world, pops } = told;
    for (const agent of AGENTS) world.exchange.agentCallsIn(agent);
    await world.clock.go(10);
    const first = await dial(told, 1);
    const second = await dial(told, 2);
    await world.clock.go(10_000);
    expect(pops).toMatchObject({
      ann: [`reserved ${first}`, `connected ${first}`],
      bob: [`reserved ${second}`, `connected ${second}`],
    });
  });

  test('and one agent left: who has answered gets the agent for whom the other only rings', async () => {
    const told = await open();
    const { world, pops } = told;
    const [ann] = AGENTS.map((agent) => world.exchange.agentCallsIn(agent));
    await world.clock.go(10);
    const first = await dial(told, 1);
    world.exchange.script(personNumber(2), { ...RINGS, ringMs: 9_000 });
    const second = await dial(told, 2);
    world.exchange.agentHangsUp(ann!);
    await world.clock.go(30_000);
    expect(outcomesOf(world.results(first))).toEqual(['connected']);
    // Answered while the agent talked: the message, and no silence.
    expect(outcomesOf(world.results(second))).toEqual(['dropped']);
    expect(world.exchange.lived.get(second)?.messagesHeard).toBe(1);
    expect(pops['bob']).toEqual([
      `reserved ${second}`,
      `released ${second}`,
      `reserved ${first}`,
      `connected ${first}`,
      `ended ${first}`,
    ]);
  });
});

test('where more lines are dialed than agents are there nobody is reserved, and who answers gets one', async () => {
  const told = await open({ ...TOLD, mode: 'predictive' });
  const { world, pops } = told;
  world.exchange.agentCallsIn('ann');
  await world.clock.go(10);
  const callId = await dial(told, 1);
  await world.clock.go(4_000);
  expect(pops['ann']).toEqual([]);
  await world.clock.go(4_000);
  expect(pops['ann']).toEqual([`reserved ${callId}`, `connected ${callId}`]);
});

test('at the answer: the briefing ends there, and the agent is there', async () => {
  const told = await open({ ...TOLD, connect: 'at_answer' });
  const { world } = told;
  const channel = world.exchange.agentCallsIn('ann');
  await world.clock.go(10);
  const callId = await dial(told, 1);
  await world.clock.go(6_000);
  const { answeredAt, connectedAt } = world.exchange.lived.get(callId)!;
  expect(connectedAt! - answeredAt!).toBeLessThan(100);
  expect(played(told)).toEqual([`play ${channel}`, 'stop']);
});

test('words that come too late are not begun beside the person', async () => {
  const told = await open(TOLD, 7_000);
  const { world } = told;
  world.exchange.agentCallsIn('ann');
  await world.clock.go(10);
  const callId = await dial(told, 1);
  await world.clock.go(9_000);
  expect(outcomesOf(world.results(callId))).toEqual(['connected']);
  expect(played(told)).toEqual([]);
});

test('a program that comes in the middle of a call is told of it, and of none that is over', async () => {
  const told = await open();
  const { world } = told;
  world.exchange.agentCallsIn('ann');
  await world.clock.go(10);
  const callId = await dial(told, 1);
  await world.clock.go(8_000);
  const late: string[] = [];
  const follow = () =>
    world.running.operations.followScreen('ann' as AgentId, ({ event }) => late.push(event));
  const first = follow();
  expect(late).toEqual(['connected']);
  first.unsubscribe();
  await world.clock.go(10_000);
  expect(outcomesOf(world.results(callId))).toEqual(['connected']);
  follow();
  expect(late).toEqual(['connected']);
});
