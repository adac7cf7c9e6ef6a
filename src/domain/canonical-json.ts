/** RFC 8785 (JSON Canonicalization Scheme): the one byte sequence of a value, so that a hash of it can be repeated by anyone. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * Canonical text: keys in UTF-16 order, shortest numbers (ECMAScript), no blanks; members that are undefined are left out. Throws on
 * NaN, infinities, lone surrogates and what is not JSON. Every decision is written with it: its bytes go one by one into a buffer that
 * is used again, for the pieces of a text that is put together would be a quarter of what a decision leaves to the garbage collector.
 */
export const canonicalJson = (value: Json): string =>
  written(value, (text, from, to) => text.toString('utf8', from, to));

/** The same bytes for `use` alone, which MUST NOT keep them: the next value is written over them. No text is made of them. */
export const withCanonicalBytes = <Result>(value: Json, use: (bytes: Uint8Array) => Result): Result =>
  written(value, (text, from, to) => use(text.subarray(from, to)));

function written<Result>(value: Json, read: (text: Buffer, from: number, to: number) => Result): Result {
  // A member that is worked out when it is read may itself ask for a canonical text: it writes behind what stands here already.
  const start = end;
  try {
    write(value);
    return read(bytes, start, end);
  } finally {
    end = start;
    if (start === 0 && bytes.length > KEPT_BYTES) bytes = Buffer.allocUnsafeSlow(KEPT_BYTES);
  }
}

/** Kept between texts; a larger text gets a larger buffer for its own time. */
const KEPT_BYTES = 65_536;
let bytes = Buffer.allocUnsafeSlow(KEPT_BYTES);
/** Bytes written. */
let end = 0;

function makeRoom(more: number): void {
  if (end + more <= bytes.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(2 * bytes.length, end + more));
  bytes.copy(larger, 0, 0, end);
  bytes = larger;
}

function write(value: Json): void {
  if (typeof value === 'string') writeString(value);
  else if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`number \`${value}\` has no JSON form`);
    writePlain(String(value));
  } else if (typeof value === 'boolean') writePlain(value ? 'true' : 'false');
  else if (value === null) writePlain('null');
  else if (typeof value !== 'object') throw new TypeError(`a ${typeof value} has no JSON form`);
  else if (Array.isArray(value)) writeArray(value as readonly Json[]);
  else writeObject(value as { readonly [key: string]: Json });
}

const [COMMA, COLON, QUOTE, BACKSLASH, BLANK, TILDE] = [0x2c, 0x3a, 0x22, 0x5c, 0x20, 0x7e] as const;
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d] as const;

function writeByte(byte: number): void {
  makeRoom(1);
  bytes[end] = byte;
  end += 1;
}

/** ASCII that needs no escape. */
function writePlain(text: string): void {
  makeRoom(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[end + index] = text.charCodeAt(index);
  end += text.length;
}

function writeArray(items: readonly Json[]): void {
  writeByte(OPEN_ARRAY);
  let isFirst = true;
  for (const item of items) {
    if (!isFirst) writeByte(COMMA);
    isFirst = false;
    write(item);
  }
  writeByte(CLOSE_ARRAY);
}

function writeObject(object: { readonly [key: string]: Json }): void {
  writeByte(OPEN_OBJECT);
  let isFirst = true;
  for (const key of sortedKeys(object)) {
    const member: Json | undefined = object[key];
    if (member === undefined) continue;
    if (!isFirst) writeByte(COMMA);
    isFirst = false;
    writeString(key);
    writeByte(COLON);
    write(member);
  }
  writeByte(CLOSE_OBJECT);
}

function writeString(text: string): void {
  // Each of its letters may need a backslash: what is hashed of an entry is its body as a string, quotation marks and all.
  makeRoom(2 * text.length + 2);
  const into = bytes;
  let to = end;
  into[to++] = QUOTE;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < BLANK || code > TILDE) {
      writeEscaped(text);
      return;
    }
    if (code === QUOTE || code === BACKSLASH) into[to++] = BACKSLASH;
    into[to++] = code;
  }
  into[to++] = QUOTE;
  end = to;
}

/** UTF-8 takes at most three bytes for a unit of UTF-16. */
const BYTES_OF_UNIT_MAX = 3;

/** JSON escapes exactly what RFC 8785 §3.2.2.2 wants escaped, once no surrogate stands alone. */
function writeEscaped(text: string): void {
  if (!text.isWellFormed()) throw new TypeError('string with a lone surrogate has no canonical form');
  const quoted = JSON.stringify(text);
  makeRoom(quoted.length * BYTES_OF_UNIT_MAX);
  end += bytes.write(quoted, end, 'utf8');
}

/** Up to this many keys, moving each to its place is quicker than a general sort. */
const FEW_KEYS = 24;

function sortedKeys(object: object): readonly string[] {
  const keys = Object.keys(object);
  if (keys.length > FEW_KEYS) return keys.sort();
  for (let from = 1; from < keys.length; from += 1) {
    const key = keys[from] as string;
    let to = from;
    for (; to > 0 && (keys[to - 1] as string) > key; to -= 1) keys[to] = keys[to - 1] as string;
    keys[to] = key;
  }
  return keys;
}
