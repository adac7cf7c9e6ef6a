/** We die or are cut off at the worst moment of an answered call: what the person has then is the message or a talk, never silence. */
import { describe, expect, test } from 'vitest';
import type { AgentId } from '../../../src/domain/ids.ts';
import { ANSWERS, type Lived } from '../../support/called-person.ts';
import {
  openWorld,
  otherCampaign,
  outcomesOf,
  personNumber,
  SOLAR,
  type World,
} from '../../support/sim-world.ts';

const NUMBER = personNumber(1);
const LAW_MS = 2_000;
const HANDED_OVER = otherCampaign('handed', {
  agents: {
    ...SOLAR.agents,
    destination: { kind: 'dialplan', context: 'sales', extension: 's', priority: 1, capacity: 1 },
  },
});

/** Nothing of ours reaches the exchange any more, and nothing of it us. */
function dies(world: World): void {
  world.exchange.fault = () => ({ kind: 'unavailable' });
  world.exchange.disconnect();
}

/** From the end of the greeting to the message. */
const waited = ({ greetingEndAt, messageAt }: Lived): number =>
  (messageAt ?? Infinity) - (greetingEndAt ?? 0);

async function served(world: World, callId: string): Promise<Lived> {
  await world.clock.go(20_000);
  return world.exchange.lived.get(callId)!;
}

describe('a person who is handed over', () => {
  async function handedOver(
    onHandOver: (world: World) => 'unavailable' | 'none',
  ): Promise<Lived & { outcomes: readonly string[] }> {
    const world = await openWorld({ campaigns: [HANDED_OVER] });
    await world.running.operations.setAgentState('ann' as AgentId, 'ready', null);
    world.exchange.fault = (name) => ({ kind: name === 'handOver' ? onHandOver(world) : 'none' });
    const { callId } = await world.originate(NUMBER);
    const life = await served(world, callId);
    return { ...life, outcomes: outcomesOf(world.results(callId)) };
  }

  test('talks to the agents of the dialplan, with no switch running any more', async () => {
    const { connectedAt, messagesHeard, outcomes, endedBy } = await handedOver(() => 'none');
    expect(connectedAt).not.toBeNull();
    expect(messagesHeard).toBe(0);
    expect(endedBy).toBe('person');
    expect(outcomes).toEqual(['connected']);
  });

  test('hears the message when we die as we hand over: the switch was not off yet', async () => {
    const life = await handedOver((world) => {
      dies(world);
      return 'unavailable';
    });
    expect(life.connectedAt).toBeNull();
    expect(waited(life)).toBeLessThanOrEqual(LAW_MS);
  });

  test('hears the message when the command is lost', async () => {
    const life = await handedOver(() => 'unavailable');
    expect(life.connectedAt).toBeNull();
    expect(waited(life)).toBeLessThanOrEqual(LAW_MS);
    expect(life.outcomes).toEqual(['dropped']);
  });

  test('too late, because the exchange was slow, stays with the message and is a drop', async () => {
    const world = await openWorld({ campaigns: [HANDED_OVER] });
    await world.running.operations.setAgentState('ann' as AgentId, 'ready', null);
    world.exchange.fault = (name) => (name === 'handOver' ? { kind: 'late', ms: 1_500 } : { kind: 'none' });
    const { callId } = await world.originate(NUMBER);
    const life = await served(world, callId);
    expect(life.connectedAt).toBeNull();
    expect(waited(life)).toBeLessThanOrEqual(LAW_MS);
    expect(outcomesOf(world.results(callId))).toEqual(['dropped']);
  });

  test('to a place that is not there hears the message, and is a drop', async () => {
    const world = await openWorld({ campaigns: [HANDED_OVER] });
    world.exchange.missingContexts.add('sales');
    await world.running.operations.setAgentState('ann' as AgentId, 'ready', null);
    const { callId } = await world.originate(NUMBER);
    expect(waited(await served(world, callId))).toBeLessThanOrEqual(LAW_MS);
    expect(outcomesOf(world.results(callId))).toEqual(['dropped']);
  });
});

describe('two who talk when we die', () => {
  async function talking(talkMs: number): Promise<{ world: World; callId: string; agent: string }> {
    const world = await openWorld({ script: () => ({ ...ANSWERS, talkMs }) });
    const agent = world.exchange.agentCallsIn('ann');
    await world.clock.go(10);
    const { callId } = await world.originate(NUMBER);
    await world.clock.go(4_000);
    expect(outcomesOf(world.results(callId))).toEqual(['connected']);
    dies(world);
    return { world, callId, agent };
  }

  test('the agent goes: the person is hung up within two seconds', async () => {
    const { world, callId, agent } = await talking(60_000);
    world.exchange.agentHangsUp(agent);
    await world.clock.go(LAW_MS);
    expect(world.exchange.lived.get(callId)).toMatchObject({ endedBy: 'exchange', messagesHeard: 0 });
  });

  test('the person goes: the agent is hung up within two seconds', async () => {
    const { world, callId, agent } = await talking(10_000);
    while (world.exchange.lived.get(callId)?.endedAt === null) await world.clock.go(10);
    await world.clock.go(LAW_MS);
    expect(world.exchange.isThere(agent)).toBe(false);
  });
});

describe('the opt-out key in the greeting', () => {
  test('leaves the switch as it is: should we die then, the message comes within two seconds', async () => {
    const world = await openWorld({
      script: () => ({ ...ANSWERS, speaks: { afterMs: 200, forMs: 3_000 } }),
    });
    const agent = world.exchange.agentCallsIn('ann');
    await world.clock.go(10);
    const { callId } = await world.originate(NUMBER);
    world.exchange.agentHangsUp(agent);
    await world.clock.go(2_000);
    const life = world.exchange.lived.get(callId)!;
    expect(life.answeredAt).not.toBeNull();
    // The playback is lost with us; what the key had written was not.
    world.exchange.fault = (name) => ({ kind: name === 'play' ? 'unavailable' : 'none' });
    world.exchange.presses(callId, '9');
    await world.clock.go(20);
    dies(world);
    const pressedAt = world.clock.monotonic();
    await world.clock.go(20_000);
    expect((life.messageAt ?? Infinity) - pressedAt).toBeLessThanOrEqual(LAW_MS);
  });
});

describe('a message that cannot be played', () => {
  test('comes from the dialplan at once, though our word that the greeting is over is lost', async () => {
    const world = await openWorld();
    const agent = world.exchange.agentCallsIn('ann');
    world.exchange.missingSounds.add('sound:breakwater/x');
    await world.clock.go(10);
    const { callId } = await world.originate(NUMBER);
    world.exchange.agentHangsUp(agent);
    let asked = false;
    let rescuedAt = Infinity;
    world.exchange.fault = (name) => {
      asked ||= name === 'play';
      if (name === 'rescue') rescuedAt = Math.min(rescuedAt, world.clock.monotonic());
      return { kind: asked && name === 'setVariables' ? 'unavailable' : 'none' };
    };
    const life = await served(world, callId);
    expect((life.messageAt ?? Infinity) - rescuedAt).toBeLessThan(50);
  });
});
