/** What is lost at the worst moment and does not come back by itself: the call has one result all the same, and is out of flight. */
import { expect, test } from 'vitest';
import { textOf } from '../../../src/domain/ledger-entry.ts';
import { openWorld, outcomesOf, personNumber, type World } from '../../support/sim-world.ts';

const NUMBER = personNumber(1);

async function withAgent(): Promise<{ readonly world: World; readonly agent: string }> {
  const world = await openWorld();
  const agent = world.exchange.agentCallsIn('ann');
  await world.clock.go(10);
  return { world, agent };
}

const inFlight = async (world: World): Promise<number> => (await world.tally()).inFlight;

test('an origination that the exchange never answers is in flight until its call has ended', async () => {
  const { world, agent } = await withAgent();
  world.exchange.fault = (name) => ({ kind: name === 'originate' ? 'answer_lost' : 'none' });
  const { callId } = await world.originate(NUMBER);
  world.exchange.agentHangsUp(agent);
  await world.clock.go(200);
  expect(await inFlight(world)).toBe(1);
  expect(world.results(callId)).toEqual([]);
  await world.clock.go(20_000);
  expect(world.exchange.lived.get(callId)).toMatchObject({ messagesHeard: 1 });
  expect(outcomesOf(world.results(callId))).toEqual(['dropped']);
  expect(await inFlight(world)).toBe(0);
});

test('a result that waits for the ledger as the sidecar dies is `expired` in its next life', async () => {
  const { world } = await withAgent();
  const { callId } = await world.originate(NUMBER);
  await world.clock.go(200);
  world.ledger.store.down = true;
  await world.clock.go(30_000);
  expect(world.exchange.lived.get(callId)!.endedAt).not.toBeNull();
  world.restart();
  world.ledger.store.down = false;
  await world.clock.go(5_000);
  expect(outcomesOf(world.results(callId))).toEqual(['expired']);
  expect(await inFlight(world)).toBe(0);
});

test('the manager interface as the message begins: its first moment, then the whole by the dialplan, one drop', async () => {
  const { world, agent } = await withAgent();
  world.exchange.fault = (name) => ({ kind: name === 'setAtOnce' ? 'unavailable' : 'none' });
  const { callId } = await world.originate(NUMBER);
  world.exchange.agentHangsUp(agent);
  await world.clock.go(25_000);
  const { messageAt, greetingEndAt, messagesHeard } = world.exchange.lived.get(callId)!;
  expect(messageAt! - greetingEndAt!).toBeLessThanOrEqual(2_000);
  // Begun by us and cut off by the switch, then whole.
  expect(messagesHeard).toBe(2);
  expect(
    world.results(callId).map((entry) => `${textOf(entry, 'outcome')} ${textOf(entry, 'source')}`),
  ).toEqual(['dropped ari']);
  expect((await world.tally()).today).toEqual({ liveAnswers: 1, drops: 1 });
});

test.each([
  // Leases run on it; what then comes of the call is a `late_result`.
  ['forward', 3_600_000, 'expired'],
  ['back', -3_600_000, 'dropped'],
])(
  'the wall clock jumps %s by an hour in the greeting: the message comes in time, and the call has one result',
  async (_, jumpMs, outcome) => {
    const { world, agent } = await withAgent();
    const { callId } = await world.originate(NUMBER);
    world.exchange.agentHangsUp(agent);
    await until(() => world.exchange.lived.get(callId)?.answeredAt != null, world);
    world.clock.jump(jumpMs);
    await world.clock.go(20_000);
    const { messageAt, greetingEndAt, messagesHeard } = world.exchange.lived.get(callId)!;
    expect(messageAt! - greetingEndAt!).toBeLessThanOrEqual(2_000);
    expect(messagesHeard).toBe(1);
    expect(outcomesOf(world.results(callId))).toEqual([outcome]);
    expect(await inFlight(world)).toBe(0);
  },
);

async function until(holds: () => boolean, { clock }: World): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 1_000) throw new Error('not answered');
    await clock.go(10);
  }
}
