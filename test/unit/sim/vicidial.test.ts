import { describe, expect, it } from 'vitest';
import {
  droppedPercent,
  type LevelInput,
  linesToPlace,
  nextLevel,
  VICIDIAL_DEFAULTS,
} from '../../../src/sim/vicidial.ts';

const CALM: LevelInput = {
  difference: 0,
  agents: 10,
  callsToday: 0,
  droppedPercent: 0,
  callsLastMinute: 0,
  droppedPercentLastMinute: 0,
  serverTime: 1_130,
};
const level = (
  before: number,
  input: Partial<LevelInput>,
  settings: Partial<typeof VICIDIAL_DEFAULTS> = {},
): number => nextLevel(before, { ...VICIDIAL_DEFAULTS, ...settings }, { ...CALM, ...input });

describe("VICIdial's level, worked out by hand", () => {
  it('moves by the surplus of agents: 1.5 * (1 + 2 / 10)', () =>
    expect(level(1.5, { difference: 2 })).toBe(1.8));
  it('aims at the difference target: 1.5 * (1 + (2 - 1) / 10)', () =>
    expect(level(1.5, { difference: 2 }, { differenceTarget: -1 })).toBe(1.65));
  it('is sharpened upward by intensity: 1.5 * (1 + 0.2 * 1.5)', () =>
    expect(level(1.5, { difference: 2 }, { intensity: 50 })).toBe(1.95));
  it('is softened downward by intensity: 2 * (1 - 0.2 * 0.5)', () =>
    expect(level(2, { difference: -2 }, { intensity: 50 })).toBe(1.8));
  it('stays between 1 and the maximum', () => {
    expect(level(2.9, { difference: 5 })).toBe(3);
    expect(level(1.1, { difference: -5 })).toBe(1);
  });
  it('is halved by a bad minute of more than 20 calls', () => {
    expect(level(3, { callsLastMinute: 21, droppedPercentLastMinute: 51 })).toBe(1.5);
    expect(level(3, { callsLastMinute: 20, droppedPercentLastMinute: 51 })).toBe(3);
  });
  it.each([
    ['hard', 1],
    ['average', 1.25],
    // 2100 - 1130 = 970
    ['tapered', 2.425],
  ] as const)('%s cuts 2.5 over the limit to %f', (method, cut) => {
    expect(level(2.5, { callsToday: 51, droppedPercent: 3.01 }, { method })).toBeCloseTo(cut, 9);
    expect(level(2.5, { callsToday: 51, droppedPercent: 3 }, { method })).toBe(2.5);
    expect(level(2.5, { callsToday: 50, droppedPercent: 9 }, { method })).toBe(2.5);
  });
  it('tapers to 1 after the latest time', () =>
    expect(
      level(
        2.5,
        { callsToday: 51, droppedPercent: 4, serverTime: 1_701 },
        { method: 'tapered', latestServerTime: 1_700 },
      ),
    ).toBe(1));
  it('never stops: 1 is the least', () =>
    expect(level(1, { callsToday: 500, droppedPercent: 50 }, { method: 'average' })).toBe(1));
});

describe("VICIdial's lines", () => {
  const floor = { ready: 3, agents: 10, ringing: 4, waiting: 1, withAgents: 7 };
  it('counts talking agents and their calls by default: round(1.5 * 10) - 12', () =>
    expect(linesToPlace(1.5, VICIDIAL_DEFAULTS, floor)).toBe(3));
  it('counts ready agents only when told so: round(2.5 * 3) - 5', () =>
    expect(linesToPlace(2.5, { ...VICIDIAL_DEFAULTS, readyOnly: true }, floor)).toBe(3));
  it('takes no line back', () => expect(linesToPlace(1, VICIDIAL_DEFAULTS, floor)).toBe(0));
  it('counts drops in percent with two decimals', () => {
    expect(droppedPercent(1, 33)).toBe(3.03);
    expect(droppedPercent(0, 0)).toBe(0);
  });
});
