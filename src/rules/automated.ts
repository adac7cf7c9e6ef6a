/** Automated or recorded sales messages: barred wherever the place closes every day to them or asks for what we cannot prove. */
import { closedAllWeek, inForce } from '../domain/law.ts';
import { datedJurisdictions, unknownPlaceLaw } from './call-bounds.ts';
import { standingConsent, untilItsEnd } from './standing-consent.ts';
import { type Finding, type Rule, veto } from './rule.ts';

const ID = 'automated';

export const automated: Rule = {
  id: ID,
  basis: 'state law on recorded messages; 47 CFR 64.1200(a)(3)',
  check(request, facts, policy) {
    if (!request.automated) return [];
    const consent = standingConsent(request, facts, policy);
    const findings: Finding[] = [];
    const unknown = unknownPlaceLaw(request, policy);
    if (unknown?.automatedBarred === true) {
      const seen = { state: null, at_every_hour: true, also_needs: null };
      findings.push(veto(ID, 'automatic_dialing_barred', unknown.citation, seen));
    }
    for (const { jurisdiction, date } of datedJurisdictions(request, facts.now, policy)) {
      for (const row of jurisdiction.automatedHours) {
        if (!inForce(row, date)) continue;
        const closed = closedAllWeek(row.week);
        const lifting =
          closed && row.liftedBy.includes('written_consent') && consent?.kind === 'written' ? consent : null;
        if (lifting !== null) findings.push(...untilItsEnd(lifting));
        if ((closed && lifting === null) || row.alsoNeeds !== null) {
          findings.push(
            veto(ID, 'automatic_dialing_barred', row.citation, {
              state: jurisdiction.code,
              at_every_hour: closed,
              also_needs: row.alsoNeeds,
            }),
          );
        }
      }
    }
    return findings;
  },
};
