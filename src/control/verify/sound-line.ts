/**
 * One line of an export, judged from its bytes: its hash again, and whether its body is canonical. Made for ten million of them: the
 * body of an exported line is escaped exactly as in the text that was hashed, so its bytes are hashed where they stand, and nothing is
 * parsed. What is not written as `exportLine` writes it gets no answer here and is judged the long way.
 */
import { type Hash, sha256Hex } from '../../domain/hash-chain.ts';
import { ENTRY_KINDS } from '../../domain/ledger-entry.ts';
import { formatInstant, parseInstant } from '../../domain/time.ts';
import { endOfQuotedObject } from './canonical-bytes.ts';

/** What the chain needs to know of an entry whose own hash holds. */
export interface LineLink {
  readonly id: number;
  readonly kind: string;
  readonly writer: string;
  readonly seq: number;
  readonly prevHash: Hash;
  readonly hash: Hash;
}

const [ID, WRITER, SEQ, AT, KIND, BODY, PREV_HASH, HASH, END] = [
  ...['{"id":', ',"writer":"', '","seq":', ',"at":"', '","kind":"', '","body":'],
  ...[',"prev_hash":"', '","hash":"', '"}'],
].map((text) => Buffer.from(text)) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
  Buffer,
  Buffer,
  Buffer,
  Buffer,
  Buffer,
];

/** The same in the text that is hashed, whose members stand in the order of their names. */
const [HASHED_AT, HASHED_BODY, HASHED_KIND, HASHED_PREV, HASHED_SEQ, HASHED_WRITER, HASHED_END] = [
  ...['{"at":"', '","body":', ',"kind":"', '","prevHash":"', '","seq":', ',"writer":"', '"}'],
].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];

const AT_LENGTH = '2026-11-01T12:00:00.000Z'.length;
const DATE_LENGTH = '2026-11-01'.length;
const HASH_LENGTH = 64;
const NAME_LENGTH_MAX = 64;
const COUNT_DIGITS_MAX = 16;
const [ZERO, ONE, NINE] = [0x30, 0x31, 0x39] as const;

/** 1 for the bytes that match. */
const table = (pattern: RegExp): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, byte) => Number(pattern.test(String.fromCharCode(byte))));
const WRITER_FIRST = table(/[A-Za-z0-9]/);
const WRITER_REST = table(/[A-Za-z0-9_.-]/);
const KIND_BYTES = table(/[a-z_]/);
const HEX = table(/[0-9a-f]/);
const TIME = /^T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

const KINDS: ReadonlySet<string> = new Set(ENTRY_KINDS);

/** The text that is hashed, put together; kept between lines. It is shorter than its line, which has an id and a hash besides. */
let hashed = Buffer.allocUnsafeSlow(1 << 14);
let end = 0;

function makeRoom(length: number): void {
  end = 0;
  if (length > hashed.length) hashed = Buffer.allocUnsafeSlow(2 * length);
}

const putAll = (source: Buffer): void => put(source, 0, source.length);

/** For some tens of bytes this is quicker than a call of the engine. */
function put(source: Buffer, from: number, to: number): void {
  for (let index = from; index < to; index += 1) {
    hashed[end] = source[index] as number;
    end += 1;
  }
}

