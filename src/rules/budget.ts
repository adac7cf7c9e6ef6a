/** The drop budget's answer for this very call; the counting itself is in `domain/drop-budget.ts`. */
import { callBounds } from './call-bounds.ts';
import { type Finding, type Rule, veto } from './rule.ts';

const ID = 'budget';
/** Refused for the way in which lines are opened; no law asks for it. */
const LIMIT_BASIS = 'campaign settings: pacing';
const BASIS = '47 CFR 64.1200(a)(7); 16 CFR 310.4(b)(1)(iv), (b)(4)';

export const budget: Rule = {
  id: ID,
  basis: BASIS,
  looksAtCounters: true,
  check(request, facts, policy) {
    if (!facts.budget.known) return [];
    const { admission, limit, loggedIn, snapshot } = facts.budget.value;
    const seen = {
      logged_in: loggedIn,
      ready: snapshot.ready,
      promised: snapshot.promised,
      in_flight: snapshot.inFlight,
      rebuilt: snapshot.rebuilt,
      windows: snapshot.windows.map(({ drops, liveAnswers }) => `${drops} of ${liveAnswers}`).join(', '),
    };
    const findings: Finding[] = [];
    if (!admission.admitted) findings.push(veto(ID, admission.code, BASIS, seen));
    else if (!(loggedIn > 0)) findings.push(veto(ID, 'no_agent', BASIS, seen));
    if (limit !== undefined) {
      const code = limit.limit === 'pace' ? 'dial_level_reached' : 'dial_limit_reached';
      const detail = { ...seen, limit: limit.limit, limit_max: limit.max };
      findings.push(veto(ID, code, LIMIT_BASIS, detail));
    }
    if (!facts.campaign.known || facts.campaign.value === null) return findings;
    const bounds = callBounds(request, facts.campaign.value.campaign, policy, facts.now);
    // The reservation was asked with the same bounds; this holds even when it was not.
    if (admission.admitted && admission.overdial && bounds.overDialing === 'barred') {
      findings.push(veto(ID, 'over_dialing_barred', bounds.overDialingBasis ?? BASIS, seen));
    }
    return findings;
  },
};
