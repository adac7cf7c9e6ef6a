/** The two sentences of AGI that we use, and the replies. A value can never end its quotes or its line. */
import { assertInvariant } from '../../domain/assert.ts';

/** Asterisk reads a command into 2,048 bytes; escaping may double a value. */
const VALUE_CHARS_MAX = 900;
const VARIABLE_NAME = /^[A-Z][A-Z0-9_]{0,63}$/;

export function setVariable(name: string, value: string): string {
  assertInvariant(VARIABLE_NAME.test(name), 'agi-variable-name', name);
  return `SET VARIABLE ${name} ${quoted(value)}\n`;
}

export const verbose = (message: string): string => `VERBOSE ${quoted(message)} 1\n`;

/** Printable ASCII in double quotes; every other character becomes a question mark, `"` and `\` are escaped. */
function quoted(value: string): string {
  const plain = value.slice(0, VALUE_CHARS_MAX).replace(/[^\x20-\x7e]/g, '?');
  return `"${plain.replace(/["\\]/g, '\\$&')}"`;
}

export type ReplyLine =
  | { readonly kind: 'done' }
  /** An error, or a result other than 1. */
  | { readonly kind: 'refused'; readonly line: string }
  /** First line of a usage text; it ends with `520 End of proper usage.` */
  | { readonly kind: 'usage_begins' }
  | { readonly kind: 'hangup' }
  | { readonly kind: 'noise'; readonly line: string };

export function parseReplyLine(line: string): ReplyLine {
  if (line === 'HANGUP') return { kind: 'hangup' };
  if (/^200 result=1(?!\d)/.test(line)) return { kind: 'done' };
  if (/^520-/.test(line)) return { kind: 'usage_begins' };
  if (/^[1-5]\d\d(?: |$)/.test(line)) return { kind: 'refused', line };
  return { kind: 'noise', line };
}
