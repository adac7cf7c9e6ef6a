/**
 * Hashes recordings in the exchange's monitor folder. The exchange says nothing when it closes a file, so a file counts as closed
 * when neither its size nor its time has changed for a while. Streams: a recording of an hour is never in memory.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordingDigest, Recordings } from '../../ports/recordings.ts';

export interface RecordingsOptions {
  /** Null: not configured, so nothing can be hashed. */
  readonly directory: string | null;
  /** Unchanged for this long is closed; the exchange writes every 20 ms while it records. Default 1,000 ms. */
  readonly quietMs?: number;
  /** Longest wait for a file to appear and be closed. Default 10,000 ms. */
  readonly withinMs?: number;
}

const LOOK_EVERY_MS = 100;

export function monitorRecordings(options: RecordingsOptions): Recordings {
  const { directory, quietMs = 1_000, withinMs = 10_000 } = options;

  async function digestOf(file: string): Promise<RecordingDigest> {
    if (directory === null) return unhashed(file, 'asterisk.monitorDirectory is not configured');
    if (basename(file) !== file) return unhashed(file, 'not a file name');
    const path = join(directory, file);
    try {
      const open = await closedWithin(path, quietMs, withinMs);
      return open === null ? { file, ...(await hashOf(path)), problem: null } : unhashed(file, open);
    } catch (error) {
      return unhashed(file, `cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
    }
  }
  return { digest: (files) => Promise.all(files.map(digestOf)) };
}

const unhashed = (file: string, problem: string): RecordingDigest => ({
  file,
  sha256: null,
  bytes: null,
  problem,
});

/** Null when the file is closed, else what is wrong with it. */
async function closedWithin(path: string, quietMs: number, withinMs: number): Promise<string | null> {
  const from = performance.now();
  let seen = '';
  let since = from;
  while (performance.now() - from < withinMs) {
    const now = await stat(path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    });
    const shape = now === null ? '' : `${now.size} ${now.mtimeMs}`;
    if (shape !== seen) since = performance.now();
    else if (shape !== '' && performance.now() - since >= quietMs) return null;
    seen = shape;
    await sleep(LOOK_EVERY_MS);
  }
  return seen === ''
    ? `not there ${withinMs} ms after the end of the call`
    : `still written ${withinMs} ms after the end`;
}

async function hashOf(path: string): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}
