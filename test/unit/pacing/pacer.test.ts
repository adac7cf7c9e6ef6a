import { describe, expect, it } from 'vitest';
import type { FloorView, LearnedRates, PaceFact, PacingBounds } from '../../../src/pacing/floor-view.ts';
import { createPacer } from '../../../src/pacing/pacer.ts';

const BOUNDS: PacingBounds = {
  mode: 'predictive',
  ceilingBp: 300,
  levelMaxHundredths: 10_000,
  linesMax: null,
  agentsMin: 1,
};
const WARM: LearnedRates = {
  answerRateBp: 2_000,
  ringMeanMs: 9_000,
  handleMeanMs: 135_000,
  lines: 5_000,
  handled: 900,
};
/** Ten agents, two of them free, and a budget that is far from spent. */
const VIEW: FloorView = {
  nowMs: 1_000_000,
  agentsTaking: 10,
  idle: 2,
  busySinceMs: Array.from({ length: 8 }, (_, index) => 900_000 + index),
  ringingSinceMs: [],
  waitingSinceMs: [],
  windows: [{ liveAnswers: 2_000, drops: 30 }],
};

function planned(
  view: Partial<FloorView> = {},
  bounds: Partial<PacingBounds> = {},
  warm: LearnedRates | null = WARM,
): { readonly linesNow: number; readonly levelHundredths: number; readonly because: string } {
  const pacer = createPacer({ ...BOUNDS, ...bounds }, warm);
  const seen = { ...VIEW, ...view };
  // Long enough for the policies of these rates to be worked out.
  for (let look = 0; look < 200; look += 1) pacer.plan(seen);
  return pacer.plan(seen);
}

describe('pacer', () => {
  it('opens more lines than agents are free when the budget allows it', () => {
    expect(planned().linesNow).toBeGreaterThan(2);
  });

  it('is deterministic: the same facts and views, the same plans', () => {
    const facts: readonly PaceFact[] = Array.from({ length: 300 }, (_, index) =>
      index % 7 === 0
        ? { kind: 'handled', handleMs: 60_000 + 997 * index }
        : { kind: 'line_ended', as: index % 5 === 0 ? 'person' : 'no_answer', ringMs: 4_000 + 31 * index },
    );
    const played = (): readonly unknown[] => {
      const pacer = createPacer(BOUNDS, null);
      return facts.map((fact) => {
        pacer.learn(fact);
        return [pacer.plan(VIEW), pacer.learned()];
      });
    };
    expect(played()).toEqual(played());
  });

  it.each([
    ['progressive', {}, 'the mode is progressive'],
    ['preview', {}, 'the mode is preview'],
    ['predictive', { agentsMin: 11 }, 'too few agents'],
  ] as const)('%s %j: one line per free agent', (mode, bounds, because) => {
    const plan = planned({ ringingSinceMs: [999_000] }, { mode, ...bounds });
    expect(plan.linesNow).toBe(1);
    expect(plan.because).toContain(because);
  });

  it('knows nothing at first: one line per free agent', () => {
    const plan = planned({}, {}, null);
    expect(plan.linesNow).toBe(2);
    expect(plan.because).toContain('still learning');
    expect(createPacer(BOUNDS, null).learned()).toBeNull();
  });

  it('starts from what was learned the day before', () => {
    expect(createPacer(BOUNDS, WARM).learned()).toEqual(WARM);
    expect(planned({}, {}, WARM).linesNow).toBeGreaterThan(planned({}, {}, null).linesNow);
  });

  it('opens one line per free agent until a drop would be 1 of 34 answers, whatever it knows', () => {
    for (let liveAnswers = 0; liveAnswers + 1 < 34; liveAnswers += 1) {
      expect(planned({ windows: [{ liveAnswers, drops: 0 }] }).linesNow).toBe(2);
    }
    expect(planned({ windows: [{ liveAnswers: 33, drops: 0 }] }).linesNow).toBe(3);
  });

  it('looks at the tightest window', () => {
    const wide = { liveAnswers: 20_000, drops: 0 };
    const plan = planned({ windows: [wide, { liveAnswers: 10, drops: 0 }] });
    expect(plan.linesNow).toBe(2);
    expect(plan.because).toBe('the drop budget covers no more');
  });

  it('dials one line per free agent while a window stands above the ceiling', () => {
    const plan = planned({ windows: [{ liveAnswers: 100, drops: 4 }] });
    expect(plan.linesNow).toBe(2);
    expect(plan.because).toContain('above the ceiling');
  });

  it('opens fewer lines as the budget is spent', () => {
    const lines = [20, 40, 45, 50, 55].map(
      (drops) => planned({ windows: [{ liveAnswers: 2_000, drops }] }).linesNow,
    );
    expect(lines).toEqual(lines.toSorted((a, b) => b - a));
    expect(lines[0]).toBeGreaterThan(lines.at(-1)!);
  });

  it('counts lines that ring already', () => {
    const ringing = [999_000, 999_500, 999_900];
    expect(planned({ ringingSinceMs: ringing }).linesNow).toBe(planned().linesNow - ringing.length);
  });

  it('opens nothing more for a person who waits without an agent', () => {
    const busySinceMs = Array.from({ length: 10 }, () => 900_000);
    const waiting = { idle: 0, busySinceMs, waitingSinceMs: [999_000, 999_100, 999_200] };
    expect(planned(waiting).linesNow).toBe(0);
  });

  it.each([
    [{ linesMax: 3 }, 3, 'the maximum of lines is open'],
    // Ten agents at 1.2 lines are twelve, and eight talk.
    [{ levelMaxHundredths: 120 }, 4, 'the maximum dial level is reached'],
  ])('keeps to %j', (bounds, lines, because) => {
    expect(planned({}, bounds)).toMatchObject({ linesNow: lines, because });
  });

  it('tells the level with the lines to open: ringing and talking per agent', () => {
    expect(planned({}, { linesMax: 3 }).levelHundredths).toBe(110);
  });

  it('opens no line when nobody takes calls', () => {
    expect(planned({ agentsTaking: 0, idle: 0, busySinceMs: [] })).toMatchObject({
      linesNow: 0,
      levelHundredths: 0,
    });
  });

  it('falls back to one line per free agent while the trunk fails, and learns nothing from it', () => {
    const pacer = createPacer(BOUNDS, WARM);
    for (let line = 0; line < 50; line += 1) pacer.learn({ kind: 'line_ended', as: 'failed', ringMs: 200 });
    expect(pacer.plan(VIEW)).toMatchObject({ linesNow: 2 });
    expect(pacer.learned()).toEqual(WARM);
    pacer.learn({ kind: 'line_ended', as: 'no_answer', ringMs: 9_000 });
    expect(pacer.plan(VIEW).linesNow).toBeGreaterThan(2);
  });

  it('plans for any number of agents, also large ones', () => {
    const busySinceMs = Array.from({ length: 285 }, () => 900_000);
    const plan = planned({
      agentsTaking: 300,
      idle: 15,
      busySinceMs,
      windows: [{ liveAnswers: 50_000, drops: 900 }],
    });
    expect(plan.linesNow).toBeGreaterThan(15);
    expect(plan.linesNow).toBeLessThan(300);
  });
});
