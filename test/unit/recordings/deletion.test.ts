/** What is past its time goes, with its hashes in the ledger; what is held, or lies where nobody can see, does not. */
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deleteDue, deleteKept } from '../../../src/control/recordings/delete-recordings.ts';
import { settleRecording } from '../../../src/control/recordings/settle-recording.ts';
import type { KeptFile } from '../../../src/domain/recording.ts';
import { instant } from '../../../src/domain/time.ts';
import { Died, NUMBER, openRecordingWorld, type RecordingWorld } from '../../support/recording-world.ts';

let world: RecordingWorld;
beforeEach(async () => {
  world = await openRecordingWorld();
});
afterEach(() => world.close());

const rowOf = (callId: string) => world.archive.records.recording(callId);
const after = (years: number, ms: number) => instant(Date.UTC(2026 + years, 10, 24, 18, 0, 0) + ms);
const deletions = async (): Promise<number> => (await deleteDue(world.archive, true)).deleted;

async function expectWhole(audio: ReadonlyMap<string, string>): Promise<void> {
  const row = await rowOf('c-1');
  for (const file of row?.files ?? []) expect(await world.hear(file)).toBe(audio.get(file.file));
  expect(row?.deletedAt).toBeNull();
}

describe('retention', () => {
  test('not a millisecond before its time, and with its hashes in the ledger', async () => {
    await world.record('c-1', { retentionYears: 10 });
    await settleRecording(world.archive, 'c-1');
    world.now = after(10, -1);
    expect(await deletions()).toBe(0);
    world.now = after(10, 0);
    expect(await deletions()).toBe(1);
    expect(await world.containers()).toEqual([]);
    const [entry] = await world.ledger.read({ kinds: ['recording_deleted'], limit: 1 });
    expect(entry?.body).toMatchObject({ callId: 'c-1', why: 'retention', number: NUMBER });
    expect((await rowOf('c-1'))?.deletedAt).toBe(world.now);
    expect(await deletions()).toBe(0);
  });

  test.each([
    ['call', 'c-1'],
    ['number', NUMBER],
    ['seller', 'sunrise'],
  ])('a hold on the %s keeps it for as long as it stands', async (scope, value) => {
    await world.record('c-1');
    await settleRecording(world.archive, 'c-1');
    world.now = after(6, 0);
    const at = new Date(world.now).toISOString();
    const hold = { holdId: 'h', scope, value, who: 'Jo', why: 'suit', setAt: at };
    await world.ledger.append({ kind: 'recording_hold_set', dedupeKey: 'h', body: hold });
    expect(await deletions()).toBe(0);
    const lift = { holdId: 'h', who: 'Jo', why: 'settled', liftedAt: at };
    await world.ledger.append({ kind: 'recording_hold_lifted', dedupeKey: 'h', body: lift });
    expect(await deletions()).toBe(1);
  });

  test('killed between the files and the entry: the next life writes the entry', async () => {
    await world.record('c-1');
    await settleRecording(world.archive, 'c-1');
    world.now = after(6, 0);
    await expect(deleteDue(world.dyingAt(3, 'before').archive, true)).rejects.toThrow(Died);
    expect(await world.containers()).toEqual([]);
    expect(await deletions()).toBe(1);
  });

  test('a hold keeps what the person refused; it goes when the hold is lifted', async () => {
    const audio = await world.record('c-1');
    await world.refuse('c-1');
    const at = new Date(world.now).toISOString();
    const hold = { holdId: 'h', scope: 'number', value: NUMBER, who: 'Jo', why: 'suit', setAt: at };
    await world.ledger.append({ kind: 'recording_hold_set', dedupeKey: 'h', body: hold });
    expect(await settleRecording(world.archive, 'c-1')).toBe('kept');
    await expectWhole(audio);
    expect(await deletions()).toBe(0);
    const lift = { holdId: 'h', who: 'Jo', why: 'settled', liftedAt: at };
    await world.ledger.append({ kind: 'recording_hold_lifted', dedupeKey: 'h', body: lift });
    expect(await deletions()).toBe(1);
    const [entry] = await world.ledger.read({ kinds: ['recording_deleted'], limit: 1 });
    expect(entry?.body['why']).toBe('refused');
  });

  test('refused and kept by policy: stopped, not deleted', async () => {
    const audio = await world.record('c-1');
    await world.refuse('c-1', 'stop_and_keep');
    await settleRecording(world.archive, 'c-1');
    await expectWhole(audio);
    expect(await deletions()).toBe(0);
  });
});

