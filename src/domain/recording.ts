/** A recording of a call as it is kept: which files, under which key, until when, and what forbids its deletion. */
import type { JsonObject } from './ledger-entry.ts';
import { addYears, type Instant } from './time.ts';

/** What one file of a recording holds: both voices, the called party's, the agent's. */
export const RECORDING_TRACKS = ['mixed', 'called', 'agent'] as const;
export type RecordingTrack = (typeof RECORDING_TRACKS)[number];

export const REFUSAL_POLICIES = ['stop_and_delete', 'stop_and_keep'] as const;
export type RefusalPolicy = (typeof REFUSAL_POLICIES)[number];

/** Whom a legal hold binds: one call, every call of a number, every call of a seller. */
export const HOLD_SCOPES = ['call', 'number', 'seller'] as const;
export type HoldScope = (typeof HOLD_SCOPES)[number];

/** How long recordings are kept, and by which paragraph. */
export interface RetentionProfile {
  readonly name: string;
  readonly years: number;
  readonly citation: string;
}

/** One file as it is kept. `keyId` null: it is the exchange's own plain file, where the exchange left it. */
export interface KeptFile {
  readonly track: RecordingTrack;
  /** The exchange's file name. */
  readonly file: string;
  /** Of the plain file, lower-case hexadecimal. */
  readonly sha256: string;
  /** Of the plain file. */
  readonly bytes: number;
  /** Where it is kept: a path below the folder of recordings, or `file` itself when it is plain. */
  readonly container: string;
  readonly containerSha256: string;
  readonly containerBytes: number;
  readonly keyId: string | null;
  /** Id of the folder it is kept in; rows from before folders had one lack it. */
  readonly store?: string;
}

/** The row of a recording: what its `recording_archived` entry says, and what became of it since. */
export interface KeptRecording {
  readonly callId: string;
  readonly number: string;
  readonly sellerId: string;
  readonly campaignId: string;
  /** The sidecar whose disk has the files. */
  readonly keeper: string;
  readonly files: readonly KeptFile[];
  readonly retentionUntil: Instant;
  /** The body of the entry. */
  readonly record: JsonObject;
  readonly archivedAt: Instant;
  readonly deletedAt: Instant | null;
  /** The person refused it, and policy deletes what is refused: to be deleted as soon as no legal hold binds it. */
  readonly unwanted: boolean;
}

export interface LegalHold {
  readonly holdId: string;
  readonly scope: HoldScope;
  /** Call id, E.164 number or seller id. */
  readonly value: string;
  readonly who: string;
  readonly why: string;
  readonly setAt: Instant;
  readonly liftedAt: Instant | null;
}

/** What a hold is looked up by. */
export interface HoldSubject {
  readonly callId: string;
  readonly number: string;
  readonly sellerId: string;
}

export const holdBinds = (hold: LegalHold, { callId, number, sellerId }: HoldSubject): boolean =>
  hold.liftedAt === null && hold.value === { call: callId, number, seller: sellerId }[hold.scope];

/** A file that a target has not confirmed yet. */
export interface PendingPush {
  readonly callId: string;
  readonly track: RecordingTrack;
  readonly target: string;
  /** Deliveries begun so far. */
  readonly attempts: number;
  readonly enqueuedAt: Instant;
  /** What the last delivery failed with; null before the first. */
  readonly problem: string | null;
}

/** INVARIANT (kept-long-enough): the same calendar instant so many years on; 29 February becomes 1 March, never a day less. */
export const retentionUntil = (from: Instant, { years }: RetentionProfile): Instant => addYears(from, years);

/** The first delivery that failed is repeated after this long. */
const FIRST_BACK_OFF_MS = 5_000;
const LONGEST_BACK_OFF_MS = 3_600_000;

/** How long after a failed delivery the next one begins; twice as long each time, an hour at most, and it never ends. */
export const backOffMs = (attempts: number): number =>
  Math.min(FIRST_BACK_OFF_MS * 2 ** Math.min(Math.max(attempts, 1) - 1, 20), LONGEST_BACK_OFF_MS);
