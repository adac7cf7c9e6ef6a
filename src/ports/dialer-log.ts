/** What a dialer writes in its own books of the calls it has dialed, read from where it keeps them. */
import type { Outcome } from '../domain/call-result.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';

export interface LoggedCall {
  /** The dialer's own name of the call; no other of the last hour has it. */
  readonly name: string;
  readonly number: PhoneNumber;
  readonly leadId: string;
  /** Since it was dialed, by the dialer's own clock; a second more or less. */
  readonly dialedAgoMs: number;
  /** Null: its word says nothing of what became of the call. */
  readonly outcome: Exclude<Outcome, 'expired'> | null;
}

export interface DialerLog {
  /** For the log. */
  readonly name: string;
  /** Calls of the last minutes, each once, with the word that stands now. MUST settle within a bound of its own, MUST write nothing; rejects when it cannot tell. */
  read(): Promise<readonly LoggedCall[]>;
  close(): Promise<void>;
}
