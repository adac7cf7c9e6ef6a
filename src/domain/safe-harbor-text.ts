/**
 * What a dropped person hears, word by word. 47 CFR 64.1200(a)(7)(i) limits the message to: that the call was for
 * "telemarketing purposes", the name of the business, a telephone number, and brief opt-out instructions
 * (16 CFR 310.4(b)(4)(iii) asks for name and number too). No apology, no product, no pitch. Pure; English.
 */
import { type Parsed, parsed, problem } from './brand.ts';
import { nanpParts, type PhoneNumber } from './phone-number.ts';

export interface SpokenParts {
  /** Name of the seller as spoken. */
  readonly sellerName: string;
  readonly callbackNumber: PhoneNumber;
  /** One of 0-9, * and #. */
  readonly optOutDigit: string;
}

export const DEFAULT_SAFE_HARBOR_TEMPLATE =
  'This call was for telemarketing purposes on behalf of {seller}. The telephone number is {number}. ' +
  'To be placed on our do not call list, press {digit} now.';
export const DEFAULT_MACHINE_TEMPLATE =
  'This is {seller}. This call was for telemarketing purposes. The telephone number is {number}. ' +
  'To be placed on our do not call list, press {digit} now, or call {tollFree} toll free at any time.';
export const DEFAULT_DISCLOSURE_TEMPLATE = 'This call is being recorded.';
export const MONITORED_DISCLOSURE_TEMPLATE = 'This call is being monitored and recorded.';
export const DEFAULT_CONFIRMATION_TEMPLATE =
  'Your number has been placed on the do not call list of {seller}. Goodbye.';

/** Longest template; a message of this length lasts about half a minute. */
export const TEMPLATE_CHARACTERS_MAX = 400;

/** The words a safe-harbor wording may use besides its placeholders: enough to say the four elements, and no pitch. */
const PLAIN_WORDS = new Set(
  (
    'a add added and ask at be been behalf being business by call called calling calls can company contact dial ' +
    'do entry for from get goodbye hello if in is it keypad key list made may me my name no not now number of off ' +
    'on opt or our out people phone placed placing please press purpose purposes reach receive record remove ' +
    'removed representing request seller stop suppression telemarketing telephone that the their this to today ' +
    'us was we were who will wish with would you your'
  ).split(' '),
);

/** What a message on a machine needs besides them. */
const TOLL_FREE_WORDS = new Set(['any', 'free', 'time', 'toll']);

const DIGIT_WORDS: Readonly<Record<string, string>> = {
  '0': 'zero',
  '1': 'one',
  '2': 'two',
  '3': 'three',
  '4': 'four',
  '5': 'five',
  '6': 'six',
  '7': 'seven',
  '8': 'eight',
  '9': 'nine',
  '*': 'star',
  '#': 'pound',
};

const spokenKey = (key: string): string => DIGIT_WORDS[key] ?? key;
const spokenDigits = (digits: string): string => Array.from(digits, spokenKey).join(' ');

/** `three zero three, five five five, zero one zero zero`: digit by digit, so that no voice says "three hundred". */
export function spokenNumber(number: PhoneNumber): string {
  const parts = nanpParts(number);
  if (parts === undefined) return spokenDigits(number.slice(1));
  return [parts.areaCode, parts.exchange, parts.line].map(spokenDigits).join(', ');
}

