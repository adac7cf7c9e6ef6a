/** Where dial levels go besides HTTP and the feed. Order, repetition and what is newest: `control/deliver-newest.ts`. */
import type { DialLevelNotice } from '../domain/dial-level-notice.ts';

export interface LevelOutlet {
  /** For the log. */
  readonly name: string;
  /** What was told is told again after so long, because it may have been lost unseen; null: never. */
  readonly renewMs: number | null;
  /**
   * Delivers one level, once. MUST settle within a bound of its own; rejects when it was not taken, and then it may have arrived all
   * the same. Never asked for two levels of one campaign at once.
   */
  send(notice: DialLevelNotice): Promise<void>;
  /** `listener` hears each time whoever is told may have forgotten everything: the exchange is there again. */
  onForgotten(listener: () => void): void;
}
