/**
 * The programs that make speech: flite or espeak-ng speak, sox brings the result into the telephone's format. Arguments
 * are passed as a list, never through a shell, and the words go in by file: no wording can become an option or a command.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Voices compiled into flite; any other name flite would replace silently, or take for a file to load. */
const FLITE_VOICES = new Set(['awb', 'kal', 'kal16', 'rms', 'slt']);
const ESPEAK_FALLBACK_VOICE = 'en-us';
/** A message takes under a second; a program that takes this long hangs. */
const RUN_MS_MAX = 30_000;
/** -6 dB under full scale: loud enough, and room for the network's gain. */
const PEAK_DB = '-6';

export type SpeechEngine = 'flite' | 'espeak-ng';

/** A program is not installed. The message names the package that has it. */
export class SpeechUnavailable extends Error {
  override readonly name = 'SpeechUnavailable';
  readonly code = 'speech_unavailable';
}

/** Runs a program by name; replaceable so that tests can play a machine without it. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<void>;

export const runProgram: RunProgram = async (program, args) => {
  await run(program, [...args], { timeout: RUN_MS_MAX, windowsHide: true });
};

const isAbsent = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Speaks `text` into `<folder>/spoken.wav`, in whatever rate the voice has. Rejects with `SpeechUnavailable`. */
export async function speak(
  text: string,
  voice: string,
  folder: string,
  program: RunProgram = runProgram,
): Promise<{ readonly path: string; readonly engine: SpeechEngine }> {
  const words = join(folder, 'words.txt');
  const path = join(folder, 'spoken.wav');
  await writeFile(words, `${text}\n`);
  if (FLITE_VOICES.has(voice)) {
    try {
      await program('flite', ['-voice', voice, '-f', words, '-o', path]);
      return { path, engine: 'flite' };
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
  }
  try {
    const name = FLITE_VOICES.has(voice) ? ESPEAK_FALLBACK_VOICE : voice;
    await program('espeak-ng', ['-v', name, '-s', '155', '-f', words, '-w', path]);
    return { path, engine: 'espeak-ng' };
  } catch (error) {
    if (!isAbsent(error)) throw error;
    const wanted = FLITE_VOICES.has(voice) ? 'neither `flite` nor `espeak-ng` is' : '`espeak-ng` is not';
    const packages = FLITE_VOICES.has(voice) ? 'flite' : 'espeak-ng';
    throw new SpeechUnavailable(
      `${wanted} installed, so no message can be spoken; on Debian: apt-get install ${packages} sox`,
      { cause: error },
    );
  }
}

/** 8 kHz mono 16-bit PCM, head trimmed, peak normalised; the same input gives the same bytes. */
export async function toTelephoneFormat(
  from: string,
  to: string,
  program: RunProgram = runProgram,
): Promise<void> {
  const format = ['-r', '8000', '-c', '1', '-b', '16', '-e', 'signed-integer'];
  // The rate first: where sox changes it behind `silence`, some 70 ms of the silence at the head come back, and the person waits.
  const effects = ['rate', '8000', 'norm', PEAK_DB, 'silence', '1', '0.01', '2%', 'norm', PEAK_DB];
  try {
    await program('sox', ['-R', from, ...format, to, ...effects]);
  } catch (error) {
    if (!isAbsent(error)) throw error;
    throw new SpeechUnavailable('`sox` is not installed; on Debian: apt-get install sox', { cause: error });
  }
}
