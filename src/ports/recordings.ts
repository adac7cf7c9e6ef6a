/** The files that the exchange writes when it records a call, for their hashes. */
import { RECORDING_TRACKS, type RecordingTrack } from '../domain/recording.ts';

/** No call id has it (see `parseToken`), so no file of one call is named like a file of another. */
const PART_MARK = '~';

/**
 * Mixed, what the called party said, what the agent said: as `Telephony.startRecording` names them for `fileBase`.
 * INVARIANT (a-name-is-one-part): a name belongs to one call and one track.
 */
export const recordingFiles = (fileBase: string): readonly [string, string, string] => [
  `${fileBase}${PART_MARK}mixed.wav`,
  `${fileBase}${PART_MARK}called.wav`,
  `${fileBase}${PART_MARK}agent.wav`,
];

/** As they were named before there was a mark: `a-agent.wav` is the agent's voice in call `a`, or both voices in call `a-agent`. */
export const formerFiles = (fileBase: string): readonly [string, string, string] => [
  `${fileBase}.wav`,
  `${fileBase}-called.wav`,
  `${fileBase}-agent.wav`,
];

/** The track of each of three names, in the order of `recordingFiles`. */
export const trackFiles = (
  files: readonly string[],
): readonly { readonly track: RecordingTrack; readonly file: string }[] =>
  files.flatMap((file, index) => {
    const track = RECORDING_TRACKS[index];
    return track === undefined ? [] : [{ track, file }];
  });

/** Calls that a file may be of: one, or two where the name is a former one. */
export function callsOfFile(file: string): readonly string[] {
  const base = file.replace(/\.wav$/, '');
  if (base.includes(PART_MARK)) {
    const callId = base.slice(0, base.indexOf(PART_MARK));
    return recordingFiles(callId).includes(file) ? [callId] : [];
  }
  const shorter = base.replace(/-(called|agent)$/, '');
  return shorter === base ? [base] : [base, shorter];
}

/** `problem` says why there is no hash; null when there is one. */
export interface RecordingDigest {
  readonly file: string;
  /** Of the whole file, lower-case hexadecimal. */
  readonly sha256: string | null;
  readonly bytes: number | null;
  readonly problem: string | null;
}

export interface Recordings {
  /**
   * To be asked when the call has ended. Waits, within a bound, until the exchange has closed the files. MUST NOT reject: a file that
   * cannot be read is a digest with a problem. MUST NOT hold up other work while it reads.
   */
  digest(files: readonly string[]): Promise<readonly RecordingDigest[]>;
}
