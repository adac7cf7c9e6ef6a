/** How many lines the budget leaves room for now, and the dial level that says so. The thin controller: spend what is safe. */
import { admits, type BudgetSnapshot } from '../domain/drop-budget.ts';

export interface DialLevel {
  /** Lines per ready agent, in hundredths. */
  readonly levelHundredths: number;
  readonly linesNow: number;
  readonly because: string;
}

export interface DialLevelInput {
  readonly snapshot: BudgetSnapshot;
  readonly ceilingBp: number;
  readonly loggedIn: number;
  readonly overDialing: 'allowed' | 'barred';
  /** Upper bound of lines per ready agent. */
  readonly levelMax: number;
  readonly paused: boolean;
}

/** Deterministic: opens lines while each further one would still be admitted, up to the maximum level. */
export function dialLevel(input: DialLevelInput): DialLevel {
  const { snapshot, ceilingBp, loggedIn, overDialing, paused } = input;
  const idle = Math.max(0, snapshot.ready - snapshot.promised);
  if (paused) return { levelHundredths: 0, linesNow: 0, because: 'the campaign is paused' };
  if (loggedIn === 0) return { levelHundredths: 0, linesNow: 0, because: 'no agent is logged in' };
  const linesMax = Math.floor(input.levelMax * idle);
  let lines = 0;
  while (snapshot.inFlight + lines < linesMax) {
    const next = { ...snapshot, inFlight: snapshot.inFlight + lines };
    if (!admits(next, ceilingBp, overDialing, loggedIn).admitted) break;
    lines += 1;
  }
  return {
    levelHundredths: idle === 0 ? 0 : Math.floor((100 * (snapshot.inFlight + lines)) / idle),
    linesNow: lines,
    because: reasonFor(input, idle, lines, linesMax),
  };
}

function reasonFor(input: DialLevelInput, idle: number, lines: number, linesMax: number): string {
  if (idle === 0) return 'no agent is free';
  if (!input.snapshot.rebuilt) return 'counters are being rebuilt: one line per free agent';
  if (input.overDialing === 'barred') return 'one line per free agent';
  if (input.snapshot.inFlight + lines >= linesMax) return 'the maximum dial level is reached';
  return 'one more line could push the drop rate over the ceiling';
}

/** Drops that every window still leaves room for if all calls in flight were answered by persons and found an agent. */
export function budgetLeft(snapshot: BudgetSnapshot, ceilingBp: number): number {
  const room = snapshot.windows.map((window) =>
    Math.floor((ceilingBp * (window.liveAnswers + snapshot.inFlight)) / 10_000 - window.drops),
  );
  return Math.max(0, Math.min(...room));
}
