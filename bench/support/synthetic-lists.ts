/**
 * A national list of synthetic numbers, set straight into the bitmaps of the list adapter without a file, beside empty lists of the
 * states. The only file of the benchmarks that knows how lists are kept.
 */
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { openDoNotCallLists } from '../../src/adapters/files/do-not-call-lists.ts';
import type { HeldList } from '../../src/adapters/files/file-lists.ts';
import { FIRST_CODE, INDICES } from '../../src/adapters/files/number-pages.ts';
import { numberSet, setBit } from '../../src/adapters/files/number-set.ts';
import { atOnce } from '../../src/adapters/files/sliced.ts';
import type { ListVersion } from '../../src/domain/facts.ts';
import type { LocalDate } from '../../src/domain/time.ts';
import type { DoNotCallLists } from '../../src/ports/fact-sources.ts';

export interface SyntheticLists {
  readonly lists: DoNotCallLists;
  readonly size: number;
  /** Ten digits as a number. */
  isListed(tenDigits: number): boolean;
}

/** Lines of an exchange; the exchange 555 stands this many exchanges behind the first. */
const LINES = 10_000;
const EXCHANGE_555 = 555 - FIRST_CODE;

/**
 * `count` numbers, equally many in each area code at an equal step, none in the exchange 555; and of the fictional numbers
 * 555-0100 to 555-0199 every odd one.
 */
export async function syntheticLists(
  areaCodes: readonly string[],
  count: number,
  states: readonly string[],
): Promise<SyntheticLists> {
  const set = numberSet();
  const step = INDICES / (count / areaCodes.length);
  for (const areaCode of areaCodes) {
    const bits = set.bitmap(Number(areaCode));
    for (let at = 0; at < INDICES; at += step) {
      const index = Math.floor(at);
      if (Math.floor(index / LINES) !== EXCHANGE_555) setBit(bits, index);
    }
    for (let line = 101; line < 200; line += 2) setBit(bits, EXCHANGE_555 * LINES + line);
  }
  // As a sidecar keeps it.
  const national = atOnce(set.finishPacked());
  const held = (version: ListVersion, numbers: HeldList['numbers']): HeldList => ({
    list: {
      version,
      count: numbers.size,
      rejectedCount: 0,
      sha256: '0'.repeat(64),
      origin: 'file',
      areaCodes: 'all',
      sources: [],
    },
    numbers,
  });
  const lists = await openDoNotCallLists({
    files: [
      held(versionOf('national', null), national),
      ...states.map((state) => held(versionOf('state', state), numberSet().finish())),
    ],
    folder: join(tmpdir(), 'breakwater-bench-without-imports'),
    required: [],
    listStates: new Set(states),
  });
  return {
    lists,
    size: national.size,
    isListed: (tenDigits) => {
      const areaCode = Math.floor(tenDigits / 10_000_000);
      return national.has(areaCode, tenDigits - areaCode * 10_000_000 - FIRST_CODE * LINES);
    },
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
