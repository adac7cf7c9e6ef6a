/**
 * Fields that stand beside a person's wish (channel, name, note, the gateway's id): none of them says who must not be called or by
 * whom, so none of them may lose the wish. They are cut, replaced or left out, and the entry says so. Pure.
 */
import { type Instant, parseInstant } from './time.ts';

export interface SideFields {
  /** What was done to the fields, one text each; empty when all were usable. */
  readonly adjusted: readonly string[];
  /** Null when it says nothing. Numbers and flags count as their text. */
  text(name: string, value: unknown, maxLength: number): string | null;
  /** Null when it says nothing or is no instant. */
  instant(name: string, value: unknown): Instant | null;
  leftOut(name: string, why: string): void;
}

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
    if (adjusted.length < ADJUSTED_MAX) adjusted.push(`${cut(storableText(name), NAME_MAX)}: ${what}`);
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
    instant(name, value) {
      const said = text(name, value, 40);
      if (said === null) return null;
      const at = parseInstant(said);
      if (at.ok) return at.value;
      note(name, `left out, \`${said}\` is no instant`);
      return null;
    },
    leftOut: (name, why) => note(name, `left out, ${why}`),
  };
}
