/**
 * Whether a piece of a line of JSON is the quoted canonical text (RFC 8785) of an object, judged byte by byte where it stands: nothing
 * is unquoted, parsed and written anew. In it `"` stands as `\"` and `\` as `\\`. It never says yes to what is not canonical; what is
 * rare (a key with an escape or beyond ASCII, deep nesting) it leaves to whoever judges the long way.
 */
import { isUtf8 } from 'node:buffer';

const DEPTH_MAX = 100;

const [QUOTE, BACKSLASH, COMMA, COLON, MINUS, ZERO, NINE] = [
  0x22, 0x5c, 0x2c, 0x3a, 0x2d, 0x30, 0x39,
] as const;
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d] as const;
const [BLANK, TILDE, LETTER_U, ONE] = [0x20, 0x7e, 0x75, 0x31] as const;
const [TRUE, FALSE, NULL] = ['true', 'false', 'null'].map((word) => Buffer.from(word)) as [
  Buffer,
  Buffer,
  Buffer,
];
/** So many digits are exact in a double, whatever they are. */
const EXACT_DIGITS = 15;

const bytesOf = (text: string): ReadonlySet<number> => new Set(Buffer.from(text));
/** After a backslash: what has no shorter spelling. */
const SHORT_ESCAPES = bytesOf('bfnrt');
const NUMBER_BYTES = bytesOf('0123456789+-.eE');
const HEX_DIGITS = bytesOf('0123456789abcdef');
/** Last digits of \u000x that have a short spelling: 8, 9, a, c and d. */
const SHORT_SPELT = bytesOf('89acd');

/** The line in hand, and where we are in it: one line is judged at a time. */
let bytes: Buffer = Buffer.alloc(0);
let at = 0;
let isAscii = true;

/** The place behind the closing quotation mark of the text that opens at `from`; -1 when it is not, or not plainly, what it should be. */
export function endOfQuotedObject(line: Buffer, from: number): number {
  begin(line, from + 1);
  if (line[from] !== QUOTE || line[at] !== OPEN_OBJECT || !readObject(1) || bytes[at] !== QUOTE) return -1;
  return isAscii || isUtf8(line.subarray(from, at)) ? at + 1 : -1;
}

function begin(line: Buffer, from: number): void {
  bytes = line;
  at = from;
  isAscii = true;
}

function readValue(depth: number): boolean {
  switch (bytes[at]) {
    case BACKSLASH:
      return readText();
    case OPEN_OBJECT:
      return depth < DEPTH_MAX && readObject(depth + 1);
    case OPEN_ARRAY:
      return depth < DEPTH_MAX && readArray(depth + 1);
    case TRUE[0]:
      return readWord(TRUE);
    case FALSE[0]:
      return readWord(FALSE);
    case NULL[0]:
      return readWord(NULL);
    default:
      return readNumber();
  }
}

/** Keys ascend, none twice: in ASCII the order of bytes is that of UTF-16. */
function readObject(depth: number): boolean {
  at += 1;
  if (bytes[at] === CLOSE_OBJECT) {
    at += 1;
    return true;
  }
  let lastFrom = 0;
  let lastTo = 0;
  for (;;) {
    const from = at + 2;
    if (!readKey()) return false;
    const to = at - 2;
    if (lastTo > 0 && !isBefore(lastFrom, lastTo, from, to)) return false;
    lastFrom = from;
    lastTo = to;
    if (bytes[at] !== COLON) return false;
    at += 1;
    if (!readValue(depth)) return false;
    const next = bytes[at];
    at += 1;
    if (next === CLOSE_OBJECT) return true;
    if (next !== COMMA) return false;
  }
}

function readArray(depth: number): boolean {
  at += 1;
  if (bytes[at] === CLOSE_ARRAY) {
    at += 1;
    return true;
  }
  for (;;) {
    if (!readValue(depth)) return false;
    const next = bytes[at];
    at += 1;
    if (next === CLOSE_ARRAY) return true;
    if (next !== COMMA) return false;
  }
}

function isBefore(from: number, to: number, otherFrom: number, otherTo: number): boolean {
  const length = to - from;
  const otherLength = otherTo - otherFrom;
  for (let index = 0; index < length && index < otherLength; index += 1) {
    const difference = (bytes[from + index] as number) - (bytes[otherFrom + index] as number);
    if (difference !== 0) return difference < 0;
  }
  return length < otherLength;
}

/** Printable ASCII without an escape. */
function readKey(): boolean {
  if (bytes[at] !== BACKSLASH || bytes[at + 1] !== QUOTE) return false;
  at += 2;
  for (;;) {
    const byte = bytes[at] ?? 0;
    if (byte === BACKSLASH) break;
    if (byte < BLANK || byte > TILDE || byte === QUOTE) return false;
    at += 1;
  }
  if (bytes[at + 1] !== QUOTE) return false;
  at += 2;
  return true;
}

function readText(): boolean {
  if (bytes[at + 1] !== QUOTE) return false;
  at += 2;
  for (;;) {
    const byte = bytes[at] ?? 0;
    if (byte === BACKSLASH) {
      const next = bytes[at + 1];
      at += 2;
      if (next === QUOTE) return true;
      if (next !== BACKSLASH || !readEscape()) return false;
    } else {
      if (byte < BLANK || byte === QUOTE) return false;
      if (byte > TILDE) isAscii = false;
      at += 1;
    }
  }
}

/** What follows a backslash of the text, whose two bytes have been read. */
function readEscape(): boolean {
  const byte = bytes[at] ?? 0;
  at += 1;
  if (SHORT_ESCAPES.has(byte)) return true;
  if (byte === BACKSLASH) {
    const next = bytes[at];
    at += 1;
    return next === QUOTE || next === BACKSLASH;
  }
  if (byte !== LETTER_U || bytes[at] !== ZERO || bytes[at + 1] !== ZERO) return false;
  const tens = bytes[at + 2];
  const units = bytes[at + 3] ?? 0;
  at += 4;
  return HEX_DIGITS.has(units) && (tens === ONE || (tens === ZERO && !SHORT_SPELT.has(units)));
}

/** As ECMAScript writes it, which is what RFC 8785 wants. */
function readNumber(): boolean {
  const from = at;
  if (bytes[at] === MINUS) at += 1;
  const first = at;
  while (isDigit(bytes[at])) at += 1;
  const isWhole = !NUMBER_BYTES.has(bytes[at] ?? 0);
  if (isWhole && at > first && at - first <= EXACT_DIGITS && bytes[first] !== ZERO) return true;
  while (NUMBER_BYTES.has(bytes[at] ?? 0)) at += 1;
  const text = bytes.toString('latin1', from, at);
  const value = Number(text);
  return Number.isFinite(value) && String(value) === text;
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= NINE;

function readWord(word: Buffer): boolean {
  for (const letter of word) {
    if (bytes[at] !== letter) return false;
    at += 1;
  }
  return true;
}