describe('a folder that is not here', () => {
  const elsewhere = (): string => `${world.kept}.elsewhere`;
  const deletedEntries = () => world.ledger.read({ kinds: ['recording_deleted'], limit: 9 });
  const overdue = async (): Promise<void> => {
    await world.record('c-1');
    await settleRecording(world.archive, 'c-1');
    world.now = after(6, 0);
  };

  test.each([
    ['is gone', () => Promise.resolve()],
    ['is an empty one, as under a volume that is not mounted', () => mkdir(world.kept).then(() => undefined)],
    [
      'is another one, with recordings of its own',
      async () => {
        await world.record('c-2', { retentionYears: 10 });
        await settleRecording(world.archive, 'c-2');
      },
    ],
  ])(
    '%s: nothing is said to be deleted, it is told, and done when the folder is back',
    async (_what, put) => {
      await overdue();
      await rename(world.kept, elsewhere());
      await put();
      expect(await deleteDue(world.archive, true)).toEqual({ deleted: 0, putOff: 1 });
      expect(await deletedEntries()).toEqual([]);
      expect(world.complaints.join()).toMatch(/folder that has them is not here \{"recordings":1\}/);
      await rm(world.kept, { recursive: true, force: true });
      await rename(elsewhere(), world.kept);
      expect(await deleteDue(world.archive, true)).toEqual({ deleted: 1, putOff: 0 });
      expect(await world.containers()).toEqual([]);
    },
  );

  test('where recordings lie plain, too', async () => {
    world.keys = null;
    await overdue();
    await rename(world.monitor, `${world.monitor}.elsewhere`);
    await mkdir(world.monitor);
    expect(await deleteDue(world.archive, true)).toEqual({ deleted: 0, putOff: 1 });
    await rm(world.monitor, { recursive: true });
    await rename(`${world.monitor}.elsewhere`, world.monitor);
    expect(await deletions()).toBe(1);
    expect(await world.plain()).toEqual([]);
  });

  test('that went away between the question and the deletion', async () => {
    await overdue();
    const row = (await rowOf('c-1'))!;
    await rename(world.kept, elsewhere());
    expect(await deleteKept(world.archive, row)).toBe('absent');
    expect(await deletedEntries()).toEqual([]);
  });

  test('one file that somebody took out of a folder that is here holds nothing up', async () => {
    await overdue();
    const [container = ''] = await world.containers();
    await rm(join(world.kept, container));
    expect(await deletions()).toBe(1);
  });

  test('that has no id in the row, as before folders had one, counts as here while one of the files lies there', async () => {
    await overdue();
    const [file] = (await rowOf('c-1'))!.files;
    const row = Object.fromEntries(
      Object.entries(file!).filter(([name]) => name !== 'store'),
    ) as unknown as KeptFile;
    const { vault } = world.archive;
    expect(await vault.absence([row])).toBeNull();
    await rename(world.kept, elsewhere());
    expect(await vault.absence([row])).toMatch(/nothing proves/);
  });
});

test('recordings that are kept for ever by policy still go when the person refused them', async () => {
  await world.record('c-1');
  await settleRecording(world.archive, 'c-1');
  world.now = after(6, 0);
  expect(await deleteDue(world.archive, false)).toEqual({ deleted: 0, putOff: 0 });
  await world.refuse('c-1');
  expect(await deleteDue(world.archive, false)).toEqual({ deleted: 1, putOff: 0 });
});
