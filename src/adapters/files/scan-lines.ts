/**
 * The bulk of every registry, without making a string: runs of lines of one shape, `3035550101` or `303,5550101`, with or
 * without `+1` and a carriage return. Reads four digits in one step; whatever does not fit exactly is left to `list-lines`.
 */
import { FIRST_CODE } from './number-pages.ts';
import type { NumberSet } from './number-set.ts';

export interface LineShape {
  /** Bytes before the ten digits: none, `1`, or `+1`. */
  readonly prefix: 0 | 1 | 2;
  /** 1 for a comma between area code and number. */
  readonly comma: 0 | 1;
  /** 1 for a carriage return before the newline. */
  readonly carriage: 0 | 1;
}

const PLUS = 43;
const COMMA = 44;
const ONE = 49;
const NEWLINE = 10;
const RETURN = 13;

/** The shape of the line from `start` to its newline at `end`, or undefined when it is none of these. */
export function shapeOf(bytes: Buffer, start: number, end: number): LineShape | undefined {
  const carriage = end > start && bytes[end - 1] === RETURN ? 1 : 0;
  const length = end - start - carriage;
  if (length === 12 && bytes[start] === PLUS && bytes[start + 1] === ONE) {
    return { prefix: 2, comma: 0, carriage };
  }
  if (length === 11 && bytes[start + 3] === COMMA) return { prefix: 0, comma: 1, carriage };
  if (length === 11 && bytes[start] === ONE) return { prefix: 1, comma: 0, carriage };
  return length === 10 ? { prefix: 0, comma: 0, carriage } : undefined;
}

export const strideOf = ({ prefix, comma, carriage }: LineShape): number =>
  prefix + 10 + comma + carriage + 1;

/**
 * Adds the numbers of consecutive whole lines of `shape` from `start` on, and returns where the first other line starts (or
 * the last, cut one). Four bytes XOR `0000` are digits exactly when neither they nor they plus 6 have a high nibble.
 */
export function scanLines(bytes: Buffer, start: number, shape: LineShape, numbers: NumberSet): number {
  const { prefix, comma, carriage } = shape;
  const stride = strideOf(shape);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const last = bytes.length - stride;
  const separator = comma === 1 ? COMMA : 0;
  const endXor = 0x30303000 | (carriage === 1 ? RETURN : NEWLINE);
  let digitsOfArea = -1;
  let bits: Uint8Array | undefined;
  let at = start;
  for (; at <= last; at += stride) {
    if (prefix !== 0 && !hasPrefix(bytes, at, prefix)) break;
    const digits = at + prefix;
    const area = view.getInt32(digits) ^ 0x30303030;
    const middle = view.getInt32(digits + 3 + comma) ^ 0x30303030;
    const end = view.getInt32(digits + 7 + comma) ^ endXor;
    if ((((middle + 0x06060606) | middle) & 0xf0f0f0f0) !== 0) break;
    if ((((end + 0x06060600) | end) & 0xf0f0f0ff) !== 0) break;
    if (comma === 1 && bytes[digits + 3] !== separator) break;
    if (carriage === 1 && bytes[at + stride - 1] !== NEWLINE) break;
    if (area >>> 8 !== digitsOfArea) {
      if ((((area + 0x06060600) | area) & 0xf0f0f000) !== 0) break;
      const areaCode = (area >>> 24) * 100 + ((area >>> 16) & 15) * 10 + ((area >>> 8) & 15);
      if (areaCode < FIRST_CODE) break;
      bits = numbers.bitmap(areaCode);
      digitsOfArea = area >>> 8;
    }
    const pairs = ((middle >>> 8) & 0x000f000f) * 10 + (middle & 0x000f000f);
    const index =
      ((pairs >>> 16) * 100 + (pairs & 0xff)) * 1_000 +
      ((end >>> 24) & 15) * 100 +
      ((end >>> 16) & 15) * 10 +
      ((end >>> 8) & 15) -
      FIRST_CODE * 10_000;
    if (index < 0 || bits === undefined) break;
    bits[index >>> 3] = (bits[index >>> 3] ?? 0) | (1 << (index & 7));
  }
  return at;
}

const hasPrefix = (bytes: Buffer, at: number, prefix: 1 | 2): boolean =>
  prefix === 1 ? bytes[at] === ONE : bytes[at] === PLUS && bytes[at + 1] === ONE;
