/** Members of queues as agents: ready only when the exchange is known to say so, once, and never while a call has them. */
import { describe, expect, test } from 'vitest';
import type { AgentId, CampaignId } from '../../../src/domain/ids.ts';
import { createQueueDesk } from '../../../src/control/queue-desk.ts';
import { fakeQueues, type FakeQueues } from '../../support/fake-queues.ts';
import {
  openWorld,
  otherCampaign,
  outcomesOf,
  personNumber,
  SOLAR,
  type World,
} from '../../support/sim-world.ts';

const ANN = 'PJSIP-1001';
const BOB = 'PJSIP-1002';
const destination = { kind: 'dialplan', context: 'sales', extension: 's', priority: 1, capacity: 0 } as const;
const withQueues = (id: string, ...queues: string[]) =>
  otherCampaign(id, { agents: { ...SOLAR.agents, members: [], destination, queues } });
const SALES = withQueues(SOLAR.id, 'sales');

async function open(campaigns = [SALES], names = ['sales', 'support']) {
  const queues = fakeQueues(names);
  const world = await openWorld({ campaigns, queues });
  await world.clock.go(100);
  return { world, queues };
}
async function openRead(...members: readonly string[]) {
  const opened = await open();
  for (const member of members) opened.queues.change('sales', member, {});
  opened.queues.read();
  await opened.world.clock.go(10);
  return opened;
}
const NOBODY = { ready: 0, promised: 0, busy: 0, paused: 0 };
const agentsOf = async (world: World, campaign = SALES) => {
  await world.clock.go(10);
  return (await world.tally(campaign)).agents;
};

describe('a member', () => {
  test('counts when the reading is whole, not before', async () => {
    const { world, queues } = await open();
    expect(queues.isOpen()).toBe(true);
    queues.set('sales', ANN, {});
    expect(await agentsOf(world)).toEqual(NOBODY);
    queues.read();
    expect(await agentsOf(world)).toEqual({ ...NOBODY, ready: 1 });
  });

  test.each([
    [{ device: 'in_use' }, { busy: 1 }],
    [{ device: 'absent' }, {}],
    [{ paused: true }, { paused: 1 }],
    [{ device: 'in_use', paused: true }, { busy: 1 }],
    [{ device: 'free' }, { ready: 1 }],
  ] as const)('that is %o counts as %o', async (to, counts) => {
    const { world, queues } = await openRead(ANN);
    queues.set('sales', ANN, { device: 'in_use' });
    await agentsOf(world);
    queues.set('sales', ANN, { device: 'free', ...to });
    expect(await agentsOf(world)).toEqual({ ...NOBODY, ...counts });
  });

  test('of a queue that no campaign names does not count', async () => {
    const { world, queues } = await openRead();
    queues.set('support', ANN, {});
    expect(await agentsOf(world)).toEqual(NOBODY);
  });

  test('who leaves the queue, or is in no later reading, is gone', async () => {
    const { world, queues } = await openRead(ANN, BOB);
    expect(await agentsOf(world)).toMatchObject({ ready: 2 });
    queues.remove('sales', ANN);
    expect(await agentsOf(world)).toEqual({ ...NOBODY, ready: 1 });
    queues.forget('sales', BOB);
    expect(await agentsOf(world)).toEqual({ ...NOBODY, ready: 1 });
    queues.read();
    expect(await agentsOf(world)).toEqual(NOBODY);
  });

  test('whose state is not known any more counts as nobody until it is read again', async () => {
    const { world, queues } = await openRead(ANN);
    expect(await agentsOf(world)).toMatchObject({ ready: 1 });
    queues.lose();
    expect(await agentsOf(world)).toEqual(NOBODY);
    queues.set('sales', ANN, { device: 'free' });
    expect(await agentsOf(world)).toEqual(NOBODY);
    queues.read();
    expect(await agentsOf(world)).toMatchObject({ ready: 1 });
  });
});

