/** The consent a call may stand on: names this seller and number, complete, confirmed, neither expired nor revoked. */
import { type ConsentRecord, type ConsentView, missingConsentElements } from '../domain/consent.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { Facts } from '../domain/facts.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { Policy } from '../domain/policy.ts';
import { addMs, type Instant } from '../domain/time.ts';
import type { Finding } from './rule.ts';

/**
 * Null unless every doubt is excluded; the consent rule says which doubt it was. A record that lacks an element counts as no consent at
 * all, so it lifts nothing.
 */
export function standingConsent(
  request: OriginationRequest,
  facts: Facts,
  policy: Policy,
): ConsentRecord | null {
  if (!facts.consent.known || !facts.campaign.known || facts.campaign.value === null) return null;
  const { newest, revokedAt } = facts.consent.value;
  const { campaign } = facts.campaign.value;
  const { doubleOptIn } = campaign.consent;
  if (newest === null) return null;
  const holds =
    newest.number === request.number &&
    newest.sellerId === campaign.seller.id &&
    isOnTopic(newest, campaign) &&
    newest.givenAt <= facts.now &&
    (newest.expiresAt === null || facts.now < newest.expiresAt) &&
    (revokedAt === null || isGivenAfter(newest, revokedAt, policy)) &&
    (!doubleOptIn || isConfirmed(facts.consent.value, facts.now)) &&
    missingConsentElements(newest).length === 0;
  return holds ? newest : null;
}

/** What a rule adds where it lets a call pass because of this consent: the permit ends with it. */
export const untilItsEnd = ({ expiresAt }: Pick<ConsentRecord, 'expiresAt'>): readonly Finding[] =>
  expiresAt === null ? [] : [{ validUntil: expiresAt }];

/**
 * Later than a wish of the person by more than clocks may differ: a web form, another sidecar and this one each stamp by their own, and
 * of two instants as close as that nobody can say which came first.
 */
export const isGivenAfter = (
  { givenAt }: Pick<ConsentRecord, 'givenAt'>,
  wishedAt: Instant,
  { clockGuardMs }: Pick<Policy, 'clockGuardMs'>,
): boolean => addMs(wishedAt, clockGuardMs) < givenAt;

/** Compared without case and outer blanks; true where the campaign does not ask (47 CFR 64.1200(f)(9) does not either). */
export function isOnTopic(
  record: Pick<ConsentRecord, 'topic'>,
  { consent }: Pick<Campaign, 'consent'>,
): boolean {
  const plain = (topic: string | null): string => (topic ?? '').trim().toLowerCase();
  return (
    consent.topicMatch !== 'exact' ||
    (plain(consent.topic) !== '' && plain(consent.topic) === plain(record.topic))
  );
}

/** True when the person has confirmed the newest consent, after giving it and before now. */
export const isConfirmed = ({ newest, confirmedAt }: ConsentView, now: Instant): boolean =>
  newest !== null && confirmedAt !== null && newest.givenAt <= confirmedAt && confirmedAt <= now;
