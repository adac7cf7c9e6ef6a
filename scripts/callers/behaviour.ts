/** What a called person of the call floor does, chosen by the number that is called. */

export type Behaviour =
  | Answers
  /** 486 at once. */
  | { readonly kind: 'busy' }
  /** 600 at once: busy wherever the person could be reached. */
  | { readonly kind: 'busy_everywhere' }
  /** 603 with the reason of a carrier that has blocked the call after looking at the caller (ATIS-1000099, "603+"). */
  | { readonly kind: 'blocked' }
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
  /** The greeting goes on after a pause. */
  readonly goesOn?: { readonly afterMs: number; readonly greeting: string };
  readonly line?: Line;
  /** Said over early media (183), before the answer. */
  readonly announcement?: string;
  /** The person's telephone puts the call on hold and takes it back (re-INVITE), counted from the answer. */
  readonly holds?: { readonly fromMs: number; readonly toMs: number };
  /** Keys pressed, counted from the answer. */
  readonly keys?: readonly { readonly digit: Digit; readonly afterMs: number }[];
  /** The person hangs up so long after the answer; otherwise only Asterisk does. */
  readonly hangUpAfterMs?: number;
}

/**
 * What comes from the person besides words: packets of silence, nothing (DTX), comfort noise (RFC 3389) and nothing else, noise
 * louder than Asterisk's threshold of talk all the time, or no packet at all, words included.
 */
export type Line = 'clear' | 'only_words' | 'comfort_noise' | 'noisy' | 'dead';

export type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | '*' | '#';

export interface Person {
  /** As it arrives at the carrier: digits, with or without a leading `+`. */
  readonly numbers: readonly string[];
  readonly behaviour: Behaviour;
}