describe('INVARIANT (member-idle-once)', () => {
  const TWO = [SALES, withQueues('wind', 'support')];

  test('in queues of two campaigns a member counts for one', async () => {
    const { world, queues } = await open(TWO);
    queues.change('sales', ANN, {});
    queues.change('support', ANN, {});
    queues.read();
    await world.clock.go(10);
    const ready = await Promise.all(TWO.map(async (each) => (await agentsOf(world, each)).ready));
    expect(ready[0]! + ready[1]!).toBe(1);
    expect(world.complaints.map(({ message }) => message)).toContain(
      'member of queues of several campaigns counts for one of them',
    );
    queues.remove('sales', ANN);
    expect((await agentsOf(world, TWO[0])).ready).toBe(0);
    expect((await agentsOf(world, TWO[1])).ready).toBe(1);
  });

  test('with the id of an agent of another campaign a member is not counted', async () => {
    const wind = otherCampaign('wind', { agents: { ...SOLAR.agents, members: [ANN as AgentId] } });
    const { world, queues } = await open([SALES, wind]);
    queues.change('sales', ANN, {});
    queues.read();
    expect(await agentsOf(world)).toEqual(NOBODY);
  });

  test('states of members, and of agents for a campaign with queues, are not taken over HTTP', async () => {
    const wind = otherCampaign('wind', { agents: { ...SOLAR.agents, members: [] } });
    const { world, queues } = await open([SALES, wind]);
    queues.change('sales', ANN, {});
    queues.read();
    await world.clock.go(10);
    const { operations } = world.running;
    const set = (id: string, campaign: CampaignId) =>
      operations.setAgentState(id as AgentId, 'ready', [campaign]);
    await expect(set('cleo', SALES.id)).rejects.toMatchObject({ name: 'InputProblem', field: 'campaigns' });
    await expect(set(ANN, wind.id)).rejects.toMatchObject({ name: 'InputProblem', field: 'id' });
    await set('cleo', wind.id);
  });
});

