/** Recordings from before names had a mark are still brought to rest, and of two calls that a name may mean nothing is guessed. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { settleRecording } from '../../../src/control/recordings/settle-recording.ts';
import { leftOvers } from '../../../src/control/recordings/sweep-recordings.ts';
import { formerFiles } from '../../../src/ports/recordings.ts';
import { openRecordingWorld, type RecordingWorld } from '../../support/recording-world.ts';

let world: RecordingWorld;
beforeEach(async () => {
  world = await openRecordingWorld();
});
afterEach(() => world.close());

const FORMER = { named: formerFiles };
const sweep = (): Promise<number> =>
  leftOvers(world.archive, (callId) => settleRecording(world.archive, callId)).sweep(() => false);

test('a recording left over under its former names is kept under them', async () => {
  const audio = await world.record('c-1', FORMER);
  expect(await sweep()).toBe(0);
  const row = await world.archive.records.recording('c-1');
  expect(row?.files.map(({ track, file }) => [track, file])).toEqual([
    ['mixed', 'c-1.wav'],
    ['called', 'c-1-called.wav'],
    ['agent', 'c-1-agent.wav'],
  ]);
  for (const file of row?.files ?? []) expect(await world.hear(file)).toBe(audio.get(file.file));
  expect(await world.plain()).toEqual([]);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])('also when the life before ended after step %i of it', async (at) => {
  const audio = await world.record('c-1', FORMER);
  await settleRecording(world.dyingAt(at, 'after').archive, 'c-1').catch(() => undefined);
  await sweep();
  const row = await world.archive.records.recording('c-1');
  for (const file of row?.files ?? []) expect(await world.hear(file)).toBe(audio.get(file.file));
  expect(await world.plain()).toEqual([]);
});

test('one that the person refused is deleted under its former names', async () => {
  await world.record('c-1', FORMER);
  await world.refuse('c-1');
  await sweep();
  expect([...(await world.plain()), ...(await world.containers())]).toEqual([]);
});

test('of two calls that a former name may mean, neither is touched, and the log says so', async () => {
  await world.record('x', FORMER);
  await world.record('x-called', FORMER);
  await world.refuse('x');
  expect(await sweep()).toBe(2);
  expect(await world.plain()).toHaveLength(5);
  expect(world.complaints.join()).toMatch(/`x-called\.wav` may be of call x or of x-called/);
});

test('today the refusal of one call leaves the recording of the other alone', async () => {
  const audio = await world.record('x-called');
  await settleRecording(world.archive, 'x-called');
  await world.record('x');
  await world.refuse('x');
  expect(await settleRecording(world.archive, 'x')).toBe('deleted');
  const row = await world.archive.records.recording('x-called');
  for (const file of row?.files ?? []) expect(await world.hear(file)).toBe(audio.get(file.file));
  expect(row?.files).toHaveLength(3);
});
