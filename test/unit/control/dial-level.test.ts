/** The pacer in a whole sidecar: with telephones ringing and agents in talk it opens more than one line per free agent, and no more than it planned. */
import { expect, test } from 'vitest';
import type { Campaign } from '../../../src/domain/campaign.ts';
import type { CallId } from '../../../src/domain/ids.ts';
import { countingWindows } from '../../../src/control/counting-windows.ts';
import { ANSWERS, type Script } from '../../support/called-person.ts';
import { openWorld, personNumber, SOLAR, type World } from '../../support/sim-world.ts';

const PACED: Campaign = {
  ...SOLAR,
  mode: 'predictive',
  dialLevelMax: 2,
  pacing: { by: 'breakwater', agentsMin: 1, linesMax: null, callsPerSecondMax: null },
};
const RINGS: Script = { ...ANSWERS, ringMs: 25_000 };
const LEARNED = { answerRateBp: 1_500, ringMeanMs: 9_000, handleMeanMs: 60_000, lines: 2_000, handled: 300 };

/** A thousand answers without a drop, and what a day of dialing has taught. */
async function open(campaign: Campaign): Promise<World> {
  const world = await openWorld({ campaigns: [campaign], script: () => RINGS, persons: 10 });
  const now = world.clock.now();
  const windows = countingWindows(campaign, now);
  for (let index = 0; index < 1_000; index += 1) {
    await world.counters.settle(`past-${index}` as CallId, campaign.id, 'connected', now, windows, null);
  }
  await world.ledger.append({
    kind: 'dial_level_changed',
    body: {
      campaignId: campaign.id,
      levelHundredths: 0,
      linesNow: 0,
      because: 'yesterday',
      learned: LEARNED,
    },
  });
  world.exchange.connect();
  for (const agent of ['ann', 'bob', 'cleo', 'dan']) world.exchange.agentCallsIn(agent);
  await world.clock.go(10);
  await world.running.operations.setAgentState('ann' as never, 'busy', null);
  await world.running.operations.setAgentState('bob' as never, 'busy', null);
  await world.clock.go(3_000);
  return world;
}

test('as many lines as planned, then `dial_level_reached` with its numbers', async () => {
  const world = await open(PACED);
  const [before] = await world.running.operations.campaigns();
  const planned = before!.dialLevel.linesNow;
  expect(planned).toBeGreaterThan(2);
  expect(planned).toBeLessThan(10);
  for (let index = 0; index < planned; index += 1) {
    expect((await world.originate(personNumber(index))).decision.kind).toBe('permit');
  }
  // Every plan since then stands on the lines that ring.
  const refused = await world.originate(personNumber(planned));
  expect(refused.decision).toMatchObject({
    kind: 'veto',
    reasons: [
      {
        code: 'dial_level_reached',
        detail: { in_flight: planned, ready: 2, logged_in: 4, limit: 'pace', limit_max: planned },
      },
    ],
  });
  expect((await world.tally(PACED)).inFlight).toBe(planned);
});

test('where the dialer paces the level is published, and the budget alone refuses', async () => {
  const world = await open({ ...PACED, pacing: { ...PACED.pacing!, by: 'dialer' } });
  for (let index = 0; index < 10; index += 1) {
    expect((await world.originate(personNumber(index))).decision.kind).toBe('permit');
  }
  const entries = world.ledger.store.entries.filter(({ kind }) => kind === 'dial_level_changed');
  expect(entries.at(-1)?.body).toMatchObject({ learned: LEARNED });
});

test("the operator's limit of lines, with its numbers", async () => {
  const world = await open({ ...PACED, pacing: { ...PACED.pacing!, linesMax: 1 } });
  expect((await world.originate(personNumber(0))).decision.kind).toBe('permit');
  expect((await world.originate(personNumber(1))).decision).toMatchObject({
    kind: 'veto',
    reasons: [{ code: 'dial_limit_reached', detail: { in_flight: 1, limit: 'lines', limit_max: 1 } }],
  });
});

test('a level that changes with every call is one entry a second at most', async () => {
  const world = await open(PACED);
  const published = (): number =>
    world.ledger.store.entries.filter(({ kind }) => kind === 'dial_level_changed').length;
  const before = published();
  await world.running.operations.setAgentState('cleo' as never, 'busy', null);
  await world.clock.go(400);
  await world.running.operations.setAgentState('dan' as never, 'busy', null);
  await world.clock.go(500);
  expect(published() - before).toBeLessThanOrEqual(1);
  await world.clock.go(1_500);
  expect(published()).toBeGreaterThan(before);
});