/** The link of the line that stands in `[from, to)`, without its end, if it is written as `exportLine` writes it and its hash and body hold. */
export function soundLine(line: Buffer, from: number, to: number): LineLink | undefined {
  const idAt = behind(line, from, ID);
  const idEnd = endOfCount(line, idAt);
  const writerAt = behind(line, idEnd, WRITER);
  const writerEnd = endOfName(line, writerAt, WRITER_FIRST, WRITER_REST);
  const seqAt = behind(line, writerEnd, SEQ);
  const seqEnd = endOfCount(line, seqAt);
  const stampAt = behind(line, seqEnd, AT);
  const kindAt = stampAt < 0 ? -1 : behind(line, stampAt + AT_LENGTH, KIND);
  const kindEnd = endOfName(line, kindAt, KIND_BYTES, KIND_BYTES);
  const bodyAt = behind(line, kindEnd, BODY);
  if (bodyAt < 0) return undefined;
  const bodyEnd = to - END.length - HASH_LENGTH - HASH.length - HASH_LENGTH - PREV_HASH.length;
  const prevAt = behind(line, bodyEnd, PREV_HASH);
  const hashAt = behind(line, endOfHash(line, prevAt), HASH);
  if (hashAt < 0 || behind(line, hashAt + HASH_LENGTH, END) !== to) return undefined;
  if (endOfQuotedObject(line, bodyAt) !== bodyEnd) return undefined;

  const id = countIn(line, idAt, idEnd);
  const seq = countIn(line, seqAt, seqEnd);
  if (!Number.isSafeInteger(id) || !Number.isSafeInteger(seq)) return undefined;
  const kind = line.toString('latin1', kindAt, kindEnd);
  if (!KINDS.has(kind) || !isStamp(line, stampAt)) return undefined;

  makeRoom(to - from);
  putAll(HASHED_AT);
  put(line, stampAt, stampAt + AT_LENGTH);
  putAll(HASHED_BODY);
  end += line.copy(hashed, end, bodyAt, bodyEnd);
  putAll(HASHED_KIND);
  put(line, kindAt, kindEnd);
  putAll(HASHED_PREV);
  put(line, prevAt, prevAt + HASH_LENGTH);
  putAll(HASHED_SEQ);
  put(line, seqAt, seqEnd);
  putAll(HASHED_WRITER);
  put(line, writerAt, writerEnd);
  putAll(HASHED_END);
  const hash = line.toString('latin1', hashAt, hashAt + HASH_LENGTH);
  if (sha256Hex(hashed.subarray(0, end)) !== hash) return undefined;
  const prevHash = line.toString('latin1', prevAt, prevAt + HASH_LENGTH);
  return { id, kind, writer: line.toString('latin1', writerAt, writerEnd), seq, prevHash, hash };
}

/** The place behind `text`, if it stands at `at`; else -1, as for an `at` of -1. */
function behind(line: Buffer, at: number, text: Buffer): number {
  if (at < 0) return -1;
  for (let index = 0; index < text.length; index += 1) if (line[at + index] !== text[index]) return -1;
  return at + text.length;
}

/** Behind a whole number from 1 without a zero before it. */
function endOfCount(line: Buffer, at: number): number {
  const first = at < 0 ? 0 : (line[at] as number);
  if (first < ONE || first > NINE) return -1;
  let to = at + 1;
  while (isDigit(line[to])) to += 1;
  return to - at <= COUNT_DIGITS_MAX ? to : -1;
}

/** As `endOfCount` has seen it. Not exact beyond 2^53: to be asked for. */
function countIn(line: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at += 1) count = count * 10 + (line[at] as number) - ZERO;
  return count;
}

function endOfName(line: Buffer, at: number, first: Uint8Array, rest: Uint8Array): number {
  if (at < 0 || first[line[at] ?? 0] !== 1) return -1;
  let to = at + 1;
  while (rest[line[to] ?? 0] === 1) to += 1;
  return to - at <= NAME_LENGTH_MAX ? to : -1;
}

function endOfHash(line: Buffer, at: number): number {
  if (at < 0) return -1;
  for (let index = at; index < at + HASH_LENGTH; index += 1) if (HEX[line[index] ?? 0] !== 1) return -1;
  return at + HASH_LENGTH;
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= NINE;

/** An instant as `formatInstant` writes it. */
function isStamp(line: Buffer, at: number): boolean {
  const first = line[at] as number;
  return (
    first >= ONE &&
    first <= NINE &&
    TIME.test(line.toString('latin1', at + DATE_LENGTH, at + AT_LENGTH)) &&
    isDate(line.toString('latin1', at, at + DATE_LENGTH))
  );
}

/** A day is looked up in the calendar once. */
const dates = new Map<string, boolean>();
const DATES_KEPT = 10_000;

function isDate(date: string): boolean {
  const known = dates.get(date);
  if (known !== undefined) return known;
  const text = `${date}T00:00:00.000Z`;
  const read = parseInstant(text);
  const found = read.ok && formatInstant(read.value) === text;
  if (dates.size < DATES_KEPT) dates.set(date, found);
  return found;
}
