/**
 * A national list of synthetic numbers, set straight into the bitmaps of the list adapter without a file, beside empty lists of the
 * states. The only file of the benchmarks that knows how lists are kept.
 */
import { doNotCallLists } from '../../src/adapters/files/do-not-call-lists.ts';
import { numberSet } from '../../src/adapters/files/number-set.ts';
import type { ListVersion } from '../../src/domain/facts.ts';
import type { LocalDate } from '../../src/domain/time.ts';
import type { DoNotCallLists } from '../../src/ports/fact-sources.ts';

export interface SyntheticLists {
  readonly lists: DoNotCallLists;
  readonly size: number;
  /** Ten digits as a number. */
  isListed(tenDigits: number): boolean;
}

const FIRST_INDEX = 2_000_000;
const END_INDEX = 10_000_000;

/**
 * `count` numbers, equally many in each area code at an equal step, none in the exchange 555; and of the fictional numbers
 * 555-0100 to 555-0199 every odd one.
 */
export function syntheticLists(
  areaCodes: readonly string[],
  count: number,
  states: readonly string[],
): SyntheticLists {
  const national = numberSet();
  const step = (END_INDEX - FIRST_INDEX) / (count / areaCodes.length);
  for (const areaCode of areaCodes) {
    const first = Number(areaCode) * END_INDEX;
    for (let at = FIRST_INDEX; at < END_INDEX; at += step) {
      const index = Math.floor(at);
      if (Math.floor(index / 10_000) !== 555) national.add(first + index);
    }
    for (let line = 101; line < 200; line += 2) national.add(first + 5_550_000 + line);
  }
  return {
    lists: doNotCallLists([
      { version: versionOf('national', null), numbers: national },
      ...states.map((state) => ({ version: versionOf('state', state), numbers: numberSet() })),
    ]),
    size: national.size,
    isListed: (tenDigits) => national.has(tenDigits),
  };
}

const versionOf = (kind: 'national' | 'state', jurisdiction: string | null): ListVersion => ({
  name: `${kind} ${jurisdiction ?? ''}`.trim(),
  kind,
  jurisdiction,
  campaignId: null,
  version: '1',
  obtainedOn: '2026-11-20' as LocalDate,
});
