/** What the doors may ask about recordings: hear one, hold it back from deletion, refuse it, see how the queues stand. */
import type { HoldScope, KeptRecording, LegalHold, RecordingTrack } from '../../domain/recording.ts';
import type { LedgerReceipt } from '../../ports/ledger.ts';
import type { PushQueueDepth } from '../../ports/recording-records.ts';

export interface AccessRequest {
  readonly callId: string;
  readonly track: RecordingTrack;
  readonly who: string;
  readonly why: string;
  /** Name of the token, or of the door itself. */
  readonly door: string;
}

/** `gone`: deleted, with the instant in `recording`. */
export type Access =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'gone'; readonly recording: KeptRecording }
  | {
      readonly kind: 'open';
      readonly file: string;
      readonly bytes: number;
      readonly plain: AsyncIterable<Uint8Array>;
    };

export interface RecordingStatus {
  /** Why recordings cannot be encrypted now, or null. */
  readonly problem: string | null;
  /** Recordings that still lie in plain files, as of the last sweep. */
  readonly waiting: number;
  /** Recordings that are to be deleted and lie in a folder that is not here, as of the last sweep. */
  readonly putOff: number;
  readonly pushes: readonly PushQueueDepth[];
}

/**
 * `stopped`, `never_starts`: of a live call. `to_be_deleted`, `stays`: the talk was over, and so says the campaign's policy; what a legal
 * hold binds is deleted when the hold is lifted. `unknown`: no such call, one that was not recorded, or one that ended too long ago.
 */
export type RefusalAnswer = 'stopped' | 'never_starts' | 'to_be_deleted' | 'stays' | 'unknown';

/** A recording with the holds that bind it now. */
export interface RecordingShown {
  readonly recording: KeptRecording;
  readonly holds: readonly LegalHold[];
}

export interface RecordingDoors {
  /**
   * One file, whole and checked against the hash in the ledger. The access is durable in the ledger before this resolves. Rejects with
   * `RecordingDamaged` when the file is not what was recorded, which is in the ledger as well; with `RecordingUnavailable` when it cannot
   * be opened now.
   */
  fetch(request: AccessRequest): Promise<Access>;
  show(callId: string): Promise<RecordingShown | null>;
  /** `InputProblem` for a call or a seller that the ledger has never had: such a hold would bind nothing. */
  setHold(hold: {
    readonly scope: HoldScope;
    readonly value: string;
    readonly who: string;
    readonly why: string;
  }): Promise<{ readonly holdId: string; readonly receipt: LedgerReceipt }>;
  /** `InputProblem` for a hold that is not there or was lifted. */
  liftHold(lift: {
    readonly holdId: string;
    readonly who: string;
    readonly why: string;
  }): Promise<LedgerReceipt>;
  /** Newest first. */
  holds(limit: number): Promise<readonly LegalHold[]>;
  /**
   * The person does not want to be recorded (any more): what runs is stopped, what has not begun never begins, and the call goes on.
   * It counts after the talk too, for as long as `LATE_REFUSAL_MS`.
   */
  refuse(request: { readonly callId: string; readonly who: string }): Promise<RefusalAnswer>;
  status(): Promise<RecordingStatus>;
}
