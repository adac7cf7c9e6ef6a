/** Takes the bytes of a do-not-call file in any pieces and puts its numbers into a set; every line is read or reported. */
import { type ListFormat, type ListMode, readListLine, type Rejection, UNSETTLED } from './list-lines.ts';
import { clearBit, type NumberSet, setBit } from './number-set.ts';
import { type LineShape, scanLines, shapeOf, strideOf } from './scan-lines.ts';

/** A longer line is not a list of numbers. */
export const LINE_BYTES_MAX = 4_096;
/** Rejected lines kept for the report; all are counted. */
export const REJECTED_KEPT = 20;
const NEWLINE = 10;

export interface RejectedLine extends Rejection {
  /** Counted from 1. */
  readonly line: number;
}

/** Counts of lines, so far or in all. */
export interface LineCounts {
  readonly lines: number;
  /** Lines that name a number to add, repeated ones too. */
  readonly adds: number;
  /** Lines that name a number to take away; only in `delta`. */
  readonly deletes: number;
  /** Of those, lines whose number was not there. */
  readonly absent: number;
  readonly rejectedCount: number;
  /** The first ones. */
  readonly rejected: readonly RejectedLine[];
  /** Lines whose number was taken and whose word for the type of its line was not: nobody knows it. */
  readonly typesUnread: number;
}

export interface LineReader {
  push(bytes: Buffer): void;
  /** The last line may lack its newline. */
  finish(): LineCounts;
  counts(): LineCounts;
}

export interface ReaderOptions {
  readonly mode?: ListMode;
  /** Hears of every rejected line, kept or not. */
  readonly onRejected?: ((line: RejectedLine) => void) | undefined;
}

export function lineReader(
  numbers: NumberSet,
  { mode = 'full', onRejected }: ReaderOptions = {},
): LineReader {
  const rejected: RejectedLine[] = [];
  let format: ListFormat = UNSETTLED;
  /** Of the last line, if the next ones may be scanned. */
  let shape: LineShape | undefined;
  const count = { lines: 0, adds: 0, deletes: 0, absent: 0, rejectedCount: 0, typesUnread: 0 };
  /** The start of a line whose end has not come yet. */
  let carry: Buffer = Buffer.alloc(0);
  let overlong = false;

  const reject = ({ reason, cause }: Rejection): void => {
    count.rejectedCount += 1;
    const line = { line: count.lines, reason, cause };
    if (rejected.length < REJECTED_KEPT) rejected.push(line);
    onRejected?.(line);
  };

  const take = (bytes: Buffer, start: number, end: number): void => {
    count.lines += 1;
    shape = undefined;
    if (overlong || end - start > LINE_BYTES_MAX) {
      overlong = false;
      const cause = `the line is longer than ${LINE_BYTES_MAX} bytes`;
      reject({ reason: cause, cause });
      return;
    }
    const answer = readListLine(bytes.toString('utf8', start, end), format, mode);
    switch (answer.kind) {
      case 'nothing':
        return;
      case 'header':
        format = answer.format;
        return;
      case 'number': {
        const { place, change, lineType } = answer;
        const bits = numbers.bitmap(place.areaCode);
        // Of a changed line the newest word counts; in a whole list every word about a number does.
        if (mode === 'delta') {
          if (change === 'delete' || lineType !== undefined) numbers.forgetLineType(place);
          // Asked for the type and without an answer: it may have been ported since. What is stricter than that is kept.
          else if (format.types !== undefined) numbers.forgetLandline(place);
        }
        if (change === 'add') {
          count.adds += 1;
          setBit(bits, place.index);
          if (lineType !== undefined) numbers.setLineType(place, lineType);
        } else {
          count.deletes += 1;
          if (!clearBit(bits, place.index)) count.absent += 1;
        }
        if (answer.typeUnread === true) count.typesUnread += 1;
        const hasOneShape = mode === 'full' && format.column === 0 && format.types === undefined;
        if (hasOneShape) shape = shapeOf(bytes, start, end);
        break;
      }
      case 'rejected':
        reject(answer);
        break;
      default:
        answer satisfies never;
    }
    format = { ...format, settled: true };
  };

  /** Whole lines; returns where the cut one starts. */
  const takeLines = (bytes: Buffer, from: number): number => {
    let start = from;
    for (;;) {
      if (shape !== undefined) {
        const end = scanLines(bytes, start, shape, numbers);
        const scanned = (end - start) / strideOf(shape);
        count.lines += scanned;
        count.adds += scanned;
        start = end;
      }
      const end = bytes.indexOf(NEWLINE, start);
      if (end === -1) return start;
      take(bytes, start, end);
      start = end + 1;
    }
  };

  /** The line begun in earlier pieces, if it ends in this one; returns where the next line starts. */
  const takeCarried = (bytes: Buffer): number => {
    if (carry.length === 0 && !overlong) return 0;
    const end = bytes.indexOf(NEWLINE);
    if (end === -1) return -1;
    const line = Buffer.concat([carry, bytes.subarray(0, end)]);
    carry = Buffer.alloc(0);
    take(line, 0, line.length);
    return end + 1;
  };

  const counts = (): LineCounts => ({ ...count, rejected });
  return {
    push(bytes) {
      const start = takeCarried(bytes);
      const rest = start === -1 ? bytes : bytes.subarray(takeLines(bytes, start));
      if (carry.length + rest.length > LINE_BYTES_MAX) overlong = true;
      carry = overlong ? Buffer.alloc(0) : Buffer.concat([carry, rest]);
    },
    finish() {
      if (overlong || carry.length > 0) take(carry, 0, carry.length);
      carry = Buffer.alloc(0);
      return counts();
    },
    counts,
  };
}
