/**
 * What the FastAGI server asks of control: one script per path of the `agi://` address. The server speaks the protocol and
 * keeps the time; scripts decide. An answer is a list of channel variables, and its last one is what the dialplan tests.
 */
import type { CallId } from '../domain/ids.ts';

export interface AgiRequest {
  /** Path of the address without slash and query: `veto`. */
  readonly script: string;
  /** Query and `name=value` arguments together; a name given twice with two values never gets here. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Arguments without a name, in order. */
  readonly positional: readonly string[];
  /** What Asterisk says of the channel, names without `agi_`; `unknown` and empty values are left out. */
  readonly channel: ReadonlyMap<string, string>;
}

export type AgiVariable = readonly [name: string, value: string];

export interface AgiAnswer {
  /** Set in this order, each acknowledged before the next; a torn answer lacks its last variable. */
  readonly variables: readonly AgiVariable[];
  /** The call that holds a reservation if this answer is a permit, else null. */
  readonly reserved: CallId | null;
  /** One line for the console of the exchange, or null. */
  readonly message: string | null;
}

export interface AgiScript {
  /** May take as long as it likes and may reject: the server does not wait beyond its bound. */
  answer(request: AgiRequest): Promise<AgiAnswer>;
  /** What to say when `answer` is late or has failed. MUST be immediate, MUST NOT be a permit. */
  fallback(request: AgiRequest, why: 'late' | 'failed'): readonly AgiVariable[];
  /**
   * INVARIANT (undelivered-permit-is-withdrawn): the answer with this reservation never reached the dialplan whole, so its call
   * will not be placed. Called at most once per answer, also for one that came after the channel had gone.
   */
  withdraw(callId: CallId): Promise<void>;
}

export type AgiScripts = ReadonlyMap<string, AgiScript>;
