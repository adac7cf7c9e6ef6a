/** INVARIANT (no-stale-level): dialers are told each change, and never left with a level nobody vouches for. Whole sidecar, fake clock. */
import { describe, expect, test, vi } from 'vitest';
import { WITHDRAWN } from '../../../src/control/tell-levels.ts';
import type { AgentId } from '../../../src/domain/ids.ts';
import { CountersUnavailable, type Counters } from '../../../src/ports/counters.ts';
import { LedgerUnavailable } from '../../../src/ports/ledger.ts';
import { fakeOutlet } from '../../support/fake-outlet.ts';
import { openWorld, personNumber, SOLAR, type World } from '../../support/sim-world.ts';

const ANN = 'ann' as AgentId;

async function open() {
  const outlet = fakeOutlet();
  let failing = false;
  const fails = (): Promise<never> => Promise.reject(new CountersUnavailable('gone'));
  const counters = (real: Counters): Counters => ({
    ...real,
    tally: (...args) => (failing ? fails() : real.tally(...args)),
    ping: () => (failing ? fails() : real.ping()),
  });
  const world = await openWorld({ levelOutlets: [outlet], counters });
  await world.clock.go(3_000);
  return {
    world,
    outlet,
    setFailing: (value: boolean): void => void (failing = value),
    last: () => outlet.taken.at(-1),
  };
}

const pause = (world: World): Promise<void> => world.running.operations.pause(SOLAR.id, 'Kim', 'a test');

const entries = (world: World) =>
  world.ledger.store.entries.filter(({ kind }) => kind === 'dial_level_changed');

describe('dial levels', () => {
  test('are told at the start, without any call', async () => {
    const { world, outlet, last } = await open();
    expect(last()).toMatchObject({ campaignId: SOLAR.id, linesNow: 0, because: 'no agent is logged in' });
    expect(last()).toMatchObject({ entryId: entries(world).at(-1)?.id, writer: 'sim' });
    expect(outlet.taken).toHaveLength(1);
    expect(world.running.operations.toldLevel(SOLAR.id)).toMatchObject({ withdrawn: false, linesNow: 0 });
  });

  test('do not stay when the last agent goes within a second, or while somebody else looks', async () => {
    const { world, last } = await open();
    const { operations } = world.running;
    await operations.setAgentState(ANN, 'ready', null);
    await world.clock.go(500);
    expect(last()).toMatchObject({ levelHundredths: 100, linesNow: 1 });
    await operations.setAgentState(ANN, 'logged_out', null);
    await world.clock.go(3_000);
    expect(last()).toMatchObject({ levelHundredths: 0, linesNow: 0, because: 'no agent is logged in' });

    // Of another sidecar: the counters alone know.
    await world.counters.setAgent(SOLAR.id, ANN, 'ready');
    await world.clock.go(5_000);
    expect(last()).toMatchObject({ linesNow: 1 });
    await world.counters.setAgent(SOLAR.id, ANN, 'logged_out');
    await operations.campaigns();
    await world.clock.go(5_000);
    expect(last()).toMatchObject({ linesNow: 0 });
  });

  test('tell of no line to open any more once it rings', async () => {
    const { world, last } = await open();
    world.exchange.connect();
    for (const agent of ['ann', 'bob']) world.exchange.agentCallsIn(agent);
    await world.clock.go(3_000);
    expect(last()).toMatchObject({ levelHundredths: 100, linesNow: 2 });
    for (const index of [0, 1]) await world.originate(personNumber(index));
    await world.clock.go(900);
    const [status] = await world.running.operations.campaigns();
    expect(status!.dialLevel).toMatchObject({ levelHundredths: 100, linesNow: 0 });
    await world.clock.go(200);
    expect(last()).toMatchObject({ levelHundredths: 100, linesNow: 0, entryId: entries(world).at(-1)?.id });
  });

  test('are told when they change, and only then', async () => {
    const { world, outlet, last } = await open();
    const before = outlet.taken.length;
    await world.running.operations.setAgentState(ANN, 'ready', null);
    await world.clock.go(10);
    await pause(world);
    await world.clock.go(1_000);
    expect(last()).toMatchObject({ levelHundredths: 0, because: 'the campaign is paused' });
    await world.running.operations.resume(SOLAR.id, 'Kim', 'a test');
    await world.clock.go(1_000);
    expect(last()).toMatchObject({ levelHundredths: 100, linesNow: 1 });
    expect(outlet.taken).toHaveLength(before + 2);
    await world.clock.go(60_000);
    expect(outlet.taken).toHaveLength(before + 2);
    expect(outlet.taken.map(({ entryId }) => entryId)).toEqual(entries(world).map(({ id }) => id));
  });
});

