/** Hashes of recordings: of what the exchange has finished, never of half a file, and a reason where there is none. */
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { monitorRecordings } from '../../../src/adapters/recordings/exchange-files.ts';
import { sha256Hex } from '../../../src/domain/hash-chain.ts';
import { recordingFiles } from '../../../src/ports/recordings.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'breakwater-recordings-'));
});
afterAll(() => rm(directory, { recursive: true }));

test('all three files of a call are hashed', async () => {
  const files = recordingFiles('c-1');
  for (const file of files) await writeFile(join(directory, file), `audio of ${file}`);
  const digests = await monitorRecordings({ directory, quietMs: 50 }).digest(files);
  expect(digests).toEqual(
    files.map((file) => {
      const audio = `audio of ${file}`;
      return { file, sha256: sha256Hex(audio), bytes: audio.length, problem: null };
    }),
  );
});

test('a file that comes late and is still written is waited for', async () => {
  const file = join(directory, 'late.wav');
  const digesting = monitorRecordings({ directory, quietMs: 400 }).digest(['late.wav']);
  for (const part of ['a', 'b', 'c', 'd']) {
    await sleep(150);
    await appendFile(file, part);
  }
  expect((await digesting)[0]).toMatchObject({ sha256: sha256Hex('abcd'), bytes: 4 });
});

test.each([
  ['nothing is configured', null, 'c.wav', /asterisk\.monitorDirectory is not configured/],
  ['there is no file', 'here', 'none.wav', /not there 300 ms after the end of the call/],
  ['it is no file', 'here', 'folder', /cannot be read: EISDIR/],
  ['the name leads elsewhere', 'here', '../c.wav', /not a file name/],
])('null with the reason when %s', async (_, where, file, problem) => {
  await mkdir(join(directory, 'folder'), { recursive: true });
  const options = { directory: where === null ? null : directory, quietMs: 50, withinMs: 300 };
  expect(await monitorRecordings(options).digest([file])).toEqual([
    { file, sha256: null, bytes: null, problem: expect.stringMatching(problem) as string },
  ]);
});

test('null with the reason when it never ends', async () => {
  const file = join(directory, 'endless.wav');
  const writing = setInterval(() => void appendFile(file, 'x'), 20);
  const [digest] = await monitorRecordings({ directory, quietMs: 300, withinMs: 600 }).digest([
    'endless.wav',
  ]);
  clearInterval(writing);
  expect(digest).toMatchObject({ sha256: null, problem: 'still written 600 ms after the end' });
});
