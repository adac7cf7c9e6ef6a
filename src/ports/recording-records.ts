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

/** Whose rows are asked for: recordings in one of these folders; of rows that name none, those of this keeper. */
export interface Custody {
  /** Writer id of the asker. */
  readonly keeper: string;
  /** Ids of the folders of recordings that are here now. */
  readonly stores: readonly string[];
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
  /**
   * In the asker's custody, not deleted, not held, and unwanted or past their retention at `now`; the longest past first. `now` null:
   * unwanted ones alone.
   */
  dueForDeletion(custody: Custody, now: Instant | null, limit: number): Promise<readonly KeptRecording[]>;
  /** How many of the keeper's own would be due, but lie in a folder that is not here. */
  dueElsewhere(custody: Custody, now: Instant | null): Promise<number>;
  /**
   * Deliveries that are due at `now` of recordings in the asker's custody that are there and wanted, for one of these targets, the
   * longest due first. Each is the asker's alone until `until`, and counts as begun: two sidecars that ask at once never get the same.
   */
  claimPushes(
    custody: Custody,
    targets: readonly string[],
    now: Instant,
    until: Instant,
    limit: number,
  ): Promise<readonly PendingPush[]>;
  /** The delivery failed; it is due again at `nextAt`. One that was confirmed meanwhile stays so. */
  postponePush(key: PushKey, nextAt: Instant, problem: string): Promise<void>;
  /** By target, of recordings that are there and wanted, in whose custody ever. */
  pushQueue(): Promise<readonly PushQueueDepth[]>;
}
