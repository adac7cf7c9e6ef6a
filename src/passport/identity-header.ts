/**
 * The grammar of the Identity header (RFC 8224 §4), read in one pass over text of bounded length: the token, then parameters in any order,
 * with folding and blanks where RFC 3261 allows them. Says nothing of what the token means.
 */
import { type Parsed, parsed, problem } from '../domain/brand.ts';
import { shown } from './refusal.ts';

/** A PASSporT of a shaken call has about 600 characters; SIP over UDP carries no more than this. */
export const HEADER_CHARACTERS_MAX = 8_192;
/** Of one call; RFC 8946 adds one for each diversion. */
export const HEADERS_MAX = 8;
const PARAMETERS_MAX = 16;

export interface IdentityValue {
  /** `header.claims.signature`, or `..signature` in compact form. */
  readonly token: string;
  /** Address of the certificate. */
  readonly info: string | null;
  readonly alg: string | null;
  readonly ppt: string | null;
}

// Sticky: each reads at one place and nowhere else, without going back over what it has passed.
const BLANKS = /[ \t]*/y;
const TOKEN = /[A-Za-z0-9_.-]+/y;
const NAME = /[A-Za-z0-9.!%*_+`'~-]+/y;
const QUOTED = /"((?:[^"\\\p{Cc}]|\\[^\p{Cc}])*)"/uy;
const BRACKETED = /<[ \t]*([^<>"\s\p{Cc}]*)[ \t]*>/uy;
const BARE = /[^\s;,<>"\p{Cc}]+/uy;

interface Reader {
  readonly text: string;
  at: number;
}

/** What `pattern` finds at this place, its first group or all of it; undefined leaves the place alone. */
function take(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text);
  if (found === null) return undefined;
  reader.at = pattern.lastIndex;
  return found[1] ?? found[0];
}

const skipBlanks = (reader: Reader): void => void take(reader, BLANKS);

function takeSign(reader: Reader, sign: string): boolean {
  skipBlanks(reader);
  if (reader.text[reader.at] !== sign) return false;
  reader.at += 1;
  skipBlanks(reader);
  return true;
}

/** One answer for each value; a header field may carry several, separated by commas. */
export function readIdentityHeaders(headers: readonly string[]): readonly Parsed<IdentityValue>[] {
  const values: Parsed<IdentityValue>[] = [];
  for (const header of headers.slice(0, HEADERS_MAX)) {
    values.push(...readHeader(header));
    if (values.length >= HEADERS_MAX) break;
  }
  return values.slice(0, HEADERS_MAX);
}

function readHeader(header: string): readonly Parsed<IdentityValue>[] {
  if (header.length > HEADER_CHARACTERS_MAX) {
    return [problem(`Identity has ${header.length} characters; expected at most ${HEADER_CHARACTERS_MAX}`)];
  }
  // Folding (RFC 3261 §7.3.1) reads as one blank; any other line end is caught by the grammar.
  const reader: Reader = { text: header.replace(/\r?\n[ \t]+/g, ' ').replace(/\r?\n$/, ''), at: 0 };
  const values: Parsed<IdentityValue>[] = [];
  do {
    const value = readValue(reader);
    values.push(value);
    if (!value.ok) return values;
  } while (values.length < HEADERS_MAX && takeSign(reader, ','));
  return values;
}

function readValue(reader: Reader): Parsed<IdentityValue> {
  skipBlanks(reader);
  const token = take(reader, TOKEN);
  if (token === undefined) return unexpected(reader, 'a PASSporT: letters, digits, `-`, `_` and two periods');
  const known: Record<'info' | 'alg' | 'ppt', string | null> = { info: null, alg: null, ppt: null };
  for (let count = 0; takeSign(reader, ';'); count += 1) {
    if (count >= PARAMETERS_MAX) return unexpected(reader, `at most ${PARAMETERS_MAX} parameters`);
    const name = take(reader, NAME)?.toLowerCase();
    if (name === undefined) return unexpected(reader, 'the name of a parameter');
    const isKnown = name === 'info' || name === 'alg' || name === 'ppt';
    if (!takeSign(reader, '=')) {
      if (isKnown) return unexpected(reader, `a value of \`${name}\``);
      continue;
    }
    const value = takeValue(reader);
    if (value === undefined) return unexpected(reader, `a value of ${shown(name)}`);
    if (!isKnown) continue;
    // Two certificates or two types: each reader could believe another one.
    if (known[name] !== null) return problem(`Identity names \`${name}\` twice; expected it once`);
    known[name] = value;
  }
  skipBlanks(reader);
  const rest = reader.text[reader.at];
  return rest === undefined || rest === ','
    ? parsed({ token, ...known })
    : unexpected(reader, '`;`, `,` or the end');
}

function takeValue(reader: Reader): string | undefined {
  const quoted = take(reader, QUOTED);
  if (quoted !== undefined) {
    const value = quoted.replace(/\\(.)/gu, '$1');
    return value.startsWith('<') && value.endsWith('>') ? value.slice(1, -1) : value;
  }
  return take(reader, BRACKETED) ?? take(reader, BARE);
}

const unexpected = ({ text, at }: Reader, expected: string): Parsed<never> =>
  problem(
    at >= text.length
      ? `Identity ends after ${at} characters; expected ${expected}`
      : `Identity has ${shown(text.slice(at, at + 16))} at character ${at + 1}; expected ${expected}`,
  );
