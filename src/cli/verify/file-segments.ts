/** An export cut into segments at the ends of its lines, and the reading of one. */
import { open } from 'node:fs/promises';
import { type KnownHashes, readSegment, type SegmentReport } from '../../control/verify/segment.ts';

/** The lines that begin in `[from, to)` of the file. */
export interface FileSegment {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

const CHUNK_BYTES = 1 << 20;
const LINE_END = 0x0a;

/** Segments of a file of `size` bytes, none much longer than `bytes`. */
export function segmentsOf(path: string, size: number, bytes: number): readonly FileSegment[] {
  const count = Math.max(1, Math.ceil(size / bytes));
  return Array.from({ length: count }, (_, index) => ({
    path,
    from: Math.floor((size / count) * index),
    to: Math.floor((size / count) * (index + 1)),
  }));
}

/** Rejects with the error of the file system. `progress` is told of the entries read so far, now and then. */
export async function verifySegment(
  segment: FileSegment,
  known: KnownHashes,
  progress: (entries: number) => void,
): Promise<SegmentReport> {
  const reader = readSegment(known);
  for await (const piece of piecesOf(segment)) {
    for (let from = 0; from <= piece.length;) {
      const found = piece.indexOf(LINE_END, from);
      const end = found < 0 ? piece.length : found;
      if (!reader.line(piece, from, end)) return reader.report();
      from = end + 1;
    }
    progress(reader.entries);
  }
  return reader.report();
}

/** Lines without their line feeds, a piece of the file at a time. Only a line feed ends a line: U+2028 stands raw in JSON. */
export async function* linesOf(segment: FileSegment): AsyncGenerator<readonly string[]> {
  for await (const piece of piecesOf(segment)) yield piece.toString('utf8').split('\n');
}

/** Some whole lines at a time, without the line feed of the last of them. A piece stands until the next one is asked for. */
async function* piecesOf({ path, from, to }: FileSegment): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    // The byte before tells whether a line begins at `from`.
    let at = Math.max(0, from - 1);
    let skips = from > 0;
    let carried = Buffer.alloc(0);
    const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, at);
      if (bytesRead === 0) break;
      let piece = chunk.subarray(0, bytesRead);
      at += bytesRead;
      if (skips) {
        const end = piece.indexOf(LINE_END);
        if (end < 0) continue;
        piece = piece.subarray(end + 1);
        skips = false;
      }
      const start = at - piece.length - carried.length;
      if (start >= to) return;
      const text = carried.length === 0 ? piece : Buffer.concat([carried, piece]);
      // Of the lines in hand, those that begin before `to`: the one that the byte before `to` is in is the last.
      const lastOwn = at > to ? text.indexOf(LINE_END, to - 1 - start) : -1;
      const end = lastOwn >= 0 ? lastOwn : text.lastIndexOf(LINE_END);
      if (end >= 0) yield text.subarray(0, end);
      if (lastOwn >= 0) return;
      carried = Buffer.from(text.subarray(end + 1));
    }
    if (carried.length > 0 && !skips && at - carried.length < to) yield carried;
  } finally {
    await file.close();
  }
}
