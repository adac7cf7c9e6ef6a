/** The called persons of a floor: one SIPp process that answers for every number, each in its own way. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Behaviour, Person } from './behaviour.ts';
import { keyPressCapture } from './key-press.ts';
import { SAMPLES_PER_MS, SILENCE_BYTE } from './mu-law.ts';
import { personScenario, type ScenarioPerson } from './person-scenario.ts';
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
): Promise<{ audioFile?: string; keyFiles?: readonly string[] }> {
  if (behaviour.kind !== 'answers') return {};
  const audioFile = `${path}.ul`;
  const greeting = behaviour.greeting === undefined ? USUAL_GREETING : behaviour.greeting;
  const speech = greeting === null ? Buffer.alloc(0) : await renderSpeech(greeting);
  const before = (behaviour.speakAfterMs ?? SPEAK_AFTER_MS) * SAMPLES_PER_MS;
  const whole = Buffer.alloc(LONGEST_CALL_S * 1_000 * SAMPLES_PER_MS, SILENCE_BYTE);
  speech.copy(whole, before);
  await writeFile(audioFile, whole);
  const keyFiles: string[] = [];
  for (const [index, { digit }] of (behaviour.keys ?? []).entries()) {
    const keyFile = `${path}-key-${index}.pcap`;
    await writeFile(keyFile, keyPressCapture(digit));
    keyFiles.push(keyFile);
  }
  return { audioFile, keyFiles };
}
