/** What the drop budget leaves room for: unspent drops, and how many calls in flight it covers if all are answered at once. */
import { isAboveCeiling, type Tally } from '../domain/drop-budget.ts';

/** theta * A - D of the tightest window: drops not yet spent; negative when a window stands above the ceiling. */
export const unspentDrops = (windows: readonly Tally[], ceilingBp: number): number =>
  windows.reduce(
    (least, { liveAnswers, drops }) => Math.min(least, (ceilingBp * liveAnswers) / 10_000 - drops),
    Number.POSITIVE_INFINITY,
  );

/**
 * The most calls in flight of which those beyond `idle` could all be dropped, before anybody else is connected, without lifting a window
 * above the ceiling: the largest m with 10000 * (D + m - idle) <= ceilingBp * (A + m - idle), as `admits` has it, never fewer than `idle`.
 * Asking for more would only be vetoed.
 */
export function callsCovered(windows: readonly Tally[], idle: number, ceilingBp: number): number {
  let most = Number.POSITIVE_INFINITY;
  for (const window of windows) {
    if (isAboveCeiling(window, ceilingBp)) return idle;
    if (ceilingBp >= 10_000) continue;
    const { liveAnswers, drops } = window;
    const room = ceilingBp * liveAnswers - 10_000 * drops;
    most = Math.min(most, idle + Math.floor(room / (10_000 - ceilingBp)));
  }
  return Math.max(idle, most);
}
