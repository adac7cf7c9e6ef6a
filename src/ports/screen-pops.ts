/** Where screen pops go besides whoever follows an agent over HTTP. */
import type { ScreenPop } from '../domain/screen-pop.ts';

export interface ScreenPopTarget {
  /**
   * MUST return at once and never throw: a call does not wait for it. Those of one agent arrive in order, or not at all; none is told
   * twice, and none is kept for later, because an old one tells of a person who has gone.
   */
  tell(pop: ScreenPop): void;
}
