/** RFC 8785 (JSON Canonicalization Scheme): the one byte sequence of a value, so that a hash of it can be repeated by anyone. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * Canonical text: keys in UTF-16 order, shortest numbers (ECMAScript), no blanks; members that are undefined are left out. Throws on
 * NaN, infinities, lone surrogates and what is not JSON. Every decision is written with it: one pass, one text, no copies.
 */
export function canonicalJson(value: Json): string {
  const text = textOf(value);
  // Asking for a character joins the pieces: a text that waits for its commit in hundreds of pieces is what the garbage collector copies.
  text.charCodeAt(0);
  return text;
}

function textOf(value: Json): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`number \`${value}\` has no JSON form`);
    return String(value);
  }
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value === null) return 'null';
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} has no JSON form`);
  if (Array.isArray(value)) return arrayText(value as readonly Json[]);
  return objectText(value as { readonly [key: string]: Json });
}

function arrayText(items: readonly Json[]): string {
  let text = '[';
  for (const item of items) text += text === '[' ? textOf(item) : `,${textOf(item)}`;
  return `${text}]`;
}

function objectText(object: { readonly [key: string]: Json }): string {
  let text = '{';
  for (const key of sortedKeys(object)) {
    const member: Json | undefined = object[key];
    if (member === undefined) continue;
    text += text === '{' ? quoted(key) : `,${quoted(key)}`;
    text += `:${textOf(member)}`;
  }
  return `${text}}`;
}

/** Anything that JSON escapes, or that might be half of a surrogate pair. */
const NOT_PLAIN = /[^\x20\x21\x23-\x5b\x5d-\x7e]/;

function quoted(text: string): string {
  if (!NOT_PLAIN.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new TypeError('string with a lone surrogate has no canonical form');
  return JSON.stringify(text);
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
