/**
 * Master keys of recordings, each from a file that only its owner can read or from a command (a key service). The first encrypts; all
 * decrypt, so a key that was replaced stays listed for as long as files under it are kept. A key is never shown or logged.
 */
import { execFile, type ExecFileException } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import type { RecordingKeySetting } from '../../config/recordings.ts';
import { keyOfText, KEY_TEXT_EXPECTED } from '../../domain/recording-key.ts';
import type { MasterKey } from './container.ts';

const GROUP_AND_OTHERS = 0o077;
/** A key is 64 characters; who prints more is no key service. */
const OUTPUT_BYTES_MAX = 4_096;

export interface MasterKeys {
  /** Of the key that encrypts. Rejects with what the operator can do about it. */
  current(): Promise<MasterKey>;
  secretOf(keyId: string): Promise<Buffer>;
}

export function masterKeys(settings: readonly RecordingKeySetting[], commandWithinMs: number): MasterKeys {
  /** What was read stays: a key service that goes away later stops nobody. What failed is asked again. */
  const known = new Map<string, Promise<Buffer>>();

  async function secretOf(keyId: string): Promise<Buffer> {
    const setting = settings.find(({ id }) => id === keyId);
    if (setting === undefined) throw new Error(`recordings.keys has no key \`${keyId}\``);
    const asked = known.get(keyId) ?? readKey(setting, commandWithinMs);
    known.set(keyId, asked);
    try {
      return await asked;
    } catch (error) {
      known.delete(keyId);
      throw error;
    }
  }
  return {
    secretOf,
    async current() {
      const [first] = settings;
      if (first === undefined) throw new Error('recordings.keys is empty');
      return { id: first.id, secret: await secretOf(first.id) };
    },
  };
}

async function readKey({ id, source }: RecordingKeySetting, commandWithinMs: number): Promise<Buffer> {
  const text =
    source.kind === 'file'
      ? await textOfFile(id, source.path)
      : await textOfCommand(id, source.command, commandWithinMs);
  const key = keyOfText(text);
  if (key === null) throw new Error(`key \`${id}\` is not ${KEY_TEXT_EXPECTED}`);
  return key;
}

async function textOfFile(id: string, path: string): Promise<string> {
  try {
    const { mode } = await stat(path);
    if ((mode & GROUP_AND_OTHERS) !== 0) throw new Error('others than its owner can read it: chmod 600');
    return await readFile(path, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : '');
    throw new Error(`key \`${id}\`: its file cannot be used: ${why}`, { cause: error });
  }
}

/** No shell: the words go to the program as they are. What it prints is in no message. */
function textOfCommand(id: string, command: readonly string[], withinMs: number): Promise<string> {
  const [program = '', ...words] = command;
  return new Promise((resolve, reject) => {
    execFile(
      program,
      words,
      { timeout: withinMs, killSignal: 'SIGKILL', maxBuffer: OUTPUT_BYTES_MAX, encoding: 'utf8' },
      (error, stdout) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`key \`${id}\`: ${program} ${commandProblem(error, withinMs)}`));
      },
    );
  });
}

function commandProblem(error: ExecFileException, withinMs: number): string {
  return error.killed === true ? `gave no key within ${withinMs} ms` : `failed (${error.code ?? 'no code'})`;
}
