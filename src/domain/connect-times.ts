/**
 * How long people whom a detector looks at wait for their agent, measured: from the start of the two seconds to the verdict and to the
 * agent. The bound that settings promise (`decidedAndConnectedMs`) says what should be; this says what is.
 */
import { numberIn } from './json-parts.ts';
import type { JsonObject } from './ledger-entry.ts';
import { type Detector, DETECTORS } from './machine-detection.ts';
import { type Instant, instant, MINUTE_MS } from './time.ts';

/** One call whose agent was to be connected; milliseconds from the start of the law's two seconds. */
export interface ConnectTime {
  readonly by: Detector;
  /** To the verdict; null where none fell. */
  readonly detectorMs: number | null;
  /** To the agent; null: given up, for it took longer than a person may wait. Nobody knows how long it would have taken. */
  readonly togetherMs: number | null;
}

/** `at`: when it was known. */
export interface TimedConnect extends ConnectTime {
  readonly at: Instant;
}

/** Which calls count: of the last so many those that are not older. */
export interface MeasuredWindow {
  readonly calls: number;
  readonly minutes: number;
}

/** What a decision sees of it: how many calls were measured, and the one that decides; null where none was. */
export interface MeasuredConnect {
  readonly calls: number;
  readonly deciding: ConnectTime | null;
}

export const NOTHING_MEASURED: MeasuredConnect = { calls: 0, deciding: null };

/**
 * The call that decides is the slowest of a hundred, by nearest rank: of fewer than a hundred the slowest of all. So one call that was
 * too slow is enough until there are many, and the share that may be is smaller than the share of drops that the law allows.
 */
const DECIDING_PERCENT = 99;

/** A call that was given up is slower than any other. */
const order = ({ togetherMs }: ConnectTime): number => togetherMs ?? Number.POSITIVE_INFINITY;

/** `times` in the order of the ledger. `holdsUntil`: then the answer may be another though no call is measured; null where it cannot. */
export function measuredConnect(
  times: readonly TimedConnect[],
  { calls, minutes }: MeasuredWindow,
  now: Instant,
): { readonly measured: MeasuredConnect; readonly holdsUntil: Instant | null } {
  const ageMs = minutes * MINUTE_MS;
  const counted = times.filter(({ at }) => at > now - ageMs).slice(-calls);
  const slowestLast = counted.toSorted((a, b) => order(a) - order(b));
  const deciding = slowestLast[Math.ceil((counted.length * DECIDING_PERCENT) / 100) - 1];
  if (deciding === undefined) return { measured: NOTHING_MEASURED, holdsUntil: null };
  const { by, detectorMs, togetherMs } = deciding;
  return {
    measured: { calls: counted.length, deciding: { by, detectorMs, togetherMs } },
    holdsUntil: instant(Math.min(...counted.map(({ at }) => at)) + ageMs),
  };
}

/** As it stands in the result of the call; null where it is not there, or cannot be read. */
export function connectTimeIn(json: JsonObject | null): ConnectTime | null {
  const by = DETECTORS.find((each) => each === json?.['by']);
  if (json === null || by === undefined) return null;
  return { by, detectorMs: numberIn(json['detectorMs']), togetherMs: numberIn(json['togetherMs']) };
}
