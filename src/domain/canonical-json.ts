/** RFC 8785 (JSON Canonicalization Scheme): the one byte sequence of a value, so that a hash of it can be repeated by anyone. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Canonical text: keys in UTF-16 order, shortest numbers (ECMAScript), no blanks. Throws on NaN, infinities and lone surrogates. */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`number \`${value}\` has no JSON form`);
    return JSON.stringify(value);
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('string with a lone surrogate has no canonical form');
    return JSON.stringify(value);
  }
  if (value === null || typeof value === 'boolean') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item)).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => (member as Json | undefined) !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, member]) => `${canonicalJson(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
