/** Rows of recordings, legal holds and owed deliveries, as the ledger's entries make them; the same promises as `ComplianceRecords`. */
import type {
  HoldSubject,
  KeptRecording,
  LegalHold,
  PendingPush,
  RecordingTrack,
} from '../domain/recording.ts';
import type { Instant } from '../domain/time.ts';

export interface PushQueueDepth {
  readonly target: string;
  readonly waiting: number;
  /** Since when the oldest of them is owed. */
  readonly oldestAt: Instant;
}

/** One delivery in the queue. */
export interface PushKey {
  readonly callId: string;
  readonly track: RecordingTrack;
  readonly target: string;
}

export interface RecordingRecords {
  /** Null: none was ever archived under this call id. */
  recording(callId: string): Promise<KeptRecording | null>;
  /** Holds that bind this recording now, in order of their entries. */
  holdsOn(subject: HoldSubject): Promise<readonly LegalHold[]>;
  /** Every one ever set, lifted or not, newest first. */
  holds(limit: number): Promise<readonly LegalHold[]>;
  /** Null when there is none of this id. */
  hold(holdId: string): Promise<LegalHold | null>;
  /** Not deleted, past their retention at `now`, and not held; the longest past first. */
  pastRetention(now: Instant, limit: number): Promise<readonly KeptRecording[]>;
  /**
   * Deliveries that are due at `now` of recordings that are still there, for one of these targets, the longest due first. Each is the
   * asker's alone until `until`, and counts as begun: two sidecars that ask at once never get the same one.
   */
  claimPushes(
    targets: readonly string[],
    now: Instant,
    until: Instant,
    limit: number,
  ): Promise<readonly PendingPush[]>;
  /** The delivery failed; it is due again at `nextAt`. One that was confirmed meanwhile stays so. */
  postponePush(key: PushKey, nextAt: Instant, problem: string): Promise<void>;
  /** By target, of recordings that are still there. */
  pushQueue(): Promise<readonly PushQueueDepth[]>;
}
