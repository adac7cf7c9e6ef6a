/**
 * The address stored with a lead, as far as it places the person: state and ZIP, nothing else of it is kept. Read strictly: what is not
 * plainly a state or a ZIP is not guessed. A text in which neither is found says that the person is somewhere, and nobody knows where.
 */
import type { Law } from './law.ts';
import type { LeadAddress } from './origination.ts';
import { jurisdictionOf } from './places.ts';
import { shortenedState } from './state-abbreviations.ts';

/** Longest address that is read, in characters. */
export const ADDRESS_CHARS_MAX = 300;

/** Street and city say nothing that the tables know, and are taken only so that a dialer may send what it has. */
export interface AddressParts {
  readonly street?: string | null;
  readonly city?: string | null;
  readonly state?: string | null;
  readonly zip?: string | null;
}

/** One text, as on an envelope, or its parts. */
export type GivenAddress = string | AddressParts;

const COUNTRY = /[\s,]+(?:usa|u\.s\.a\.|us|u\.s\.|united states(?: of america)?)$/i;
/** Five digits, or nine with a dash, as the last word. */
const LAST_ZIP = /^(.*?)[\s,]+(\d{5}(?:-\d{4})?)$/;

const UNREAD: LeadAddress = { form: 'unread', state: null, zip: null };

/**
 * Null when it says nothing of the place: a blank text, parts without state and ZIP. A state named in a part of its own is kept even if
 * nobody knows it, and so is that a text could not be read: the person may be there.
 */
export function readAddress(law: Law, given: GivenAddress): LeadAddress | null {
  if (typeof given !== 'string') {
    const part = (text: string | null | undefined): string | null =>
      text === null || text === undefined || text.trim() === '' ? null : text.trim();
    const read = { form: 'parts', state: part(given.state), zip: part(given.zip) } as const;
    return read.state === null && read.zip === null ? null : read;
  }
  if (given.length > ADDRESS_CHARS_MAX) return UNREAD;
  const text = given
    .replaceAll(/\s*[\r\n]+\s*/g, ', ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/[\s,.]+$/, '')
    .replace(COUNTRY, '');
  if (text === '') return null;
  const [, before = text, zip = null] = LAST_ZIP.exec(text) ?? [];
  const state = stateAtTheEnd(law, before);
  return state === null && zip === null ? UNREAD : { form: 'text', state, zip };
}

/** Words of the longest names: `District of Columbia`, `U.S. Virgin Islands`. */
const NAME_WORDS_MAX = 3;

/**
 * What stands between the last comma and the end, or its last words: `Denver, co`, `Denver CO`, `Denver Colorado`, `Denver, Colo.`. Two
 * letters without a dot are read as a state only where they stand alone or as capitals: `la` may be a word.
 */
function stateAtTheEnd(law: Law, text: string): string | null {
  const cut = text.lastIndexOf(',');
  const last = text.slice(cut + 1).trim();
  const whole = cut < 0 ? null : jurisdictionOf(law, last);
  if (whole !== null) return whole.code;
  const words = last.split(' ');
  // The longest first: `West Virginia` ends in the name of another state.
  for (let count = Math.min(NAME_WORDS_MAX, words.length); count > 0; count -= 1) {
    const end = words.slice(-count).join(' ');
    const readable = end.length > 2 || end === end.toUpperCase();
    const named = readable ? jurisdictionOf(law, end) : null;
    const found = named ?? jurisdictionOf(law, shortenedState(end));
    if (found !== null) return found.code;
  }
  return null;
}
