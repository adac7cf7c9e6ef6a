/**
 * VICIdial's adaptive dial level, re-implemented from its published behavior (builds of early 2025) as a baseline: level from the mean
 * surplus of agents, cut back when the day's drop percentage is over the limit. Formulas only; `vicidial-policy.ts` runs its loops.
 */

export const VICIDIAL_METHODS = ['hard', 'average', 'tapered'] as const;
export type VicidialMethod = (typeof VICIDIAL_METHODS)[number];

/** The campaign settings that shape its pacing, by what they are called there. */
export interface VicidialSettings {
  /** `dial_method`: ADAPT_HARD_LIMIT, ADAPT_AVERAGE, ADAPT_TAPERED. */
  readonly method: VicidialMethod;
  /** `available_only_ratio_tally`: the level counts ready agents only, not those in a call. */
  readonly readyOnly: boolean;
  /** `adaptive_maximum_level`. */
  readonly levelMax: number;
  /** `adaptive_dropped_percentage`, percent. */
  readonly droppedPercentage: number;
  /** `adaptive_dl_diff_target`, agents. */
  readonly differenceTarget: number;
  /** `adaptive_intensity`, -100 to 100. */
  readonly intensity: number;
  /** `adaptive_latest_server_time`, hours and minutes as one number: 2100. */
  readonly latestServerTime: number;
}

export const VICIDIAL_DEFAULTS: VicidialSettings = {
  method: 'average',
  readyOnly: false,
  levelMax: 3,
  droppedPercentage: 3,
  differenceTarget: 0,
  intensity: 0,
  latestServerTime: 2100,
};

/** What the level is computed from every 15 s. */
export interface LevelInput {
  /** Mean ready agents less mean answered calls without an agent, and mean agents, of the last 15 s. */
  readonly difference: number;
  readonly agents: number;
  /** Calls of the day, and drops in percent of live answers of the day, as of the last count. */
  readonly callsToday: number;
  readonly droppedPercent: number;
  /** Calls of the last minute, and drops in percent of them. */
  readonly callsLastMinute: number;
  readonly droppedPercentLastMinute: number;
  /** Time of day as hours and minutes in one number. */
  readonly serverTime: number;
}

/** Cuts begin beyond these many calls. */
const CALLS_TODAY_MIN = 50;
const CALLS_MINUTE_MIN = 20;
const DROPPED_MINUTE_PERCENT = 50;
const TAPER_SPAN = 1_000;

const rounded = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;

/** The next dial level; never below 1. */
export function nextLevel(level: number, settings: VicidialSettings, input: LevelInput): number {
  const difference = input.difference + settings.differenceTarget;
  const share = difference === 0 || input.agents === 0 ? 0 : difference / input.agents;
  const intensity = settings.intensity / 100;
  const change = share >= 0 ? share * (1 + intensity) : share * Math.abs(intensity - 1);
  let next = rounded(level * (1 + change), 3);
  next = Math.max(1, Math.min(settings.levelMax, next));
  if (input.callsLastMinute > CALLS_MINUTE_MIN && input.droppedPercentLastMinute > DROPPED_MINUTE_PERCENT) {
    next /= 2;
  }
  if (input.callsToday > CALLS_TODAY_MIN && input.droppedPercent > settings.droppedPercentage) {
    next = cutBack(next, settings, input.serverTime);
  }
  return Math.max(1, next);
}

function cutBack(level: number, { method, latestServerTime }: VicidialSettings, serverTime: number): number {
  switch (method) {
    case 'hard':
      return 1;
    case 'average':
      return level / 2;
    case 'tapered': {
      // Both are hours and minutes as plain integers, and so is their difference.
      const left = latestServerTime - serverTime;
      return left < 0 ? 1 : level * Math.min(1, left / TAPER_SPAN);
    }
    default:
      return method satisfies never;
  }
}

/** Lines to place in one turn of the dial loop (every 2.5 s). `waiting`: answered calls without an agent. */
export function linesToPlace(
  level: number,
  settings: VicidialSettings,
  floor: {
    readonly ready: number;
    readonly agents: number;
    readonly ringing: number;
    readonly waiting: number;
    readonly withAgents: number;
  },
): number {
  const counted = Math.max(0, (settings.readyOnly ? floor.ready : floor.agents) + settings.differenceTarget);
  // With ready agents only, calls with agents are on both sides and cancel out.
  const existing = floor.ringing + floor.waiting + (settings.readyOnly ? 0 : floor.withAgents);
  return Math.max(0, Math.round(level * counted) - existing);
}

/** Drops in percent of live answers, two decimals. */
export const droppedPercent = (drops: number, answers: number): number =>
  rounded((100 * drops) / Math.max(1, answers), 2);
