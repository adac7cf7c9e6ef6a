/**
 * The `Variable:` headers of an Originate, read as Asterisk reads them (manager.c `man_do_variable_value`, app.c
 * `__ast_app_separate_args`) and written so that nothing is left to read otherwise: one variable a line. The dialer sets what is its own;
 * what steers the veto, the dead-man switch or a transfer is refused, and so is every function.
 */
import type { AmiAction, AmiHeader } from '../action.ts';
import { VARIABLE_NAME } from '../../../../config/ami-doors.ts';
import { DoorClosed, plain, shown } from './refusal.ts';

export interface GivenVariable {
  /** With its inheritance marks. */
  readonly name: string;
  /** Without. */
  readonly base: string;
  readonly value: string;
}

/** More than any dialer sets; with ours they stay below the lines of one action. */
const VARIABLES_MAX = 60;
const VALUE_CHARS_MAX = 800;

/** What the dialer may say of a call in our own words. */
export const FACT_VARIABLES = [
  'BREAKWATER_CAMPAIGN',
  'BREAKWATER_ZIP',
  'BREAKWATER_STATE',
  'BREAKWATER_ADDRESS',
  'BREAKWATER_LEAD',
  'BREAKWATER_AUTOMATED',
] as const;

/**
 * Names that Asterisk itself or a dialplan believes: where transfers go, which keys do what, whether a veto ends at a hang-up, which dialplan
 * runs when the connected line changes (`CONNECTED_LINE_SEND_SUB`), which program when a queue records (`MONITOR_EXEC`).
 */
const STEERING =
  /^(FORWARD_CONTEXT|TRANSFER_CONTEXT|GOTO_ON_BLINDXFR|DYNAMIC_.*|ATTENDED_TRANSFER.*|ATXFER_.*|BLINDTRANSFER|PARKING.*|AGIEXITONHANGUP|AGISIGHUP|DIALSTATUS|HANGUPCAUSE|OUTBOUND_GROUP.*|LIMIT_.*|SIPADDHEADER.*|GOSUB_.*|MACRO_.*|ARG\d+|EXTEN|CONTEXT|PRIORITY|CHANNEL|UNIQUEID|CALLERID.*|STASIS.*|CONNECTED_?LINE.*|REDIRECTING.*|CC_.*|BRIDGE_.*|MONITOR_.*|MIXMONITOR_.*|TOUCH_.*|MEETME_.*|SPY_.*|TRANSFER_.*|ATTENDEDTRANSFER|SIPREFER.*|SIPTRANSFER|PARKE[DR].*|ANSWEREDTIME.*|DIALEDTIME.*)$/i;

export const isOurs = (base: string): boolean => /^BREAKWATER/i.test(base);

/** A variable a dialer may set on a channel; `base` has no inheritance marks. */
export function isFree(base: string): boolean {
  return VARIABLE_NAME.test(base) && !isOurs(base) && !STEERING.test(base);
}

/** Throws DoorClosed for the first that the dialer may not set. `taken`: names that the account's own settings give. */
export function givenVariables(action: AmiAction, taken: ReadonlySet<string>): readonly GivenVariable[] {
  const given = action.all('Variable').flatMap(separate).flatMap(assignment);
  if (given.length > VARIABLES_MAX) throw new DoorClosed(`more than ${VARIABLES_MAX} variables`);
  for (const { name, base, value } of given) {
    const isFact = FACT_VARIABLES.some((fact) => fact === base);
    if ((!isFact && !isFree(base)) || taken.has(base)) {
      throw new DoorClosed(`the variable ${shown(name)} is not the dialer's to set`);
    }
    plain(`the variable ${name}`, value, VALUE_CHARS_MAX);
  }
  return given;
}

/** The value that wins where a name is given twice: the first (the list is set from its end). */
export const valueOf = (given: readonly GivenVariable[], base: string): string | null => {
  const value = given.find((each) => each.base === base)?.value ?? '';
  return value === '' ? null : value;
};

export const variableHeader = (name: string, value: string): AmiHeader => ({
  name: 'Variable',
  value: `${name}=${value.replaceAll(/[\\"(),[\]]/g, '\\$&')}`,
});

/** `a=1` without an inheritance mark in the wrong place; what has no `=` sets nothing. */
function assignment(item: string): readonly GivenVariable[] {
  const at = item.indexOf('=');
  if (at < 1) return [];
  const name = item.slice(0, at);
  return [{ name, base: name.replace(/^_{1,2}/, ''), value: item.slice(at + 1) }];
}

/** Splits at commas outside quotes, parentheses and brackets; quotes and backslashes go, as there. */
export function separate(text: string): readonly string[] {
  const items: string[] = [];
  let item = '';
  let parentheses = 0;
  let brackets = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') {
      quoted = !quoted;
    } else if (character === '\\') {
      at += 1;
      item += text.charAt(at);
    } else if (character === ',' && parentheses === 0 && brackets === 0 && !quoted) {
      items.push(item);
      item = '';
    } else {
      if (character === '(') parentheses += 1;
      if (character === ')' && parentheses > 0) parentheses -= 1;
      if (character === '[') brackets += 1;
      if (character === ']' && brackets > 0) brackets -= 1;
      item += character;
    }
  }
  return [...items, item];
}
