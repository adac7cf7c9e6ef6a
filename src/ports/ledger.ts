/** The append-only record. Projections (opt-outs, consents, attestations) change in the same transaction as their entry. */
import type { EntryKind, LedgerDraft, LedgerEntry } from '../domain/ledger-entry.ts';
import type { WriterId } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import type { RecordsMark } from './fact-sources.ts';

/**
 * `duplicate`: an entry of this kind with this dedupe key stood already; nothing was written, `entry` is the old one. `recordsMark`: as
 * `ComplianceRecords.mark`, read after the entry was durable and told together with that; left out where the adapter does not read it, or
 * where that was told too late to be of now.
 */
export type LedgerReceipt =
  | { readonly kind: 'written'; readonly entry: LedgerEntry; readonly recordsMark?: RecordsMark }
  | { readonly kind: 'duplicate'; readonly entry: LedgerEntry };

/** Durability cannot be had within the adapter's bound. */
export class LedgerUnavailable extends Error {
  override readonly name = 'LedgerUnavailable';
  readonly code = 'ledger_unavailable';
  /**
   * `not_written`: the entry is not in the ledger and never will be unless it is appended again.
   * `unknown`: the store vanished while it was committing and has not come back within the bound, so nobody can know. Callers
   * MUST NOT act on the entry; appending it again with the same dedupe key tells (`duplicate`: it stood) and never doubles it.
   */
  readonly outcome: 'not_written' | 'unknown';

  constructor(
    message: string,
    options: ErrorOptions & { readonly outcome?: 'not_written' | 'unknown' } = {},
  ) {
    super(message, options);
    this.outcome = options.outcome ?? 'not_written';
  }
}

/** The draft can never be written: a field its projection needs is missing or it has no canonical form. A bug of the caller. */
export class EntryRefused extends Error {
  override readonly name = 'EntryRefused';
  readonly code = 'entry_refused';
}

export interface LedgerQuery {
  /** Only entries with a larger id. */
  readonly afterId?: number;
  /** Only entries with a smaller id. */
  readonly beforeId?: number;
  readonly kinds?: readonly EntryKind[];
  /** Only entries whose body names this call in `callId`. */
  readonly callId?: string;
  /** Only entries whose body names this number in `number`. */
  readonly number?: string;
  /** Only entries whose body names this campaign in `campaignId`. */
  readonly campaignId?: string;
  /** Only entries stamped at or after this instant. */
  readonly since?: Instant;
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
   * Rejects with `LedgerUnavailable` when durability cannot be had within the adapter's bound (see its `outcome`), with
   * `EntryRefused` when the draft itself is at fault.
   */
  append(draft: LedgerDraft): Promise<LedgerReceipt>;
  read(query: LedgerQuery): Promise<readonly LedgerEntry[]>;
  /**
   * `listener` sees every entry of every writer that becomes visible after the call, once, in id order. It may also see
   * entries of other processes that became visible shortly before. It MUST NOT throw.
   */
  subscribe(listener: (entry: LedgerEntry) => void): { unsubscribe(): void };
  /** Rejects when the store does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
