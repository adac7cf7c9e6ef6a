/**
 * Which area codes the copy of a public do-not-call list was obtained for. Sellers subscribe to the national registry by area code
 * (16 CFR 310.8), so a number that is not in a copy is only known not to be listed when its area code was obtained.
 */
import { type Parsed, parsed, problem } from './brand.ts';
import type { ListKind } from './facts.ts';

/** `all`, or area codes in ascending order, none twice. */
export type AreaCoverage = 'all' | readonly string[];

/** More are not given out: area codes start with 2 to 9. */
export const COVERED_CODES_MAX = 800;
const AREA_CODE = /^[2-9]\d{2}$/;

export const COVERAGE_EXPECTED = 'all, or the area codes that the copy was obtained for, like "303,720"';

/** Lists that are bought by area code or for a place; a person's own words and our own lists know no area code. */
export const hasCoverage = (kind: ListKind | null): boolean => kind === 'national' || kind === 'state';

/** `all` or `303,720`; refuses what could be meant otherwise. */
export function parseAreaCoverage(text: string): Parsed<AreaCoverage> {
  const words = text.split(',').map((word) => word.trim());
  if (words.length === 1 && words[0] === 'all') return parsed('all');
  const wrong = words.find((word) => !AREA_CODE.test(word));
  if (wrong !== undefined) return problem(`\`${wrong}\` is not an area code; expected ${COVERAGE_EXPECTED}`);
  if (new Set(words).size < words.length) return problem('an area code stands there twice');
  return parsed(words.sort());
}

/** Null: nobody said what the copy covers, so it covers nothing. */
export const covers = (coverage: AreaCoverage | null, areaCode: string): boolean =>
  coverage !== null && (coverage === 'all' || coverage.includes(areaCode));

/** True when nothing that `before` covers is missing in `after`. */
export const coversAtLeast = (after: AreaCoverage | null, before: AreaCoverage | null): boolean =>
  before === null || after === 'all' || (before !== 'all' && before.every((code) => covers(after, code)));

export const showCoverage = (coverage: AreaCoverage | null): string =>
  coverage === null ? 'not told' : coverage === 'all' ? 'all' : coverage.join(', ');
