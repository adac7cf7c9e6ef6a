/** Looser choices in force: who, why and until when stand in every decision they touch, and no permit outlives them. */
import type { FixedFacts } from '../domain/facts.ts';
import type { JurisdictionCode } from '../domain/law.ts';
import type { Overridable, Override } from '../domain/override.ts';
import { formatInstant } from '../domain/time.ts';
import { type Finding, warning } from './rule.ts';

/** Null also while the overrides are not known: then the default binds. */
export function overrideInForce(
  facts: Pick<FixedFacts, 'overrides' | 'campaign' | 'now'>,
  what: Overridable,
  state: JurisdictionCode,
): Override | null {
  if (!facts.overrides.known || !facts.campaign.known) return null;
  const seller = facts.campaign.value?.campaign.seller.id;
  const found = facts.overrides.value.find(
    (each) => each.what === what && each.state === state && each.sellerId === seller,
  );
  return found !== undefined && found.recordedAt <= facts.now && facts.now < found.until ? found : null;
}

export const shownOverride = (rule: string, override: Override, basis: string): readonly Finding[] => [
  warning(rule, 'override_applied', {
    override_id: override.overrideId,
    what: override.what,
    state: override.state,
    who: override.who,
    why: override.why,
    until: formatInstant(override.until),
    instead_of: basis,
  }),
  { validUntil: override.until },
];

/** What a rule found, or the override in its place: only an answer that would have been a veto is touched. */
export function unlessOverridden(
  rule: string,
  found: readonly Finding[],
  override: Override | null,
  basis: string,
): readonly Finding[] {
  return override !== null && found.some((each) => 'veto' in each)
    ? shownOverride(rule, override, basis)
    : found;
}
