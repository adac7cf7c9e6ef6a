/** All that decisions read of the ledger's records at once, so that one sidecar can go on with them while the store is away. */
import type { EntryKind, JsonObject, LedgerEntry } from '../domain/ledger-entry.ts';
import type { ComplianceRecords } from './fact-sources.ts';

/** A record as the entry that would make it. */
export interface StandingRecord {
  readonly kind: EntryKind;
  readonly body: JsonObject;
}

export interface StandingSource {
  /**
   * Hands out every record as of one instant; resolves with the id of the last entry that is in it. Stops and resolves with null when there
   * are more than `max`. Rejects when the store does not answer.
   */
  load(max: number, take: (record: StandingRecord) => void): Promise<number | null>;
  /** How many others may write to the store now: sidecars of other writer ids, and those that stand by. */
  others(): Promise<number>;
}

/** Records that are projected from entries in memory. `project` MUST be given them in the order of the ledger. */
export interface ProjectedRecords extends ComplianceRecords {
  project(entry: Pick<LedgerEntry, 'kind' | 'body'>): void;
}
