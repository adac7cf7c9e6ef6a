/** Streams one do-not-call file into a number set, hashing as it goes. A file that cannot be a list of lines is refused by name. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { type LineCounts, lineReader, type ReaderOptions } from './line-reader.ts';
import type { NumberSet } from './number-set.ts';

const CHUNK_BYTES = 1_024 * 1_024;

export interface ListContent extends LineCounts {
  /** Of the file's bytes. */
  readonly sha256: string;
  readonly bytes: number;
}

/** `unreadable`: the system refuses. `no_list`: it was read, and is no list of numbers. */
export class ListFileProblem extends Error {
  override readonly name = 'ListFileProblem';
  readonly code: 'unreadable' | 'no_list';
  constructor(code: 'unreadable' | 'no_list', message: string) {
    super(message);
    this.code = code;
  }
}

/** Of the file, taken before others have a turn: lines that are read one by one take some 2 us each, so at most about a millisecond. */
const PIECE_BYTES = 16 * 1_024;

export interface ReadOptions extends ReaderOptions {
  /** True where calls are decided meanwhile: the file is taken in small pieces, and others have a turn after each. */
  readonly givesTurns?: boolean;
  /** Hears of every piece, a megabyte. */
  readonly progress?: ((bytes: number, counts: LineCounts) => void) | undefined;
}

/** Rejects with `ListFileProblem` when there is no list to read; whatever its lines hold is an answer. */
export async function readList(
  path: string,
  numbers: NumberSet,
  options: ReadOptions = {},
): Promise<ListContent> {
  const reader = lineReader(numbers, options);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
      const whole = chunk as Buffer;
      const pieceBytes = options.givesTurns === true ? PIECE_BYTES : whole.length;
      for (let at = 0; at < whole.length; at += pieceBytes) {
        const piece = whole.subarray(at, at + pieceBytes);
        const foreign = foreignFormat(piece, bytes === 0);
        if (foreign !== undefined) throw new ListFileProblem('no_list', foreign);
        hash.update(piece);
        reader.push(piece);
        bytes += piece.length;
        if (options.givesTurns === true) await turn();
      }
      options.progress?.(bytes, reader.counts());
    }
  } catch (error) {
    if (error instanceof ListFileProblem) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ListFileProblem(
      'unreadable',
      code === 'EISDIR' ? 'is a directory, not a file' : `cannot be read: ${code}`,
    );
  }
  return { ...reader.finish(), sha256: hash.digest('hex'), bytes };
}

/** First bytes of what people take for the list itself. */
const FOREIGN: readonly (readonly [bytes: string, what: string])[] = [
  ['\x1f\x8b', 'is compressed (gzip); unpack it first'],
  ['PK\x03\x04', 'is a zip archive or a spreadsheet; unpack it, or save it as CSV'],
  ['BZh', 'is compressed (bzip2); unpack it first'],
  ['\xfd7zXZ', 'is compressed (xz); unpack it first'],
  ['\xff\xfe', 'is UTF-16 text; save it as UTF-8'],
  ['\xfe\xff', 'is UTF-16 text; save it as UTF-8'],
];

function foreignFormat(piece: Buffer, first: boolean): string | undefined {
  const head = first ? piece.toString('latin1', 0, 8) : '';
  const known = FOREIGN.find(([bytes]) => head.startsWith(bytes));
  if (known !== undefined) return known[1];
  return piece.includes(0) ? 'is binary, not text' : undefined;
}
