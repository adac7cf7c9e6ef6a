/**
 * What lifts a person's own request not to be called: nothing, unless an override says so in every place the person may be. Then a
 * written consent given after it (design ruling 3), or a request older than the law wants it kept (47 CFR 64.1200(d)(6); Va. 59.1-514).
 */
import type { ConsentRecord } from '../domain/consent.ts';
import type { Facts } from '../domain/facts.ts';
import { type FederalLaw, ifInForce } from '../domain/law.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { Override } from '../domain/override.ts';
import type { Policy } from '../domain/policy.ts';
import type { Instant, LocalDate } from '../domain/time.ts';
import { type DatedJurisdiction, datedJurisdictions, unknownPlaceLaw } from './call-bounds.ts';
import { overrideInForce } from './overrides.ts';
import { isGivenAfter, standingConsent } from './standing-consent.ts';

/** What lifts the request. */
interface RequestLift {
  /** One for each place, each named once. */
  readonly overrides: readonly Override[];
  /** The newer consent, where an override stands on it. */
  readonly consent: ConsentRecord | null;
}

/** Null while the request binds. */
export function requestLift(
  request: OriginationRequest,
  facts: Facts,
  policy: Policy,
  requestedAt: Instant,
  dated: readonly DatedJurisdiction[],
): RequestLift | null {
  const consent = standingConsent(request, facts, policy);
  const newer = consent?.kind === 'written' && isGivenAfter(consent, requestedAt, policy) ? consent : null;
  // The latest day it was then, of all the places the person may be.
  const requestedOn = datedJurisdictions(request, requestedAt, policy)
    .map(({ date }) => date)
    .sort()
    .at(-1);
  const unknown = unknownPlaceLaw(request, policy);
  const found: Override[] = [];
  for (const place of dated) {
    const { code } = place.jurisdiction;
    const kept = requestedOn === undefined || isKept(requestedOn, place, policy, unknown);
    const override =
      (newer === null ? null : overrideInForce(facts, 'reconsent_lifts_request', code)) ??
      (kept ? null : overrideInForce(facts, 'internal_request_retention', code));
    if (override === null) return null;
    found.push(override);
  }
  if (found.length === 0) return null;
  const standsOnConsent = found.some(({ what }) => what === 'reconsent_lifts_request');
  return { overrides: [...new Set(found)], consent: standsOnConsent ? newer : null };
}

/** True until the same day of the calendar after the longest of the federal and the place's years, that day included. */
function isKept(
  requestedOn: LocalDate,
  { jurisdiction, date }: DatedJurisdiction,
  policy: Policy,
  unknown: FederalLaw['unknownPlace'] | null,
): boolean {
  const own = ifInForce(jurisdiction.internalRetentionYears, date);
  const years = Math.max(
    policy.law.federal.internalRetentionYears.value,
    own?.value ?? 0,
    unknown?.internalRetentionYears ?? 0,
  );
  const last = `${Number(requestedOn.slice(0, 4)) + years}${requestedOn.slice(4)}`;
  return date <= last;
}
