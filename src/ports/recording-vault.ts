/** Where recordings are kept: plain files of the exchange in, encrypted files out, and back again for whoever may hear them. */
import type { KeptFile, RecordingTrack } from '../domain/recording.ts';

/** A file of the exchange that lies in its folder. */
export interface PlainFile {
  readonly file: string;
  /** How long nothing has been written to it. */
  readonly quietMs: number;
}

/** `unavailable`: nothing is known of its bytes, since its key, its folder or the file cannot be had now; to be asked again later. */
export type Inspection =
  | { readonly kind: 'whole' }
  | { readonly kind: 'damaged'; readonly problem: string }
  | { readonly kind: 'unavailable'; readonly problem: string };

export interface RecordingVault {
  /** Why recordings cannot be encrypted now, or null. Asks the source of the key when it has to. MUST NOT reject. */
  problem(): Promise<string | null>;
  /** Recordings of ours, and whatever else is named like one, that lie where the exchange writes; of `named` only, if given. */
  plainFiles(named?: readonly string[]): Promise<readonly PlainFile[]>;
  /**
   * Keeps a closed plain file whose hash is known. Resolves when the kept file has been read back, opened to the same hash, and is on
   * disk with its name. Repeating it is safe. The plain file stays. Rejects when any of this fails; nothing is lost then.
   */
  keep(track: RecordingTrack, plain: { readonly file: string; readonly sha256: string }): Promise<KeptFile>;
  /** Deletes plain files of the exchange; one that is gone is not an error. Durable when it resolves. */
  removePlain(files: readonly string[]): Promise<void>;
  /** Deletes whatever is kept of these plain files, finished or half written; the plain ones stay. Durable when it resolves. */
  removeKept(files: readonly string[]): Promise<void>;
  /** True when the kept file lies on this machine. */
  has(kept: KeptFile): Promise<boolean>;
  /** Ids of the folders of recordings that are here now, each read from the folder itself. */
  stores(): Promise<readonly string[]>;
  /**
   * Null when it is proven that what is kept of these files lies, or lay, in folders that are here; else why not. Only then does a file
   * that is not there mean that it is gone: a volume that is not mounted looks empty.
   */
  absence(kept: readonly KeptFile[]): Promise<string | null>;
  /** Opens and hashes the whole file. `damaged` only when its bytes are not what was written. MUST NOT reject. */
  check(kept: KeptFile): Promise<Inspection>;
  /** The plain bytes; ends in a `RecordingDamaged` where the file is not what was written. */
  open(kept: KeptFile): AsyncIterable<Uint8Array>;
  /** The bytes as they are kept, for a target. */
  openContainer(kept: KeptFile): AsyncIterable<Uint8Array>;
}

/** A kept file cannot be opened now: its key, its folder or the file itself cannot be had. */
export class RecordingUnavailable extends Error {
  override readonly name = 'RecordingUnavailable';
  readonly code = 'recording_unavailable';
}

/** A kept file was cut, changed or reordered, or its key does not open it. */
export class RecordingDamaged extends Error {
  override readonly name = 'RecordingDamaged';
  readonly code = 'recording_damaged';
}
