/**
 * Fields that stand beside a person's wish (channel, name, note, the gateway's id): none of them says who must not be called or by
 * whom, so none of them may lose the wish. They are cut, replaced or left out, and the entry says so. Pure.
 */
import { DAY_MS, type Instant, instant, parseInstant } from './time.ts';

export interface SideFields {
  /** What was done to the fields, one text each; empty when all were usable. */
  readonly adjusted: readonly string[];
  /** Null when it says nothing. Numbers and flags count as their text. */
  text(name: string, value: unknown, maxLength: number): string | null;
  /** When a person said something. */
  saidAt(name: string, value: unknown, now: Instant): SaidAt;
  leftOut(name: string, why: string): void;
}

/** The stricter reading of what a sender tells: the later instant, for an older wish may be lifted by a consent. */
export interface SaidAt {
  /** As it was told; null when nothing was, or no instant at which somebody can have said it. */
  readonly told: Instant | null;
  /** Never later than now: the sender's clock may be ahead of ours, and a wish refused for that would be lost. */
  readonly at: Instant;
}

/** What stands where nobody has entered an instant: the years 1, 1601, 1899, 1900, 1904, 1970, 1980, 2000, 2001 of machines' calendars. */
const DEFAULTS_OF_MACHINES_BEFORE = instant(Date.parse('2001-01-03T00:00:00Z'));
/** Midnight to the second is a day; the person spoke at some time of it. */
const MIDNIGHT = /T00:?00(:?00([.,]0+)?)?(Z|[+-][\d:]+)$/i;

/** More of them than this are not listed: somebody sends something else altogether. */
const ADJUSTED_MAX = 32;
const NAME_MAX = 64;

/** A lone surrogate has no canonical JSON, a NUL has no place in a database text. */
export const storableText = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD');

/** Never half a character. */
const cut = (text: string, length: number): string => text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');

export function sideFields(): SideFields {
  const adjusted: string[] = [];
  const note = (name: string, what: string): void => {
    if (adjusted.length < ADJUSTED_MAX)
      adjusted.push(`${cut(storableText(name), NAME_MAX)}: ${storableText(what)}`);
  };
  const text: SideFields['text'] = (name, value, maxLength) => {
    if (value === undefined || value === null) return null;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      note(name, 'left out, no text');
      return null;
    }
    const said = String(value).trim();
    const storable = storableText(said);
    if (storable !== said) note(name, 'characters that cannot be kept were replaced');
    const kept = cut(storable, maxLength);
    if (kept !== storable) note(name, `cut to ${maxLength} of ${storable.length} characters`);
    return kept === '' ? null : kept;
  };
  return {
    adjusted,
    text,
    saidAt(name, value, now) {
      const said = text(name, value, 40);
      if (said === null) return { told: null, at: now };
      const read = parseInstant(said);
      if (!read.ok || read.value < DEFAULTS_OF_MACHINES_BEFORE) {
        note(name, `left out, \`${said}\` is ${read.ok ? 'where a calendar begins' : 'no instant'}`);
        return { told: null, at: now };
      }
      const latest = MIDNIGHT.test(said) ? read.value + DAY_MS : read.value;
      return { told: read.value, at: instant(Math.min(latest, now)) };
    },
    leftOut: (name, why) => note(name, `left out, ${why}`),
  };
}
