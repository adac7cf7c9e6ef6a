/**
 * A mirror of the INVITEs that the exchange sends: each is told after it has left, none can be held back. Messages may be missing,
 * repeated or reordered.
 */

/** What an initial INVITE said; of one within a call, or without a Call-ID, nothing is told. */
export interface SeenInvite {
  readonly sipCallId: string;
  /** User part of From, as it stood there; '' when there was none. */
  readonly fromUser: string;
  /** User part of P-Asserted-Identity; null when there was none. */
  readonly assertedUser: string | null;
  readonly toUser: string;
  readonly date: string | null;
  /** The values of the Identity headers. */
  readonly identities: readonly string[];
  /** By the clock of the exchange, milliseconds since 1970; null when it did not tell, or when that is too far from ours to prove anything. */
  readonly sentAtMs: number | null;
}

/** The final response of a network that has refused a call (603, 607, 608). */
export interface SeenRefusal {
  readonly sipCallId: string;
  readonly sipStatus: number;
  /** The values of the Reason headers. */
  readonly reasons: readonly string[];
  readonly callInfo: readonly string[];
}

export interface TapFigures {
  /** Where it listens; null while it does not. */
  readonly address: string | null;
  readonly packets: number;
  readonly invites: number;
  /** Packets that are no HEP3, are longer than telephony makes them, or hold no SIP message that can be read. */
  readonly unreadable: number;
  /** INVITEs that came while `QUEUE_MAX` others waited, and were given up. */
  readonly dropped: number;
  /** Packets that the kernel gave up because nobody read the socket in time; null where it does not tell. */
  readonly lostByKernel: number | null;
}

export interface SignallingTap {
  /** One listener; MUST return at once. */
  listen(listener: (invite: SeenInvite) => void): void;
  /** As `listen`; left out by a mirror that shows no responses. */
  listenRefusals?(listener: (refusal: SeenRefusal) => void): void;
  figures(): TapFigures;
  close(): Promise<void>;
}
