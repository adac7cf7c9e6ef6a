/** Persons who answered: nobody is left in silence and no drop, result or opt-out is lost when exchange or ledger fail for a while. */
import { describe, expect, test } from 'vitest';
import { reconcile } from '../../../src/control/reconcile.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { ANSWERS } from '../../support/called-person.ts';
import {
  alongside,
  openWorld,
  otherCampaign,
  outcomesOf,
  personNumber,
  SOLAR,
} from '../../support/sim-world.ts';

const NUMBER = personNumber(1);

describe('a person who answers', () => {
  test('hears the message from the dialplan when we cannot play it', async () => {
    const world = await openWorld();
    const agent = world.exchange.agentCallsIn('ann');
    world.exchange.fault = (name) => ({ kind: name === 'play' ? 'unavailable' : 'none' });
    await world.clock.go(10);
    const { callId } = await world.originate(NUMBER);
    world.exchange.agentHangsUp(agent);
    await world.clock.go(20_000);
    expect(world.exchange.lived.get(callId)).toMatchObject({ messagesHeard: 1 });
  });

  test('without a word is connected or played to within two seconds of the answer, though the bridge hangs', async () => {
    const world = await openWorld({ script: () => ({ ...ANSWERS, speaks: null }) });
    world.exchange.agentCallsIn('ann');
    world.exchange.fault = (name) => (name === 'bridge' ? { kind: 'unavailable' } : { kind: 'none' });
    await world.clock.go(10);
    const { callId } = await world.originate(NUMBER);
    await world.clock.go(20_000);
    const { answeredAt, messageAt } = world.exchange.lived.get(callId)!;
    expect(messageAt! - answeredAt!).toBeLessThanOrEqual(2_000);
  });

  test('while we could not hear is a drop when the dialplan says so', async () => {
    const world = await openWorld();
    world.exchange.agentCallsIn('ann');
    await world.clock.go(10);
    const { callId } = await world.originate(NUMBER);
    await world.clock.go(500); // rings
    world.exchange.disconnect();
    await world.clock.go(2_000); // answered, the dialplan plays
    world.exchange.connect();
    await world.clock.go(20_000);
    expect(world.exchange.lived.get(callId)).toMatchObject({ messagesHeard: 1, connectedAt: null });
    expect(outcomesOf(world.results(callId))).toEqual(['dropped']);
    expect((await world.tally()).today).toEqual({ liveAnswers: 1, drops: 1 });
    expect(await world.running.drain(0)).toBe(0);
  });

  test('and hung up while we could not hear is not an unanswered call', async () => {
    const world = await openWorld();
    world.exchange.agentCallsIn('ann');
    await world.clock.go(10);
    const { callId } = await world.originate(NUMBER);
    await world.clock.go(500);
    world.exchange.disconnect();
    await world.clock.go(30_000);
    world.exchange.connect();
    await world.clock.go(20_000);
    expect(outcomesOf(world.results(callId))).toEqual(['dropped']);
    expect(await world.running.drain(0)).toBe(0);
  });
});

test('a call is not taken for gone between its permit and its first ring', async () => {
  const world = await openWorld();
  world.exchange.agentCallsIn('ann');
  world.exchange.fault = (name) => (name === 'originate' ? { kind: 'late', ms: 100 } : { kind: 'none' });
  await world.clock.go(10);
  // The permit is durable and seen by another connection before our own answer has come back.
  const append = world.ledger.append.bind(world.ledger);
  Object.assign(world.sidecar.ledger, {
    append: async (draft: Parameters<typeof append>[0]) => {
      const receipt = await append(draft);
      if (draft.kind === 'decision') {
        await new Promise<void>((resolve) => {
          world.clock.after(2_500, resolve);
        });
      }
      return receipt;
    },
  });
  const { callId } = await world.originate(NUMBER);
  await world.clock.go(10_000);
  expect(outcomesOf(world.results(callId))).toEqual(['connected']);
});

