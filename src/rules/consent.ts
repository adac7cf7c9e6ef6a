/**
 * Consent: what the campaign stands on, raised by federal law for recorded messages and by the law of each candidate place. A
 * revocation stops every mode; consent newer than the person's do-not-call request does not lift that request.
 */
import { type ConsentMode, type ConsentRecord, missingConsentElements } from '../domain/consent.ts';
import type { Campaign, PacingMode } from '../domain/campaign.ts';
import type { Facts } from '../domain/facts.ts';
import { type ConsentDemand, ifInForce } from '../domain/law.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { Policy } from '../domain/policy.ts';
import { formatInstant } from '../domain/time.ts';
import { datedJurisdictions } from './call-bounds.ts';
import { namesRecordedVoice } from './recorded-voice.ts';
import { type Finding, type Rule, veto } from './rule.ts';
import { isConfirmed, isOnTopic, standingConsent, untilItsEnd } from './standing-consent.ts';
import { standingRelationship } from './standing-relationship.ts';

const ID = 'consent';
const WRITTEN = '47 CFR 64.1200(f)(9); 16 CFR 310.4(b)(1)(v)(A)';
const RECORDED_VOICE = '47 CFR 64.1200(f)(9)(i)(A); 16 CFR 310.4(b)(1)(v)(A)';
const REVOCATION = '47 CFR 64.1200(a)(10)-(12)';

interface Need {
  readonly needs: 'written' | 'express';
  readonly basis: string;
}

/** An agent who picks the call selects by hand, but a machine still dials it. */
function applies(when: ConsentDemand['when'], mode: PacingMode): boolean {
  switch (when) {
    case 'any_call':
    case 'selected_or_dialed_by_machine':
      return true;
    case 'selected_and_dialed_by_machine':
      return mode !== 'preview';
    default:
      return when satisfies never;
  }
}

const stronger = (a: Need | null, b: Need): Need =>
  a === null || (a.needs === 'express' && b.needs === 'written') ? b : a;

/** What the campaign's own mode asks for; null where it claims that no consent is needed. */
function needOfMode(mode: ConsentMode, campaign: Campaign): Need | null {
  return mode === 'written' || mode === 'express'
    ? { needs: mode, basis: mode === 'written' ? WRITTEN : `campaign ${campaign.id}: consent.mode` }
    : null;
}

function needOf(request: OriginationRequest, campaign: Campaign, facts: Facts, policy: Policy): Need | null {
  let need = needOfMode(campaign.consent.mode, campaign);
  const { automatedConsent } = policy.law.federal;
  if (request.automated) {
    need = stronger(need, { needs: automatedConsent.needs, basis: automatedConsent.citation });
  }
  for (const place of datedJurisdictions(request, facts.now, policy)) {
    const demand = ifInForce(place.jurisdiction.consent, place.date);
    if (demand === null) continue;
    if (demand.relationshipExempt && standingRelationship(request, facts, policy, [place]).holds) continue;
    // A recorded message is selected and dialed by a machine whatever the pacing.
    if (request.automated || applies(demand.when, campaign.mode)) {
      need = stronger(need, { needs: demand.needs, basis: demand.citation });
    }
  }
  return need;
}

/** A mode that claims an exemption must say on what it stands, and the place must know the exemption. */
function exemption(request: OriginationRequest, campaign: Campaign, facts: Facts, policy: Policy): Finding[] {
  const { mode, basis } = campaign.consent;
  if (mode !== 'relationship' && mode !== 'none_required') return [];
  const findings: Finding[] = [];
  if (basis === null || basis.trim() === '') {
    findings.push(
      veto(ID, 'consent_missing', `campaign ${campaign.id}: consent.basis`, {
        mode,
        problem: 'no basis is recorded',
      }),
    );
  }
  if (mode !== 'relationship') return findings;
  const relationship = standingRelationship(request, facts, policy);
  if (!relationship.holds) {
    const { problem, state } = relationship;
    findings.push(
      veto(ID, 'relationship_missing', relationship.basis, { seller: campaign.seller.id, state, problem }),
    );
  }
  return findings;
}

