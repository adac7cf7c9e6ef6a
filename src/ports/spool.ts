/** Where entries wait, durable, while the ledger's store is away. One sidecar's own: no other reads or writes it. */
import type { DamagedBytes, SpooledEntry } from '../domain/spool-record.ts';

/** The disk did not take the entry, or the spool is as large as it may get. Nothing of the entry is left behind. */
export class SpoolUnavailable extends Error {
  override readonly name = 'SpoolUnavailable';
  readonly code = 'spool_unavailable';
}

export interface Spool {
  /** What was there when it was opened, in order. */
  readonly found: { readonly entries: readonly SpooledEntry[]; readonly damaged: readonly DamagedBytes[] };
  /**
   * Resolves only when the entry is on the disk (fsync). Kept in the order of the calls; concurrent calls share an fsync. Rejects with
   * `SpoolUnavailable`; after a failure that leaves the file's end unknown, every later call does too, for the life of the process.
   */
  append(entry: SpooledEntry): Promise<void>;
  /** All of it is in the ledger. MUST NOT be called while an append is under way. */
  clear(): Promise<void>;
  bytes(): number;
  close(): Promise<void>;
}
