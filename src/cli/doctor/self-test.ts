/** Doctor's look at the seeds of the self-test: does a number that is known to be listed stand on each list that is in use. */
import type { ListKind } from '../../domain/facts.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import type { SeedReason, SelfTestSettings } from '../../domain/self-test.ts';
import { many } from '../text.ts';
import type { Finding } from '../wiring.ts';
import { ok, skipped } from './machine.ts';

/** What a seed on a list of the kind expects. */
const REASON_OF_KIND: Readonly<Record<ListKind, SeedReason>> = {
  national: 'on_national_registry',
  state: 'on_state_list',
  internal: 'on_internal_list',
  campaign: 'on_campaign_list',
  litigator: 'known_litigator',
};

/** A list that is in force, and which of the seeds stand on it. */
export interface SeededList {
  readonly name: string;
  readonly kind: ListKind;
  /** The campaign that it binds; null: every one. */
  readonly campaignId: string | null;
  readonly listed: ReadonlySet<PhoneNumber>;
}

/** What is not tested is no fault of the installation, and nobody should take it for tested. */
export function selfTestFinding(
  { seeds, everyHours }: SelfTestSettings,
  lists: readonly SeededList[],
): Finding {
  const check = 'self-test';
  if (seeds.length === 0)
    return skipped(check, 'selfTest.seeds is empty: nothing shows that the lists still find who is on them');
  const isTested = ({ kind, campaignId, listed }: SeededList): boolean =>
    seeds.some(
      ({ number, expects, campaigns }) =>
        expects === REASON_OF_KIND[kind] &&
        listed.has(number) &&
        (campaignId === null || campaigns.length === 0 || campaigns.some((id) => id === campaignId)),
    );
  const bare = lists.filter((list) => !isTested(list)).map(({ name, kind }) => `${name} (${kind})`);
  return bare.length === 0
    ? ok(check, `${many(seeds.length, 'seed')}, each ${everyHours} hours and at the start`)
    : skipped(check, `no seed that expects it stands on ${bare.sort().join(', ')}`);
}
