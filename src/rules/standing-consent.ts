/** The consent a call may stand on: names this seller and number, complete, confirmed, neither expired nor revoked. */
import { type ConsentRecord, type ConsentView, missingConsentElements } from '../domain/consent.ts';
import type { Facts } from '../domain/facts.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { Instant } from '../domain/time.ts';

/**
 * Null unless every doubt is excluded; the consent rule says which doubt it was. A written record that lacks an element counts as no
 * consent at all, so it lifts nothing.
 */
export function standingConsent(request: OriginationRequest, facts: Facts): ConsentRecord | null {
  if (!facts.consent.known || !facts.campaign.known || facts.campaign.value === null) return null;
  const { newest, revokedAt } = facts.consent.value;
  const { doubleOptIn } = facts.campaign.value.campaign.consent;
  if (newest === null) return null;
  const holds =
    newest.number === request.number &&
    newest.sellerId === facts.campaign.value.campaign.seller.id &&
    newest.givenAt <= facts.now &&
    (newest.expiresAt === null || facts.now < newest.expiresAt) &&
    (revokedAt === null || revokedAt < newest.givenAt) &&
    (!doubleOptIn || isConfirmed(facts.consent.value, facts.now)) &&
    (newest.kind === 'express' || missingConsentElements(newest).length === 0);
  return holds ? newest : null;
}

/** True when the person has confirmed the newest consent, after giving it and before now. */
export const isConfirmed = ({ newest, confirmedAt }: ConsentView, now: Instant): boolean =>
  newest !== null && confirmedAt !== null && newest.givenAt <= confirmedAt && confirmedAt <= now;
