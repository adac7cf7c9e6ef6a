/** A foreign store or system that is owed every file of a recording. */
import type { JsonObject } from '../domain/ledger-entry.ts';
import type { KeptFile } from '../domain/recording.ts';

export interface Delivery {
  /** The same for every repetition: a target that has it already MUST NOT keep it twice. */
  readonly key: string;
  readonly callId: string;
  /** What the ledger says of the recording, without the place on our disk. */
  readonly metadata: JsonObject;
  readonly kept: KeptFile;
  /** The bytes as they are kept, from the start, each time it is called. */
  readonly open: () => AsyncIterable<Uint8Array>;
}

export interface RecordingTarget {
  readonly name: string;
  /** A delivery that takes longer has failed. */
  readonly withinMs: number;
  /** Resolves with what the target said when it has taken the whole delivery; rejects, within a bound, with what is wrong. */
  deliver(delivery: Delivery): Promise<string>;
}
