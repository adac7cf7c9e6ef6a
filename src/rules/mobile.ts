/**
 * Places that bar or restrict sales calls to mobiles, dialed by hand too. Only a line known to be a landline is outside: an unknown line
 * or one of voice over IP may be carried in a pocket (design ruling 5). A call that stands on a list's word for a landline says so.
 */
import { ifInForce, type MobileRestriction } from '../domain/law.ts';
import type { Facts } from '../domain/facts.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { Policy } from '../domain/policy.ts';
import { type DatedJurisdiction, datedJurisdictions } from './call-bounds.ts';
import { knownLine } from './line-type.ts';
import { shownList } from './list-age.ts';
import { type Finding, type Rule, veto, warning } from './rule.ts';
import { standingConsent, untilItsEnd } from './standing-consent.ts';
import { standingRelationship } from './standing-relationship.ts';

const ID = 'mobile';

/** What follows where something lifts the restriction on this call; null when nothing does. */
function liftedBy(
  restriction: MobileRestriction,
  request: OriginationRequest,
  facts: Facts,
  policy: Policy,
  place: DatedJurisdiction,
): readonly Finding[] | null {
  // The consent's own end counts only where nothing without an end lifts it too.
  let lifted: readonly Finding[] | null = null;
  const relationship = standingRelationship(request, facts, policy, [place]);
  for (const means of restriction.liftedBy) {
    switch (means) {
      case 'express_consent': {
        const consent = standingConsent(request, facts, policy);
        if (consent !== null) lifted = untilItsEnd(consent);
        break;
      }
      case 'relationship':
        if (relationship.holds) return [];
        break;
      case 'current_customer': {
        const until = relationship.holds ? relationship.record.contractUntil : null;
        if (until !== null && place.date <= until) return [];
        break;
      }
      default:
        means satisfies never;
    }
  }
  return lifted;
}

export const mobile: Rule = {
  id: ID,
  basis: 'state law on calls to mobiles',
  check(request, facts, policy) {
    const dated = datedJurisdictions(request, facts.now, policy);
    const { lineType, list } = knownLine(request, facts, dated, policy);
    if (lineType === 'landline' && list === null) return [];
    const findings: Finding[] = [];
    for (const place of dated) {
      const restriction = ifInForce(place.jurisdiction.mobile, place.date);
      if (restriction === null) continue;
      const lifted = liftedBy(restriction, request, facts, policy, place);
      if (lifted !== null) {
        findings.push(...lifted);
        continue;
      }
      const seen = {
        state: place.jurisdiction.code,
        line_type: lineType,
        ...(list === null ? {} : shownList(list)),
        rule: restriction.rule,
        lifted_by: restriction.liftedBy.join(', '),
      };
      if (lineType === 'landline') {
        findings.push(warning(ID, 'landline_by_list', { ...seen, basis: restriction.citation }));
        continue;
      }
      // Who pays for a call is not known of any number, and with present tariffs it is seldom the called person.
      findings.push(
        restriction.rule === 'consent_required_if_called_party_is_charged'
          ? warning(ID, 'called_party_may_be_charged', { ...seen, basis: restriction.citation })
          : veto(ID, 'mobile_barred', restriction.citation, seen),
      );
    }
    return findings;
  },
};
