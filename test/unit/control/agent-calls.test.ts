/** Manual and preview dialing: the agent is there first, the same veto decides, and whoever answers has the agent at once. */
import { beforeEach, describe, expect, test } from 'vitest';
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
const BOB = 'bob' as AgentId;
const PREVIEW = otherCampaign(SOLAR.id, { mode: 'preview' });
const RINGS: Script = { ...ANSWERS, ringMs: 5_000 };

const open = (campaign = PREVIEW): Promise<World> =>
  openWorld({ campaigns: [campaign], script: () => RINGS });

describe.each(['preview', 'progressive', 'predictive'] as const)('in a %s campaign', (mode) => {
  let world: World;
  beforeEach(async () => {
    world = await open(otherCampaign(SOLAR.id, { mode }));
    for (const name of ['bob', 'ann', 'cleo']) world.exchange.agentCallsIn(name);
    await world.clock.go(10);
  });

  test('the named agent gets the person, at the answer', async () => {
    const pops: string[] = [];
    world.running.operations.followScreen(ANN, ({ event }) => pops.push(event));
    const { callId, placement } = await world.originate(personNumber(1), { agentId: ANN });
    expect(placement).toBe('placed');
    expect(pops).toEqual(['reserved']);
    await world.clock.go(20_000);
    const { answeredAt, connectedAt } = world.exchange.lived.get(callId)!;
    expect(connectedAt! - answeredAt!).toBeLessThan(400);
    expect(pops).toEqual(['reserved', 'connected', 'ended']);
    expect(outcomesOf(world.results())).toEqual(['connected']);
  });

  test('the decision says who made the call', async () => {
    const { callId } = await world.originate(personNumber(1), { agentId: ANN });
    const [entry] = await world.ledger.read({ callId, kinds: ['decision'], limit: 1 });
    expect(entry?.body['request']).toMatchObject({ agentId: 'ann' });
  });

  test('two agents make their calls at once, and neither gets the other one', async () => {
    const first = await world.originate(personNumber(1), { agentId: BOB });
    const second = await world.originate(personNumber(2), { agentId: ANN });
    expect([first.placement, second.placement]).toEqual(['placed', 'placed']);
    await expect(world.originate(personNumber(3), { agentId: ANN })).rejects.toMatchObject({
      code: 'agent_not_ready',
    });
    await world.clock.go(20_000);
    expect(outcomesOf(world.results())).toEqual(['connected', 'connected']);
  });

  test('a veto is the same veto, and leaves the agent free', async () => {
    const vetoed = await world.originate(personNumber(60), { agentId: ANN });
    expect([vetoed.placement, vetoed.decision.kind]).toEqual(['vetoed', 'veto']);
    expect((await world.originate(personNumber(1), { agentId: ANN })).placement).toBe('placed');
  });

  test('asked again nobody is rung twice, whatever the agent does', async () => {
    await world.originate(personNumber(1), { agentId: ANN, callId: 'c-1' });
    const again = await world.originate(personNumber(1), { agentId: ANN, callId: 'c-1' });
    expect([again.placement, again.sameCall]).toEqual(['repeated', undefined]);
    const other = await world.originate(personNumber(1), { agentId: BOB, callId: 'c-1' });
    expect([other.decision.kind, other.sameCall]).toEqual(['veto', false]);
    await world.clock.go(20_000);
    expect(outcomesOf(world.results())).toEqual(['connected']);
  });
});

describe('an agent who is not there', () => {
  test.each([
    ['has not come in', () => undefined],
    ['is ready over HTTP only', (world: World) => world.running.operations.setAgentState(ANN, 'ready', null)],
    [
      'is paused',
      async (world: World) => {
        world.exchange.agentCallsIn('ann');
        await world.clock.go(10);
        await world.running.operations.setAgentState(ANN, 'paused', null);
      },
    ],
  ])('%s: nothing is asked of the rules, nothing is recorded', async (_, prepare) => {
    const world = await open();
    world.exchange.agentCallsIn('bob');
    await world.clock.go(10);
    const preparing = prepare(world);
    await world.clock.go(50);
    await preparing;
    await expect(world.originate(personNumber(1), { agentId: ANN })).rejects.toMatchObject({
      code: 'agent_not_ready',
    });
    expect(await world.ledger.read({ kinds: ['decision'], limit: 10 })).toEqual([]);
    expect(world.exchange.lived.size).toBe(0);
  });

  test('of a campaign whose agents sit in the dialplan the campaign is named', async () => {
    const destination = {
      kind: 'dialplan',
      context: 'queues',
      extension: 'sales',
      priority: 1,
      capacity: 1,
    } as const;
    const world = await open(otherCampaign(SOLAR.id, { agents: { ...SOLAR.agents, destination } }));
    await expect(world.originate(personNumber(1), { agentId: ANN })).rejects.toMatchObject({
      field: 'campaign',
    });
  });

  test('who leaves while the call is being decided: nobody is rung, and everything is given back', async () => {
    const world = await open();
    world.exchange.agentCallsIn('bob');
    const channel = world.exchange.agentCallsIn('ann');
    await world.clock.go(10);
    const append = world.ledger.append.bind(world.ledger);
    world.ledger.append = async (draft) => {
      const receipt = await append(draft);
      if (draft.kind === 'decision') {
        await world.running.operations.setAgentState(ANN, 'logged_out', null);
        await world.exchange.hangUp(channel);
      }
      return receipt;
    };
    const answer = await world.originate(personNumber(1), { agentId: ANN });
    expect(answer).toMatchObject({ placement: 'failed', problem: 'agent ann is not free any more' });
    expect(world.exchange.lived.size).toBe(0);
    await world.clock.go(100);
    expect((await world.tally(PREVIEW)).inFlight).toBe(0);
    expect(outcomesOf(world.results())).toEqual(['failed']);
  });
});

test('nobody looks for a machine behind a call that an agent made', async () => {
  const machineDetection = {
    by: 'own',
    onMachine: 'hang_up',
    ...{ longestGreetingMs: 3_000, pauseMs: 400, voiceMs: 2_000 },
  };
  const world = await open({ ...PREVIEW, machineDetection } as unknown as typeof PREVIEW);
  world.exchange.agentCallsIn('ann');
  await world.clock.go(10);
  const { callId } = await world.originate(personNumber(1), { agentId: ANN });
  await world.clock.go(20_000);
  expect(world.exchange.lived.get(callId)?.connectedAt).not.toBeNull();
  const [progress] = await world.ledger.read({ callId, kinds: ['call_progress'], limit: 1 });
  expect(JSON.stringify(progress?.body)).not.toContain('verdict');
});
