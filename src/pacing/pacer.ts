/** How many lines to open now: as busy as the drop budget allows. It proposes; the budget decides on each origination. */
import { callsCovered, unspentDrops } from './budget-room.ts';
import { chanceOfNoAgent } from './chance.ts';
import type { FloorView, LearnedRates, Pacer, PacePlan, PacingBounds } from './floor-view.ts';
import { patienceLearner, withoutAgent } from './patience.ts';
import { type PolicyBook, policyBook } from './policy-book.ts';
import { coverMemory, coverOf, linesAt, rungNow } from './price.ts';
import { type Rates, rateLearner } from './rates.ts';

/** Risk per line that spends about the whole budget, and the unspent drops over which it grows by e. */
const RISK = 0.06;
const RISK_MAX = 0.2;
const DROPS_PER_E = 8;
/** More lines than this are never thought about at once. */
const LINES_MAX = 2_000;

interface Wish {
  readonly lines: number;
  readonly because: string;
}

/** `book`: policies worked out before, so that floors of the same rates share them; they follow from the rates alone. */
export function createPacer(
  bounds: PacingBounds,
  warm: LearnedRates | null,
  book: PolicyBook = policyBook(),
): Pacer {
  const learner = rateLearner(warm);
  const patience = patienceLearner();
  const cover = coverMemory();

  /** Lines that should ring, before any bound. */
  function wish(view: FloorView): Wish {
    const { agentsTaking, idle } = view;
    const one = (because: string): Wish => ({ lines: idle, because: `${because}: one line per free agent` });
    if (bounds.mode !== 'predictive') return one(`the mode is ${bounds.mode}`);
    if (agentsTaking < bounds.agentsMin) return one('too few agents for predictive dialing');
    if (learner.failing()) return one('lines are failing');
    const rates = learner.rates();
    if (rates === null) return one('still learning');
    const unspent = unspentDrops(view.windows, bounds.ceilingBp);
    if (unspent < 0) return one('the drop rate is above the ceiling');
    const patienceMs = patience.patienceMs();
    const page = book.look(agentsTaking, rates, patienceMs);
    const because = 'one more line would risk more drops than it is worth';
    if (page === null) return { lines: byChance(view, rates, patienceMs, unspent), because };
    const ceiling = bounds.ceilingBp / 10_000;
    const kept = cover.keep(view.nowMs, coverOf(page, ceiling));
    return { lines: linesAt(page, rungNow(page, ceiling, unspent, kept), idle, withoutAgent(view)), because };
  }

  return {
    learn: (fact) => learner.learn(fact),
    learned: () => learner.learned(),
    plan(view) {
      patience.see(view);
      return bounded(bounds, view, wish(view));
    },
  };
}

/** Before the first page of the book is written. */
function byChance(view: FloorView, rates: Rates, patienceMs: number, unspent: number): number {
  const risk = Math.min(RISK_MAX, RISK * Math.exp((unspent - DROPS_PER_E) / DROPS_PER_E));
  const busy = view.busySinceMs.length;
  const waiting = withoutAgent(view);
  let ringing = view.idle;
  const chance = (): number =>
    chanceOfNoAgent({ rates, idle: view.idle, busy, patienceMs, waiting, ringing });
  while (ringing < LINES_MAX && chance() <= risk) ringing += 1;
  return ringing;
}

function bounded(bounds: PacingBounds, view: FloorView, wished: Wish): PacePlan {
  const { agentsTaking } = view;
  const ringing = view.ringingSinceMs.length;
  const waiting = view.waitingSinceMs.length;
  const talking = view.busySinceMs.length;
  if (agentsTaking === 0) return { linesNow: 0, levelHundredths: 0, because: 'no agent takes calls' };
  const limits: readonly Wish[] = [
    {
      lines: callsCovered(view.windows, view.idle, bounds.ceilingBp) - waiting,
      because: 'the drop budget covers no more',
    },
    {
      lines: Math.floor((bounds.levelMaxHundredths * agentsTaking) / 100) - waiting - talking,
      because: 'the maximum dial level is reached',
    },
    { lines: bounds.linesMax ?? Number.POSITIVE_INFINITY, because: 'the maximum of lines is open' },
  ];
  const chosen = limits.reduce((least, limit) => (limit.lines < least.lines ? limit : least), wished);
  const linesNow = Math.max(0, chosen.lines - ringing);
  const level = Math.floor((100 * (ringing + waiting + talking + linesNow)) / agentsTaking);
  return { linesNow, levelHundredths: level, because: chosen.because };
}
