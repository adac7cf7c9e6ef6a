/** The `CallerID` header, read as Asterisk reads it (callerid.c `ast_callerid_parse`), in the forms that can be read in one way only. */
import { DoorClosed, shown } from './refusal.ts';

export interface Caller {
  /** '' when there is none. */
  readonly name: string;
  /** Digits, perhaps with a plus sign; null: the campaign chooses. */
  readonly number: string | null;
}

const NUMBER = /^[+0-9() .-]{1,40}$/;
// eslint-disable-next-line no-control-regex -- these are the characters it is about
const NAME = /^[^"<>\\\0-\x1f\x7f]{0,80}$/;

export function readCaller(header: string | undefined): Caller {
  const text = (header ?? '').trim();
  if (text === '') return { name: '', number: null };
  const both = /^(.*?)\s*<([^<>]*)>$/.exec(text);
  const [name, number] =
    both === null ? (NUMBER.test(text) ? ['', text] : [text, '']) : [both[1] ?? '', both[2] ?? ''];
  const bare = name.replace(/^"(.*)"$/, '$1');
  if (!NAME.test(bare) || (number !== '' && !NUMBER.test(number))) {
    throw new DoorClosed(`CallerID ${shown(text)}: expected "name" <number>`);
  }
  const digits = number.replaceAll(/[() .-]/g, '');
  return { name: bare, number: digits === '' ? null : digits };
}

/** '' for nobody. */
export const callerHeader = ({ name, number }: Caller): string =>
  name === '' ? (number === null ? '' : `<${number}>`) : `"${name}" <${number ?? ''}>`;
