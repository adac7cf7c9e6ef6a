/** Keeping the ledger for years: legal holds, and months of which entries past their class are taken out. Nothing that dials holds this. */
import type { Hash } from '../domain/hash-chain.ts';
import type { LedgerHold } from '../domain/ledger-hold.ts';
import type { EntryKind, JsonObject, LedgerDraft, LedgerEntry } from '../domain/ledger-entry.ts';
import type { Erasure } from '../domain/person-erasure.ts';
import type { Instant } from '../domain/time.ts';
import type { LedgerReceipt } from './ledger.ts';

/** A month's table. */
export interface LedgerPart {
  readonly name: string;
  /** As `ledgerMonthOf` names it. */
  readonly month: string;
  readonly fromId: number;
  /** The first id behind it. */
  readonly untilId: number;
  /** The end of the month in UTC; of what was before there were months, the end of the month in which they began. */
  readonly ends: Instant;
}

export interface Pruning {
  readonly part: LedgerPart;
  /** Ids of the entries that stay, in their order. */
  readonly keptIds: readonly number[];
  /** Of the entry `ledger_pruned`. */
  readonly body: JsonObject;
  readonly heads: Readonly<Record<string, { readonly seq: number; readonly hash: Hash }>>;
}

/** Somebody has set a hold meanwhile, reads the month for long, or prunes as well: nothing was changed; the same again may go through. */
export class PruningRefused extends Error {
  override readonly name = 'PruningRefused';
  readonly code = 'pruning_refused';
}

export interface LedgerKeeper {
  /** The wall clock of the store. */
  now(): Promise<Instant>;
  /** The oldest first; those to come included. */
  parts(): Promise<readonly LedgerPart[]>;
  /** Newest stamp of an entry in the part; null: it is empty. */
  newestStamp(part: LedgerPart): Promise<Instant | null>;
  /** In the order of ids. */
  entriesOf(part: LedgerPart): AsyncIterable<LedgerEntry>;
  /** All of a kind, of every month. */
  entriesOfKind(kind: Extract<EntryKind, 'ledger_pruned'>): Promise<readonly LedgerEntry[]>;
  /** Holds that bind the part now, each with its id; those on recordings included. */
  holdsOn(part: LedgerPart): Promise<readonly string[]>;
  /** Every number that was ever erased, each time it was. */
  erasures(): Promise<readonly Erasure[]>;
  /** Every one ever set on the ledger, newest first. */
  holds(): Promise<readonly LedgerHold[]>;
  append(draft: LedgerDraft): Promise<LedgerReceipt>;
  /**
   * INVARIANT (pruned-is-written): the entry that says it and the pruning itself are one transaction. Refused, whatever was planned, when
   * a hold binds the part at that moment. Rejects with `PruningRefused`.
   */
  prune(pruning: Pruning): Promise<LedgerEntry>;
  close(): Promise<void>;
}
