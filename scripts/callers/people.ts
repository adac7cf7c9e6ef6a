/** The called persons of a floor: one SIPp process that answers for every number, each in its own way. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answers, Behaviour, Person } from './behaviour.ts';
import { comfortNoiseCapture } from './comfort-noise.ts';
import { keyPressCapture } from './key-press.ts';
import { decodeMuLaw, encodeMuLaw, SAMPLES_PER_MS, SILENCE_BYTE } from './mu-law.ts';
import { personScenario, RING_MS, type ScenarioPerson } from './person-scenario.ts';
import { startSipp, type Sipp } from './sipp.ts';
import { renderSpeech, USUAL_GREETING } from './speech.ts';

export interface PeopleOptions {
  readonly people: readonly Person[];
  /** Everybody else; default: the number is not assigned. */
  readonly otherwise?: Behaviour | undefined;
  readonly directory: string;
  readonly port: number;
  readonly rtpPort: number;
  readonly livesAtMostS: number;
}

const SPEAK_AFTER_MS = 300;
const LONGEST_CALL_S = 300; // the person's stream ends here

export async function startPeople(options: PeopleOptions): Promise<Sipp> {
  const directory = join(options.directory, 'people');
  const sipp = await startSipp({
    name: 'people',
    scenario: await writePeople(options, directory),
    directory,
    port: options.port,
    rtpPort: options.rtpPort,
    livesAtMostS: options.livesAtMostS,
  });
  // SIPp reports a scenario it cannot read by ending at once.
  await sleep(150);
  if (!sipp.isRunning()) throw new Error(`SIPp cannot play the people: ${await sipp.errors()}`);
  return sipp;
}

/** Writes what they say and press into `directory`; answers the scenario that names those files. */
export async function writePeople(
  options: Pick<PeopleOptions, 'people' | 'otherwise'>,
  directory: string,
): Promise<string> {
  await mkdir(directory, { recursive: true });
  const people: ScenarioPerson[] = [];
  for (const [index, { numbers, behaviour }] of options.people.entries()) {
    people.push({ numbers, behaviour, ...(await soundFiles(behaviour, join(directory, `person-${index}`))) });
  }
  const usual = options.otherwise ?? { kind: 'unknown' };
  const otherwise = {
    numbers: [],
    behaviour: usual,
    ...(await soundFiles(usual, join(directory, 'others'))),
  };
  return personScenario(people, otherwise);
}

async function soundFiles(
  behaviour: Behaviour,
  path: string,
): Promise<Pick<ScenarioPerson, 'audioFile' | 'keyFiles' | 'comfortNoise'>> {
  if (behaviour.kind !== 'answers') return {};
  const keyFiles: string[] = [];
  for (const [index, { digit }] of (behaviour.keys ?? []).entries()) {
    const keyFile = `${path}-key-${index}.pcap`;
    await writeFile(keyFile, keyPressCapture(digit));
    keyFiles.push(keyFile);
  }
  if (behaviour.line === 'dead') return { keyFiles };
  const { bytes, wordsEndMs } = await voiceOf(behaviour);
  const audioFile = `${path}.ul`;
  await writeFile(audioFile, bytes);
  if (behaviour.line !== 'comfort_noise') return { audioFile, keyFiles };
  const file = `${path}-quiet.pcap`;
  await writeFile(file, comfortNoiseCapture(LONGEST_CALL_S * 1_000));
  return { audioFile, keyFiles, comfortNoise: { file, fromMs: wordsEndMs } };
}

/** All that is sent, from the answer on, or from the announcement before it. */
async function voiceOf(behaviour: Answers): Promise<{ bytes: Buffer; wordsEndMs: number }> {
  const whole = Buffer.alloc(LONGEST_CALL_S * 1_000 * SAMPLES_PER_MS, SILENCE_BYTE);
  const answeredAt = behaviour.announcement === undefined ? 0 : (behaviour.ringMs ?? RING_MS);
  if (behaviour.announcement !== undefined) (await renderSpeech(behaviour.announcement)).copy(whole);
  const greeting = behaviour.greeting === undefined ? USUAL_GREETING : behaviour.greeting;
  let at = (answeredAt + (behaviour.speakAfterMs ?? SPEAK_AFTER_MS)) * SAMPLES_PER_MS;
  const say = async (text: string): Promise<void> => {
    at += (await renderSpeech(text)).copy(whole, at);
  };
  if (greeting !== null) await say(greeting);
  if (behaviour.goesOn !== undefined) {
    at += behaviour.goesOn.afterMs * SAMPLES_PER_MS;
    await say(behaviour.goesOn.greeting);
  }
  const wordsEndMs = Math.ceil(at / SAMPLES_PER_MS) - answeredAt;
  switch (behaviour.line) {
    case 'only_words':
    case 'comfort_noise':
      return { bytes: whole.subarray(0, at), wordsEndMs };
    case 'noisy':
      return { bytes: withNoise(whole), wordsEndMs };
    default:
      return { bytes: whole, wordsEndMs };
  }
}

/** Even noise of a mean magnitude of 500: talk for Asterisk's usual threshold of 256. */
function withNoise(bytes: Buffer): Buffer {
  let state = 1;
  const mixed = decodeMuLaw(bytes).map((sample) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.max(-32_000, Math.min(32_000, sample + (state % 2_001) - 1_000));
  });
  return Buffer.from(encodeMuLaw(mixed));
}
