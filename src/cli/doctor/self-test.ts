/** Doctor's look at the seeds of the self-test: is there a number that is known to stand on each kind of list that is in use. */
import type { SeedReason, SelfTestSettings } from '../../domain/self-test.ts';
import { many } from '../text.ts';
import type { Finding } from '../wiring.ts';
import type { ListCopy } from './campaigns.ts';
import { ok, skipped } from './machine.ts';

/** What a seed on a list of the kind expects; of lists of one's own every request is a test. */
const REASON_OF_KIND: Readonly<Record<string, SeedReason>> = {
  national: 'on_national_registry',
  state: 'on_state_list',
  litigator: 'known_litigator',
};

/** What is not tested is no fault of the installation, and nobody should take it for tested. */
export function selfTestFinding(
  { seeds, everyHours }: SelfTestSettings,
  copies: readonly Pick<ListCopy, 'kind'>[],
): Finding {
  const check = 'self-test';
  const kinds = [...new Set(copies.map(({ kind }) => kind))].sort();
  const bare = kinds.filter((kind) => {
    const reason = REASON_OF_KIND[kind];
    return reason !== undefined && !seeds.some(({ expects }) => expects === reason);
  });
  if (seeds.length === 0)
    return skipped(check, 'selfTest.seeds is empty: nothing shows that the lists still find who is on them');
  return bare.length === 0
    ? ok(check, `${many(seeds.length, 'seed')}, each ${everyHours} hours and at the start`)
    : skipped(check, `no seed stands on a list of kind ${bare.join(', ')}`);
}
