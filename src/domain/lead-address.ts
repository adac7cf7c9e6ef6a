/**
 * The address stored with a lead, as far as it places the person: state and ZIP, nothing else of it is kept. Read strictly: what is not
 * plainly a state or a ZIP is not guessed, and then places nobody.
 */
import type { Law } from './law.ts';
import type { LeadAddress } from './origination.ts';
import { jurisdictionOf } from './places.ts';

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

/** Null when nothing in it can be read. A state named in a part of its own is kept even if nobody knows it: the person may be there. */
export function readAddress(law: Law, given: GivenAddress): LeadAddress | null {
  if (typeof given !== 'string') {
    const part = (text: string | null | undefined): string | null =>
      text === null || text === undefined || text.trim() === '' ? null : text.trim();
    const read = { form: 'parts', state: part(given.state), zip: part(given.zip) } as const;
    return read.state === null && read.zip === null ? null : read;
  }
  if (given.length > ADDRESS_CHARS_MAX) return null;
  const text = given
    .replaceAll(/\s*[\r\n]+\s*/g, ', ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/[\s,.]+$/, '')
    .replace(COUNTRY, '');
  const [, before = text, zip = null] = LAST_ZIP.exec(text) ?? [];
  const state = stateAtTheEnd(law, before);
  return state === null && zip === null ? null : { form: 'text', state, zip };
}

/** What stands between the last comma and the end, or two capitals at the end of it: `Denver, CO`, `Denver CO`, `New York, New York`. */
function stateAtTheEnd(law: Law, text: string): string | null {
  const cut = text.lastIndexOf(',');
  const last = text.slice(cut + 1).trim();
  const whole = cut < 0 ? null : jurisdictionOf(law, last);
  const capitals = /(?:^|\s)([A-Z]{2})$/.exec(last)?.[1] ?? null;
  return (whole ?? jurisdictionOf(law, capitals))?.code ?? null;
}
