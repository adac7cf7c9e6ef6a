/** What the spool says is on the disk is on the disk, whatever the disk does; what it did not say is not read as if it had. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSpoolFile, spoolPath } from '../../../src/adapters/files/spool-file.ts';
import { sha256Hex } from '../../../src/domain/hash-chain.ts';
import type { WriterId } from '../../../src/domain/ids.ts';
import { readSpool, type SpooledEntry, spoolLine } from '../../../src/domain/spool-record.ts';
import { instant } from '../../../src/domain/time.ts';
import { SpoolUnavailable } from '../../../src/ports/spool.ts';
import { faultyDisk } from '../../support/faulty-disk.ts';

const WRITER = 'w1' as WriterId;
const PATH = spoolPath('/spool', WRITER);

const entry = (id: string, bodyText = `{"n":"${id}"}`): SpooledEntry => ({
  id,
  kind: 'opt_out',
  at: instant(Date.parse('2026-11-20T12:00:00.123Z')),
  bodyText,
  dedupeKey: null,
  doubtful: false,
});

const opened = (disk = faultyDisk(), maxBytes = 100_000) =>
  openSpoolFile({ directory: '/spool', writer: WRITER, maxBytes, disk });

const idsOn = (disk: ReturnType<typeof faultyDisk>): readonly string[] =>
  readSpool(disk.files.get(PATH) ?? new Uint8Array()).entries.map(({ id }) => id);

test('entries come back in order, as they were', async () => {
  const disk = faultyDisk();
  const spool = await opened(disk);
  const written = [
    entry('a', '{"text":"line\\nfeed, “ünïcode”"}'),
    { ...entry('b'), dedupeKey: 'k', doubtful: true },
  ];
  await Promise.all(written.map((each) => spool.append(each)));
  expect((await opened(disk)).found).toEqual({ entries: written, damaged: [] });
});

test('what waits while an fsync is under way shares the next one', async () => {
  const disk = faultyDisk();
  const spool = await opened(disk);
  await Promise.all(Array.from({ length: 50 }, (_, n) => spool.append(entry(`e${n}`))));
  expect(disk.syncs).toBeLessThanOrEqual(2);
  expect(idsOn(disk)).toHaveLength(50);
});

test('a last record that is torn at any byte is cut, and all before it stands', () => {
  const whole = Buffer.from(spoolLine(entry('a')));
  const last = Buffer.from(spoolLine(entry('b')));
  for (let kept = 1; kept < last.length; kept += 1) {
    const tail = last.subarray(0, kept);
    expect(readSpool(Buffer.concat([whole, tail]))).toEqual({
      entries: [entry('a')],
      damaged: [{ offset: whole.length, length: kept, sha256: sha256Hex(tail), base64: null }],
    });
  }
});

test('a record with any byte changed is not believed, and all behind it stands', () => {
  const lines = ['a', 'b', 'c'].map((id) => Buffer.from(spoolLine(entry(id))));
  const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = lines;
  for (let at = 0; at < second.length - 1; at += 1) {
    const bytes = Buffer.concat(lines);
    bytes[first.length + at] = (bytes[first.length + at] ?? 0) ^ 1;
    const { entries, damaged } = readSpool(bytes);
    expect(entries.map(({ id }) => id)).toEqual(['a', 'c']);
    expect(damaged.reduce((sum, { length }) => sum + length, 0)).toBe(second.length);
  }
});

test('behind a torn record the next one stands by itself', async () => {
  const disk = faultyDisk();
  const line = Buffer.from(spoolLine(entry('a')));
  disk.files.set(PATH, line.subarray(0, 40));
  const spool = await opened(disk);
  expect(spool.found.entries).toEqual([]);
  await spool.append(entry('b'));
  expect(idsOn(disk)).toEqual(['b']);
});

describe('a disk that fails', () => {
  test('a short write is carried on with', async () => {
    const disk = faultyDisk();
    disk.faults.push('short', 'short');
    const spool = await opened(disk);
    await spool.append(entry('a'));
    expect(idsOn(disk)).toEqual(['a']);
  });

  test.each(['torn', 'sync', 'full'] as const)(
    '%s: nothing is said to be there, and nothing is',
    async (fault) => {
      const disk = faultyDisk();
      const spool = await opened(disk);
      await spool.append(entry('a'));
      disk.faults.push(fault);
      await expect(spool.append(entry('lost'))).rejects.toBeInstanceOf(SpoolUnavailable);
      expect(idsOn(disk)).toEqual(['a']);
      expect(readSpool(disk.files.get(PATH) ?? new Uint8Array()).damaged).toEqual([]);
      await spool.append(entry('b'));
      expect(idsOn(disk)).toEqual(['a', 'b']);
    },
  );

  test('what cannot be cut off again ends the spool: nothing more is taken', async () => {
    const disk = faultyDisk();
    const spool = await opened(disk);
    disk.faults.push('sync');
    disk.cannotCut = true;
    await expect(spool.append(entry('lost'))).rejects.toThrow('EIO');
    disk.cannotCut = false;
    await expect(spool.append(entry('b'))).rejects.toThrow('could not be cut off again');
  });

  test.each(['EROFS', 'EACCES'])('%s: the entry is refused', async (code) => {
    const disk = faultyDisk();
    disk.refuses = code;
    await expect((await opened(disk)).append(entry('a'))).rejects.toThrow(code);
  });
});

test('a spool gets no larger than it may, also while it is being written', async () => {
  const size = Buffer.byteLength(spoolLine(entry('a')));
  const spool = await opened(faultyDisk(), size * 2);
  const answers = await Promise.allSettled(['a', 'b', 'c'].map((id) => spool.append(entry(id))));
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  await spool.clear();
  await spool.append(entry('d'));
});

test('on a real disk only its owner reads it, and another writer has another file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'spool-'));
  try {
    const open = (writer: string) =>
      openSpoolFile({ directory: join(directory, 'deep'), writer: writer as WriterId, maxBytes: 10_000 });
    const mine = await open('w1');
    const other = await open('w2');
    await mine.append(entry('a'));
    await other.append(entry('b'));
    expect((await stat(join(directory, 'deep', 'w1.spool'))).mode & 0o777).toBe(0o600);
    expect((await open('w1')).found.entries).toEqual([entry('a')]);
    await mine.clear();
    expect(await readdir(join(directory, 'deep'))).toEqual(['w2.spool']);
    await mine.close();
    await other.close();
  } finally {
    await rm(directory, { recursive: true });
  }
});
