/**
 * Duties that the law of a candidate place knows and that no fact of ours can confirm yet: line type, reassigned
 * numbers. Each permit says so in a warning instead of passing over them in silence.
 */
import { ifInForce } from '../domain/law.ts';
import { datedJurisdictions } from './call-bounds.ts';
import { type Finding, type Rule, warning } from './rule.ts';

const ID = 'unchecked_duties';

export const uncheckedDuties: Rule = {
  id: ID,
  basis: 'state mobile and reassigned-number law',
  check(request, facts, policy) {
    const findings: Finding[] = [];
    for (const { jurisdiction, date } of datedJurisdictions(request, facts.now, policy)) {
      const { code, mobile, reassignedCheck } = jurisdiction;
      const say = (what: string, citation: string): void => {
        findings.push(warning(ID, what, { state: code, basis: citation }));
      };
      const lines = ifInForce(mobile, date);
      if (lines !== null) say('line_type_not_checked', lines.citation);
      const query = ifInForce(reassignedCheck, date);
      if (query !== null) say('reassigned_number_not_checked', query.citation);
    }
    return findings;
  },
};
