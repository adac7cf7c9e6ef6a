/** Everything the stores hold on one number, wherever it stands: for a person who asks what is known of them. Reads only. */
import type { JsonObject, LedgerEntry } from '../domain/ledger-entry.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';

/** A row of a table beside the ledger, as it stands. */
export interface KeptRow {
  readonly table: string;
  readonly row: JsonObject;
}

export interface PersonData {
  /** Entries that name the number, of calls of the number, and those with its digits anywhere in their text; in the order of ids. */
  entries(number: PhoneNumber): AsyncIterable<LedgerEntry>;
  /** Of every table but the ledger's own, in the order of their names: rows with the number's digits, and rows of these calls. */
  rows(number: PhoneNumber, callIds: readonly string[]): Promise<readonly KeptRow[]>;
  close(): Promise<void>;
}
