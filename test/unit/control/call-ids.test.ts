/** One permit is one call: what a call id may not do a second time, in whatever order results, releases and leases come. */
import { describe, expect, test } from 'vitest';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { agiScripts } from '../../../src/control/agi-scripts.ts';
import { NO_LEAD_FACTS } from '../../../src/domain/origination.ts';
import { LedgerUnavailable } from '../../../src/ports/ledger.ts';
import {
  alongside,
  openWorld,
  outcomesOf,
  personNumber,
  SOLAR,
  type World,
} from '../../support/sim-world.ts';

const NUMBER = personNumber(1);

async function withAgents(...names: readonly string[]): Promise<World> {
  const world = await openWorld();
  for (const name of names) world.exchange.agentCallsIn(name);
  await world.clock.go(10);
  return world;
}

const screen = (world: World, more: Parameters<World['input']>[1] = {}) =>
  alongside(world.clock, world.running.operations.screen(world.input(NUMBER, { callId: 'x-1', ...more })));

const report = (world: World, callId: string, outcome: 'connected' | 'dropped') =>
  world.running.operations.reportResult({
    callId,
    campaignId: SOLAR.id,
    outcome,
    hangupCause: null,
    sipStatus: null,
    source: 'http',
  });

describe('a repeated call id', () => {
  test('while the ledger is away does not give back the place of the call that is under way', async () => {
    const world = await withAgents('ann');
    await screen(world);
    expect((await world.tally()).inFlight).toBe(1);
    world.ledger.store.down = true;
    expect((await screen(world)).decision.kind).toBe('veto');
    world.ledger.store.down = false;
    await world.clock.go(10);
    expect((await world.tally()).inFlight).toBe(1);
  });

  test('that is permitted while the first answer is lost with the ledger keeps its place', async () => {
    const world = await withAgents('ann');
    const append = world.ledger.append.bind(world.ledger);
    let fail: (error: Error) => void = () => undefined;
    let decisions = 0;
    Object.assign(world.sidecar.ledger, {
      append: (draft: Parameters<typeof append>[0]) => {
        if (draft.kind !== 'decision' || (decisions += 1) > 1) return append(draft);
        return new Promise((_, reject) => (fail = reject));
      },
    });
    const first = screen(world);
    while (decisions === 0) await world.clock.go(1);
    // The dialer does not wait that long, and asks again; the other answer is durable.
    expect((await screen(world)).decision.kind).toBe('permit');
    fail(new LedgerUnavailable('gone'));
    expect((await first).decision.kind).toBe('veto');
    await world.clock.go(10);
    expect((await world.tally()).inFlight).toBe(1);
  });

  test('whose permit has run out is a veto', async () => {
    const world = await withAgents('ann');
    expect((await screen(world)).decision.kind).toBe('permit');
    expect((await screen(world)).decision.kind).toBe('permit');
    await world.clock.go(6_000);
    expect((await screen(world)).decision.kind).toBe('veto');
  });

  test('after the person has opted out is a veto', async () => {
    const world = await withAgents('ann');
    await screen(world);
    await world.running.operations.optOut({
      number: NUMBER as PhoneNumber,
      sellerId: SOLAR.seller.id,
      channel: 'email',
      callId: null,
    });
    expect((await screen(world)).decision).toMatchObject({
      kind: 'veto',
      reasons: [{ code: 'on_internal_list' }, { code: 'consent_revoked' }],
    });
  });

  test('of a call that we placed is no permit for a dialer to place it again', async () => {
    const world = await withAgents('ann');
    const placed = await world.originate(NUMBER, { callId: 'x-1' });
    expect(placed.placement).toBe('placed');
    expect((await screen(world)).decision.kind).toBe('veto');
  });

  test.each([
    [{ automated: true }],
    [{ lead: { ...NO_LEAD_FACTS, state: 'PA' } }],
    [{ lead: { ...NO_LEAD_FACTS, lineType: 'landline' as const } }],
  ])('with other facts (%j) is a veto', async (more) => {
    const world = await withAgents('ann');
    expect((await screen(world)).decision.kind).toBe('permit');
    expect((await screen(world, more)).decision.kind).toBe('veto');
  });

  test('whose second answer was not delivered does not end the first call', async () => {
    const world = await withAgents('ann');
    const veto = agiScripts(world.running.operations).get('veto')!;
    const request = {
      script: 'veto',
      parameters: new Map([
        ['campaign', SOLAR.id],
        ['number', NUMBER],
        ['call', 'x-1'],
        ['caller_id', 'campaign'],
      ]),
      positional: [],
      channel: new Map<string, string>(),
    };
    expect((await alongside(world.clock, veto.answer(request))).reserved).toBe('x-1');
    // Asked again for the same channel; this time the answer is cut off, and what it reserved would be withdrawn.
    expect((await alongside(world.clock, veto.answer(request))).reserved).toBeNull();
  });
});

describe('counters follow the ledger', () => {
  test('a result for a permit that was withdrawn changes nothing', async () => {
    const world = await withAgents('ann');
    await screen(world);
    await alongside(world.clock, world.running.operations.withdraw('x-1', 'not delivered'));
    expect(await alongside(world.clock, report(world, 'x-1', 'connected'))).toBe('repeated');
    expect(outcomesOf(world.results('x-1'))).toEqual(['failed']);
    expect((await world.tally()).today).toEqual({ liveAnswers: 0, drops: 0 });
  });

  test('a drop that was reported without a permit outlives a loss of the counters', async () => {
    const world = await withAgents('ann');
    expect(await alongside(world.clock, report(world, 'never-asked', 'dropped'))).toBe('unscreened');
    expect((await world.tally()).today).toEqual({ liveAnswers: 1, drops: 1 });
    const later = await openWorld();
    for (const entry of world.ledger.store.entries) later.ledger.store.entries.push(entry);
    later.restart();
    await later.clock.go(3_000);
    const { memoryCounters } = await import('../../../src/adapters/memory/counters.ts');
    const { rebuildLost } = await import('../../../src/control/rebuild-counters.ts');
    const counters = memoryCounters();
    await rebuildLost({ ...later.sidecar, counters }, () => undefined);
    const { countingWindows } = await import('../../../src/control/counting-windows.ts');
    const now = later.clock.now();
    const tally = await counters.tally(SOLAR.id, now, countingWindows(SOLAR, now));
    expect(tally.today).toEqual({ liveAnswers: 1, drops: 1 });
  });
});