test('two reconciliations at once take a call back once', async () => {
  const world = await openWorld({ script: () => ({ ...ANSWERS, ringMs: 30_000 }) });
  for (const name of ['ann', 'bob', 'cleo']) world.exchange.agentCallsIn(name);
  await world.clock.go(10);
  const { callId } = await world.originate(NUMBER);
  // A ledger that takes its time: both looks have seen the permit before either has taken the call back.
  const read = world.ledger.read.bind(world.ledger);
  Object.assign(world.ledger, {
    read: async (query: Parameters<typeof read>[0]) => {
      await new Promise<void>((resolve) => {
        world.clock.after(20, resolve);
      });
      return read(query);
    },
  });
  const begun: string[] = [];
  const followed = new Set<string>();
  const follower: Parameters<typeof reconcile>[1] = {
    begin: (call) => {
      begun.push(call.callId);
      followed.add(call.callId);
    },
    whilePlacing: (_callId, work) => work(),
    agentChannels: () => [],
    openCalls: () => [],
    absentMs: () => 0,
    isSettling: () => false,
    isBeforeAnswer: () => false,
    missedEvents: () => false,
    forget: () => undefined,
    follows: (id) => followed.has(id),
    followed: () => [],
    unattended: () => 0,
    liveCalls: () => followed.size,
    talkOf: () => null,
    hear: () => undefined,
    refuseRecording: () => 'unknown',
    recallRefusal: () => undefined,
    tell: () => undefined,
  };
  await alongside(
    world.clock,
    Promise.all([reconcile(world.sidecar, follower), reconcile(world.sidecar, follower)]),
  );
  expect(begun).toEqual([callId]);
});

describe('an opt-out', () => {
  const requestOf = (number: string) => ({
    number: number as PhoneNumber,
    sellerId: SOLAR.seller.id,
    channel: 'spoken',
    callId: 'x-1',
  });

  test('without a call is an entry each time it is asked, and so is a revocation', async () => {
    const { operations } = (await openWorld()).running;
    const request = { number: personNumber(1) as PhoneNumber, sellerId: SOLAR.seller.id, channel: 'mail' };
    const ask = async (): Promise<readonly string[]> => [
      (await operations.optOut({ ...request, callId: null })).kind,
      (await operations.revokeConsent(request)).kind,
    ];
    expect([await ask(), await ask()].flat()).toEqual(['written', 'written', 'written', 'written']);
  });

  test('under the call id of another number is not taken for a repeat', async () => {
    const world = await openWorld();
    await world.running.operations.optOut(requestOf(personNumber(1)));
    expect((await world.running.operations.optOut(requestOf(personNumber(1)))).kind).toBe('duplicate');
    expect((await world.running.operations.optOut(requestOf(personNumber(2)))).kind).toBe('written');
  });

  const dropWithKey = async (afterMs: number) => {
    const world = await openWorld({
      script: () => ({ ...ANSWERS, key: { digit: '9', afterMs } }),
    });
    const agent = world.exchange.agentCallsIn('ann');
    await world.clock.go(10);
    const { callId } = await world.originate(NUMBER);
    world.exchange.agentHangsUp(agent);
    return { world, callId };
  };
  const optOuts = (world: Awaited<ReturnType<typeof openWorld>>) =>
    world.ledger.store.entries.filter((entry) => entry.kind === 'opt_out').length;

  test('pressed while ledger and exchange both refuse it is recorded when the ledger is back', async () => {
    const { world } = await dropWithKey(1_000);
    world.exchange.fault = (name) => (name === 'keepOptOut' ? { kind: 'unavailable' } : { kind: 'none' });
    await world.clock.go(2_500);
    world.ledger.store.down = true;
    await world.clock.go(20_000);
    world.ledger.store.down = false;
    await world.clock.go(5_000);
    expect(optOuts(world)).toBe(1);
  });

  test('pressed at the very end of the message still counts', async () => {
    // The hang-up is on its way when the key comes.
    const { world, callId } = await dropWithKey(6_100);
    world.exchange.fault = (name) => (name === 'hangUp' ? { kind: 'late', ms: 400 } : { kind: 'none' });
    await world.clock.go(20_000);
    expect(world.exchange.lived.get(callId)!.keyAt).not.toBeNull();
    expect(optOuts(world)).toBe(1);
  });
});

describe('the ceiling', () => {
  test('holds on the day after midnight: nothing is over-dialed that could be answered tomorrow', async () => {
    // A quarter to midnight on the campaign's own calendar, afternoon where the persons are.
    const east = otherCampaign(SOLAR.id, { zone: 'Europe/Berlin' });
    const world = await openWorld({
      campaigns: [east],
      startAt: '2026-11-24T22:59:50Z',
      script: () => ({ ...ANSWERS, ringMs: 12_000 }),
    });
    world.exchange.agentCallsIn('ann');
    await world.clock.go(10);
    const { countingWindows } = await import('../../../src/control/counting-windows.ts');
    for (let index = 0; index < 200; index += 1) {
      const now = world.clock.now();
      await world.counters.settle(
        `old-${index}` as never,
        east.id,
        'connected',
        now,
        countingWindows(east, now),
        null,
      );
    }
    for (let index = 0; index < 5; index += 1) await world.originate(personNumber(index));
    await world.clock.go(60_000);
    const { liveAnswers, drops } = (await world.tally(east)).today;
    expect(100 * drops).toBeLessThanOrEqual(3 * liveAnswers);
  });
});
