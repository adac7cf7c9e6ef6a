/** A recording comes to rest once, whatever dies in between: never lost, never left readable, deleted where the person refused. */
import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { masterKeys } from '../../../src/adapters/recordings/master-keys.ts';
import { settleRecording } from '../../../src/control/recordings/settle-recording.ts';
import { leftOvers } from '../../../src/control/recordings/sweep-recordings.ts';
import { recordingFiles } from '../../../src/ports/recordings.ts';
import { Died, NUMBER, openRecordingWorld, type RecordingWorld } from '../../support/recording-world.ts';

let world: RecordingWorld;
beforeEach(async () => {
  world = await openRecordingWorld();
});
afterEach(() => world.close());

const kinds = async (callId: string): Promise<readonly string[]> =>
  (await world.ledger.read({ callId, limit: 100 })).map(({ kind }) => kind);
const rowOf = (callId: string) => world.archive.records.recording(callId);
/** As a new life does it. */
const sweep = (): Promise<number> =>
  leftOvers(world.archive, (callId) => settleRecording(world.archive, callId)).sweep(() => false);

async function expectKept(callId: string, audio: ReadonlyMap<string, string>): Promise<void> {
  const row = await rowOf(callId);
  expect(row?.files.map(({ track, keyId }) => [track, keyId])).toEqual([
    ['mixed', 'first'],
    ['called', 'first'],
    ['agent', 'first'],
  ]);
  for (const file of row?.files ?? []) expect(await world.hear(file)).toBe(audio.get(file.file));
  expect(await world.plain()).toEqual([]);
  expect(await world.containers()).toHaveLength(3);
  expect((await kinds(callId)).filter((kind) => kind === 'recording_archived')).toHaveLength(1);
}

test('hashed, encrypted, in a row, and only then the plain files go', async () => {
  const audio = await world.record('c-1');
  expect(await settleRecording(world.archive, 'c-1')).toBe('kept');
  await expectKept('c-1', audio);
  const row = await rowOf('c-1');
  expect(row).toMatchObject({ number: NUMBER, sellerId: 'sunrise', keeper: 'keeper', deletedAt: null });
  expect(row?.retentionUntil).toBe(Date.parse('2031-11-24T18:00:00Z'));
  const container = await readFile(join(world.kept, row?.files[0]?.container ?? ''));
  expect(container.includes('c-1~mixed.wav c-1~mixed.wav')).toBe(false);
});

describe('killed', () => {
  for (const when of ['before', 'after'] as const) {
    test(`${when} each step in turn: the next life finishes it`, async () => {
      let steps = 0;
      for (let at = 1; ; at += 1) {
        const callId = `c-${at}`;
        const audio = await world.record(callId);
        const dying = world.dyingAt(at, when);
        await settleRecording(dying.archive, callId).catch((error: unknown) => {
          if (!(error instanceof Died)) throw error;
        });
        if (!dying.died()) break;
        steps = at;
        for (const file of (await rowOf(callId))?.files ?? [])
          expect(await world.hear(file)).toBe(audio.get(file.file));
        await sweep();
        await expectKept(callId, audio);
        await world.archive.vault.removeKept([...audio.keys()]);
      }
      // hash, three files, row, three removals
      expect(steps).toBe(8);
    });

    test(`${when} each step of a deletion the person asked for: nothing of it is left`, async () => {
      let steps = 0;
      for (let at = 1; ; at += 1) {
        const callId = `r-${at}`;
        await world.record(callId);
        await world.refuse(callId);
        const dying = world.dyingAt(at, when);
        await settleRecording(dying.archive, callId).catch((error: unknown) => {
          if (!(error instanceof Died)) throw error;
        });
        if (!dying.died()) break;
        steps = at;
        await sweep();
        expect([...(await world.plain()), ...(await world.containers())]).toEqual([]);
        const entries = await world.ledger.read({ callId, kinds: ['recording_deleted'], limit: 9 });
        expect(entries.map(({ body }) => body['why'])).toEqual(['refused']);
        expect(JSON.stringify(entries[0]?.body['files'])).toMatch(/"sha256":"[0-9a-f]{64}"/);
      }
      expect(steps).toBe(4);
    });
  }

  test('in the middle of writing: half a file is written anew', async () => {
    const audio = await world.record('c-1');
    await settleRecording(world.dyingAt(2, 'after').archive, 'c-1').catch(() => undefined);
    const [container = ''] = await world.containers();
    await writeFile(join(world.kept, `${container}.part`), 'half');
    await writeFile(join(world.kept, container), 'half of it, from a disk that lied');
    await sweep();
    await expectKept('c-1', audio);
  });
});

test('without its key nothing is lost and nothing is deleted; with it all is made up for', async () => {
  const audio = await world.record('c-1');
  const keys = world.keys;
  world.keys = masterKeys([{ id: 'kms', source: { kind: 'command', command: ['false'] } }], 1_000);
  expect(await world.archive.vault.problem()).toBe('key `kms`: false failed (1)');
  expect(await sweep()).toBe(1);
  expect(await world.plain()).toEqual([...audio.keys()].sort());
  expect(await kinds('c-1')).toEqual(['decision', 'recording_hashed']);
  world.keys = keys;
  expect(await sweep()).toBe(0);
  await expectKept('c-1', audio);
});

