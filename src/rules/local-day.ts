/**
 * INVARIANT (permit-within-its-day): what rules judge by the called party's calendar (a relationship, the age of a list, a registration or
 * bond, the days on which provisions begin and end) they judge for the day of the decision alone. So no permit outlives that day, and of
 * all places the person may be the one whose midnight comes first binds.
 */
import { candidatePlaces } from './call-bounds.ts';
import { instantOf, localTimeAt } from './local-time.ts';
import type { Rule } from './rule.ts';

const MINUTES_A_DAY = 1_440;

/** The engine asks it beside every set of rules: it vetoes nothing. Without a place there is no calendar, and no permit either. */
export const localDay: Rule = {
  id: 'local_day',
  basis: 'design rulings 8 and 9: counted in days of the called party, the last day included',
  check(request, { now }, policy) {
    return candidatePlaces(request, policy).map(({ zone }) => ({
      validUntil: instantOf(localTimeAt(now, zone).date, MINUTES_A_DAY, zone),
    }));
  },
};
