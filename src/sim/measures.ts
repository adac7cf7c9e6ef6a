/** What is measured of one simulated day, in integers where it counts things. */
import type { Tally } from '../domain/drop-budget.ts';

/** One point of the plots. */
export interface Sample {
  /** Since the day began. */
  readonly atMs: number;
  /** Share of agent time with a call since the sample before, 0 to 1. */
  readonly utilization: number;
  /** Of the day so far, and of the block so far. */
  readonly day: Tally;
  readonly block: Tally;
  /** Lines ringing, waiting and talking per agent, mean since the sample before. */
  readonly level: number;
}

export interface DayMeasures {
  /** Agent milliseconds with a call (talk and wrap-up), and of presence. */
  readonly busyMs: number;
  readonly presentMs: number;
  readonly dials: number;
  readonly connects: number;
  readonly day: Tally;
  readonly block: Tally;
  /** Highest drop rate of any prefix of the day, and of the block, with 34 live answers or more; 0 to 1. */
  readonly highestDayPrefix: number;
  readonly highestBlockPrefix: number;
  readonly samples: readonly Sample[];
}

/** Fewer live answers make every drop an excess: 1 of 33 is 3.03 %. */
export const PREFIX_ANSWERS_MIN = 34;

export const dropRate = ({ drops, liveAnswers }: Tally): number =>
  liveAnswers === 0 ? 0 : drops / liveAnswers;
