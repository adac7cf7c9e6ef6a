/** The drop budget as people read it. What is admitted is decided in `drop-budget.ts`. */
import type { BudgetSnapshot } from './drop-budget.ts';

/** Drops that every window still leaves room for if all calls in flight were answered by persons and found an agent. */
export function budgetLeft(
  snapshot: Pick<BudgetSnapshot, 'windows' | 'inFlight'>,
  ceilingBp: number,
): number {
  const room = snapshot.windows.map((window) =>
    Math.floor((ceilingBp * (window.liveAnswers + snapshot.inFlight)) / 10_000 - window.drops),
  );
  return Math.max(0, Math.min(...room));
}
