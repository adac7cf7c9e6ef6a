/** What became of a call, told after nobody had told in time: kept in the ledger, and nothing is counted by it. */
import { expect, test } from 'vitest';
import type { Outcome } from '../../../src/domain/call-result.ts';
import type { CallId } from '../../../src/domain/ids.ts';
import { textOf } from '../../../src/domain/ledger-entry.ts';
import { openWorld, outcomesOf, personNumber, SOLAR, type World } from '../../support/sim-world.ts';

/** The longest ring, the minute after it, and two rounds of a sidecar. */
const LEASE_IS_OVER_MS = 30_000 + 60_000 + 4_000;
const CALL = 'lead-1' as CallId;

/** A permit for a call that its dialer places. */
async function permitted(): Promise<World> {
  const world = await openWorld();
  world.exchange.agentCallsIn('ann');
  await world.clock.go(10);
  const input = world.input(personNumber(1), { callId: CALL, door: 'agi' });
  expect((await world.running.operations.screen(input)).decision.kind).toBe('permit');
  return world;
}

const report = (world: World, outcome: Outcome): Promise<string> =>
  world.running.operations.reportResult({
    ...{ callId: CALL, campaignId: null, hangupCause: 16, sipStatus: null, source: 'http' },
    outcome,
  });

const lateOnes = async (world: World) => {
  const entries = (await world.running.operations.call(CALL))?.entries ?? [];
  return entries.filter(({ kind }) => kind === 'late_result');
};

test('an outcome after `expired` is kept once, beside the drop that stands', async () => {
  const world = await permitted();
  await world.clock.go(LEASE_IS_OVER_MS);
  expect(outcomesOf(world.results(CALL))).toEqual(['expired']);
  const counted = await world.tally();
  expect(counted.today).toEqual({ liveAnswers: 1, drops: 1 });

  expect(await report(world, 'connected')).toBe('repeated');
  expect(await report(world, 'busy')).toBe('repeated');
  expect((await lateOnes(world)).map(({ body }) => body)).toEqual([
    {
      callId: CALL,
      campaignId: SOLAR.id,
      sellerId: SOLAR.seller.id,
      number: personNumber(1),
      outcome: 'connected',
      endedAt: expect.any(String) as string,
      hangupCause: 16,
      sipStatus: null,
      source: 'http',
      problem: null,
      stands: 'expired',
    },
  ]);
  expect(outcomesOf(world.results(CALL))).toEqual(['expired']);
  expect(await world.tally()).toEqual(counted);
});

test('what the dialplan has noted is late too', async () => {
  const world = await permitted();
  await world.clock.go(LEASE_IS_OVER_MS);
  world.exchange.records.push({ callId: CALL, what: 'dropped', atEpochSeconds: null });
  world.exchange.disconnect();
  world.exchange.connect();
  await world.clock.go(1_000);
  expect((await lateOnes(world)).map((entry) => textOf(entry, 'source'))).toEqual(['dialplan_fallback']);
  expect((await world.tally()).today).toEqual({ liveAnswers: 1, drops: 1 });
});

test('after any other result nothing is kept: that one was told in time', async () => {
  const world = await permitted();
  expect(await report(world, 'dropped')).toBe('recorded');
  expect(await report(world, 'connected')).toBe('repeated');
  expect(await lateOnes(world)).toEqual([]);
  expect(outcomesOf(world.results(CALL))).toEqual(['dropped']);
});
