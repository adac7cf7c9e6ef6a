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
  /**
   * Calls in flight of other sidecars beyond the idle agents of those. Left out: the agents are everybody's, and `inFlight`, `ready` and
   * `promised` are of all sidecars.
   */
  readonly exposedElsewhere?: number;
}

export type Admission =
  | { readonly admitted: true; readonly overdial: boolean }
  | { readonly admitted: false; readonly code: 'no_agent' | 'drop_budget_spent' | 'over_dialing_barred' };

/**
 * 10000 * (D + b) - ceilingBp * (A + b): how far above the ceiling a window stands when the next `exposed` results are all drops.
 * Results come one by one: of a burst that is answered at once the drops may be counted before the connects.
 */
export const excessAfter = (window: Tally, exposed: number, ceilingBp: number): number =>
  10_000 * (window.drops + exposed) - ceilingBp * (window.liveAnswers + exposed);

/** True when a window stands above the ceiling: exactly 3.00 % is not above (47 CFR 64.1200(a)(7)). */
export const isAboveCeiling = (window: Tally, ceilingBp: number): boolean =>
  excessAfter(window, 0, ceilingBp) > 0;

/**
 * INVARIANT (never-above-ceiling). One line per free agent is always admitted; a line beyond that only when the calls in flight that no
 * idle agent is there for, this one included, could all be dropped before anybody else is connected, and no window would stand above the
 * ceiling. What follows never makes it worse: a drop moves one call from `exposed` to both counts, a connect adds a live answer, a call
 * that fails or an agent who becomes free exposes less. (It also bounds f(0) and f(m) of all answering at once.)
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
  const exposed = lines - idle + (snapshot.exposedElsewhere ?? 0);
  const holds = snapshot.windows.every(
    (window) => excessAfter(window, 0, ceilingBp) <= 0 && excessAfter(window, exposed, ceilingBp) <= 0,
  );
  return holds ? { admitted: true, overdial: true } : { admitted: false, code: 'drop_budget_spent' };
}

/** What decides an admission: `admits`, unless a test shows that another one would be found out. */
export type Admit = typeof admits;
