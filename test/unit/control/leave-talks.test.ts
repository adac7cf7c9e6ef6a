/** An end that waits for no talk: it leaves nobody who is called, or has answered and has nobody yet, to the dialplan. */
import { describe, expect, test } from 'vitest';
import { isAttended } from '../../../src/callflow/attended.ts';
import { ANSWERS } from '../../support/called-person.ts';
import { openWorld, outcomesOf, personNumber, type World } from '../../support/sim-world.ts';

/** Told to end twice, at once: with the answer as soon as there is one. */
function endOf(world: World): { readonly left: () => number | null } {
  let left: number | null = null;
  void world.running.drain(600_000);
  void world.running.leaveTalks().then((calls) => (left = calls));
  return { left: () => left };
}

describe('an end that waits for no talk', () => {
  test('waits while a telephone rings, until the person has an agent', async () => {
    const world = await openWorld({ script: () => ({ ...ANSWERS, talkMs: 300_000 }) });
    world.exchange.agentCallsIn('ann');
    await world.clock.go(10);
    const { callId } = await world.originate(personNumber(1));
    const { left } = endOf(world);
    await world.clock.go(500); // rings
    expect(left()).toBeNull();
    await world.clock.go(20_000);
    expect(world.exchange.lived.get(callId)).toMatchObject({ messagesHeard: 0 });
    expect(outcomesOf(world.results(callId))).toEqual(['connected']);
    expect(left()).toBe(1);
  });

  test('waits until the message is over that a person without an agent hears', async () => {
    const world = await openWorld();
    const agent = world.exchange.agentCallsIn('ann');
    await world.clock.go(10);
    const { callId } = await world.originate(personNumber(1));
    world.exchange.agentHangsUp(agent);
    const { left } = endOf(world);
    while (outcomesOf(world.results(callId)).length === 0) {
      expect(left()).toBeNull();
      await world.clock.go(100);
    }
    await world.clock.go(20_000);
    expect(world.exchange.lived.get(callId)).toMatchObject({ messagesHeard: 1 });
    expect(left()).toBe(0);
  });

  test('waits for nothing where nobody is called', async () => {
    const world = await openWorld();
    const { left } = endOf(world);
    await world.clock.go(0);
    expect(left()).toBe(0);
  });
});

test('a call of a dialer that may be answered is not left alone, one that its dialer has connected is', () => {
  expect(isAttended({ kind: 'with_dialer' })).toBe(false);
  expect(isAttended({ kind: 'awaiting_dialer', hangingUp: false })).toBe(false);
  expect(isAttended({ kind: 'closing' })).toBe(true);
});