describe('a call of the queue', () => {
  test('has its member busy from the ring to the end of the wrap-up', async () => {
    const { world, queues } = await openRead(ANN);
    queues.call('called', ANN, 'any');
    expect(await agentsOf(world)).toMatchObject({ busy: 1 });
    queues.call('connected', ANN, 'any');
    queues.set('sales', ANN, { device: 'in_use' });
    expect(await agentsOf(world)).toMatchObject({ busy: 1 });
    // The device is free a moment before the queue tells of the end.
    queues.set('sales', ANN, { device: 'free' });
    expect(await agentsOf(world)).toMatchObject({ busy: 1, ready: 0 });
    queues.call('completed', ANN, 'any');
    await world.clock.go(1_900);
    expect(await agentsOf(world)).toMatchObject({ busy: 1, ready: 0 });
    await world.clock.go(200);
    expect(await agentsOf(world)).toEqual({ ...NOBODY, ready: 1 });
  });

  test('teaches how long a member is with a call, wrap-up included; a private call teaches nothing', async () => {
    const world = await openWorld({ campaigns: [SALES] });
    const taught: unknown[] = [];
    const desk = createQueueDesk(world.sidecar, {
      handled: (campaigns, handleMs) => void taught.push([...campaigns, handleMs]),
      changed: () => undefined,
    });
    const agentId = ANN as AgentId;
    const member = (device: 'free' | 'in_use') =>
      desk.hear({
        kind: 'member',
        member: {
          queue: 'sales',
          agentId,
          device,
          paused: false,
          inCall: false,
          lastCallAt: 0,
          wrapUpSeconds: 0,
        },
      });
    const call = (kind: 'called' | 'connected' | 'completed') =>
      desk.hear({ kind, queue: 'sales', agentId, callId: 'any' });
    desk.hear({ kind: 'reading' });
    member('free');
    desk.hear({ kind: 'read', queues: ['sales'] });
    member('in_use');
    await world.clock.go(40_000);
    member('free');
    expect(taught).toEqual([]);
    call('called');
    await world.clock.go(4_000);
    call('connected');
    await world.clock.go(60_000);
    expect(desk.busySince(SALES.id)).toEqual([world.clock.monotonic() - 60_000]);
    call('completed');
    await world.clock.go(10_000);
    expect(taught).toEqual([[SALES.id, 60_000 + SALES.agents.wrapUpSeconds * 1_000]]);
    expect(desk.busySince(SALES.id)).toEqual([]);
    world.running.stop();
  });

  test('that is not taken frees its member; one that others take frees all who rang', async () => {
    const { world, queues } = await openRead(ANN, BOB);
    queues.call('called', ANN, 'one');
    queues.call('not_taken', ANN, 'one');
    expect(await agentsOf(world)).toMatchObject({ ready: 2 });
    queues.call('called', ANN, 'two');
    queues.call('called', BOB, 'two');
    expect(await agentsOf(world)).toMatchObject({ busy: 2 });
    queues.call('connected', BOB, 'two');
    expect(await agentsOf(world)).toMatchObject({ busy: 1, ready: 1 });
    queues.call('called', ANN, 'three');
    queues.callerLeft('three');
    expect(await agentsOf(world)).toMatchObject({ busy: 1, ready: 1 });
  });

  test('that ended while nobody listened is found by the next reading, with the rest of the wrap-up', async () => {
    const { world, queues } = await openRead(ANN);
    queues.call('connected', ANN, 'any');
    queues.lose();
    await world.clock.go(5_000);
    queues.read(Math.floor(world.clock.now() / 1_000) - 1);
    expect(await agentsOf(world)).toMatchObject({ busy: 1 });
    await world.clock.go(1_200);
    expect(await agentsOf(world)).toMatchObject({ ready: 1 });
  });

  test('that goes on over a gap keeps its member', async () => {
    const { world, queues } = await openRead(ANN);
    queues.lose();
    queues.change('sales', ANN, { inCall: true });
    queues.read();
    expect(await agentsOf(world)).toMatchObject({ busy: 1, ready: 0 });
    queues.call('completed', ANN, 'any');
    await world.clock.go(2_100);
    expect(await agentsOf(world)).toMatchObject({ ready: 1 });
  });

  test('whose end was never told is over when a later reading says so', async () => {
    const { world, queues } = await openRead(ANN);
    queues.call('connected', ANN, 'any');
    queues.read();
    expect(await agentsOf(world)).toMatchObject({ busy: 1 });
    await world.clock.go(6_000);
    queues.read();
    expect(await agentsOf(world)).toMatchObject({ busy: 1, ready: 0 });
    await world.clock.go(2_000);
    expect(await agentsOf(world)).toMatchObject({ ready: 1 });
  });
});

describe('an answered call of ours', () => {
  async function answered(queues: FakeQueues, world: World): Promise<string> {
    const { callId } = await world.originate(personNumber(1));
    await world.clock.go(2_500);
    expect(queues.isOpen()).toBe(true);
    return callId;
  }

  test('takes one member out of the ready ones, whoever of them gets it', async () => {
    const { world, queues } = await openRead(ANN, BOB);
    const callId = await answered(queues, world);
    expect(await agentsOf(world)).toMatchObject({ ready: 1 });
    // The one who stands for it is the one who was ready longest; the queue chooses the other.
    queues.call('called', BOB, callId);
    queues.call('connected', BOB, callId);
    expect(await agentsOf(world)).toEqual({ ...NOBODY, busy: 1, ready: 1 });
    queues.call('completed', BOB, callId);
    await world.clock.go(20_000);
    expect(await agentsOf(world)).toEqual({ ...NOBODY, ready: 2 });
    expect(outcomesOf(world.results(callId))).toEqual(['connected']);
  });

  test('that the queue never tells of holds its member until it ends', async () => {
    const { world, queues } = await openRead(ANN);
    await answered(queues, world);
    expect(await agentsOf(world)).toMatchObject({ ready: 0 });
    await world.clock.go(60_000);
    expect(await agentsOf(world)).toMatchObject({ ready: 1 });
  });

  test('two calls at once need two members', async () => {
    const { world } = await openRead(ANN);
    await world.originate(personNumber(1));
    const second = await world.originate(personNumber(2));
    expect(second.placement).toBe('vetoed');
  });

  test('without a member who is known to be ready is not placed at all', async () => {
    const { world, queues } = await openRead(ANN);
    queues.lose();
    await world.clock.go(10);
    const { placement, decision } = await world.originate(personNumber(1));
    expect(placement).toBe('vetoed');
    expect(decision).toMatchObject({ reasons: [{ code: 'no_agent' }] });
  });
});

