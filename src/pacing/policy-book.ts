/**
 * Best policies of the floor model at a ladder of prices, for the rates that hold now. They are worked out in slices, a few at each
 * look at the floor, so that no look takes long; until they are there, those of before are used. Pure: slices are counted, not timed.
 */
import { type ModelParameters, type PricedPolicy, shapeOf, solver } from './floor-model.ts';
import type { Rates } from './rates.ts';

/**
 * The ladder: neighbours differ by `PRICE_STEP`. A drop at 3 % costs about `PRICE_AT_ROOT` handle times divided by the root of the agents
 * (read off many solutions); the ladder reaches from some rungs below that to some above.
 */
const PRICE_AT_ROOT = 4.5;
export const PRICE_STEP = 1.5;
const RUNGS_BELOW = 3;
const RUNGS = 9;
/** States looked at per slice: about a millisecond. */
const STATES_PER_SLICE = 60_000;
/** Rates that differ by less share a page. */
const ANSWER_STEP = Math.log(1.1);
const RING_STEP = Math.log(1.15);
const PATIENCE_STEP = Math.log(1.6);
/** A rate keeps its page until it has left the middle of it by so many steps. */
const STAYS_WITHIN = 0.7;
/** With more lines than this in the mean, bundles of them count as one line that is answered as often as they together. */
const STEADY_LINES_MAX = 24;
/** Below this share of a handle time waiting is as good as none. */
const PATIENCE_LEAST = 0.000_5;
const PAGES_MAX = 400;
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
  const pages = new Map<string, { readonly at: Key; readonly page: Page }>();
  let now: { readonly at: Key; readonly page: Page | null; readonly written: boolean } | null = null;
  let writing: { readonly at: Key; readonly slice: () => Page | null } | null = null;

  /** The page of these rates, or the one whose rates are nearest. */
  function find(at: Key): NonNullable<typeof now> {
    const written = pages.get(at.join('/'));
    if (written !== undefined) return { ...written, written: true };
    let nearest: Page | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const { at: other, page } of pages.values()) {
      const away = distance(at, other);
      if (away < least) [least, nearest] = [away, page];
    }
    return { at, page: nearest, written: false };
  }

  return {
    look(agents, rates, patienceMs) {
      const at = keyOf(agents, rates, patienceMs, now?.at ?? null);
      if (now === null || !sameKey(at, now.at)) now = find(at);
      if (now.written && writing === null) return now.page;
      // What was begun is ended first: rates that move would otherwise never see a page.
      writing ??= { at, slice: pageWriter(parametersOf(at)) };
      const page = writing.slice();
      if (page === null) return now.page;
      const [oldest] = pages.keys();
      if (pages.size >= PAGES_MAX && oldest !== undefined) pages.delete(oldest);
      pages.set(writing.at.join('/'), { at: writing.at, page });
      writing = null;
      now = find(at);
      return now.page;
    },
  };
}

/** Agents, and the steps of answer rate, ring time and patience; `NO_PATIENCE` where nobody waits. */
type Key = readonly [agents: number, answer: number, ring: number, patience: number];

const NO_PATIENCE = -1_000;

const sameKey = (a: Key, b: Key): boolean => a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3];

/** Another number of agents counts most: their pages are read by free agents, which only comes near. */
const distance = (a: Key, b: Key): number =>
  10 * Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]) + Math.abs(a[2] - b[2]) + Math.abs(a[3] - b[3]);

function keyOf(agents: number, rates: Rates, patienceMs: number, before: Key | null): Key {
  const { answerRate, ringMs, handleMs } = rates;
  const patience = patienceMs / handleMs;
  return [
    agents,
    stepOf(answerRate, ANSWER_STEP, before?.[1]),
    stepOf(ringMs / handleMs, RING_STEP, before?.[2]),
    patience < PATIENCE_LEAST ? NO_PATIENCE : stepOf(patience, PATIENCE_STEP, before?.[3]),
  ];
}

function stepOf(value: number, step: number, before: number | undefined): number {
  const steps = Math.log(value) / step;
  return before !== undefined && Math.abs(steps - before) <= STAYS_WITHIN ? before : Math.round(steps);
}

const parametersOf = ([agents, answer, ring, patience]: Key): ModelParameters => ({
  agents,
  answerRate: Math.min(1, Math.exp(answer * ANSWER_STEP)),
  ringMs: Math.exp(ring * RING_STEP),
  handleMs: HANDLE,
  patienceMs: patience === NO_PATIENCE ? 0 : Math.exp(patience * PATIENCE_STEP),
});

/** How many lines count as one. */
function bundleOf({ agents, answerRate, ringMs, handleMs }: ModelParameters): number {
  const steady = (agents * ringMs) / (handleMs * answerRate);
  return Math.max(1, Math.min(Math.floor(1 / answerRate), Math.ceil(steady / STEADY_LINES_MAX)));
}

function unbundled(policy: PricedPolicy, bundle: number): PricedPolicy {
  if (bundle === 1) return policy;
  const times = (lines: readonly number[]): readonly number[] => lines.map((count) => count * bundle);
  return {
    ...policy,
    linesByIdle: times(policy.linesByIdle),
    linesByWaiting: times(policy.linesByWaiting),
  };
}

/** Each call works for one slice; the page when it is done. */
function pageWriter(parameters: ModelParameters): () => Page | null {
  const bundle = bundleOf(parameters);
  const shape = shapeOf({ ...parameters, answerRate: Math.min(1, parameters.answerRate * bundle) });
  const states = (shape.callsMax - shape.callsMin + 1) * (shape.linesMax + 1);
  const sweeps = Math.max(1, Math.floor(STATES_PER_SLICE / states));
  const middle = (HANDLE * PRICE_AT_ROOT) / Math.sqrt(parameters.agents);
  const priceOf = (rung: number): number => middle * PRICE_STEP ** (rung - RUNGS_BELOW);
  const rungs: PricedPolicy[] = [];
  let current = solver(shape, priceOf(0), null);
  return () => {
    if (!current.advance(sweeps)) return null;
    rungs.push(unbundled(current.policy(), bundle));
    if (rungs.length === RUNGS) return pageOf(parameters, rungs);
    current = solver(shape, priceOf(rungs.length), current.values);
    return null;
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
