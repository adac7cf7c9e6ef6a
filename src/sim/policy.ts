/** Who decides how many lines to open on a simulated floor. */
import type { Outcome } from '../domain/call-result.ts';
import type { FloorView, PaceFact } from '../pacing/floor-view.ts';

export interface Policy {
  readonly name: string;
  /** Each origination is asked of the drop budget first (`admits`). */
  readonly guarded: boolean;
  /** Looks at the floor after each event, or each so many milliseconds. */
  readonly looks: 'at_events' | number;
  /** Lines to open now. */
  linesNow(view: FloorView): number;
  learn(fact: PaceFact): void;
  /** A call has its result. */
  settled(outcome: Outcome): void;
  /** Before the first call of a day. */
  dayBegins(): void;
}
