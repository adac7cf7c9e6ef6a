/**
 * The worlds a floor is simulated in. E: memoryless, its optimum is known. R: realistic times, machines, a greeting and two seconds
 * of grace, and five regimes of the day. Nothing of this is told to a policy.
 */
import type { Random } from './random.ts';

export const REGIMES = ['constant', 'switching', 'exhaustion', 'lunch', 'outage'] as const;
export type Regime = (typeof REGIMES)[number];
export type WorldName = 'E' | 'R';

export interface WorldSettings {
  readonly agents: number;
  /** Share of dials that are answered, 0 to 1; machines are part of it. */
  readonly answerRate: number;
  /** Mean time a line rings (R: above its two seconds at least), milliseconds. */
  readonly ringMs: number;
  /** Mean talk (E: talk and wrap-up), milliseconds. */
  readonly handleMs: number;
  readonly regime: Regime;
}

/** What becomes of one dialed line. */
export interface LineFate {
  readonly ringMs: number;
  readonly end: 'person' | 'machine' | 'no_answer' | 'failed';
  /** Greeting of whoever answers. */
  readonly greetingMs: number;
}

export interface World {
  readonly name: WorldName;
  readonly settings: WorldSettings;
  /** An answered person waits at most so long after the greeting. */
  readonly graceMs: number;
  /** `inDayMs`: time since the day began. */
  line(inDayMs: number, random: Random): LineFate;
  /** Talk and wrap-up of one connected call. */
  handleMs(random: Random): number;
  /** Agents who are there. */
  agentsAt(inDayMs: number): number;
  /** Instants of a day at which `agentsAt` changes. */
  readonly shifts: readonly number[];
}

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_LENGTH_MS = 8 * HOUR_MS;

/** World E: exponential ring and handle times, no greeting, no grace. */
export function worldE(settings: WorldSettings): World {
  const { answerRate, ringMs, handleMs, agents } = settings;
  return {
    name: 'E',
    settings,
    graceMs: 0,
    line: (_inDayMs, random) => ({
      ringMs: random.exponential(ringMs),
      end: random.chance(answerRate) ? 'person' : 'no_answer',
      greetingMs: 0,
    }),
    handleMs: (random) => random.exponential(handleMs),
    agentsAt: () => agents,
    shifts: [],
  };
}

const RING_LEAST_MS = 2_000;
const RING_MOST_MS = 25_000;
const MACHINE_SHARE = 0.2;
const GREETING_MS = 1_000;
const GREETING_SIGMA = 0.5;
const GRACE_MS = 2_000;
const TALK_SIGMA = 0.6;
const WRAP_UP_MS = 15_000;
const SWITCH_MS = 45 * MINUTE_MS;
const SWITCH_RATES = [0.12, 0.38] as const;
const EXHAUSTION_RATES = [0.35, 0.08] as const;
const LUNCH = { fromMs: 3.5 * HOUR_MS, untilMs: 4 * HOUR_MS };
const OUTAGE = { fromMs: 5 * HOUR_MS, untilMs: 5 * HOUR_MS + 5 * MINUTE_MS };
/** A trunk that is out refuses at once. */
const REFUSED_AFTER_MS = 300;

function answerRateAt({ regime, answerRate }: WorldSettings, inDayMs: number): number {
  switch (regime) {
    case 'switching':
      return SWITCH_RATES[Math.floor(inDayMs / SWITCH_MS) % 2 === 0 ? 0 : 1];
    case 'exhaustion': {
      const [first, last] = EXHAUSTION_RATES;
      return first + (last - first) * Math.min(1, inDayMs / DAY_LENGTH_MS);
    }
    case 'constant':
    case 'lunch':
    case 'outage':
      return answerRate;
    default:
      return regime satisfies never;
  }
}

const within = (
  at: number,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): boolean => at >= fromMs && at < untilMs;

/** World R: see the constants above. */
export function worldR(settings: WorldSettings): World {
  const { regime, agents, ringMs, handleMs } = settings;
  return {
    name: 'R',
    settings,
    graceMs: GRACE_MS,
    line(inDayMs, random) {
      if (regime === 'outage' && within(inDayMs, OUTAGE)) {
        return { ringMs: REFUSED_AFTER_MS, end: 'failed', greetingMs: 0 };
      }
      const answered = random.chance(answerRateAt(settings, inDayMs));
      return {
        ringMs: Math.min(RING_MOST_MS, RING_LEAST_MS + random.exponential(ringMs)),
        end: !answered ? 'no_answer' : random.chance(MACHINE_SHARE) ? 'machine' : 'person',
        greetingMs: answered ? random.lognormal(GREETING_MS, GREETING_SIGMA) : 0,
      };
    },
    handleMs: (random) => random.lognormal(handleMs, TALK_SIGMA) + random.exponential(WRAP_UP_MS),
    agentsAt: (inDayMs) =>
      regime === 'lunch' && within(inDayMs, LUNCH) ? agents - Math.floor(agents / 2) : agents,
    shifts: regime === 'lunch' ? [LUNCH.fromMs, LUNCH.untilMs] : [],
  };
}

/** Ring and handle means of the reference figures. */
export const DEFAULT_TIMES = {
  E: { ringMs: 12_000, handleMs: 120_000 },
  R: { ringMs: 7_000, handleMs: 120_000 },
} as const;

export const worldOf = (name: WorldName, settings: WorldSettings): World =>
  name === 'E' ? worldE(settings) : worldR(settings);
