/**
 * Settings looser than the house's default, and the overrides they count under: attempts and the rest after a drop. Both are counted by
 * number and not by place, so an override is needed in every place the person may be. `control` reserves with these answers, and the
 * frequency rule judges with them again.
 */
import type { Campaign } from '../domain/campaign.ts';
import type { FixedFacts } from '../domain/facts.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { Overridable, Override } from '../domain/override.ts';
import type { Policy } from '../domain/policy.ts';
import { datedJurisdictions } from './call-bounds.ts';
import { overrideInForce } from './overrides.ts';

/** One for each place; null while a place has none, or nobody knows a place. */
export function overriddenEverywhere(
  request: OriginationRequest,
  facts: FixedFacts,
  policy: Policy,
  what: Overridable,
): readonly Override[] | null {
  const found = new Set<Override>();
  for (const { jurisdiction } of datedJurisdictions(request, facts.now, policy)) {
    const override = overrideInForce(facts, what, jurisdiction.code);
    if (override === null) return null;
    found.add(override);
  }
  return found.size === 0 ? null : [...found];
}

export interface LockoutAllowed {
  readonly hours: number;
  /** Those that shorten it; every decision with the shorter rest shows them. */
  readonly overrides: readonly Override[];
}

export function lockoutAllowed(
  request: OriginationRequest,
  campaign: Campaign,
  facts: FixedFacts,
  policy: Policy,
): LockoutAllowed {
  const { dropLockoutHours: hours, loosened } = campaign;
  const overrides =
    loosened?.dropLockoutHours === undefined
      ? null
      : overriddenEverywhere(request, facts, policy, 'drop_lockout');
  return overrides === null || loosened?.dropLockoutHours === undefined
    ? { hours, overrides: [] }
    : { hours: loosened.dropLockoutHours, overrides };
}
