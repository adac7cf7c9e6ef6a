/** What a called person of the call floor does, chosen by the number that is called. */

export type Behaviour =
  | Answers
  /** 486 at once. */
  | { readonly kind: 'busy' }
  /** 180 until the caller gives up. */
  | { readonly kind: 'rings' }
  /** 603 at once. */
  | { readonly kind: 'declines' }
  /** 404: the number is not assigned. */
  | { readonly kind: 'unknown' };

export interface Answers {
  readonly kind: 'answers';
  /** From the INVITE to the 200; default 300. */
  readonly ringMs?: number;
  /** From the answer to the first word; default 300. */
  readonly speakAfterMs?: number;
  /** What is said; `null` for a silent person; a long text makes a voicemail box. */
  readonly greeting?: string | null;
  /** Keys pressed, counted from the answer. */
  readonly keys?: readonly { readonly digit: Digit; readonly afterMs: number }[];
  /** The person hangs up so long after the answer; otherwise only Asterisk does. */
  readonly hangUpAfterMs?: number;
}

export type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | '*' | '#';

export interface Person {
  /** As it arrives at the carrier: digits, with or without a leading `+`. */
  readonly numbers: readonly string[];
  readonly behaviour: Behaviour;
}