test('a member who goes while a call has it stands in the ledger', async () => {
  const { world, queues } = await openRead(ANN);
  queues.call('connected', ANN, 'any');
  await world.clock.go(10);
  queues.set('sales', ANN, { device: 'absent' });
  await world.clock.go(10);
  const lost = world.ledger.store.entries.filter(({ kind }) => kind === 'agent_lost');
  expect(lost.map(({ body }) => body)).toEqual([
    { agentId: ANN, campaignId: SALES.id, was: 'busy', why: 'member_gone', uncovered: 0 },
  ]);
});

test('a queue that the exchange does not have is told', async () => {
  const { world, queues } = await open([SALES], ['support']);
  queues.read();
  queues.read();
  const told = world.complaints.filter(({ message }) => message.startsWith('the exchange has no such queue'));
  expect(told.map(({ fields }) => fields)).toEqual([{ campaignId: SOLAR.id, queue: 'sales' }]);
});

test('a free member whose telephone goes while a line rings for the queue is written down with what is uncovered', async () => {
  const { world, queues } = await openRead(ANN, BOB);
  expect((await world.originate(personNumber(1))).decision.kind).toBe('permit');
  queues.set('sales', BOB, { device: 'absent' });
  await world.clock.go(10);
  const lost = () => world.ledger.store.entries.filter(({ kind }) => kind === 'agent_lost');
  expect(lost()).toEqual([]); // the line that rings has its agent
  queues.remove('sales', ANN);
  await world.clock.go(10);
  expect(lost().map(({ body }) => body)).toEqual([
    { agentId: ANN, campaignId: SALES.id, was: 'ready', why: 'member_gone', uncovered: 1 },
  ]);
});

describe('somebody of whom a dialer and the exchange tell', () => {
  const OWNED = otherCampaign('owned', { agents: { ...SOLAR.agents, members: [] } });
  const counts = async (world: World) => {
    await world.clock.go(50);
    return [(await world.tally(SALES)).agents, (await world.tally(OWNED)).agents];
  };

  test('counts once: reported ready first, the exchange tells from then on', async () => {
    const { world, queues } = await open([SALES, OWNED]);
    const { operations } = world.running;
    await operations.setAgentState(ANN as AgentId, 'ready', [OWNED.id]);
    expect(await counts(world)).toEqual([NOBODY, { ...NOBODY, ready: 1 }]);
    queues.change('sales', ANN, {});
    queues.read();
    expect(await counts(world)).toEqual([{ ...NOBODY, ready: 1 }, NOBODY]);
    await expect(operations.setAgentState(ANN as AgentId, 'ready', [OWNED.id])).rejects.toMatchObject({
      field: 'id',
    });
    queues.set('sales', ANN, { device: 'in_use' });
    expect(await counts(world)).toEqual([{ ...NOBODY, busy: 1 }, NOBODY]);
  });

  test('and whose telephone the exchange does not reach is nobody, whatever was reported', async () => {
    const { world, queues } = await open([SALES, OWNED]);
    await world.running.operations.setAgentState(ANN as AgentId, 'ready', [OWNED.id]);
    queues.change('sales', ANN, { device: 'absent' });
    queues.read();
    expect(await counts(world)).toEqual([NOBODY, NOBODY]);
  });

  test('who sits at a telephone of ours for a campaign is counted by that, and the member is named', async () => {
    const { world, queues } = await open([SALES, OWNED]);
    world.exchange.agentCallsIn(ANN);
    await world.clock.go(10);
    await world.running.operations.setAgentState(ANN as AgentId, 'ready', [OWNED.id]);
    queues.change('sales', ANN, {});
    queues.read();
    expect(await counts(world)).toEqual([NOBODY, { ...NOBODY, ready: 1 }]);
    expect(world.complaints.map(({ message }) => message)).toContain(
      'queue member has the id of an agent of ours: not counted',
    );
  });
});
