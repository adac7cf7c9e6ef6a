/**
 * The price of a drop. The ladder of policies tells which price spends the ceiling in the long run; around it the price rises when
 * less of the budget is unspent than the lines in flight need as cover, and falls when more is.
 */
import type { Page } from './policy-book.ts';
import { PRICE_STEP } from './policy-book.ts';
import type { PricedPolicy } from './floor-model.ts';

/** Unspent drops over which the price changes by e. */
const DROPS_PER_E = 8;
/** At most so many rungs away from the price that spends the ceiling. */
const RUNGS_DOWN = 1.5;
const RUNGS_UP = 5;
/**
 * Unspent drops that are kept as cover: these, and one for each line that rings for nobody when twice as many agents are free as in the
 * mean. With less the budget itself stops lines at the moments when they are worth most; with more it is not spent.
 */
const COVER = 3;
const COVER_AT_IDLE = 2;

/** Where on the ladder, in rungs, drops per live answer meet the ceiling in the long run. */
export function rungAt(page: Page, dropRate: number): number {
  const { between } = page;
  for (const [index, { dropRate: here }] of between.entries()) {
    if (here > dropRate) continue;
    const before = between[index - 1]?.dropRate;
    if (before === undefined) return 0;
    const share = Math.log(before / dropRate) / Math.log(before / Math.max(here, 1e-6));
    return index - 0.5 + share;
  }
  return between.length;
}

const linesOf = (policy: PricedPolicy, idle: number, waiting: number): number =>
  idle > 0
    ? Math.max(idle, policy.linesByIdle[idle] ?? Math.max(idle, policy.linesByIdle.at(-1) ?? 0))
    : (policy.linesByWaiting[waiting] ?? 0);

/** Lines between two rungs, rounded. */
export function linesAt(page: Page, rung: number, idle: number, waiting: number): number {
  const lower = Math.max(0, Math.min(page.rungs.length - 1, Math.floor(rung)));
  const upper = Math.min(page.rungs.length - 1, lower + 1);
  const share = Math.max(0, Math.min(1, rung - lower));
  const [low, high] = [page.rungs[lower], page.rungs[upper]];
  if (low === undefined || high === undefined) return idle;
  const lines = linesOf(low, idle, waiting) * (1 - share) + linesOf(high, idle, waiting) * share;
  return Math.round(lines);
}

/** Unspent drops that lines in flight need as cover while these policies hold. */
export function coverOf(page: Page, ceiling: number): number {
  const steady = rungAt(page, ceiling);
  const busy = page.between[Math.min(page.between.length - 1, Math.max(0, Math.round(steady)))]?.busy ?? 0;
  const idle = Math.max(1, Math.round(COVER_AT_IDLE * (page.agents - busy)));
  return COVER + Math.max(0, linesAt(page, steady, idle, 0) - idle);
}

/** The rung for now. `unspent`: drops the tightest window still leaves room for; `cover`: how many should be left unspent. */
export function rungNow(page: Page, ceiling: number, unspent: number, cover: number): number {
  const rungs = (cover - unspent) / (DROPS_PER_E * Math.log(PRICE_STEP));
  return rungAt(page, ceiling) + Math.max(-RUNGS_DOWN, Math.min(RUNGS_UP, rungs));
}

/** Hard times come back: cover that was needed is kept for a while after, and fades by half in this time. */
const COVER_HALVES_MS = 2 * 3_600_000;

export interface CoverMemory {
  /** The cover to keep at `nowMs`, when `needed` is needed now. */
  keep(nowMs: number, needed: number): number;
}

export function coverMemory(): CoverMemory {
  let kept = 0;
  let atMs = 0;
  return {
    keep(nowMs, needed) {
      const passedMs = Math.max(0, nowMs - atMs);
      kept = Math.max(needed, kept * 2 ** (-passedMs / COVER_HALVES_MS));
      atMs = nowMs;
      return kept;
    },
  };
}
