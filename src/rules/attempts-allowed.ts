/**
 * How many calls may be placed to the number: the tightest cap, or what is left of it under an override where the law of a place
 * excepts calls within a relationship (ORS 646.563), or where the settings are looser than the house's default. `control` reserves with it, and the frequency rule judges with it again.
 */
import type { Campaign } from '../domain/campaign.ts';
import type { FixedFacts } from '../domain/facts.ts';
import { inForce, type JurisdictionCode } from '../domain/law.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { Override } from '../domain/override.ts';
import type { Policy } from '../domain/policy.ts';
import { attemptCap, type BoundCap, callBounds, datedJurisdictions } from './call-bounds.ts';
import { overriddenEverywhere } from './house-overrides.ts';
import { overrideInForce } from './overrides.ts';
import { standingRelationship } from './standing-relationship.ts';

export interface AttemptsAllowed {
  readonly cap: BoundCap;
  /** The cap without any override; the same object when none lifts anything. */
  readonly strict: BoundCap;
  /** The overrides that lift what `strict` has more than `cap`. */
  readonly overrides: readonly Override[];
}

export function attemptsAllowed(
  request: OriginationRequest,
  campaign: Campaign,
  facts: FixedFacts,
  policy: Policy,
): AttemptsAllowed {
  const strict = callBounds(request, campaign, policy, facts.now).attempts;
  const exemptions = exemptionsOf(request, facts, policy);
  const wanted = campaign.loosened?.attempts;
  const loosening =
    wanted === undefined ? null : overriddenEverywhere(request, facts, policy, 'campaign_attempts');
  const overrides = [...exemptions, ...(loosening ?? [])];
  if (overrides.length === 0) return { cap: strict, strict, overrides };
  const dated = datedJurisdictions(request, facts.now, policy);
  const exempt = exemptions.map(({ state }) => state);
  const attempts = loosening === null || wanted === undefined ? campaign.attempts : wanted;
  return { cap: attemptCap(request, { ...campaign, attempts }, dated, policy, exempt), strict, overrides };
}

/** One override for each place with such a cap, where the relationship holds on every date that the place shows. */
function exemptionsOf(request: OriginationRequest, facts: FixedFacts, policy: Policy): readonly Override[] {
  const places = datedJurisdictions(request, facts.now, policy).filter(({ jurisdiction, date }) =>
    jurisdiction.frequencyCaps.some((cap) => cap.relationshipExempt && inForce(cap, date)),
  );
  const found = new Map<JurisdictionCode, Override>();
  for (const { jurisdiction } of places) {
    const { code } = jurisdiction;
    const override = overrideInForce(facts, 'attempt_cap_within_relationship', code);
    const dates = places.filter((place) => place.jurisdiction.code === code);
    if (override !== null && standingRelationship(request, facts, policy, dates).holds) {
      found.set(code, override);
    }
  }
  return [...found.values()];
}
