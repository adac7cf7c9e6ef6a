/** The pacer in a whole sidecar: what it may open binds each origination, and what it learned outlives the sidecar. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createPacing, type Floor } from '../../../src/control/pace-campaign.ts';
import type { Campaign } from '../../../src/domain/campaign.ts';
import type { FloorView, LearnedRates, PaceFact, PacingBounds } from '../../../src/pacing/floor-view.ts';
import { openMemoryLedger, memoryLedgerStore } from '../../../src/adapters/memory/ledger.ts';
import type { WriterId } from '../../../src/domain/ids.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { SOLAR } from '../../support/sim-world.ts';

const CAMPAIGN: Campaign = {
  ...SOLAR,
  mode: 'predictive',
  pacing: { by: 'breakwater', agentsMin: 2, linesMax: 40, callsPerSecondMax: 7 },
};
const LEARNED: LearnedRates = {
  answerRateBp: 2_500,
  ringMeanMs: 9_000,
  handleMeanMs: 120_000,
  lines: 900,
  handled: 200,
};

const VIEW: FloorView = {
  nowMs: 0,
  agentsTaking: 3,
  idle: 1,
  busySinceMs: [0, 0],
  ringingSinceMs: [0],
  waitingSinceMs: [],
  windows: [],
};

const FLOOR: Floor = {
  view: VIEW,
  paused: false,
  tally: {
    today: { liveAnswers: 0, drops: 0 },
    block: { liveAnswers: 0, drops: 0 },
    rolling: { liveAnswers: 0, drops: 0 },
    inFlight: 4,
    agents: { ready: 1, promised: 0, busy: 2, paused: 0 },
    rebuilt: true,
  },
};

function open(entries: readonly (LearnedRates | null)[] = []) {
  const clock = fakeClock('2026-11-24T18:00:00Z');
  const ledger = openMemoryLedger({ writer: 'sim' as WriterId, clock, store: memoryLedgerStore() });
  const made: { bounds: PacingBounds; warm: LearnedRates | null }[] = [];
  const facts: PaceFact[] = [];
  const pacing = createPacing({ clock, ledger }, (bounds, warm) => {
    made.push({ bounds, warm });
    return {
      learn: (fact) => void facts.push(fact),
      plan: () => ({ linesNow: 3, levelHundredths: 200, because: 'as planned' }),
      learned: () => (facts.length > 0 ? LEARNED : warm),
    };
  });
  const told = async (): Promise<void> => {
    for (const learned of entries) {
      await ledger.append({
        kind: 'dial_level_changed',
        body: { campaignId: CAMPAIGN.id, learned: learned === null ? null : { ...learned } },
      });
    }
  };
  return { clock, pacing, made, facts, told };
}

describe('what an origination may do', () => {
  let world: ReturnType<typeof open>;
  beforeEach(() => {
    world = open();
  });

  test('before the first plan: one line per free agent, and the limits of the operator', () => {
    expect(world.pacing.limits(CAMPAIGN)).toEqual({ paceLinesMax: 0, linesMax: 40, callsPerSecondMax: 7 });
  });

  test('the lines that are open and those that the plan opens, until the plan is old', async () => {
    const { clock, pacing } = world;
    expect(await pacing.plan(CAMPAIGN, FLOOR)).toMatchObject({ linesNow: 3 });
    expect(pacing.limits(CAMPAIGN).paceLinesMax).toBe(7);
    await clock.go(2_000);
    expect(pacing.limits(CAMPAIGN).paceLinesMax).toBe(7);
    await clock.go(1);
    expect(pacing.limits(CAMPAIGN).paceLinesMax).toBe(0);
  });

  test('the dialer paces: the plan is advice, the operator binds', async () => {
    const own: Campaign = { ...CAMPAIGN, pacing: { ...CAMPAIGN.pacing!, by: 'dialer' } };
    await world.pacing.plan(own, FLOOR);
    expect(world.pacing.limits(own)).toEqual({ paceLinesMax: null, linesMax: 40, callsPerSecondMax: 7 });
  });

  test('a policy of before there was a pacer: the budget alone', () => {
    expect(world.pacing.limits(SOLAR)).toEqual({
      paceLinesMax: null,
      linesMax: null,
      callsPerSecondMax: null,
    });
  });

  test.each([
    ['paused', { ...FLOOR, paused: true }, 0, 'the campaign is paused'],
    [
      'nobody there',
      { ...FLOOR, tally: { ...FLOOR.tally, agents: { ready: 0, promised: 0, busy: 0, paused: 0 } } },
      0,
      'no agent is logged in',
    ],
    [
      'not rebuilt',
      { ...FLOOR, tally: { ...FLOOR.tally, inFlight: 0, rebuilt: false } },
      1,
      'counters are being rebuilt: one line per free agent',
    ],
  ] as const)('%s', async (_, floor, linesNow, because) => {
    expect(await world.pacing.plan(CAMPAIGN, floor)).toMatchObject({ linesNow, because });
  });
});

describe('what was learned', () => {
  test('the newest entry that had learned anything is the warm start', async () => {
    const world = open([{ ...LEARNED, lines: 3 }, LEARNED, null]);
    await world.told();
    await world.pacing.plan(CAMPAIGN, FLOOR);
    expect(world.made).toEqual([
      {
        bounds: {
          mode: 'predictive',
          ceilingBp: 300,
          levelMaxHundredths: 300,
          linesMax: 40,
          agentsMin: 2,
        },
        warm: LEARNED,
      },
    ]);
  });

  test('nothing on record: cold; one pacer, however often it plans', async () => {
    const { pacing, made } = open();
    await Promise.all([pacing.plan(CAMPAIGN, FLOOR), pacing.plan(CAMPAIGN, FLOOR)]);
    expect(made).toHaveLength(1);
    expect(made[0]?.warm).toBeNull();
    expect(pacing.learned(CAMPAIGN.id)).toBeNull();
  });

  test('other settings, another pacer, which knows what the old one learned', async () => {
    const { pacing, made } = open();
    await pacing.plan(CAMPAIGN, FLOOR);
    pacing.learn(CAMPAIGN.id, { kind: 'handled', handleMs: 9 });
    await pacing.plan({ ...CAMPAIGN, dialLevelMax: 2 }, FLOOR);
    expect(made.map(({ warm }) => warm)).toEqual([null, LEARNED]);
    expect(made[1]?.bounds.levelMaxHundredths).toBe(200);
  });

  test('facts of a campaign that was never planned are nobody’s', () => {
    const { pacing, facts } = open();
    pacing.learn(CAMPAIGN.id, { kind: 'line_ended', as: 'busy', ringMs: 1 });
    expect(facts).toEqual([]);
    expect(pacing.learned('x' as never)).toBeNull();
  });
});
