/** INVARIANT (promised-agents-come-back), and who may be promised at all: whole sidecar, fake clock and exchange. */
import { describe, expect, test } from 'vitest';
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

const ANN = 'ann' as AgentId;
const agentsOf = async (world: World) => (await world.tally()).agents;
const DIALPLAN = otherCampaign(SOLAR.id, {
  agents: {
    ...SOLAR.agents,
    destination: { kind: 'dialplan', context: 'sales', extension: 's', priority: 1, capacity: 1 },
  },
});

describe('an agent', () => {
  test('of no campaign is refused until a campaign is named', async () => {
    const world = await openWorld();
    const { operations } = world.running;
    const misspelt = 'anm' as AgentId;
    for (const state of ['ready', 'logged_out'] as const) {
      await expect(operations.setAgentState(misspelt, state, null)).rejects.toMatchObject({
        ...{ name: 'InputProblem', field: 'id', value: 'anm' },
      });
    }
    await operations.setAgentState(misspelt, 'ready', [SOLAR.id]);
    await operations.setAgentState(misspelt, 'paused', null);
    await world.clock.go(10);
    expect(await agentsOf(world)).toMatchObject({ ready: 0, paused: 1 });
  });

  test('of the dialplan is ready again after the talk and the wrap-up', async () => {
    const world = await openWorld({ campaigns: [DIALPLAN] });
    await world.running.operations.setAgentState(ANN, 'ready', null);
    await world.clock.go(10);
    await world.originate(personNumber(1));
    await world.clock.go(4_000);
    expect(await agentsOf(world)).toMatchObject({ busy: 1, promised: 0 });
    await world.clock.go(10_000);
    expect(await agentsOf(world)).toMatchObject({ ready: 1, promised: 0, busy: 0 });
  });

  test('who is reported ready again while promised or talking is not promised twice', async () => {
    const world = await openWorld();
    world.exchange.agentCallsIn('ann');
    await world.clock.go(10);
    await world.originate(personNumber(1));
    await world.clock.go(1_200); // answered: promised
    for (let beat = 0; beat < 30; beat += 1) {
      await world.running.operations.setAgentState(ANN, 'ready', null);
      await world.clock.go(100);
      expect((await agentsOf(world)).ready).toBe(0);
    }
    expect(await agentsOf(world)).toMatchObject({ busy: 1, ready: 0 });
  });

  test('who pauses while a call is being connected takes that call and no other', async () => {
    const world = await openWorld();
    world.exchange.agentCallsIn('ann');
    await world.clock.go(10);
    const { callId } = await world.originate(personNumber(1));
    await world.clock.go(1_300);
    expect(await agentsOf(world)).toMatchObject({ promised: 1 });
    await world.running.operations.setAgentState(ANN, 'paused', null);
    await world.clock.go(20_000);
    expect(outcomesOf(world.results(callId))).toEqual(['connected']);
    expect(await agentsOf(world)).toMatchObject({ ready: 0, paused: 1 });
  });

  test('of ours who is reported ready and has not called in costs one call, not every call', async () => {
    const world = await openWorld();
    for (let index = 0; index < 5; index += 1) {
      await world.running.operations.setAgentState(ANN, 'ready', null);
      await world.clock.go(10);
      await world.originate(personNumber(index));
      await world.clock.go(20_000);
    }
    expect(outcomesOf(world.results())).toEqual(['dropped']);
    // The channel comes: now there is somebody.
    world.exchange.agentCallsIn('ann');
    await world.clock.go(10);
    const { callId } = await world.originate(personNumber(6));
    await world.clock.go(4_000);
    expect(outcomesOf(world.results(callId))).toEqual(['connected']);
  });

  test.each([
    ['after a talk', 'destroyBridge', 500, ['connected']],
    ['after a bridge that came too late', 'bridge', 1_500, ['dropped']],
  ])(
    '%s is free only when the bridge is down: a briefing would hold the word back that they have parted',
    async (_when, slow, ms, outcomes) => {
      const world = await openWorld({
        campaigns: [otherCampaign(SOLAR.id, { agents: { ...SOLAR.agents, wrapUpSeconds: 0 } })],
        script: () => ({ ...ANSWERS, talkMs: 3_000 }),
      });
      const { clock, exchange } = world;
      const down: string[] = [];
      const destroyBridge = exchange.destroyBridge.bind(exchange);
      Object.assign(exchange, {
        destroyBridge: (bridgeId: string) => destroyBridge(bridgeId).then(() => void down.push(bridgeId)),
      });
      exchange.fault = (command) => (command === slow ? { kind: 'late', ms } : { kind: 'none' });
      exchange.agentCallsIn('ann');
      await clock.go(10);
      const { callId } = await world.originate(personNumber(1));
      await clock.go(1_200);
      expect((await agentsOf(world)).ready).toBe(0);
      for (let beat = 0; down.length === 0 && beat < 2_000; beat += 1) {
        expect((await agentsOf(world)).ready).toBe(0);
        await clock.go(10);
      }
      await clock.go(100);
      expect(await agentsOf(world)).toMatchObject({ ready: 1, promised: 0, busy: 0 });
      expect(outcomesOf(world.results(callId))).toEqual(outcomes);
    },
  );

  test('of ours who logs out and in again by report keeps the channel', async () => {
    const world = await openWorld();
    world.exchange.agentCallsIn('ann');
    await world.clock.go(10);
    await world.running.operations.setAgentState(ANN, 'logged_out', null);
    await world.clock.go(10);
    expect(await agentsOf(world)).toMatchObject({ ready: 0 });
    await world.running.operations.setAgentState(ANN, 'ready', null);
    await world.clock.go(10);
    const { callId } = await world.originate(personNumber(1));
    await world.clock.go(4_000);
    expect(outcomesOf(world.results(callId))).toEqual(['connected']);
  });

  test('who paused is still paused after the exchange was away for a moment', async () => {
    const world = await openWorld();
    world.exchange.agentCallsIn('ann');
    await world.clock.go(10);
    await world.running.operations.setAgentState(ANN, 'paused', null);
    world.exchange.disconnect();
    await world.clock.go(1_000);
    world.exchange.connect();
    await world.clock.go(3_000);
    expect(await agentsOf(world)).toMatchObject({ ready: 0, paused: 1 });
  });

  test('who hung up while the exchange was away is not promised to anybody', async () => {
    const world = await openWorld();
    const channel = world.exchange.agentCallsIn('ann');
    await world.clock.go(10);
    world.exchange.disconnect();
    await world.clock.go(500);
    world.exchange.agentHangsUp(channel);
    await world.clock.go(500);
    world.exchange.connect();
    await world.clock.go(3_000);
    expect(await agentsOf(world)).toEqual({ ready: 0, promised: 0, busy: 0, paused: 0 });
  });

  test('whose call ended while the exchange was away was hung up by it, and is ready when in again', async () => {
    const world = await openWorld({ script: () => ({ ...ANSWERS, talkMs: 3_000 }) });
    world.exchange.agentCallsIn('ann');
    await world.clock.go(10);
    const { callId } = await world.originate(personNumber(1));
    await world.clock.go(3_000);
    expect(outcomesOf(world.results(callId))).toEqual(['connected']);
    world.exchange.disconnect();
    await world.clock.go(3_000);
    world.exchange.connect();
    await world.clock.go(20_000);
    expect(await agentsOf(world)).toEqual({ ready: 0, promised: 0, busy: 0, paused: 0 });
    world.exchange.agentCallsIn('ann');
    await world.clock.go(10);
    expect(await agentsOf(world)).toMatchObject({ ready: 1, busy: 0 });
    expect(await world.running.drain(0)).toBe(0);
  });

  test('whose call ended while we were there stays with us', async () => {
    const world = await openWorld({ script: () => ({ ...ANSWERS, talkMs: 3_000 }) });
    world.exchange.agentCallsIn('ann');
    await world.clock.go(10);
    await world.originate(personNumber(1));
    await world.clock.go(20_000);
    expect(await agentsOf(world)).toMatchObject({ ready: 1, busy: 0 });
  });

  test('reported for another campaign leaves the first one', async () => {
    const wind = otherCampaign('wind', {
      agents: { ...DIALPLAN.agents, members: [] },
    });
    const world = await openWorld({ campaigns: [DIALPLAN, wind] });
    await world.running.operations.setAgentState(ANN, 'ready', [DIALPLAN.id]);
    await world.clock.go(10);
    await world.running.operations.setAgentState(ANN, 'ready', [wind.id]);
    await world.clock.go(10);
    expect((await world.tally(DIALPLAN)).agents.ready).toBe(0);
    expect((await world.tally(wind)).agents.ready).toBe(1);
  });

  test('cannot be counted as free by two campaigns: one line each would be two lines for one agent', async () => {
    const wind = otherCampaign('wind', { agents: DIALPLAN.agents });
    const world = await openWorld({ campaigns: [DIALPLAN, wind] });
    await expect(
      world.running.operations.setAgentState(ANN, 'ready', [DIALPLAN.id, wind.id]),
    ).rejects.toThrow('one campaign');
  });
});
