/**
 * One line of an export, judged from its text: its hash again, and whether its body is canonical. Made for ten million of them: the
 * body of an exported line is escaped exactly as in the text that was hashed, so nothing is parsed and written anew to hash it. What
 * is not written as `exportLine` writes it gets no answer here and is judged the long way.
 */
import { canonicalJson, type Json } from '../../domain/canonical-json.ts';
import { type Hash, sha256Hex } from '../../domain/hash-chain.ts';
import { ENTRY_KINDS } from '../../domain/ledger-entry.ts';
import { formatInstant, parseInstant } from '../../domain/time.ts';

/** What the chain needs to know of an entry whose own hash holds. */
export interface LineLink {
  readonly id: number;
  readonly kind: string;
  readonly writer: string;
  readonly seq: number;
  readonly prevHash: Hash;
  readonly hash: Hash;
}

const HEAD =
  /^\{"id":([1-9]\d{0,15}),"writer":"([A-Za-z0-9][A-Za-z0-9_.-]{0,63})","seq":([1-9]\d{0,15}),"at":"([1-9]\d{3}-\d\d-\d\d)T((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z)","kind":"([a-z_]{1,64})","body":/;
const TAIL = /^,"prev_hash":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"\}$/;
const TAIL_LENGTH = ',"prev_hash":"","hash":""}'.length + 2 * 64;
/** Everything before the body: an id and a sequence of 16 digits, a writer of 64 characters, a kind of 64. */
const HEAD_LENGTH_MAX = 320;

const KINDS: ReadonlySet<string> = new Set(ENTRY_KINDS);

/** The link of a line that is written as `exportLine` writes it and whose hash and body hold; else undefined. */
export function soundLine(line: string): LineLink | undefined {
  const head = HEAD.exec(line.slice(0, HEAD_LENGTH_MAX));
  const tail = TAIL.exec(line.slice(-TAIL_LENGTH));
  if (head === null || tail === null) return undefined;
  const [opening = '', id, writer = '', seq, date = '', time, kind = ''] = head;
  const [, prevHash = '', hash = ''] = tail;
  const link = { id: Number(id), kind, writer, seq: Number(seq), prevHash, hash };
  if (!Number.isSafeInteger(link.id) || !Number.isSafeInteger(link.seq)) return undefined;
  if (!KINDS.has(kind) || !isDate(date)) return undefined;
  const quoted = line.slice(opening.length, -TAIL_LENGTH);
  const hashed = `{"at":"${date}T${time}","body":${quoted},"kind":"${kind}","prevHash":"${prevHash}","seq":${seq},"writer":"${writer}"}`;
  return sha256Hex(hashed) === hash && isCanonicalQuoted(quoted) ? link : undefined;
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

/** Whether the text is the one JSON spelling of a string that is itself the canonical text of an object. */
function isCanonicalQuoted(quoted: string): boolean {
  try {
    const body: unknown = JSON.parse(quoted);
    return typeof body === 'string' && isPlainlyQuoted(quoted, body) && isCanonicalObject(body);
  } catch {
    return false;
  }
}

/** In the quoted text of JSON only quotation marks and backslashes are escaped: most texts show at a glance that nothing else is. */
const isPlainlyQuoted = (quoted: string, text: string): boolean =>
  !/\\[^"\\]/.test(quoted) || JSON.stringify(text) === quoted;

/** Throws when the text is no JSON. */
function isCanonicalObject(text: string): boolean {
  const value = JSON.parse(text) as Json;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  // The engine writes numbers and strings as RFC 8785 wants them and members in the order they have; it escapes lone surrogates, which have no canonical form.
  if (isSorted(value) && !text.includes('\\ud') && JSON.stringify(value) === text) return true;
  return canonicalJson(value) === text;
}

function isSorted(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) if (!isSorted(item)) return false;
    return true;
  }
  const object = value as { readonly [key: string]: Json };
  let last = '';
  for (const key of Object.keys(object)) {
    if (key < last || !isSorted(object[key] as Json)) return false;
    last = key;
  }
  return true;
}
