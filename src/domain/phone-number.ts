/** Telephone numbers. libphonenumber-js reads what people type; its verdict of validity is never used (it rejects area codes in service). */
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { type Brand, type Parsed, parsed, problem } from './brand.ts';

/** E.164 with the plus sign. */
export type PhoneNumber = Brand<string, 'PhoneNumber'>;

const E164 = /^\+[1-9]\d{6,14}$/;

/** Reads national (US) or international spelling; an extension, letters or a second number are problems. */
export function parsePhoneNumber(text: string): Parsed<PhoneNumber> {
  const shown = `\`${text.slice(0, 40)}\``;
  if (text.length > 40 || !/^[\d\s().+-]+$/.test(text)) {
    return problem(`number ${shown} has characters other than digits, spaces and ()+-.`);
  }
  const compact = text.replace(/[\s().-]/g, '');
  const direct = /^\d{10}$/.test(compact)
    ? `+1${compact}`
    : /^1\d{10}$/.test(compact)
      ? `+${compact}`
      : compact;
  if (E164.test(direct)) return parsed(direct as PhoneNumber);
  const number = parsePhoneNumberFromString(text, 'US')?.number;
  return number !== undefined && E164.test(number)
    ? parsed(number as PhoneNumber)
    : problem(`number ${shown} is not a telephone number; expected +1 and ten digits`);
}

/** The parts of a number of the North American Numbering Plan. */
export interface NanpNumber {
  readonly areaCode: string;
  readonly exchange: string;
  readonly line: string;
}

/** NANP parts when the shape is `+1 NXX NXX XXXX`, else undefined. Shape only: says nothing about assignment. */
export function nanpParts(number: PhoneNumber): NanpNumber | undefined {
  const match = /^\+1([2-9]\d{2})([2-9]\d{2})(\d{4})$/.exec(number);
  if (match === null) return undefined;
  const [, areaCode, exchange, line] = match;
  return areaCode !== undefined && exchange !== undefined && line !== undefined
    ? { areaCode, exchange, line }
    : undefined;
}

/** A whole number of the plan: what a cut-off or mistyped line leaves must not become the number of somebody else, or of nobody. */
export function parsePersonNumber(text: string): Parsed<PhoneNumber> {
  const number = parsePhoneNumber(text.trim());
  return number.ok && nanpParts(number.value) === undefined
    ? problem(`number \`${text.slice(0, 40)}\` is not +1 and ten digits of the North American plan`)
    : number;
}

/** 555-0100 to 555-0199 are reserved for fiction and tests: nobody answers there in the real network. */
export function isFictional(parts: NanpNumber): boolean {
  return parts.exchange === '555' && parts.line.startsWith('01');
}

/** Hides the line number, for logs: `+1303555****`. */
export const redactNumber = (number: PhoneNumber): string => `${number.slice(0, -4)}****`;
