/**
 * HTML as a value: a template escapes everything put into it except what is HTML already, so forgetting to escape cannot happen.
 * Characters that steer a terminal or turn the direction of writing are shown by their names, never obeyed.
 */

export interface Html {
  readonly html: string;
}

type Part = string | number | boolean | null | undefined | Html | readonly Html[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** C0 without tab and new line, DEL, C1, and the marks of direction. */
// eslint-disable-next-line no-control-regex -- these are the characters it is about
const STEERING = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export const escapeText = (text: string): string =>
  text
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
    .replace(
      STEERING,
      (character) => `[U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );

function written(part: Part): string {
  if (part === null || part === undefined) return '';
  if (typeof part !== 'object') return escapeText(String(part));
  return 'html' in part ? part.html : part.map(({ html: text }) => text).join('');
}

/** Tag of a template; not called `html`, which formatters rewrite, blanks and all. */
export const markup = (texts: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  html: texts.reduce((text, next, index) => text + written(parts[index - 1]) + next),
});

/** Ours alone: style sheets and the like, which must not be escaped. */
export const trusted = (text: string): Html => ({ html: text });
