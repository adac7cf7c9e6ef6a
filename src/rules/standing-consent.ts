/** The consent a call may stand on: names this seller and number, complete, confirmed, neither expired nor revoked. */
import { type ConsentRecord, missingConsentElements } from '../domain/consent.ts';
import type { Facts } from '../domain/facts.ts';
import type { OriginationRequest } from '../domain/origination.ts';

/**
 * Null unless every doubt is excluded; the consent rule says which doubt it was. A written record that lacks an element counts as no
 * consent at all, so it lifts nothing.
 */
export function standingConsent(request: OriginationRequest, facts: Facts): ConsentRecord | null {
  if (!facts.consent.known || !facts.campaign.known || facts.campaign.value === null) return null;
  const { newest, revokedAt } = facts.consent.value;
  if (newest === null) return null;
  const holds =
    newest.number === request.number &&
    newest.sellerId === facts.campaign.value.campaign.seller.id &&
    newest.givenAt <= facts.now &&
    (newest.expiresAt === null || facts.now < newest.expiresAt) &&
    (revokedAt === null || revokedAt < newest.givenAt) &&
    (newest.kind === 'express' || missingConsentElements(newest).length === 0);
  return holds ? newest : null;
}
