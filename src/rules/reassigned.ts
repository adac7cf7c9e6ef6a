/**
 * Reassigned numbers: an answer of the database that the number has changed hands since the consent, or that it does not know, ends the
 * consent. Where a place makes the query a duty, or the campaign asks for it, no call without an answer that covers it.
 */
import type { Campaign } from '../domain/campaign.ts';
import type { Facts } from '../domain/facts.ts';
import { ifInForce } from '../domain/law.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { Policy } from '../domain/policy.ts';
import type { ReassignedCheck } from '../domain/reassigned.ts';
import { addMs, DAY_MS, formatInstant, type Instant, type LocalDate } from '../domain/time.ts';
import { ageGap, consentGap, isPastAnswers } from './answer-cover.ts';
import { datedJurisdictions } from './call-bounds.ts';
import { type Finding, type Rule, veto, warning } from './rule.ts';
import { standingConsent, untilItsEnd } from './standing-consent.ts';
import { standingRelationship } from './standing-relationship.ts';

const ID = 'reassigned';
const BASIS = '47 CFR 64.1200(m)';

/** Who demands a query before this call; null when nobody does. */
function demandOf(
  request: OriginationRequest,
  campaign: Campaign,
  facts: Facts,
  policy: Policy,
  consentAt: Instant | null,
): { readonly basis: string } | null {
  for (const { jurisdiction, date } of datedJurisdictions(request, facts.now, policy)) {
    const duty = ifInForce(jurisdiction.reassignedCheck, date);
    if (duty !== null) return { basis: duty.citation };
  }
  const isOld = consentAt !== null && isPastAnswers(consentAt, facts.now, policy);
  return campaign.reassigned.check === 'everywhere' && isOld
    ? { basis: `campaign ${campaign.id}: reassigned.check` }
    : null;
}

/**
 * The day from which on an answer must cover a call without consent. The relationship it stands on; where none holds nothing is known of
 * this person, and the law of Maine names no date: then the day on which the campaign began to choose its numbers, or an older record.
 */
function knownSince(
  request: OriginationRequest,
  campaign: Campaign,
  facts: Facts,
  policy: Policy,
): { readonly since: LocalDate; readonly what: string } {
  const relationship = standingRelationship(request, facts, policy);
  if (relationship.holds) return { since: relationship.record.occurredOn, what: 'the relationship' };
  const { purchase, inquiry } = facts.relationship.known
    ? facts.relationship.value
    : { purchase: null, inquiry: null };
  const days = [purchase, inquiry].flatMap((record) => (record === null ? [] : [record.occurredOn]));
  const [oldest = campaign.startedOn] = days.sort();
  return oldest < campaign.startedOn
    ? { since: oldest, what: 'what is on record of the number' }
    : { since: campaign.startedOn, what: 'the campaign' };
}

/** Why the answer does not cover the call, or null when it does. */
function gapOf(
  check: ReassignedCheck | null,
  request: OriginationRequest,
  campaign: Campaign,
  facts: Facts,
  policy: Policy,
  consentAt: Instant | null,
): string | null {
  const gap = ageGap(check, facts.now, policy);
  if (check === null || gap !== null) return gap;
  if (consentAt === null) {
    const { since, what } = knownSince(request, campaign, facts, policy);
    return check.since <= since ? null : `asked about the time since ${check.since}, ${what} is older`;
  }
  // The earliest day it was then, of all the places the person may be.
  const [givenOn] = datedJurisdictions(request, consentAt, policy)
    .map(({ date }) => date)
    .sort();
  return consentGap(check, consentAt, givenOn);
}

export const reassigned: Rule = {
  id: ID,
  basis: `${BASIS}; 10 M.R.S. 1499-B`,
  check(request, facts, policy) {
    if (!facts.reassigned.known || !facts.consent.known) return [];
    if (!facts.campaign.known || facts.campaign.value === null) return [];
    const { campaign } = facts.campaign.value;
    const check = facts.reassigned.value;
    // Whole or not, in force or not: the age of what is on file is what the query must cover.
    const consentAt = facts.consent.value.newest?.givenAt ?? null;
    const standing = standingConsent(request, facts, policy);
    const seen = {
      answer: check?.answer ?? null,
      check_id: check?.checkId ?? null,
      queried_at: check === null ? null : formatInstant(check.queriedAt),
      since: check?.since ?? null,
      consent_given_at: consentAt === null ? null : formatInstant(consentAt),
    };
    const findings: Finding[] = [];
    // A consent given after the query was given by whoever has the number now.
    if (check !== null && check.answer !== 'no') {
      findings.push(
        ...(standing !== null && standing.givenAt > check.queriedAt
          ? untilItsEnd(standing)
          : [veto(ID, 'reassigned', BASIS, seen)]),
      );
    }
    const demand = demandOf(request, campaign, facts, policy, consentAt);
    const problem = gapOf(check, request, campaign, facts, policy, consentAt);
    if (demand !== null && problem !== null) {
      findings.push(veto(ID, 'reassigned_not_checked', demand.basis, { ...seen, problem }));
      return findings;
    }
    // A consent too young to be asked about is so for as long as an answer of its day would be good for.
    const willAsk = demand !== null || (consentAt !== null && campaign.reassigned.check === 'everywhere');
    const freshFrom = problem === null ? (check?.queriedAt ?? null) : consentAt;
    if (willAsk && freshFrom !== null) {
      const goodFor = policy.law.federal.reassignedAnswerMaxAgeDays.value * DAY_MS;
      findings.push({ validUntil: addMs(freshFrom, goodFor) });
    }
    if (consentAt !== null && problem !== null) {
      findings.push(warning(ID, 'reassigned_number_not_checked', { ...seen, basis: BASIS, problem }));
    }
    return findings;
  },
};
