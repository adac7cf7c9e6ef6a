/**
 * The spool in one file of a folder, named after the writer: nobody else's is ever opened. What waits while an fsync is under way goes
 * to the disk with the next one.
 *
 * INVARIANT (spool-ends-where-it-says): the file is as long as what was acknowledged. A write that failed is cut off again; where that
 * fails too, nothing more is taken.
 */
import { join } from 'node:path';
import type { WriterId } from '../../domain/ids.ts';
import { readSpool, spoolLine } from '../../domain/spool-record.ts';
import { type Spool, SpoolUnavailable } from '../../ports/spool.ts';
import { realDisk, type SpoolDisk, type SpoolHandle } from './spool-disk.ts';

export interface SpoolFileOptions {
  readonly directory: string;
  readonly writer: WriterId;
  readonly maxBytes: number;
  readonly disk?: SpoolDisk;
}

const LINE_FEED = 0x0a;

interface Waiting {
  readonly line: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export const spoolPath = (directory: string, writer: WriterId): string => join(directory, `${writer}.spool`);

/** Rejects when the folder cannot be written to, and when the file is there and cannot be read: what it holds must not be left behind. */
export async function openSpoolFile(options: SpoolFileOptions): Promise<Spool> {
  const { writer, maxBytes, disk = realDisk } = options;
  const path = spoolPath(options.directory, writer);
  await disk.prepare(options.directory);
  const there = (await disk.read(path)) ?? new Uint8Array();
  const found = readSpool(there);
  let handle: SpoolHandle | null = null;
  let length = there.length;
  /** With what waits for its turn. */
  let promised = length;
  let broken: string | null = null;
  let waiting: Waiting[] = [];
  let running: Promise<void> | null = null;
  /** What a cut-off write has left has no end: the next line must not become a part of it. */
  let isTorn = there.length > 0 && there.at(-1) !== LINE_FEED;

  const writeAll = async (file: SpoolHandle, bytes: Uint8Array): Promise<void> => {
    for (let done = 0; done < bytes.length;) {
      const taken = await file.write(bytes.subarray(done), length + done);
      if (taken <= 0) throw new Error('the disk took nothing of it');
      done += taken;
    }
    await file.sync();
  };

  /** What a failed write or fsync has left must not be read as acknowledged. */
  const cutOff = async (file: SpoolHandle, why: unknown): Promise<void> => {
    try {
      await file.truncate(length);
      await file.sync();
    } catch {
      broken = `the spool failed and could not be cut off again: ${messageOf(why)}`;
    }
  };

  const writeGroup = async (group: readonly Waiting[]): Promise<void> => {
    const lines = group.map(({ line }) => line);
    const size = lines.reduce((sum, line) => sum + line.length, 0);
    const bytes = Buffer.concat(isTorn ? [Buffer.of(LINE_FEED), ...lines] : lines);
    try {
      if (broken !== null) throw new Error(broken);
      handle ??= await disk.open(path);
      await writeAll(handle, bytes).catch(async (error: unknown) => {
        if (handle !== null) await cutOff(handle, error);
        throw error;
      });
      length += bytes.length;
      isTorn = false;
      for (const { resolve } of group) resolve();
    } catch (cause) {
      promised -= size;
      const error = new SpoolUnavailable(`${path}: ${messageOf(cause)}`, { cause });
      for (const { reject } of group) reject(error);
    }
  };

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      await writeGroup(group);
    }
  };

  const start = (): void => {
    running ??= run().finally(() => {
      running = null;
      if (waiting.length > 0) start();
    });
  };

  return {
    found,
    bytes: () => length,
    append(entry) {
      const line = Buffer.from(spoolLine(entry));
      if (promised + line.length > maxBytes) {
        return Promise.reject(new SpoolUnavailable(`${path} is full: ${maxBytes} bytes at most`));
      }
      promised += line.length;
      return new Promise((resolve, reject) => {
        waiting.push({ line, resolve, reject });
        start();
      });
    },
    async clear() {
      await handle?.close();
      handle = null;
      await disk.remove(path);
      length = 0;
      promised = 0;
      isTorn = false;
      broken = null;
    },
    async close() {
      await running;
      await handle?.close();
      handle = null;
    },
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
