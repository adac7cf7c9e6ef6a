/**
 * Writes the scenario and the sounds of the persons whom the compose file's SIPp plays: `node called-party.ts DIRECTORY`.
 * Runs while the image is built, on Node alone, so it imports nothing from a package.
 */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Person } from '../callers/behaviour.ts';
import { writePeople } from '../callers/people.ts';

/** Numbers reserved for fiction; docs/containers.md tells what each does. Everybody else is not assigned. */
export const CALLED_PARTIES: readonly Person[] = [
  { numbers: ['13035550142', '12125550142'], behaviour: { kind: 'answers' } },
  { numbers: ['13035550143'], behaviour: { kind: 'answers', keys: [{ digit: '9', afterMs: 5_000 }] } },
  { numbers: ['13035550144'], behaviour: { kind: 'busy' } },
  { numbers: ['13035550145'], behaviour: { kind: 'rings' } },
  { numbers: ['13035550146'], behaviour: { kind: 'answers', greeting: null } },
];

if (import.meta.url === `file://${process.argv[1] ?? ''}`) {
  const [given] = process.argv.slice(2);
  if (given === undefined) throw new Error('usage: node called-party.ts DIRECTORY');
  const directory = resolve(given);
  const scenario = await writePeople({ people: CALLED_PARTIES }, directory);
  await writeFile(join(directory, 'people.xml'), scenario);
}
