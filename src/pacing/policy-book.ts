/**
 * Best policies of the floor model at a ladder of prices, for the rates that hold now. They are worked out in slices, a few at each
 * look at the floor, so that no look takes long; until they are there, those of before are used. Pure: slices are counted, not timed.
 */
import { type ModelParameters, type PricedPolicy, shapeOf, type Solver, solver } from './floor-model.ts';
import type { Rates } from './rates.ts';

/** The ladder, in handle times per drop; neighbours differ by `PRICE_STEP`. */
const PRICE_LEAST = 0.12;
export const PRICE_STEP = 1.5;
const PRICES = 11;
/** States looked at per slice: about a millisecond. */
const STATES_PER_SLICE = 60_000;
/** Rates that differ by less share a page. */
const ANSWER_STEP = Math.log(1.07);
const RING_STEP = Math.log(1.1);
const PATIENCE_STEP = Math.log(1.3);
/** Below this share of a handle time waiting is as good as none. */
const PATIENCE_LEAST = 0.000_5;
const PAGES_MAX = 256;
/** Handle times are the model's unit of time. */
const HANDLE = 1;

/** The policies of one floor, from the lowest price to the highest. */
export interface Page {
  readonly agents: number;
  readonly rungs: readonly PricedPolicy[];
  /** Mean busy agents, and drops per live answer, between rung i and rung i + 1. */
  readonly between: readonly { readonly busy: number; readonly dropRate: number }[];
}

export interface PolicyBook {
  /** The page for these rates, or the last one while it is being written; null before the first. */
  look(agents: number, rates: Rates, patienceMs: number): Page | null;
}

export function policyBook(): PolicyBook {
  const pages = new Map<string, Page>();
  let last: Page | null = null;
  let lastKey: Key | null = null;
  let writing: { readonly key: string; readonly slice: () => Page | null } | null = null;

  return {
    look(agents, rates, patienceMs) {
      const at = keyOf(agents, rates, patienceMs);
      if (last !== null && lastKey !== null && sameKey(at, lastKey)) return last;
      const key = at.join('/');
      const found = pages.get(key);
      if (found !== undefined) {
        last = found;
        lastKey = at;
        return found;
      }
      if (writing?.key !== key) writing = { key, slice: pageWriter(parametersOf(at)) };
      const page = writing.slice();
      if (page === null) return last;
      writing = null;
      const [oldest] = pages.keys();
      if (pages.size >= PAGES_MAX && oldest !== undefined) pages.delete(oldest);
      pages.set(key, page);
      last = page;
      lastKey = at;
      return page;
    },
  };
}

/** Agents, and the steps of answer rate, ring time and patience. */
type Key = readonly [agents: number, answer: number, ring: number, patience: number | 'none'];

const sameKey = (a: Key, b: Key): boolean => a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3];

function keyOf(agents: number, rates: Rates, patienceMs: number): Key {
  const { answerRate, ringMs, handleMs } = rates;
  const patience = patienceMs / handleMs;
  return [
    agents,
    Math.round(Math.log(answerRate) / ANSWER_STEP),
    Math.round(Math.log(ringMs / handleMs) / RING_STEP),
    patience < PATIENCE_LEAST ? 'none' : Math.round(Math.log(patience) / PATIENCE_STEP),
  ];
}

const parametersOf = ([agents, answer, ring, patience]: Key): ModelParameters => ({
  agents,
  answerRate: Math.min(1, Math.exp(answer * ANSWER_STEP)),
  ringMs: Math.exp(ring * RING_STEP),
  handleMs: HANDLE,
  patienceMs: patience === 'none' ? 0 : Math.exp(patience * PATIENCE_STEP),
});

/** Each call works for one slice; the page when it is done. */
function pageWriter(parameters: ModelParameters): () => Page | null {
  const shape = shapeOf(parameters);
  const states = (shape.callsMax - shape.callsMin + 1) * (shape.linesMax + 1);
  const sweeps = Math.max(1, Math.floor(STATES_PER_SLICE / states));
  const rungs: PricedPolicy[] = [];
  let current: Solver | null = null;
  return () => {
    current ??= solver(shape, HANDLE * PRICE_LEAST * PRICE_STEP ** rungs.length, null);
    if (!current.advance(sweeps)) return null;
    rungs.push(current.policy());
    const next = HANDLE * PRICE_LEAST * PRICE_STEP ** rungs.length;
    current = rungs.length < PRICES ? solver(shape, next, current.values) : null;
    return current === null ? pageOf(parameters, rungs) : null;
  };
}

/** The gain falls with the price by the rate of drops (envelope theorem), so differences of gains tell drops and busy agents. */
function pageOf({ agents, handleMs }: ModelParameters, rungs: readonly PricedPolicy[]): Page {
  const between = rungs.slice(1).map((upper, index) => {
    const lower = rungs[index] as PricedPolicy;
    const drops = Math.max(0, (lower.gain - upper.gain) / (upper.price - lower.price));
    const busy = (lower.gain + upper.gain) / 2 + (drops * (lower.price + upper.price)) / 2;
    return { busy, dropRate: drops / (drops + busy / handleMs) };
  });
  return { agents, rungs, between };
}
