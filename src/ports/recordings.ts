/** The files that the exchange writes when it records a call, for their hashes. */

/** Mixed, what the called party said, what the agent said: as `Telephony.startRecording` names them for `fileBase`. */
export const recordingFiles = (fileBase: string): readonly [string, string, string] => [
  `${fileBase}.wav`,
  `${fileBase}-called.wav`,
  `${fileBase}-agent.wav`,
];

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
