/**
 * The memoryless model of a floor, and its best policy for a price of one drop: an average-reward Markov decision process over (lines
 * that ring, calls with agents or waiting for one), solved by value iteration. Opening a line takes no time and costs nothing, so the
 * best policy is a switching curve: so many lines should ring when so many calls are there.
 */

export interface ModelParameters {
  readonly agents: number;
  readonly answerRate: number;
  readonly ringMs: number;
  readonly handleMs: number;
  /** How long an answered person waits for an agent, mean; 0: not at all. */
  readonly patienceMs: number;
}

/** The best policy at one price. */
export interface PricedPolicy {
  /** Agent milliseconds one drop costs. */
  readonly price: number;
  /** Lines that should ring when the index is the number of free agents. */
  readonly linesByIdle: readonly number[];
  /** Lines that should ring when every agent is busy and the index is the number of persons who wait. */
  readonly linesByWaiting: readonly number[];
  /** Mean of busy agents less the price of drops. */
  readonly gain: number;
}

export interface ModelShape {
  readonly parameters: ModelParameters;
  /** Fewer calls than this count as this many: far from the border one line more or less is the same. */
  readonly callsMin: number;
  readonly callsMax: number;
  readonly linesMax: number;
}

/** States near the border decide: this many free agents, and their root's share more, are looked at one by one. */
const IDLE_LOOKED_AT = 8;
const IDLE_PER_ROOT = 2;
const CALLS_WAITING_MAX = 10;
const LINES_MAX = 160;

export function shapeOf(parameters: ModelParameters): ModelShape {
  const { agents, answerRate, ringMs, handleMs, patienceMs } = parameters;
  const freed = (agents * patienceMs) / handleMs;
  const waiting =
    freed < 0.002 ? 0 : Math.min(CALLS_WAITING_MAX, Math.ceil(freed + 2 * Math.sqrt(freed)) + 1);
  const steady = (agents * ringMs) / (handleMs * answerRate);
  return {
    parameters,
    callsMin: Math.max(0, agents - IDLE_LOOKED_AT - Math.ceil(IDLE_PER_ROOT * Math.sqrt(agents))),
    callsMax: agents + waiting,
    linesMax: Math.min(LINES_MAX, Math.ceil(2.5 * steady) + 8),
  };
}

export interface Solver {
  /** Up to `sweeps` more; true when the policy is found. */
  advance(sweeps: number): boolean;
  policy(): PricedPolicy;
  /** Relative values, the warm start of a neighbouring price. */
  readonly values: Float64Array;
}

/** Bounds of the gain this close, as a share of the agents, end the iteration. */
const SPAN_OF_GAIN = 3e-4;

export function solver(shape: ModelShape, price: number, warm: Float64Array | null): Solver {
  const { callsMin, callsMax, linesMax } = shape;
  const { agents, answerRate, ringMs, handleMs, patienceMs } = shape.parameters;
  const width = callsMax - callsMin + 1;
  const ends = 1 / ringMs;
  const waitingMax = callsMax - agents;
  const leaves = waitingMax > 0 ? 1 / patienceMs : 0;
  const clock = linesMax * ends + agents / handleMs + waitingMax * leaves;
  const values =
    warm?.length === width * (linesMax + 1) ? warm.slice() : new Float64Array(width * (linesMax + 1));
  const old = values.slice();
  const lines = new Array<number>(width).fill(0);
  let [low, high] = [0, Number.POSITIVE_INFINITY];

  /** One step of the uniformized chain; returns nothing, keeps bounds of the gain. */
  function sweep(): void {
    old.set(values);
    low = Number.POSITIVE_INFINITY;
    high = Number.NEGATIVE_INFINITY;
    for (let column = 0; column < width; column += 1) {
      const calls = callsMin + column;
      const busy = Math.min(calls, agents);
      const waiting = calls - busy;
      // The lowest column stands for all below it: nothing ends there that would leave it.
      const down = column === 0 ? 0 : (busy / handleMs + waiting * leaves) / clock;
      const reward = (busy - waiting * leaves * price) / clock;
      const full = column === width - 1;
      let best = Number.NEGATIVE_INFINITY;
      let curve = linesMax;
      for (let ringing = linesMax; ringing >= 0; ringing -= 1) {
        const at = ringing * width + column;
        const here = old[at] as number;
        const out = (ringing * ends) / clock;
        let next = here + reward + down * ((old[at - (column === 0 ? 0 : 1)] as number) - here);
        if (ringing > 0) {
          const below = old[at - width] as number;
          const answered = full ? below - price : (old[at - width + 1] as number);
          next += out * (answerRate * answered + (1 - answerRate) * below - here);
        }
        if (next > best) {
          best = next;
          curve = ringing;
        }
        values[at] = best;
        const rise = best - here;
        if (rise < low) low = rise;
        if (rise > high) high = rise;
      }
      lines[column] = curve;
    }
    // Relative values: only differences matter, and they must not grow.
    const base = values[0] as number;
    for (let at = 0; at < values.length; at += 1) values[at] = (values[at] as number) - base;
  }

  return {
    values,
    advance(sweeps) {
      for (let done = 0; done < sweeps; done += 1) {
        sweep();
        if ((high - low) * clock <= SPAN_OF_GAIN * agents) return true;
      }
      return false;
    },
    policy: () => ({
      price,
      linesByIdle: lines.slice(0, agents - callsMin + 1).reverse(),
      linesByWaiting: lines.slice(agents - callsMin),
      gain: ((low + high) / 2) * clock,
    }),
  };
}