test('a plain file that is not what was hashed is not kept under that hash, and stays', async () => {
  await world.record('c-1');
  await settleRecording(world.dyingAt(1, 'after').archive, 'c-1').catch(() => undefined);
  await writeFile(join(world.monitor, 'c-1~mixed.wav'), 'something else');
  await expect(settleRecording(world.archive, 'c-1')).rejects.toThrow(/another hash/);
  expect(await world.plain()).toContain('c-1~mixed.wav');
  expect(await world.containers()).toEqual([]);
});

test('after a rotation new files are under the new key and old ones stay readable', async () => {
  const audio = await world.record('c-1');
  await settleRecording(world.archive, 'c-1');
  const second = join(world.directory, 'second.key');
  await writeFile(second, randomBytes(32).toString('base64'), { mode: 0o600 });
  const files = [
    { id: 'second', source: { kind: 'file' as const, path: second } },
    { id: 'first', source: { kind: 'file' as const, path: join(world.directory, 'first.key') } },
  ];
  world.keys = masterKeys(files, 1_000);
  await world.record('c-2');
  await settleRecording(world.archive, 'c-2');
  const [old, young] = [await rowOf('c-1'), await rowOf('c-2')];
  expect([old?.files[0]?.keyId, young?.files[0]?.keyId]).toEqual(['first', 'second']);
  expect(await world.hear(old!.files[0]!)).toBe(audio.get('c-1~mixed.wav'));
  world.keys = masterKeys(files.slice(0, 1), 1_000);
  expect(await world.archive.vault.check(old!.files[0]!)).toMatchObject({
    kind: 'unavailable',
    problem: expect.stringMatching(/no key `first`/) as string,
  });
});

test('foreign files in the folder are left alone', async () => {
  await writeFile(join(world.monitor, 'queue-77.wav'), 'not ours');
  expect(await sweep()).toBe(0);
  expect(await world.plain()).toEqual(['queue-77.wav']);
});

test('a call that is still followed is not touched', async () => {
  await world.record('c-1');
  const left = leftOvers(world.archive, (callId) => settleRecording(world.archive, callId));
  await left.sweep(() => true);
  expect(await kinds('c-1')).toEqual(['decision']);
});

test('a call that people place to us may be quiet while they wait in a queue: left alone until its end is told', async () => {
  const callId = 'in-1';
  await world.record('c-1');
  await settleRecording(world.archive, 'c-1');
  const body = { callId, campaignId: 'solar', sellerId: 'sunrise', number: NUMBER, policyHash: 'p' };
  await world.ledger.append({ kind: 'inbound_call', dedupeKey: callId, body });
  for (const file of recordingFiles(callId)) await writeFile(join(world.monitor, file), 'begun');
  const quietFor = (quietMs: number): Promise<number> => {
    const { archive } = world;
    const plainFiles = async (named?: readonly string[]) =>
      (await archive.vault.plainFiles(named)).map(({ file }) => ({ file, quietMs }));
    const waits = { ...archive, vault: { ...archive.vault, plainFiles } };
    return leftOvers(waits, (id) => settleRecording(waits, id)).sweep(() => false);
  };
  expect(await quietFor(600_000)).toBe(1);
  expect(await world.plain()).toHaveLength(3);
  // Its end was never told, and it has surely been over for long.
  expect(await quietFor(3_600_000)).toBe(0);
  expect(await world.plain()).toEqual([]);
});

test.each(['', 'killed before the row goes, '])(
  '%sa refusal that became durable after the row: deleted all the same',
  async (killed) => {
    await world.record('c-1');
    expect(await settleRecording(world.archive, 'c-1')).toBe('kept');
    await world.refuse('c-1');
    if (killed !== '')
      await settleRecording(world.dyingAt(3, 'before').archive, 'c-1').catch(() => undefined);
    expect(await settleRecording(world.archive, 'c-1')).toBe('deleted');
    expect(await world.containers()).toEqual([]);
    expect((await kinds('c-1')).at(-1)).toBe('recording_deleted');
    expect((await rowOf('c-1'))?.deletedAt).toBe(world.now);
  },
);

test('a refused recording whose plain files cannot be seen is not said to be deleted', async () => {
  await world.record('c-1');
  await world.refuse('c-1');
  await settleRecording(world.dyingAt(1, 'after').archive, 'c-1').catch(() => undefined);
  await rename(world.monitor, `${world.monitor}.elsewhere`);
  await expect(settleRecording(world.archive, 'c-1')).rejects.toThrow(/put off/);
  expect(await kinds('c-1')).not.toContain('recording_deleted');
  await rename(`${world.monitor}.elsewhere`, world.monitor);
  expect(await settleRecording(world.archive, 'c-1')).toBe('deleted');
  expect(await world.plain()).toEqual([]);
});

test('switched off on purpose: hashed and in a row, plain where it lies', async () => {
  world.keys = null;
  const audio = await world.record('c-1');
  expect(await settleRecording(world.archive, 'c-1')).toBe('kept');
  const row = await rowOf('c-1');
  expect(row?.files.map(({ keyId, container }) => [keyId, container])).toEqual(
    [...audio.keys()].map((file) => [null, file]),
  );
  expect(await world.plain()).toEqual([...audio.keys()].sort());
  expect(await world.archive.vault.check(row!.files[0]!)).toEqual({ kind: 'whole' });
});
