/**
 * One member of a JSON object, found in its canonical text (RFC 8785: no blanks, names in order) without reading the others. A decision is
 * some 3,000 characters, and most who hear of it want two or three short texts that stand at its head.
 */
import type { Json } from './canonical-json.ts';

const [COMMA, COLON, QUOTE, BACKSLASH] = [0x2c, 0x3a, 0x22, 0x5c] as const;
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d] as const;

/** `found: false`: not the canonical text of an object, and it has to be read whole. A text in `value` is a copy, no part of `text`. */
export type FoundMember =
  { readonly found: true; readonly value: Json | undefined } | { readonly found: false };

const NOT_CANONICAL: FoundMember = { found: false };
const NO_MEMBER: FoundMember = { found: true, value: undefined };

/** `name`: letters and digits only, as all names in entries are. */
export function memberIn(text: string, name: string): FoundMember {
  if (text.charCodeAt(0) !== OPEN_OBJECT) return NOT_CANONICAL;
  const literal = `"${name}"`;
  for (let at = 1; text.charCodeAt(at) !== CLOSE_OBJECT; at += 1) {
    const colon = endOfText(text, at);
    if (colon === null || text.charCodeAt(colon) !== COLON) return NOT_CANONICAL;
    const until = endOfValue(text, colon + 1);
    if (until === null) return NOT_CANONICAL;
    if (colon - at === literal.length && text.startsWith(literal, at))
      return { found: true, value: JSON.parse(text.slice(colon + 1, until)) as Json };
    const behind = text.charCodeAt(until);
    if (behind === CLOSE_OBJECT) return NO_MEMBER;
    if (behind !== COMMA) return NOT_CANONICAL;
    at = until;
  }
  return text.length === 2 ? NO_MEMBER : NOT_CANONICAL;
}

/** Behind the closing quotation mark. */
function endOfText(text: string, from: number): number | null {
  if (text.charCodeAt(from) !== QUOTE) return null;
  for (let at = from + 1; at < text.length; at += 1) {
    const each = text.charCodeAt(at);
    if (each === QUOTE) return at + 1;
    if (each === BACKSLASH) at += 1;
  }
  return null;
}

function endOfValue(text: string, from: number): number | null {
  const first = text.charCodeAt(from);
  if (first === QUOTE) return endOfText(text, from);
  return first === OPEN_OBJECT || first === OPEN_ARRAY ? endOfNested(text, from) : endOfPlain(text, from);
}

function endOfNested(text: string, from: number): number | null {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const each = text.charCodeAt(at);
    if (each === QUOTE) {
      const end = endOfText(text, at);
      if (end === null) return null;
      at = end - 1;
    } else if (each === OPEN_OBJECT || each === OPEN_ARRAY) depth += 1;
    else if (each === CLOSE_OBJECT || each === CLOSE_ARRAY) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return null;
}

/** A number, `true`, `false` or `null`. */
function endOfPlain(text: string, from: number): number | null {
  for (let at = from; at < text.length; at += 1) {
    const each = text.charCodeAt(at);
    if (each === COMMA || each === CLOSE_OBJECT) return at === from ? null : at;
    if (each <= 0x20 || each === QUOTE) return null;
  }
  return null;
}