describe('when the counters do not answer', () => {
  test('the level is 0 with the reason, in the ledger too, and comes back with them', async () => {
    const { world, outlet, setFailing, last } = await open();
    await world.running.operations.setAgentState(ANN, 'ready', null);
    await pause(world);
    await world.running.operations.resume(SOLAR.id, 'Kim', 'a test');
    await world.clock.go(1_000);
    expect(last()).toMatchObject({ linesNow: 1 });
    setFailing(true);
    await world.clock.go(2_000);
    expect(last()).toMatchObject({ levelHundredths: 0, linesNow: 0, because: WITHDRAWN.counters });
    expect(entries(world).at(-1)).toMatchObject({
      id: last()?.entryId,
      body: { levelHundredths: 0, because: WITHDRAWN.counters },
    });
    const told = outlet.taken.length;
    await world.clock.go(30_000);
    expect(outlet.taken).toHaveLength(told);
    setFailing(false);
    await world.clock.go(2_000);
    expect(last()).toMatchObject({ linesNow: 1 });
    expect(outlet.taken).toHaveLength(told + 1);
  });

  test('and the ledger neither, it is told all the same', async () => {
    const { world, setFailing, last } = await open();
    const append = vi.spyOn(world.ledger, 'append').mockRejectedValue(new LedgerUnavailable('gone'));
    setFailing(true);
    await world.clock.go(2_000);
    expect(last()).toMatchObject({ because: WITHDRAWN.counters, entryId: null });
    append.mockRestore();
    setFailing(false);
    await world.clock.go(2_000);
    expect(last()?.because).toBe('no agent is logged in');
  });
});

test('a level that cannot be worked out is withdrawn, and worked out again without a call', async () => {
  const { world, last } = await open();
  const records = vi.spyOn(world.ledger.records, 'pausedCampaigns').mockRejectedValue(new Error('gone'));
  await pause(world);
  await world.clock.go(1_500);
  expect(last()).toMatchObject({ because: WITHDRAWN.budget });
  records.mockRestore();
  await world.clock.go(3_000);
  expect(last()).toMatchObject({ because: 'the campaign is paused' });
});

describe('a sidecar that ends', () => {
  test('withdraws every level before it is gone, and publishes none after', async () => {
    const { world, outlet, last } = await open();
    const drained = world.running.drain(5_000);
    await world.clock.go(10);
    await drained;
    expect(last()).toMatchObject({ levelHundredths: 0, because: WITHDRAWN.draining });
    const told = outlet.taken.length;
    await pause(world);
    await world.clock.go(5_000);
    await world.running.operations.setAgentState(ANN, 'ready', null);
    await world.clock.go(5_000);
    expect(outlet.taken).toHaveLength(told);
    expect(entries(world).at(-1)?.body).toMatchObject({ because: WITHDRAWN.draining });
  });

  test('does not wait for ever for a receiver that takes nothing', async () => {
    const { world, outlet } = await open();
    outlet.mode = 'holds';
    let isDrained = false;
    void world.running.drain(5_000).then(() => (isDrained = true));
    await world.clock.go(1_900);
    expect(isDrained).toBe(false);
    await world.clock.go(200);
    expect(isDrained).toBe(true);
  });
});
