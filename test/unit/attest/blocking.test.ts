/** What networks say against a caller ID: written down once, counted by day, and cause for it to rest. */
import { expect, test } from 'vitest';
import type { Campaign } from '../../../src/domain/campaign.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { addMs, HOUR_MS } from '../../../src/domain/time.ts';
import { ANSWERS } from '../../support/called-person.ts';
import { alongside, openWorld, personNumber, SOLAR, type World } from '../../support/sim-world.ts';

const [CALLER_ID = '' as PhoneNumber] = SOLAR.callerIds.map(({ number }) => number);
const SECOND = '+13035550188' as PhoneNumber;
const BLOCKED = { ...ANSWERS, ringMs: 100, refuses: { hangupCause: 21, sipStatus: 603 } };
const HEADER = 'Q.850;cause=21;text="v=analytics1;url=https://redress.example.com"';

const campaign = (more: Partial<Campaign> = {}): Campaign => ({
  ...SOLAR,
  mode: 'preview',
  callerIds: [
    { ...SOLAR.callerIds[0]!, rest: { blockedMin: 2, ofLast: 10, hours: 1 } },
    { number: SECOND, proofOfRight: 'contract 13', takesDoNotCallRequests: true },
  ],
  ...more,
});

async function open(settings: Campaign): Promise<World> {
  const world = await openWorld({ campaigns: [settings], script: () => BLOCKED, persons: 9 });
  world.exchange.connect();
  for (const agent of settings.agents.members) world.exchange.agentCallsIn(agent);
  await world.clock.go(3_000);
  return world;
}

const signals = (world: World) =>
  world.ledger.store.entries.filter(({ kind }) => kind === 'blocking_signal').map(({ body }) => body);

const days = async (world: World) =>
  (await world.running.operations.callerIds()).find(({ callerId }) => callerId === CALLER_ID)?.days;

/** A call that a network refuses; `told`: what the exchange says of the response. */
async function call(
  world: World,
  person: number,
  told: 'header' | 'nothing',
  callerId: string | null = null,
) {
  const answer = await world.originate(personNumber(person), { callerId });
  if (told === 'header') {
    world.running.operations.callers.refused(answer.callId, {
      sipStatus: 603,
      phrase: 'Decline',
      reasons: [HEADER],
      callInfo: [],
    });
  }
  await world.clock.go(5_000);
  return answer;
}

const codes = ({ decision }: Awaited<ReturnType<World['originate']>>): readonly string[] =>
  decision.kind === 'veto' ? decision.reasons.map(({ code }) => code) : [];

test('603+ is written down once, with its reason, by caller ID and trunk', async () => {
  const world = await open(campaign());
  const { callId } = await call(world, 1, 'header');
  expect(signals(world)).toEqual([
    {
      ...{ callId, campaignId: SOLAR.id, callerId: CALLER_ID, trunk: 'carrier' },
      ...{ signal: 'network_blocked', sipStatus: 603, phrase: 'Decline' },
      ...{ header: HEADER, redressUrl: 'https://redress.example.com' },
    },
  ]);
  expect(await days(world)).toMatchObject([{ calls: 1, blocked: 1 }]);
});

test('a call that a dialer places itself: what its dialplan tells of the refusal counts', async () => {
  const world = await open(campaign());
  const { operations } = world.running;
  const input = world.input(personNumber(1), { callId: 'dialed-1' });
  await alongside(world.clock, operations.screen(input));
  const refusal = { sipStatus: 603, phrase: 'Network Blocked', reasons: [], callInfo: [] };
  operations.callers.refused('dialed-1', refusal);
  await alongside(
    world.clock,
    operations.reportResult({
      ...{ callId: 'dialed-1', campaignId: null, outcome: 'failed' },
      ...{ hangupCause: 21, sipStatus: null, source: 'agi' },
    }),
  );
  await world.clock.go(5_000);
  expect(signals(world)).toMatchObject([
    { callId: 'dialed-1', signal: 'network_blocked', callerId: CALLER_ID },
  ]);
});

