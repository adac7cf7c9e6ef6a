/**
 * What a further line may not exceed beside the drop budget: what the pacer allows now, and what the operator allows at most.
 * Checked in one atomic step with the reservation, so that dialers that all ask at once cannot open more.
 */
export interface DialLimits {
  /** Lines in flight that the pacer allows now; null where it only advises. Never asked of a line that has a free agent. */
  readonly paceLinesMax: number | null;
  /** Operator's limit of lines in flight; null: none. */
  readonly linesMax: number | null;
  /** Operator's limit of lines opened within one second; null: none. */
  readonly callsPerSecondMax: number | null;
}

export const NO_DIAL_LIMITS: DialLimits = { paceLinesMax: null, linesMax: null, callsPerSecondMax: null };

export const REACHED_LIMITS = ['pace', 'lines', 'calls_per_second'] as const;

/** A limit that one line more would exceed. */
export interface ReachedLimit {
  readonly limit: (typeof REACHED_LIMITS)[number];
  readonly max: number;
}

/** A line that asks to be opened. */
export interface FurtherLine {
  /** Lines in flight, this one included. */
  readonly lines: number;
  /** There is no free agent for it. */
  readonly overdial: boolean;
  /** Lines opened within the last second, this one not included. */
  readonly openedLastSecond: number;
}

/**
 * INVARIANT (progressive-is-always-possible): the pacer's level never refuses a line that has its free agent; only operators do.
 */
export function reachedLimit(
  { paceLinesMax, linesMax, callsPerSecondMax }: DialLimits,
  { lines, overdial, openedLastSecond }: FurtherLine,
): ReachedLimit | null {
  if (linesMax !== null && lines > linesMax) return { limit: 'lines', max: linesMax };
  if (callsPerSecondMax !== null && openedLastSecond >= callsPerSecondMax) {
    return { limit: 'calls_per_second', max: callsPerSecondMax };
  }
  if (paceLinesMax !== null && overdial && lines > paceLinesMax) return { limit: 'pace', max: paceLinesMax };
  return null;
}
