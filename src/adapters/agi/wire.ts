/** The three sentences of AGI that we use, and the replies. A value can never end its quotes or its line. */
import { assertInvariant } from '../../domain/assert.ts';
import type { AgiVariable } from '../../ports/agi-scripts.ts';

/** Asterisk reads a command into 2,048 bytes; escaping may double a value. */
const VALUE_CHARS_MAX = 900;
const VARIABLE_NAME = /^[A-Z][A-Z0-9_]{0,63}$/;
/** Nothing in it that the AGI reader or MSet() reads as more than itself. */
const PLAIN_VALUE = /^[A-Za-z0-9_.+:/-]{0,80}$/;
/** MSet() takes 24 pairs and says nothing of the rest; so many of the longest names and values fit into one command. */
const PAIRS_MAX = 12;

/** One line, and the result with which Asterisk says that it is done. */
export interface AgiCommand {
  readonly line: string;
  readonly doneResult: 0 | 1;
}

export function setVariable(name: string, value: string): AgiCommand {
  return { line: `SET VARIABLE ${checked(name)} ${quoted(value)}\n`, doneResult: 1 };
}

/**
 * Sets these in this order, but the last one last and by itself: what it says stands on all before it. Asterisk takes one command at a
 * time, and each costs both sides a turn: plain values go together in one MSet(), the rest each in its own command.
 */
export function setVariables(variables: readonly AgiVariable[]): readonly AgiCommand[] {
  const before = variables.slice(0, -1);
  const plain = before.filter(([, value]) => PLAIN_VALUE.test(value));
  const odd = before.filter(([, value]) => !PLAIN_VALUE.test(value));
  const together = Array.from({ length: Math.ceil(plain.length / PAIRS_MAX) }, (_, at) =>
    setTogether(plain.slice(at * PAIRS_MAX, (at + 1) * PAIRS_MAX)),
  );
  return [...together, ...[...odd, ...variables.slice(-1)].map((each) => setVariable(...each))];
}

function setTogether(variables: readonly AgiVariable[]): AgiCommand {
  const pairs = variables.map(([name, value]) => `${checked(name)}=${value}`);
  return { line: `EXEC MSet ${pairs.join(',')}\n`, doneResult: 0 };
}

export const verbose = (message: string): AgiCommand => ({
  line: `VERBOSE ${quoted(message)} 1\n`,
  doneResult: 1,
});

function checked(name: string): string {
  assertInvariant(VARIABLE_NAME.test(name), 'agi-variable-name', name);
  return name;
}

/** Printable ASCII in double quotes; every other character becomes a question mark, `"` and `\` are escaped. */
function quoted(value: string): string {
  const plain = value.slice(0, VALUE_CHARS_MAX).replace(/[^\x20-\x7e]/g, '?');
  return `"${plain.replace(/["\\]/g, '\\$&')}"`;
}

export type ReplyLine =
  | { readonly kind: 'result'; readonly result: number }
  | { readonly kind: 'refused'; readonly line: string }
  /** First line of a usage text; it ends with `520 End of proper usage.` */
  | { readonly kind: 'usage_begins' }
  | { readonly kind: 'hangup' }
  | { readonly kind: 'noise'; readonly line: string };

export function parseReplyLine(line: string): ReplyLine {
  if (line === 'HANGUP') return { kind: 'hangup' };
  const result = /^200 result=(-?\d{1,9})(?!\d)/.exec(line)?.[1];
  if (result !== undefined) return { kind: 'result', result: Number(result) };
  if (/^520-/.test(line)) return { kind: 'usage_begins' };
  if (/^[1-5]\d\d(?: |$)/.test(line)) return { kind: 'refused', line };
  return { kind: 'noise', line };
}
