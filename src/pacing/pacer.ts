/** How many lines to open now: as busy as the drop budget allows. It proposes; the budget decides on each origination. */
import { callsCovered, unspentDrops } from './budget-room.ts';
import { chanceOfNoAgent } from './chance.ts';
import type { FloorView, LearnedRates, Pacer, PacePlan, PacingBounds } from './floor-view.ts';
import { type RateLearner, rateLearner } from './rates.ts';

/** Risk per line that spends about the whole budget, and the unspent drops over which it grows by e. */
const RISK = 0.06;
const RISK_MAX = 0.2;
const DROPS_PER_E = 8;

interface Wish {
  readonly lines: number;
  readonly because: string;
}

export function createPacer(bounds: PacingBounds, warm: LearnedRates | null): Pacer {
  const learner = rateLearner(warm);
  return {
    learn: (fact) => learner.learn(fact),
    learned: () => learner.learned(),
    plan: (view) => bounded(bounds, view, wish(bounds, learner, view)),
  };
}

const onePerFreeAgent = (view: FloorView, because: string): Wish => ({ lines: view.idle, because });

/** Lines that should ring, before any bound. */
function wish(bounds: PacingBounds, learner: RateLearner, view: FloorView): Wish {
  if (bounds.mode !== 'predictive') return onePerFreeAgent(view, 'one line per free agent');
  if (view.agentsTaking < bounds.agentsMin) {
    return onePerFreeAgent(view, 'too few agents for predictive dialing: one line per free agent');
  }
  if (learner.failing()) return onePerFreeAgent(view, 'lines are failing: one line per free agent');
  const rates = learner.rates();
  if (rates === null) return onePerFreeAgent(view, 'still learning: one line per free agent');
  const unspent = unspentDrops(view.windows, bounds.ceilingBp);
  const risk = Math.min(RISK_MAX, RISK * Math.exp((unspent - DROPS_PER_E) / DROPS_PER_E));
  const floor = { rates, idle: view.idle, busy: view.busySinceMs.length, patienceMs: 0 };
  let lines = view.idle;
  while (
    lines < 1_000 &&
    chanceOfNoAgent({ ...floor, waiting: view.waitingSinceMs.length, ringing: lines }) <= risk
  ) {
    lines += 1;
  }
  return { lines, because: 'as many as the chance of a drop allows' };
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
