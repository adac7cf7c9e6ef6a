/**
 * Streams one do-not-call file into a number set: a quarter megabyte at a time, hashing as it goes. Plain lines,
 * the bulk of every registry, are read from the bytes without making a string.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type ListFormat, readListLine, UNSETTLED } from './list-lines.ts';
import { type NumberSet, numberSet } from './number-set.ts';

const CHUNK_BYTES = 256 * 1024;
/** A longer line is not a list of numbers. */
const LINE_BYTES_MAX = 4_096;
/** Rejected lines kept for the report; all are counted. */
const REJECTED_KEPT = 20;
const NEWLINE = 10;
const RETURN = 13;
const COMMA = 44;
const ZERO = 48;

export interface RejectedLine {
  /** Counted from 1. */
  readonly line: number;
  readonly reason: string;
}

export interface ListContent {
  readonly numbers: NumberSet;
  /** Of the file's bytes. */
  readonly sha256: string;
  readonly lines: number;
  readonly rejectedCount: number;
  /** The first ones. */
  readonly rejected: readonly RejectedLine[];
}

/** Rejects when the file cannot be read; whatever the lines hold is an answer. */
export async function readList(path: string): Promise<ListContent> {
  const reader = listReader();
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    const bytes = chunk as Buffer;
    hash.update(bytes);
    reader.push(bytes);
  }
  return { ...reader.finish(), sha256: hash.digest('hex') };
}

/** Takes the bytes of a file in any pieces. */
export function listReader(): {
  push(bytes: Buffer): void;
  finish(): Omit<ListContent, 'sha256'>;
} {
  const numbers = numberSet();
  const rejected: RejectedLine[] = [];
  let format: ListFormat = UNSETTLED;
  let lines = 0;
  let rejectedCount = 0;
  /** The start of a line whose end has not come yet. */
  let carry: Buffer = Buffer.alloc(0);
  let overlong = false;

  const reject = (reason: string): void => {
    rejectedCount += 1;
    if (rejected.length < REJECTED_KEPT) rejected.push({ line: lines, reason });
  };

  const take = (bytes: Buffer, start: number, end: number): void => {
    lines += 1;
    if (end - start > LINE_BYTES_MAX) {
      reject(`the line is longer than ${LINE_BYTES_MAX} bytes`);
      return;
    }
    const plain = format.settled && format.column === 0 ? plainNumber(bytes, start, end) : undefined;
    if (plain !== undefined && numbers.add(plain) !== 'impossible') return;
    const answer = readListLine(bytes.toString('utf8', start, end), format);
    switch (answer.kind) {
      case 'nothing':
        return;
      case 'header':
        format = { column: answer.column, settled: true };
        return;
      case 'number':
        numbers.add(answer.tenDigits);
        break;
      case 'rejected':
        reject(answer.reason);
        break;
      default:
        answer satisfies never;
    }
    format = { ...format, settled: true };
  };

  return {
    push: (chunk) => {
      const bytes = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
        if (overlong) {
          lines += 1;
          reject(`the line is longer than ${LINE_BYTES_MAX} bytes`);
          overlong = false;
        } else take(bytes, start, end);
        start = end + 1;
      }
      const rest = bytes.subarray(start);
      if (rest.length > LINE_BYTES_MAX) overlong = true;
      carry = overlong ? Buffer.alloc(0) : Buffer.from(rest);
    },
    finish: () => {
      if (overlong) {
        lines += 1;
        reject(`the line is longer than ${LINE_BYTES_MAX} bytes`);
      } else if (carry.length > 0) take(carry, 0, carry.length);
      carry = Buffer.alloc(0);
      overlong = false;
      return { numbers, lines, rejectedCount, rejected };
    },
  };
}

/**
 * `3035550123` or the registry's `303,5550123`, perhaps with a carriage return; anything else is undefined and read the
 * long way.
 */
function plainNumber(bytes: Buffer, start: number, end: number): number | undefined {
  const stop = end > start && bytes[end - 1] === RETURN ? end - 1 : end;
  const comma = stop - start === 11 && bytes[start + 3] === COMMA ? start + 3 : -1;
  if (comma === -1 && stop - start !== 10) return undefined;
  let value = 0;
  for (let at = start; at < stop; at += 1) {
    if (at === comma) continue;
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}
