/** A 30-day block of a campaign on a simulated floor, day after day. */
import { openAccumulator, rollTo } from '../domain/accumulator.ts';
import { isAboveCeiling } from '../domain/drop-budget.ts';
import { simulateDay } from './floor.ts';
import { type DayMeasures, dropRate } from './measures.ts';
import type { Policy } from './policy.ts';
import { randomFrom } from './random.ts';
import { DAY_LENGTH_MS, HOUR_MS, type World } from './worlds.ts';

export interface BlockSetup {
  readonly world: World;
  readonly policy: Policy;
  readonly seed: number;
  readonly days: number;
  readonly ceilingBp: number;
  readonly sampleMs?: number | null;
  /** After each simulated day. */
  readonly onDay?: (day: number) => void;
}

export interface BlockReport {
  readonly days: readonly DayMeasures[];
  /** Share of the agents' time with a call. */
  readonly utilization: number;
  readonly dropRate: number;
  readonly dials: number;
  readonly connects: number;
  readonly meanAgentWaitMs: number;
  readonly windows: number;
  /** Days, and the block, above the ceiling at their end. */
  readonly windowsAbove: number;
  readonly highestDayPrefix: number;
  readonly highestBlockPrefix: number;
}

/** World E is one window from start to end (its optimum is that of a steady state); in world R days begin anew. */
export function simulateBlock(setup: BlockSetup): BlockReport {
  const { world, policy, seed, days, ceilingBp } = setup;
  const random = randomFrom(seed);
  const unbroken = world.name === 'E';
  const dayMs = unbroken ? days * DAY_LENGTH_MS : DAY_LENGTH_MS;
  let counts = openAccumulator({ day: '0', block: '0' });
  const measured: DayMeasures[] = [];
  for (let day = 0; day < (unbroken ? 1 : days); day += 1) {
    counts = rollTo(counts, { day: String(day), block: '0' });
    const beginsMs = day * 24 * HOUR_MS;
    const sampleMs = setup.sampleMs ?? null;
    const run = simulateDay({ world, policy, random, ceilingBp, beginsMs, dayMs, counts, sampleMs });
    counts = run.counts;
    measured.push(run.measures);
    setup.onDay?.(day + 1);
  }
  return reportOf(measured, ceilingBp, unbroken);
}

function reportOf(days: readonly DayMeasures[], ceilingBp: number, unbroken: boolean): BlockReport {
  const sum = (of: (day: DayMeasures) => number): number => days.reduce((total, day) => total + of(day), 0);
  const busyMs = sum(({ busyMs: ms }) => ms);
  const presentMs = sum(({ presentMs: ms }) => ms);
  const connects = sum((day) => day.connects);
  const block = days.at(-1)?.block;
  const blockAbove = block !== undefined && isAboveCeiling(block, ceilingBp) ? 1 : 0;
  return {
    days,
    utilization: busyMs / Math.max(1, presentMs),
    dropRate: block === undefined ? 0 : dropRate(block),
    dials: sum(({ dials }) => dials),
    connects,
    meanAgentWaitMs: (presentMs - busyMs) / Math.max(1, connects),
    windows: unbroken ? 1 : days.length + 1,
    windowsAbove: unbroken
      ? blockAbove
      : blockAbove + sum(({ day }) => (isAboveCeiling(day, ceilingBp) ? 1 : 0)),
    highestDayPrefix: Math.max(0, ...days.map((day) => day.highestDayPrefix)),
    highestBlockPrefix: Math.max(0, ...days.map((day) => day.highestBlockPrefix)),
  };
}
