/** What a session is given, and what it tells: the seam between one connection of a dialer and the proxy that holds them all. */
import type { Socket } from 'node:net';
import type { AmiEnd, AmiOutcome } from '../../../ports/ami-figures.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { AmiAccount } from './accounts.ts';
import type { AmiHeader, AmiJudge } from './action.ts';
import type { AmiLimits } from './limits.ts';

/** A place among the connections of an account. */
export interface Seat {
  mayAct(): boolean;
  leave(): void;
}

export interface SessionHost {
  readonly accounts: readonly AmiAccount[];
  /** How we log in at the exchange. */
  readonly login: { readonly user: string; readonly secret: string };
  readonly judge: AmiJudge;
  readonly clock: Clock;
  readonly limits: AmiLimits;
  /** Digits nobody can guess. */
  newChallenge(): string;
  /** A word nobody can guess. */
  newToken(): string;
  /** What the exchange says; how its events look is learned from it. */
  observe(chunk: Buffer): void;
  /** An event of ours as the exchange would write it. */
  written(event: readonly AmiHeader[]): Buffer;
  /** Every other session of the account is to hear this. */
  announce(account: string, event: Buffer, from: string): void;
  /** Null when the account has all the connections it may have. */
  enter(account: AmiAccount): Seat | null;
  loginFailed(remoteAddress: string, name: string): void;
  count(outcome: AmiOutcome): void;
  /** An action got an error because its judge gave no answer. */
  unjudged(account: string, action: string, problem: string): void;
  /** Once, when the session is over; the sockets may take a little longer to close. */
  ended(why: AmiEnd, account: string | null): void;
}

export interface SessionEnds {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly connection: string;
  readonly remoteAddress: string;
}

export interface Session {
  /** Judges nothing more, ends both connections; what has been sent may still be answered. */
  stop(): void;
  /** An event of ours, where this is another connection of the account and hears events of class `call`. */
  announce(account: string, event: Buffer, from: string): void;
  readonly closed: Promise<void>;
}
