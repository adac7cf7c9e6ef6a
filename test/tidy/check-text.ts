/** What must not stand in any file, whatever its language: leftovers, paths of one machine, numbers of real people. */
import type { SourceText } from './tree.ts';

interface Forbidden {
  readonly what: string;
  readonly pattern: RegExp;
}

/** Written so that this file does not hold them itself. */
const FORBIDDEN: readonly Forbidden[] = [
  { what: 'a leftover', pattern: /\b(?:TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b/ },
  { what: 'a path of one machine', pattern: /(?<![\w.~}])\/(?:hom[e]|wor[k]|User[s]|roo[t])\/[a-z]/ },
  // Only 555-0100 to 555-0199 ring nowhere; 555-1212, 976 and the N11 codes are services, not people.
  {
    what: 'a telephone number that may be somebody’s',
    pattern: /\+1[2-9]\d{2}(?!555-?01\d{2}|555-?1212|[2-9]11|976)[2-9]\d{2}-?\d{4}(?!\d)/,
  },
];

/** Each as `path:line: what`. */
export function checkText({ path, source }: SourceText): readonly string[] {
  return source.split('\n').flatMap((line, index) =>
    FORBIDDEN.flatMap(({ what, pattern }) => {
      const found = pattern.exec(line);
      return found === null ? [] : [`${path}:${index + 1}: ${what}, \`${found[0]}\``];
    }),
  );
}