test('a bare 603 is a person who declines', async () => {
  const world = await open(campaign());
  await call(world, 1, 'nothing');
  expect(signals(world)).toEqual([]);
  expect(await days(world)).toMatchObject([{ calls: 1, blocked: 0 }]);
});

test('blocked too often, a caller ID rests for its time, also over a restart; others go on', async () => {
  const world = await open(campaign());
  await call(world, 1, 'header');
  expect(codes(await call(world, 2, 'header'))).toEqual([]);
  expect(codes(await call(world, 3, 'nothing'))).toEqual(['caller_id_resting']);
  world.restart();
  await world.clock.go(5_000);
  for (const agent of SOLAR.agents.members) world.exchange.agentCallsIn(agent);
  await world.clock.go(100);
  expect(codes(await call(world, 4, 'nothing'))).toContain('caller_id_resting');
  expect(codes(await call(world, 5, 'nothing', SECOND))).toEqual([]);
  await world.clock.go(HOUR_MS);
  expect(codes(await call(world, 6, 'nothing'))).toEqual([]);
});

test('where the campaign lets it choose, the next owned number takes the turn; a number that was named stays named', async () => {
  const world = await open(campaign({ callerIdChoice: 'rested' }));
  await call(world, 1, 'header');
  await call(world, 2, 'header');
  expect((await call(world, 3, 'nothing')).request.callerId).toBe(SECOND);
  expect(codes(await call(world, 4, 'nothing', CALLER_ID))).toEqual(['caller_id_resting']);
});

test('asked for again under its call id, a call has the number it was given, whatever would be chosen now', async () => {
  const world = await open(campaign({ callerIdChoice: 'rested' }));
  await call(world, 1, 'header');
  const first = await world.originate(personNumber(2), { callId: 'asked-twice' });
  expect(first.request.callerId).toBe(CALLER_ID);
  world.running.operations.callers.refused(first.callId, {
    ...{ sipStatus: 603, phrase: 'Decline', reasons: [HEADER], callInfo: [] },
  });
  await world.clock.go(5_000);
  expect((await world.originate(personNumber(3))).request.callerId).toBe(SECOND);
  const again = await world.originate(personNumber(2), { callId: 'asked-twice' });
  expect(again.request.callerId).toBe(CALLER_ID);
});

test('a refusal whose headers are still awaited at the end is written down then', async () => {
  const world = await open(campaign());
  world.exchange.script(personNumber(1), { ...BLOCKED, refuses: { hangupCause: 21, sipStatus: 608 } });
  const { callId } = await world.originate(personNumber(1));
  while (world.results(callId).length === 0) await world.clock.go(50);
  expect(signals(world)).toEqual([]);
  world.running.stop();
  await world.clock.go(10);
  expect(signals(world)).toMatchObject([{ callId, signal: 'rejected' }]);
});

test('never a number without proof of right', async () => {
  const unowned = campaign({ callerIdChoice: 'rested' });
  const world = await open({
    ...unowned,
    callerIds: [unowned.callerIds[0]!, { number: SECOND, proofOfRight: '', takesDoNotCallRequests: true }],
  });
  await call(world, 1, 'header');
  await call(world, 2, 'header');
  expect((await call(world, 3, 'nothing')).request.callerId).toBe(CALLER_ID);
});

test('never a number that is not confirmed as demanded', async () => {
  const demand = { minimum: 'A', maxAgeHours: 24, ways: ['declared'] } as const;
  const world = await open(campaign({ callerIdChoice: 'rested', attestation: demand }));
  const declare = (callerId: PhoneNumber, level: 'A' | 'B') =>
    world.running.operations.recordAttestation({
      ...{ callerId, level, way: 'declared', proof: 'letter' },
      ...{ confirmedAt: world.clock.now(), expiresAt: addMs(world.clock.now(), 48 * HOUR_MS) },
    });
  await declare(CALLER_ID, 'B');
  await declare(SECOND, 'A');
  expect((await call(world, 1, 'nothing')).request.callerId).toBe(SECOND);
  await declare(SECOND, 'B');
  const { request, decision } = await world.originate(personNumber(2));
  expect([request.callerId, decision.kind]).toEqual([CALLER_ID, 'veto']);
});