export const isOptOutDigit = (key: string): boolean => /^[0-9*#]$/.test(key);

/** The message of a campaign; null takes our own wording. A wording with more or less than the law's elements is a problem. */
export function safeHarborText(parts: SpokenParts, template: string | null): Parsed<string> {
  const wording = template ?? DEFAULT_SAFE_HARBOR_TEMPLATE;
  const checked = fillable(wording, ['seller', 'number', 'digit']);
  if (!checked.ok) return checked;
  for (const needed of ['{seller}', '{number}', '{digit}']) {
    if (!wording.includes(needed)) return problem(`the wording lacks ${needed}`);
  }
  if (!/\btelemarketing purposes\b/i.test(wording)) {
    return problem('the wording lacks "telemarketing purposes"');
  }
  const stray = strayWords(wording);
  if (stray.length > 0) {
    return problem(saysTooMuch(stray));
  }
  return fill(wording, parts);
}

/**
 * What a machine is told. A person who was taken for one hears it as well, so it says no more than a safe-harbor message does; and
 * what a recorded sales message must say: who calls, at its beginning, a telephone number, the opt-out key, and the toll-free number
 * that takes opt-outs later without a person (47 CFR 64.1200(b)(1)-(3); 16 CFR 310.4(b)(1)(v)(B)). Null takes our own wording.
 */
export function machineMessageText(
  parts: SpokenParts & { readonly tollFreeNumber: PhoneNumber },
  template: string | null,
): Parsed<string> {
  const wording = template ?? DEFAULT_MACHINE_TEMPLATE;
  const checked = fillable(wording, ['seller', 'number', 'digit', 'tollFree']);
  if (!checked.ok) return checked;
  for (const needed of ['{seller}', '{number}', '{digit}', '{tollFree}']) {
    if (!wording.includes(needed)) return problem(`the wording lacks ${needed}`);
  }
  if (!/^[^{.]*\{seller\}/.test(wording)) return problem('the wording does not begin with {seller}');
  if (!/\btelemarketing purposes\b/i.test(wording)) {
    return problem('the wording lacks "telemarketing purposes"');
  }
  const stray = strayWords(wording).filter((word) => !TOLL_FREE_WORDS.has(word));
  return stray.length > 0 ? problem(saysTooMuch(stray)) : fill(wording, parts);
}

/**
 * The announcement of recording; must say "record", and "monitor" where supervisors may listen. May name the seller.
 */
export function disclosureText(
  parts: SpokenParts,
  template: string | null,
  { monitored }: { readonly monitored: boolean },
): Parsed<string> {
  const wording = template ?? (monitored ? MONITORED_DISCLOSURE_TEMPLATE : DEFAULT_DISCLOSURE_TEMPLATE);
  const checked = fillable(wording, ['seller']);
  if (!checked.ok) return checked;
  if (!/\brecord/i.test(wording)) return problem('the wording does not say that the call is recorded');
  return monitored && !/\bmonitor/i.test(wording)
    ? problem('the wording does not say that the call is monitored, and supervisors may listen')
    : fill(wording, parts);
}

/** What is heard after the opt-out key, once the request is durable. */
export function optOutConfirmationText(parts: SpokenParts, template: string | null): Parsed<string> {
  const wording = template ?? DEFAULT_CONFIRMATION_TEMPLATE;
  const checked = fillable(wording, ['seller', 'number']);
  return checked.ok ? fill(wording, parts) : checked;
}

const saysTooMuch = (stray: readonly string[]): string =>
  `the wording says more than the law lets it: ${stray.slice(0, 5).join(', ')}; ` +
  'only "telemarketing purposes", name, telephone number and the opt-out key may be said';

function fillable(wording: string, placeholders: readonly string[]): Parsed<string> {
  if (wording.length > TEMPLATE_CHARACTERS_MAX) {
    return problem(`the wording has ${wording.length} characters; at most ${TEMPLATE_CHARACTERS_MAX}`);
  }
  const unknown = [...wording.matchAll(/\{([^{}]*)\}/g)].find(
    ([, name]) => !placeholders.includes(name ?? ''),
  );
  if (unknown !== undefined) {
    return problem(
      `the wording has the placeholder ${unknown[0]}; known are ${placeholders.map((p) => `{${p}}`).join(', ')}`,
    );
  }
  return /[{}]/.test(wording.replace(/\{[^{}]*\}/g, ''))
    ? problem('the wording has a brace that is not closed')
    : parsed(wording);
}

function fill(
  wording: string,
  parts: SpokenParts & { readonly tollFreeNumber?: PhoneNumber },
): Parsed<string> {
  const values: Readonly<Record<string, string>> = {
    seller: parts.sellerName,
    number: spokenNumber(parts.callbackNumber),
    digit: spokenKey(parts.optOutDigit),
    ...(parts.tollFreeNumber === undefined ? {} : { tollFree: spokenNumber(parts.tollFreeNumber) }),
  };
  return parsed(wording.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole));
}

/** Words and numbers of the wording outside the closed vocabulary, each once. */
function strayWords(wording: string): readonly string[] {
  const bare = wording.replace(/\{\w+\}/g, ' ').toLowerCase();
  const words = bare.match(/[\p{L}\p{N}][\p{L}\p{N}'’]*/gu) ?? [];
  return [...new Set(words.filter((word) => !PLAIN_WORDS.has(word)))];
}