function faultsOf(
  record: ConsentRecord,
  need: Need,
  request: OriginationRequest,
  campaign: Campaign,
  facts: Facts,
): Finding[] {
  const seen = { consent_id: record.consentId, kind: record.kind, given_at: formatInstant(record.givenAt) };
  const findings: Finding[] = [];
  if (record.sellerId !== campaign.seller.id) {
    findings.push(
      veto(ID, 'consent_other_seller', need.basis, {
        ...seen,
        names: record.sellerId,
        seller: campaign.seller.id,
      }),
    );
  }
  if (record.number !== request.number) {
    findings.push(
      veto(ID, 'consent_missing', need.basis, { ...seen, problem: 'the record is for another number' }),
    );
  }
  if (!isOnTopic(record, campaign)) {
    findings.push(
      veto(ID, 'consent_other_topic', `campaign ${campaign.id}: consent.topicMatch`, {
        ...seen,
        topic: record.topic,
        campaign_topic: campaign.consent.topic,
      }),
    );
  }
  const missing = [
    ...(need.needs === 'written' && record.kind !== 'written' ? ['written_agreement'] : []),
    ...missingConsentElements(record),
  ];
  if (missing.length > 0) {
    findings.push(veto(ID, 'consent_incomplete', need.basis, { ...seen, missing: missing.join(', ') }));
  }
  if (request.automated && !namesRecordedVoice(record.disclosureText)) {
    findings.push(veto(ID, 'consent_incomplete', RECORDED_VOICE, { ...seen, missing: 'recorded_messages' }));
  }
  if (!(record.givenAt <= facts.now)) {
    findings.push(
      veto(ID, 'consent_pending', need.basis, { ...seen, problem: 'given at a later instant than now' }),
    );
  }
  const view = facts.consent.known ? facts.consent.value : null;
  if (campaign.consent.doubleOptIn && !(view !== null && isConfirmed(view, facts.now))) {
    findings.push(
      veto(ID, 'consent_pending', `campaign ${campaign.id}: consent.doubleOptIn`, {
        ...seen,
        problem: 'the person has not confirmed it',
      }),
    );
  }
  if (record.expiresAt !== null) {
    if (facts.now < record.expiresAt) findings.push(...untilItsEnd(record));
    else
      findings.push(
        veto(ID, 'consent_expired', need.basis, { ...seen, expired_at: formatInstant(record.expiresAt) }),
      );
  }
  return findings;
}

export const consent: Rule = {
  id: ID,
  basis: `${WRITTEN}; ${REVOCATION}; state law by place`,
  check(request, facts, policy) {
    if (!facts.consent.known) return [];
    const { newest, revokedAt, otherSellers } = facts.consent.value;
    const findings: Finding[] = [];
    // Only a consent that stands lifts it: later than it, whole, confirmed where that is asked, and in force. A record of one does not.
    if (revokedAt !== null) {
      const standing = standingConsent(request, facts, policy);
      findings.push(
        ...(standing === null
          ? [veto(ID, 'consent_revoked', REVOCATION, { revoked_at: formatInstant(revokedAt) })]
          : untilItsEnd(standing)),
      );
    }
    if (!facts.campaign.known || facts.campaign.value === null) return findings;
    const { campaign } = facts.campaign.value;
    findings.push(...exemption(request, campaign, facts, policy));
    const need = needOf(request, campaign, facts, policy);
    if (need === null) return findings;
    if (newest !== null) findings.push(...faultsOf(newest, need, request, campaign, facts));
    else if (otherSellers.length > 0) {
      findings.push(
        veto(ID, 'consent_other_seller', need.basis, {
          names: otherSellers.join(', '),
          seller: campaign.seller.id,
        }),
      );
    } else
      findings.push(
        veto(ID, 'consent_missing', need.basis, { needs: need.needs, seller: campaign.seller.id }),
      );
    return findings;
  },
};
