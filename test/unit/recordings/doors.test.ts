/** Hearing a recording is on record before it sounds; what is not as it was recorded does not sound at all. */
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { masterKeys } from '../../../src/adapters/recordings/master-keys.ts';
import { keyOfText } from '../../../src/domain/recording-key.ts';
import { backOffMs, retentionUntil } from '../../../src/domain/recording.ts';
import { instant } from '../../../src/domain/time.ts';
import { recordingKey } from '../../../src/cli/commands/recordings.ts';
import { openRecordings } from '../../../src/control/recordings/open-recordings.ts';
import { settleRecording } from '../../../src/control/recordings/settle-recording.ts';
import { RecordingDamaged, RecordingUnavailable } from '../../../src/ports/recording-vault.ts';
import { NUMBER, openRecordingWorld, type RecordingWorld } from '../../support/recording-world.ts';

let world: RecordingWorld;
beforeEach(async () => {
  world = await openRecordingWorld();
});
afterEach(() => world.close());

const ASKED = {
  callId: 'c-1',
  track: 'mixed',
  who: 'Jo Example',
  why: 'complaint 12',
  door: 'token',
} as const;
const doors = (archive = world.archive) => openRecordings(archive, () => 'hold-1');
const kinds = async () => (await world.ledger.read({ callId: 'c-1', limit: 99 })).map(({ kind }) => kind);

test('who and why are in the ledger before a byte is read', async () => {
  const audio = await world.record('c-1');
  await settleRecording(world.archive, 'c-1');
  const access = await doors().fetch(ASKED);
  expect((await kinds()).at(-1)).toBe('recording_accessed');
  const pieces: Uint8Array[] = [];
  if (access.kind === 'open') for await (const piece of access.plain) pieces.push(piece);
  expect(Buffer.concat(pieces).toString()).toBe(audio.get('c-1~mixed.wav'));
  const dying = world.dyingAt(1, 'before').archive;
  const silent = { ...dying, vault: { ...dying.vault, check: () => Promise.reject(new Error('was read')) } };
  await expect(doors(silent).fetch(ASKED)).rejects.not.toThrow('was read');
});

test('a file that was changed on disk does not sound, and the ledger says so', async () => {
  await world.record('c-1');
  await settleRecording(world.archive, 'c-1');
  const path = join(
    world.kept,
    (await world.containers()).find((name) => name.includes('c-1~mixed.wav'))!,
  );
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(500) ^ 1, 500);
  await writeFile(path, bytes);
  await expect(doors().fetch(ASKED)).rejects.toBeInstanceOf(RecordingDamaged);
  expect((await kinds()).slice(-2)).toEqual(['recording_accessed', 'recording_damaged']);
});

test('a plain file that was exchanged is found by its hash', async () => {
  world.keys = null;
  await world.record('c-1');
  await settleRecording(world.archive, 'c-1');
  await writeFile(join(world.monitor, 'c-1~mixed.wav'), 'other words');
  await expect(doors().fetch(ASKED)).rejects.toThrow(/not what was recorded/);
});

test('a key service that is away says nothing about the file: to be asked again, and then it sounds', async () => {
  await world.record('c-1');
  await settleRecording(world.archive, 'c-1');
  const { keys } = world;
  world.keys = masterKeys([{ id: 'first', source: { kind: 'command', command: ['false'] } }], 1_000);
  await expect(doors().fetch(ASKED)).rejects.toBeInstanceOf(RecordingUnavailable);
  expect((await kinds()).at(-1)).toBe('recording_accessed');
  world.keys = keys;
  expect(await doors().fetch(ASKED)).toMatchObject({ kind: 'open' });
});

test('a folder that is away says nothing about the file either', async () => {
  await world.record('c-1');
  await settleRecording(world.archive, 'c-1');
  await rename(world.kept, `${world.kept}.elsewhere`);
  await expect(doors().fetch(ASKED)).rejects.toThrow(/cannot be read: ENOENT/);
  expect(await kinds()).not.toContain('recording_damaged');
});

