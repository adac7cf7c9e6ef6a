/** The three sentences of AGI that we use, and the replies. A value can never end its quotes or its line. */
import { assertInvariant } from '../../domain/assert.ts';
import type { AgiVariable } from '../../ports/agi-scripts.ts';

/** Asterisk reads a command into 2,048 bytes; escaping may double a value. */
const VALUE_CHARS_MAX = 900;
const VARIABLE_NAME = /^[A-Z][A-Z0-9_]{0,63}$/;
/** Nothing in it that the AGI reader or MSet() reads as more than itself, but for the comma. */
const PLAIN_VALUE = /^[A-Za-z0-9_.+:/,-]{0,400}$/;
/** The AGI reader takes the first stroke away, MSet() the second. */
const COMMA = '\\\\,';
/** MSet() takes 24 pairs and says nothing of the rest. */
const PAIRS_MAX = 24;
/** Of the pairs of one command: with the rest of it below what Asterisk reads. The longest pair of all has 1,265. */
const PAIRS_CHARS_MAX = 1_900;

/** One line, and the result with which Asterisk says that it is done. */
export interface AgiCommand {
  readonly line: string;
  readonly doneResult: 0 | 1;
}

export function setVariable(name: string, value: string): AgiCommand {
  return { line: `SET VARIABLE ${checked(name)} ${quoted(value)}\n`, doneResult: 1 };
}

/**
 * Sets these, the last one last: an answer torn anywhere lacks it. Asterisk takes one command at a time, and each costs both sides a turn:
 * plain values go together in one MSet(), which sets its pairs from left to right. Any other value goes in a command of its own, and then so
 * does the last one, behind what it stands on.
 */
export function setVariables(variables: readonly AgiVariable[]): readonly AgiCommand[] {
  const odd = variables.filter(([, value]) => !PLAIN_VALUE.test(value));
  if (odd.length === 0) return together(variables);
  const [before, last] = [variables.slice(0, -1), variables.slice(-1)];
  const singly = [...odd.filter((each) => each !== last[0]), ...last];
  return [
    ...together(before.filter((each) => !odd.includes(each))),
    ...singly.map((each) => setVariable(...each)),
  ];
}

/** In as few commands as Asterisk reads whole. */
function together(variables: readonly AgiVariable[]): readonly AgiCommand[] {
  const commands: AgiCommand[] = [];
  let [pairs, chars] = [[] as string[], 0];
  const close = (): void => {
    if (pairs.length > 0) commands.push({ line: `EXEC MSet ${pairs.join(',')}\n`, doneResult: 0 });
    [pairs, chars] = [[], 0];
  };
  for (const [name, value] of variables) {
    const pair = `${checked(name)}=${value.replaceAll(',', COMMA)}`;
    if (pairs.length === PAIRS_MAX || chars + pair.length > PAIRS_CHARS_MAX) close();
    pairs.push(pair);
    chars += pair.length + 1;
  }
  close();
  return commands;
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
