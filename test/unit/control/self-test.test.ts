/** Known listed numbers through the code that decides: held, missed, permitted; never dialed, nothing reserved, an alarm where one is due. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { memoryLedgerStore, openMemoryLedger } from '../../../src/adapters/memory/ledger.ts';
import { createSelfTest, repeatSelfTest, type SelfTestRun } from '../../../src/control/self-test.ts';
import type { WriterId } from '../../../src/domain/ids.ts';
import { type LedgerEntry, textOf } from '../../../src/domain/ledger-entry.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import type { SelfTestSettings } from '../../../src/domain/self-test.ts';
import { LedgerUnavailable } from '../../../src/ports/ledger.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import {
  alongside,
  openWorld,
  otherCampaign,
  personNumber,
  SOLAR,
  type World,
} from '../../support/sim-world.ts';

const LISTED = personNumber(1) as PhoneNumber;
const seeds = (...campaigns: readonly (typeof SOLAR.id)[]): SelfTestSettings => ({
  everyHours: 24,
  seeds: [{ number: LISTED, expects: 'on_national_registry', campaigns }],
});

const entriesOf = (world: World): readonly LedgerEntry[] =>
  world.ledger.store.entries.filter(({ kind }) => kind === 'self_test');
const alarmsOf = (world: World) =>
  world.complaints.filter(({ message }) => message.startsWith('self-test: a number'));
const run = (world: World): Promise<SelfTestRun> =>
  alongside(world.clock, world.running.operations.selfTest.run('Kim'));

describe('a number on the registry', () => {
  let world: World;
  afterEach(() => world.running.stop());

  test('is held: an entry at the start and at each asking, nothing else in the ledger, nobody rung', async () => {
    world = await openWorld({ selfTest: seeds(), isListed: (number) => number === LISTED, persons: 0 });
    expect(entriesOf(world).map((entry) => [textOf(entry, 'answer'), textOf(entry, 'by')])).toEqual([
      ['held', 'schedule'],
    ]);
    expect((await run(world)).seeds).toEqual([
      { number: LISTED, expects: 'on_national_registry', answer: 'held', campaigns: 1, failures: [] },
    ]);
    expect(entriesOf(world).at(-1)?.body).toMatchObject({
      ...{ number: LISTED, expects: 'on_national_registry', answer: 'held' },
      ...{ campaigns: 1, failures: [], by: 'Kim' },
      policyHash: world.sidecar.policy.hash,
    });
    expect(world.ledger.store.entries.filter(({ kind }) => kind === 'decision')).toEqual([]);
    expect(world.exchange.lived.size).toBe(0);
    expect((await world.tally()).inFlight).toBe(0);
    expect(alarmsOf(world)).toEqual([]);
  });

  test('that its list does not find is missed while something else vetoes it, and permitted when nothing does', async () => {
    world = await openWorld({ selfTest: seeds(), persons: 0 });
    expect(entriesOf(world).map((entry) => textOf(entry, 'answer'))).toEqual(['missed']);
    expect(alarmsOf(world)).toHaveLength(1);
    world.exchange.agentCallsIn('ann');
    await world.clock.go(10);
    await world.consent(LISTED);
    const { seeds: found } = await run(world);
    expect(found).toMatchObject([
      { answer: 'permitted', failures: [{ campaignId: SOLAR.id, verdict: 'permit', reasons: [] }] },
    ]);
    expect(entriesOf(world).at(-1)?.body).toMatchObject({ answer: 'permitted' });
    expect(world.exchange.lived.size).toBe(0);
    const alarm = alarmsOf(world).at(-1);
    expect(alarm?.fields).toMatchObject({ campaignId: SOLAR.id, verdict: 'permit', answer: 'permitted' });
    expect(JSON.stringify(alarm)).not.toContain(LISTED);
  });

  test('is asked for every campaign, or for those named; where one lets it through the seed has failed', async () => {
    const wind = otherCampaign('wind');
    world = await openWorld({ selfTest: seeds(), campaigns: [SOLAR, wind], persons: 0 });
    expect((await run(world)).seeds[0]).toMatchObject({ campaigns: 2, answer: 'missed' });
    world.running.stop();
    world = await openWorld({ selfTest: seeds(wind.id), campaigns: [SOLAR, wind], persons: 0 });
    const [seed] = (await run(world)).seeds;
    expect(seed?.campaigns).toBe(1);
    expect(seed?.failures.map(({ campaignId }) => campaignId)).toEqual(['wind']);
  });

  test('raises its alarm although the ledger is away, and the run is not taken for done', async () => {
    world = await openWorld({ selfTest: seeds(), persons: 0 });
    const before = alarmsOf(world).length;
    vi.spyOn(world.ledger, 'append').mockRejectedValue(new LedgerUnavailable('gone'));
    await expect(run(world)).rejects.toBeInstanceOf(LedgerUnavailable);
    expect(alarmsOf(world)).toHaveLength(before + 1);
  });
});

describe('every day', () => {
  /** Only the schedule: `fails` of its runs find the ledger away, and the next `misses` find that the list does not hold its number. */
  async function scheduled(fails: number, misses = 0) {
    const clock = fakeClock('2026-11-24T18:00:00Z');
    const ledger = openMemoryLedger({ writer: 'w' as WriterId, clock, store: memoryLedgerStore() });
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const inForce = () => ({ policy: { hash: 'p' }, campaigns: new Map([[SOLAR.id, SOLAR]]) }) as never;
    let missed = misses;
    let runs = 0;
    const newCallId = () => `${(runs += 1)}`;
    const selfTest = createSelfTest({ clock, ledger, log, newCallId, inForce }, seeds(), () => {
      const code = missed-- > 0 ? 'fact_unavailable' : 'on_national_registry';
      return Promise.resolve({ decision: { kind: 'veto', reasons: [{ code }] } } as never);
    });
    const ran: string[] = [];
    let left = fails;
    const counted = {
      ...selfTest,
      run: (by: string) => {
        ran.push(new Date(clock.now()).toISOString());
        if (left-- > 0) return Promise.reject(new LedgerUnavailable('away'));
        return selfTest.run(by);
      },
    };
    let mayRun = true;
    const repeat = repeatSelfTest({ clock, log }, { ...seeds(), everyHours: 2 }, counted, () => mayRun);
    await clock.go(0);
    return { clock, ran, repeat, drain: () => void (mayRun = false) };
  }

  test('at the start, then each time its hours have passed, and never after the end', async () => {
    const { clock, ran, repeat } = await scheduled(0);
    await clock.go(4 * 3_600_000);
    expect(ran).toEqual(['2026-11-24T18:00:00.000Z', '2026-11-24T20:00:00.000Z', '2026-11-24T22:00:00.000Z']);
    repeat.stop();
    await clock.go(4 * 3_600_000);
    expect(ran).toHaveLength(3);
  });

  test('one that failed is tried again within a minute', async () => {
    const { clock, ran } = await scheduled(1);
    await clock.go(60_000);
    expect(ran).toEqual(['2026-11-24T18:00:00.000Z', '2026-11-24T18:01:00.000Z']);
  });

  test('one that was not passed is repeated within the hour, until it is', async () => {
    const { clock, ran } = await scheduled(0, 2);
    await clock.go(5 * 3_600_000);
    expect(ran.map((at) => at.slice(11, 16))).toEqual(['18:00', '19:00', '20:00', '22:00']);
  });

  test('none while the sidecar drains', async () => {
    const { clock, ran, drain } = await scheduled(0);
    drain();
    await clock.go(4 * 3_600_000);
    expect(ran).toHaveLength(1);
  });
});