test('unknown calls and deleted recordings are answers', async () => {
  expect(await doors().fetch(ASKED)).toEqual({ kind: 'unknown' });
  await world.record('c-1');
  await settleRecording(world.archive, 'c-1');
  const body = { callId: 'c-1', why: 'retention', files: [], deletedAt: '2031-11-24T18:00:00.000Z' };
  await world.ledger.append({ kind: 'recording_deleted', dedupeKey: 'c-1', body });
  expect(await doors().fetch(ASKED)).toMatchObject({ kind: 'gone' });
});

test('a hold is set on the number however it is written, and lifted once', async () => {
  await world.record('c-1');
  await settleRecording(world.archive, 'c-1');
  const said = { who: 'Jo Example', why: 'suit' };
  await doors().setHold({ scope: 'number', value: '(303) 555-0123', ...said });
  expect((await doors().show('c-1'))?.holds).toMatchObject([{ holdId: 'hold-1', value: NUMBER }]);
  await expect(doors().setHold({ scope: 'number', value: 'nobody', ...said })).rejects.toThrow(
    /telephone number/,
  );
  await doors().liftHold({ holdId: 'hold-1', ...said });
  expect((await doors().show('c-1'))?.holds).toEqual([]);
  await expect(doors().liftHold({ holdId: 'hold-1', ...said })).rejects.toThrow(/not lifted/);
});

test.each([
  ['seller', 'Sunrise', 'one of sunrise, clearview'],
  ['seller', 'sunrize', 'one of sunrise, clearview'],
  ['call', 'c-1 ', 'the id of a call that the ledger has'],
  ['call', 'c-2', 'the id of a call that the ledger has'],
] as const)(
  'a hold on a %s `%s` that nobody knows is refused, not silently void',
  async (scope, value, expected) => {
    await world.record('c-1');
    const setting = doors().setHold({ scope, value, who: 'Jo Example', why: 'suit' });
    await expect(setting).rejects.toMatchObject({ field: 'value', value, expected });
    expect(await doors().holds(9)).toEqual([]);
  },
);

test('a hold may come before the recording: of a seller that has none yet, of a call that has just been decided', async () => {
  const said = { who: 'Jo Example', why: 'suit' };
  await doors().setHold({ scope: 'seller', value: 'clearview', ...said });
  await world.record('c-1');
  const { holdId } = await openRecordings(world.archive, () => 'hold-2').setHold({
    scope: 'call',
    value: 'c-1',
    ...said,
  });
  await settleRecording(world.archive, 'c-1');
  expect((await doors().show('c-1'))?.holds.map((hold) => hold.holdId)).toEqual([holdId]);
});

test('a new key is a key, readable to its owner alone, and never written over another', async () => {
  const file = join(world.directory, 'new.key');
  const io = { out: () => undefined } as unknown as Parameters<typeof recordingKey>[1];
  expect(await recordingKey(file, io)).toBe(0);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(keyOfText(await readFile(file, 'utf8'))).toHaveLength(32);
  await expect(recordingKey(file, io)).rejects.toThrow(/there already/);
});

test.each(['', 'x'.repeat(64), 'a'.repeat(63), 'a'.repeat(65), 'A'.repeat(44), `${'A'.repeat(42)}==`])(
  '`%s` is no key',
  (text) => {
    expect(keyOfText(text)).toBeNull();
  },
);

test('the wait between deliveries doubles, up to an hour, and never overflows', () => {
  expect([1, 2, 3, 11, 5_000].map(backOffMs)).toEqual([5_000, 10_000, 20_000, 3_600_000, 3_600_000]);
});

test('five years from a leap day are not a day short', () => {
  const from = instant(Date.UTC(2028, 1, 29, 12));
  const profile = { name: 'tsr', years: 5, citation: '16 CFR 310.5' };
  expect(retentionUntil(from, profile)).toBe(Date.UTC(2033, 2, 1, 12));
});
