/**
 * Briefings spoken while a phone rings, one after the other: the programs take processor time that live calls need more. The sounds
 * hold what a dialer knows of a person, so each is removed with its call, and what an earlier life has left is removed at the start.
 */
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallId } from '../../domain/ids.ts';
import type { Briefings } from '../../ports/briefings.ts';
import { type RunProgram, runProgram, speak, toTelephoneFormat } from './speech.ts';

/** More than this many would be late for their calls. */
const WAITING_MAX = 20;
const VOICE = 'slt';
/** Below the folder of the messages; no campaign's id begins with a dot. */
const FOLDER = '.briefings';

export interface BriefingPlace {
  /** Where the messages are. */
  readonly soundsDirectory: string;
  /** And what the exchange calls that folder. */
  readonly soundsPrefix: string;
  /** Sidecars that share the folder do not remove each other's sounds. */
  readonly writer: string;
  readonly program?: RunProgram;
}

export async function openBriefings(place: BriefingPlace): Promise<Briefings> {
  const { program = runProgram } = place;
  const directory = join(place.soundsDirectory, FOLDER, place.writer);
  await rm(directory, { recursive: true, force: true });
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  const fileOf = (callId: CallId): string => join(directory, `${callId}.wav`);

  async function render(callId: CallId, words: string): Promise<string> {
    await mkdir(directory, { recursive: true });
    const folder = await mkdtemp(join(directory, '.speaking-'));
    try {
      const spoken = await speak(words, VOICE, folder, program);
      const whole = join(folder, 'telephone.wav');
      await toTelephoneFormat(spoken.path, whole, program);
      await rename(whole, fileOf(callId));
      return `sound:${place.soundsPrefix}/${FOLDER}/${place.writer}/${callId}`;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  return {
    async speak(callId, briefing) {
      if (waiting >= WAITING_MAX) throw new Error(`${waiting} briefings wait to be spoken already`);
      waiting += 1;
      const done = last.then(() => render(callId, briefing));
      last = done.catch(() => undefined);
      try {
        return await done;
      } finally {
        waiting -= 1;
      }
    },
    discard: (callId) => rm(fileOf(callId), { force: true }),
  };
}
