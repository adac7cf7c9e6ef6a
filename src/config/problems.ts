/** Collects every problem of the configuration in one spelling, so that one start shows all there is to mend. */
import { type Report, shown } from './check-settings.ts';

export interface Problems {
  readonly lines: string[];
  /** A reporter for one file. `sourceOf` may name another source for a path (an environment variable). */
  inFile(file: string, sourceOf?: (path: string) => string | undefined): Report;
}

/** More than this is one broken file, not that many mistakes. */
const PROBLEMS_MAX = 200;

export function collectProblems(): Problems {
  const lines: string[] = [];
  return {
    lines,
    inFile: (file, sourceOf) => (path, problem, got, expected) => {
      if (lines.length >= PROBLEMS_MAX) return;
      const place = sourceOf?.(path) ?? (path === '' ? file : `${file}: ${path}`);
      const value = got === undefined ? 'nothing' : `\`${shown(got)}\``;
      lines.push(`${place}: ${problem}, got ${value}, expected ${expected}`);
    },
  };
}
