/** The campaign itself: known, started, not paused, and with a safe-harbor message wherever a drop can happen. */
import { localTimeAt } from './local-time.ts';
import { type Finding, type Rule, veto } from './rule.ts';

const ID = 'campaign';
const PROMPT = '47 CFR 64.1200(a)(7)(i); 16 CFR 310.4(b)(4)(iii)';

export const campaign: Rule = {
  id: ID,
  basis: `campaign settings; ${PROMPT}`,
  check(request, facts) {
    if (!facts.campaign.known) return [];
    if (facts.campaign.value === null) {
      return [veto(ID, 'campaign_unknown', 'campaign settings', { campaign: request.campaignId })];
    }
    const { campaign: settings, paused, promptProblem } = facts.campaign.value;
    const findings: Finding[] = [];
    const detail = { campaign: settings.id };
    if (settings.id !== request.campaignId) {
      findings.push(
        veto(ID, 'campaign_unknown', 'campaign settings', {
          campaign: request.campaignId,
          found: settings.id,
        }),
      );
    }
    if (paused) findings.push(veto(ID, 'campaign_paused', 'campaign settings', detail));
    const { date } = localTimeAt(facts.now, settings.zone);
    if (date < settings.startedOn) {
      findings.push(
        veto(ID, 'campaign_not_started', 'campaign settings: startedOn', {
          ...detail,
          local_date: date,
          starts_on: settings.startedOn,
        }),
      );
    }
    // In preview the agent is on the line before the call is placed; in every other mode the agent may be lost meanwhile.
    if (promptProblem !== null && settings.mode !== 'preview') {
      findings.push(veto(ID, 'prompt_missing', PROMPT, { ...detail, problem: promptProblem }));
    }
    return findings;
  },
};
