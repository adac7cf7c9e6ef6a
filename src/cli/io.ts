/** What a command may touch, handed in: so every command can be run in a test without a process. */

export interface Io {
  /** Answers. */
  out(text: string): void;
  /** Progress and problems. */
  err(text: string): void;
  /** Shows how far a long work is, in one line that the next call draws over; null takes it away. Left out: nobody watches. */
  progress?(line: string | null): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

export const EXIT = {
  /** A permit, or done. */
  ok: 0,
  /** A veto, or not as it should be. */
  notOk: 1,
  usage: 2,
  /** Something that must work does not. */
  fault: 3,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with a message; `hint` says what to do about it. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly exitCode: ExitCode;
  readonly hint: string | null;
  constructor(exitCode: ExitCode, message: string, hint: string | null = null) {
    super(message);
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

/** Runs a command and turns what it throws into a line on stderr and an exit code. */
export async function guarded(io: Io, command: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await command();
  } catch (error) {
    if (!(error instanceof CommandFailed)) {
      io.err(`fault: ${error instanceof Error ? error.message : String(error)}`);
      return EXIT.fault;
    }
    io.err(error.message);
    if (error.hint !== null) io.err(`  ${error.hint}`);
    return error.exitCode;
  }
}

export const printJson = (io: Io, value: unknown): void => io.out(JSON.stringify(value, null, 2));
