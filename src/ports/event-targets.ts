/** A program outside that is told of ledger entries. */
import type { EntryKind, LedgerEntry } from '../domain/ledger-entry.ts';

export interface EventTarget {
  /** Stable: what was told is kept under it. */
  readonly name: string;
  readonly kinds: readonly EntryKind[];
  /** Then an entry is given up, and the next one told. */
  readonly attemptsMax: number;
  /** Resolves when the target has taken it; rejects when it has not, or may not have: then it is sent again, so a target MUST know an id that comes twice. */
  send(entry: LedgerEntry): Promise<void>;
}
