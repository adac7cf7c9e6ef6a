/** The production pacer, and dialing one line per free agent, as policies of a simulated floor. */
import type { LearnedRates } from '../pacing/floor-view.ts';
import { createPacer } from '../pacing/pacer.ts';
import type { PolicyBook } from '../pacing/policy-book.ts';
import type { Policy } from './policy.ts';

export interface PacedBy {
  readonly ceilingBp: number;
  /** Upper bound of the dial level, hundredths of a line per agent. */
  readonly levelMaxHundredths: number;
  readonly warm: LearnedRates | null;
  /** Shared by floors, so that policies of the same rates are worked out once; left out: each its own. */
  readonly book?: PolicyBook;
}

/** Wide enough never to bind on the floors of the worlds. */
export const LEVEL_UNBOUND_HUNDREDTHS = 10_000;

function paced(
  mode: 'predictive' | 'progressive',
  { ceilingBp, levelMaxHundredths, warm, book }: PacedBy,
): Policy {
  const pacer = createPacer(
    { mode, ceilingBp, levelMaxHundredths, linesMax: null, agentsMin: 1 },
    warm,
    book,
  );
  return {
    name: mode === 'predictive' ? 'breakwater' : 'progressive',
    guarded: true,
    looks: 'at_events',
    linesNow: (view) => pacer.plan(view).linesNow,
    learn: (fact) => pacer.learn(fact),
    settled: () => undefined,
    dayBegins: () => undefined,
  };
}

export const breakwaterPolicy = (by: PacedBy): Policy => paced('predictive', by);
export const progressivePolicy = (by: PacedBy): Policy => paced('progressive', by);
