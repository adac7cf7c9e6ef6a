/** The append-only record. Projections (opt-outs, consents, attestations) change in the same transaction as their entry. */
import type { EntryKind, LedgerDraft, LedgerEntry } from '../domain/ledger-entry.ts';
import type { WriterId } from '../domain/ids.ts';

/** `duplicate`: an entry of this kind with this dedupe key stood already; nothing was written, `entry` is the old one. */
export type LedgerReceipt =
  | { readonly kind: 'written'; readonly entry: LedgerEntry }
  | { readonly kind: 'duplicate'; readonly entry: LedgerEntry };

export class LedgerUnavailable extends Error {
  override readonly name = 'LedgerUnavailable';
  readonly code = 'ledger_unavailable';
}

export interface LedgerQuery {
  /** Only entries with a larger id. */
  readonly afterId?: number;
  readonly kinds?: readonly EntryKind[];
  /** Only entries whose body names this call in `callId`. */
  readonly callId?: string;
  /** Only entries whose body names this number in `number`. */
  readonly number?: string;
  /** `asc` (default) from the oldest, `desc` from the newest. */
  readonly order?: 'asc' | 'desc';
  /** At most this many; an adapter may cap it at 10,000. */
  readonly limit: number;
}

export interface Ledger {
  readonly writer: WriterId;
  /**
   * Resolves only when the entry is durable (committed with fsync on). Callers MUST NOT act on an entry before that.
   * Entries of one process are chained in the order of the calls; concurrent calls share a commit.
   * Rejects with `LedgerUnavailable` when durability cannot be had within the adapter's bound; then the entry is not
   * written, and never will be unless it is appended again.
   */
  append(draft: LedgerDraft): Promise<LedgerReceipt>;
  read(query: LedgerQuery): Promise<readonly LedgerEntry[]>;
  /** `listener` sees every entry of every writer that becomes visible after the call, once, in id order. */
  subscribe(listener: (entry: LedgerEntry) => void): { unsubscribe(): void };
  /** Rejects when the store does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
