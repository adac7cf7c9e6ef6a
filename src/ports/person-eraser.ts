/**
 * Erasing what is kept on one number beside the ledger: for a person who asks for it. Never takes an entry out of the ledger, and never
 * anything that forbids a call.
 */
import type { LedgerEntry } from '../domain/ledger-entry.ts';
import type { KeptDuty } from '../domain/person-erasure.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';
import type { Instant } from '../domain/time.ts';

/** What would go, and what forbids it. */
export interface ErasurePlan {
  /** Legal holds that bind what is kept on the person, each with its id; one of them and nothing is erased. */
  readonly holds: readonly string[];
  /** Sellers that will hold a request not to be called. */
  readonly sellers: readonly string[];
  /** Rows that go, by table. */
  readonly rows: Readonly<Record<string, number>>;
}

export interface ErasureOrder {
  readonly number: PhoneNumber;
  readonly who: string;
  readonly why: string;
  readonly kept: readonly KeptDuty[];
}

export interface ErasureDone {
  readonly erasedAt: Instant;
  readonly sellers: readonly string[];
  readonly rows: Readonly<Record<string, number>>;
  /** The entry `person_erased`. */
  readonly entry: LedgerEntry;
}

/** A hold binds the person, or somebody keeps the writers waiting: nothing was changed. */
export class ErasureRefused extends Error {
  override readonly name = 'ErasureRefused';
  readonly code = 'erasure_refused';
}

export interface PersonEraser {
  /** Changes nothing. */
  plan(number: PhoneNumber): Promise<ErasurePlan>;
  /**
   * INVARIANT (erased-is-written): a request not to be called to every seller, the rows that go, and the entry that says all this are one
   * transaction. Refused when a hold binds the person at that moment. Rejects with `ErasureRefused`.
   */
  erase(order: ErasureOrder): Promise<ErasureDone>;
  close(): Promise<void>;
}
