/** What a person of the benchmark does, and what is kept of the call. All instants in ms of the wall clock, fractions included. */

export interface Script {
  /** Digits, as the carrier gets them. */
  readonly number: string;
  /** From the answer to the first word; the person says nothing when `speaks` is false. */
  readonly speakAfterMs: number;
  readonly speaks: boolean;
  readonly key: {
    readonly digit: string;
    readonly afterMs: number;
    /** `voice`: from the first voiced packet that was heard. */
    readonly since: 'answer' | 'voice';
  } | null;
  readonly hangUp: { readonly afterMs: number; readonly since: 'answer' | 'voice' } | null;
}

export interface KeyPress {
  readonly digit: string;
  readonly downAt: number;
  /** The first packet that says the key is up. */
  readonly upAt: number;
}

export interface CallRecord {
  readonly number: string;
  readonly invitedAt: number;
  /** Null when the person never answered. */
  readonly answeredAt: number | null;
  /** The sending of the first and last voiced packet of the greeting. */
  readonly spokeAt: number | null;
  readonly greetingEndAt: number | null;
  readonly keys: readonly KeyPress[];
  readonly endedAt: number;
  readonly endedBy: 'person' | 'exchange' | 'cancelled';
  /** One per audio packet heard, in order of arrival, and their payloads of 160 bytes. */
  readonly heardAt: Float64Array;
  readonly heard: Uint8Array;
}

export const wallNow = (): number => performance.timeOrigin + performance.now();
