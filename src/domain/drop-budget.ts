/**
 * The guarantee: no prefix of a counting window ever stands above the ceiling because we over-dialed.
 * Integers throughout: basis points against counts, products are compared, quotients never rounded.
 */
import { assertInvariant } from './assert.ts';

/** Live answers and drops of one counting window. */
export interface Tally {
  readonly liveAnswers: number;
  readonly drops: number;
}

export const EMPTY_TALLY: Tally = { liveAnswers: 0, drops: 0 };

/** What an admission looks at, taken in one atomic step with the reservation. */
export interface BudgetSnapshot {
  /** Every window that must hold: today and the current 30-day block. */
  readonly windows: readonly Tally[];
  /** Calls dialed and not yet connected, dropped, failed or cancelled, without the one asked for. */
  readonly inFlight: number;
  /** Agents ready now. */
  readonly ready: number;
  /** Ready agents already promised to an answered call. */
  readonly promised: number;
  /** False while counters are being rebuilt: then only progressive dialing is admitted. */
  readonly rebuilt: boolean;
}

export type Admission =
  | { readonly admitted: true; readonly overdial: boolean }
  | { readonly admitted: false; readonly code: 'no_agent' | 'drop_budget_spent' | 'over_dialing_barred' };

/** 10000 * (D + max(0, k - idle)) - ceilingBp * (A + k), the excess if `k` of the calls in flight are answered at once. */
export function budgetExcess(window: Tally, k: number, idle: number, ceilingBp: number): number {
  return 10_000 * (window.drops + Math.max(0, k - idle)) - ceilingBp * (window.liveAnswers + k);
}

/** True when a window stands above the ceiling: exactly 3.00 % is not above (47 CFR 64.1200(a)(7)). */
export const isAboveCeiling = (window: Tally, ceilingBp: number): boolean =>
  budgetExcess(window, 0, 0, ceilingBp) > 0;

/**
 * INVARIANT (never-above-ceiling). One line per free agent is always admitted; a line beyond that only when no number of
 * simultaneous answers could lift any window above the ceiling.
 */
export function admits(
  snapshot: BudgetSnapshot,
  ceilingBp: number,
  overDialing: 'allowed' | 'barred',
  loggedIn: number,
): Admission {
  assertInvariant(snapshot.inFlight >= 0, 'in-flight-not-negative', String(snapshot.inFlight));
  if (loggedIn === 0) return { admitted: false, code: 'no_agent' };
  const lines = snapshot.inFlight + 1;
  const idle = Math.max(0, snapshot.ready - snapshot.promised);
  if (lines <= idle) return { admitted: true, overdial: false };
  if (overDialing === 'barred') return { admitted: false, code: 'over_dialing_barred' };
  if (!snapshot.rebuilt) return { admitted: false, code: 'drop_budget_spent' };
  const holds = snapshot.windows.every(
    (window) =>
      budgetExcess(window, 0, idle, ceilingBp) <= 0 && budgetExcess(window, lines, idle, ceilingBp) <= 0,
  );
  return holds ? { admitted: true, overdial: true } : { admitted: false, code: 'drop_budget_spent' };
}
