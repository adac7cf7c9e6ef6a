/** Shapes of the entry bodies that rows of recordings, legal holds and owed deliveries are projected from. */
import type { HoldScope, KeptFile, RecordingTrack, RefusalPolicy } from './recording.ts';

/** Instants in bodies: RFC 3339 UTC text. */
type InstantText = string;

/** What projections read of an archived recording; `recording-entries.ts` writes the rest. */
export interface RecordingArchivedBody {
  readonly callId: string;
  readonly number: string;
  readonly sellerId: string;
  readonly campaignId: string;
  readonly retentionUntil: InstantText;
  readonly files: readonly KeptFile[];
  /** Names of the targets every file is owed to. */
  readonly pushTo: readonly string[];
}

export interface RecordingRefusedBody {
  readonly callId: string;
  readonly policy: RefusalPolicy;
}

export interface RecordingDeletedBody {
  readonly callId: string;
  readonly deletedAt: InstantText;
}

export interface RecordingPushedBody {
  readonly callId: string;
  readonly track: RecordingTrack;
  readonly target: string;
}

export interface RecordingHoldSetBody {
  readonly holdId: string;
  readonly scope: HoldScope;
  readonly value: string;
  readonly who: string;
  readonly why: string;
  readonly setAt: InstantText;
}

export interface RecordingHoldLiftedBody {
  readonly holdId: string;
  readonly who: string;
  readonly why: string;
  readonly liftedAt: InstantText;
}
