/**
 * Reads a text message for the words that revoke (47 CFR 64.1200(a)(10)). The words are data. A text that is nothing but such a word is a
 * revocation; whatever else a person writes may be one in other words, and that is for a person to decide.
 */
import type { RevocationWords } from './law.ts';

export type TextMeaning =
  | { readonly kind: 'revocation'; readonly word: string; readonly language: string; readonly basis: string }
  | { readonly kind: 'unclear' };

/** Lower case, without marks, every run of other characters one blank: `S.T.O.P!` and `stop` are one word. */
const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[\p{M}'’]/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

const joined = (words: readonly string[]): string => words.join('').replaceAll(' ', '');

export interface WordSaid {
  /** As it stands in the law data. */
  readonly word: string;
  readonly language: string;
  readonly basis: string;
}

/**
 * The word of `rows` that the text is nothing but; null when it is more, or other. Blanks between letters do not matter, courtesies
 * around the word neither: `opt-out`, `optout`, `stop please`.
 */
export function wordSaid(text: string, rows: readonly RevocationWords[]): WordSaid | null {
  const courtesies = new Set(rows.flatMap(({ courtesies: each }) => each.map(plain)));
  const words = plain(text).split(' ');
  const said = new Set([joined(words), joined(words.filter((word) => !courtesies.has(word)))]);
  for (const { language, words: known, citation } of rows) {
    const word = known.find((each) => said.has(joined([plain(each)])));
    if (word !== undefined) return { word, language, basis: citation };
  }
  return null;
}

export function readRevocationText(text: string, rows: readonly RevocationWords[]): TextMeaning {
  const found = wordSaid(text, rows);
  return found === null ? { kind: 'unclear' } : { kind: 'revocation', ...found };
}
