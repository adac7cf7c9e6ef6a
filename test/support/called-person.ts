/** A called person of the simulation: what is done when the telephone rings, and what was lived through. */
import type { CallId } from '../../src/domain/ids.ts';
import type { AmdReport } from '../../src/domain/machine-detection.ts';

/** What the called person does; milliseconds. */
export interface Script {
  readonly ringMs: number;
  /** `null`: answers. */
  readonly refuses: { readonly hangupCause: number; readonly sipStatus: number | null } | null;
  /** From the answer to the first word, and how long it is spoken; null says nothing. */
  readonly speaks: { readonly afterMs: number; readonly forMs: number } | null;
  /** What else comes over the line: packets of silence, nothing but words (DTX), or noise all the time. */
  readonly line: 'clear' | 'only_words' | 'noisy';
  /** Gives up this long after the answer when neither agent nor message has come. */
  readonly patienceMs: number;
  /** Presses this key so long after the message began. */
  readonly key: { readonly digit: string; readonly afterMs: number } | null;
  /** Length of the talk with an agent. */
  readonly talkMs: number;
  /** What `AMD()` makes of it, and how long after the answer; only where the campaign asks for it. */
  readonly amd?: AmdReport & { readonly afterMs: number };
}

export const ANSWERS: Script = {
  ringMs: 1_000,
  refuses: null,
  speaks: { afterMs: 200, forMs: 600 },
  line: 'clear',
  patienceMs: 20_000,
  key: null,
  talkMs: 5_000,
};

/** What happened to one person, by the exchange's own clock. */
export interface Lived {
  readonly callId: CallId;
  readonly number: string;
  answeredAt: number | null;
  greetingEndAt: number | null;
  connectedAt: number | null;
  messageAt: number | null;
  messagesHeard: number;
  keyAt: number | null;
  endedAt: number | null;
  endedBy: 'person' | 'exchange' | null;
  recordedAt: number | null;
  disclosedAt: number | null;
}
