/**
 * What an operator allows a dialer to name, as a text with holes: `Local/9{number}@default`, `8600###@default`. Everything that is no hole
 * stands for itself, letter by letter, and the whole text must match: whatever a dialer puts beside it (`&`, `,`, options) does not.
 * `{number}` is the called number as dialed, `#` one digit, `{name}` a name that begins with a letter (no number can stand there),
 * `{word}` one word of a console command.
 */
import { type Parsed, parsed, problem } from './brand.ts';

export interface DialTemplate {
  readonly text: string;
  /** True when it has `{number}` in it. */
  readonly isCall: boolean;
  /** Null: no match. `number` is '' where the template has no hole for it. */
  match(given: string): { readonly number: string } | null;
}

const HOLES: Readonly<Record<string, string>> = {
  '{number}': '(\\+?[0-9]{3,20})',
  '#': '[0-9]',
  '{name}': '[A-Za-z][A-Za-z0-9_-]{0,31}',
  '{word}': '[A-Za-z0-9_./@:;-]{1,80}',
};

/** As many free digits in a row could be a telephone number. */
const FREE_DIGITS_MAX = 6;

/** `kind`: what the template is for; calls must have one `{number}`, places have none, commands may have words. */
export function parseDialTemplate(text: string, kind: 'call' | 'place' | 'command'): Parsed<DialTemplate> {
  const shown = `template \`${text.slice(0, 80)}\``;
  const parts = text.split(/(\{[^{}]*\}|#)/);
  const numbers = parts.filter((part) => part === '{number}').length;
  const stranger = parts.find((part) => /^\{.*\}$/.test(part) && !Object.hasOwn(HOLES, part));
  if (stranger !== undefined)
    return problem(`${shown} has the hole \`${stranger}\`; expected {number}, {name} or #`);
  if (kind === 'call' ? numbers !== 1 : numbers !== 0) {
    return problem(`${shown} must have ${kind === 'call' ? 'exactly one' : 'no'} {number} in it`);
  }
  if (kind !== 'command' && parts.includes('{word}')) return problem(`${shown} must have no {word} in it`);
  if (kind === 'call' && parts.includes('#')) return problem(`${shown} must have no # beside {number}`);
  if (new RegExp(`(?:#\\d*){${FREE_DIGITS_MAX + 1}}`).test(text)) {
    return problem(
      `${shown} has more than ${FREE_DIGITS_MAX} free digits in a row: it would let telephone numbers through`,
    );
  }
  const expression = parts.map((part) => HOLES[part] ?? escaped(part)).join('');
  const whole = new RegExp(`^${expression}$`);
  return parsed({
    text,
    isCall: kind === 'call',
    match: (given) => {
      const found = given.length > 256 || given.includes('\n') ? null : whole.exec(given);
      return found === null ? null : { number: found[1] ?? '' };
    },
  });
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
