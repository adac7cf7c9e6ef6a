/** What pacing sees of a campaign at an instant, what it decides, and what it learns from: plain data, no clock of its own. */
import type { Tally } from '../domain/drop-budget.ts';

/** Instants are epoch milliseconds, all of one clock. */
export interface FloorView {
  readonly nowMs: number;
  /** Agents who take calls for the campaign: free, promised, in talk or wrap-up; not paused, not leaving. */
  readonly agentsTaking: number;
  /** Agents free now, without those promised to an answered call. */
  readonly idle: number;
  /** Since when each agent has been with a call (talk and wrap-up together); promised agents are not yet. */
  readonly busySinceMs: readonly number[];
  /** Since when each line has been ringing: the instant it was dialed. */
  readonly ringingSinceMs: readonly number[];
  /** Since when each answered person waits for an agent: greeting or grace; also those to whom one is promised. */
  readonly waitingSinceMs: readonly number[];
  /** Today and the current block: what the budget holds. */
  readonly windows: readonly Tally[];
}

/** What one campaign may at most do; operators' settings, never learned. */
export interface PacingBounds {
  /** Over-dialing is possible in `predictive` only; the other modes open one line per free agent. */
  readonly mode: 'predictive' | 'progressive' | 'preview';
  readonly ceilingBp: number;
  /** Lines per agent who takes calls, in hundredths. */
  readonly levelMaxHundredths: number;
  /** Lines open at once; null: not bounded here. */
  readonly linesMax: number | null;
  /** Predictive from this many agents on; fewer dial progressively. */
  readonly agentsMin: number;
}

export const LINE_ENDS = ['person', 'machine', 'no_answer', 'busy', 'failed'] as const;
export type LineEnd = (typeof LINE_ENDS)[number];

/** One fact to learn from. */
export type PaceFact =
  /** A line stopped ringing, `ringMs` after it was dialed. */
  | { readonly kind: 'line_ended'; readonly as: LineEnd; readonly ringMs: number }
  /** An agent is free again, `handleMs` after the connect: talk and wrap-up. */
  | { readonly kind: 'handled'; readonly handleMs: number };

/** What was learned, in integers fit for the ledger: the warm start of the next day. */
export interface LearnedRates {
  /** Lines answered by persons, of 10,000. */
  readonly answerRateBp: number;
  readonly ringMeanMs: number;
  readonly handleMeanMs: number;
  /** How many lines and handled calls stand behind the figures. */
  readonly lines: number;
  readonly handled: number;
}

export interface PacePlan {
  /** Lines to open now beyond those that ring. */
  readonly linesNow: number;
  /** Lines ringing and talking, with those to open, per agent who takes calls; hundredths. */
  readonly levelHundredths: number;
  /** One sentence for people. */
  readonly because: string;
}

/** Deterministic: the same facts and views give the same plans. */
export interface Pacer {
  learn(fact: PaceFact): void;
  plan(view: FloorView): PacePlan;
  /** Null before anything was learned. */
  learned(): LearnedRates | null;
}
