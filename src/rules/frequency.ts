/** How often a number may be called: the tightest cap of campaign and places, and the pause after a dropped call. */
import { formatInstant, HOUR_MS } from '../domain/time.ts';
import { attemptsAllowed } from './attempts-allowed.ts';
import { lockoutAllowed } from './house-overrides.ts';
import { shownOverride } from './overrides.ts';
import { type Finding, type Rule, veto } from './rule.ts';

const ID = 'frequency';

export const frequency: Rule = {
  id: ID,
  basis: '16 CFR 310.4(b)(1)(i); state caps; campaign attempts and dropLockoutHours',
  looksAtCounters: true,
  check(request, facts, policy) {
    if (!facts.attempts.known || !facts.campaign.known || facts.campaign.value === null) return [];
    const { campaign } = facts.campaign.value;
    const { placed, windowHours, droppedAt } = facts.attempts.value;
    const { cap, strict, overrides } = attemptsAllowed(request, campaign, facts, policy);
    const findings: Finding[] = [];
    const seen = { placed, max: cap.max, window_hours: cap.windowHours };
    if (!(windowHours >= cap.windowHours)) {
      // Counted over too short a window: how many calls were placed in the whole one is not known.
      findings.push(
        veto(ID, 'fact_unavailable', cap.basis, { ...seen, fact: 'attempts', counted_hours: windowHours }),
      );
    }
    // The call that would exceed the cap is the violation; written so that a value that is not a number fails it.
    if (!(placed < cap.max)) findings.push(veto(ID, 'too_many_attempts', cap.basis, seen));
    else if (!(placed < strict.max && windowHours >= strict.windowHours)) {
      findings.push(...overrides.flatMap((each) => shownOverride(ID, each, strict.basis)));
    }
    const lockout = lockoutAllowed(request, campaign, facts, policy);
    const basis = `campaign ${campaign.id}: dropLockoutHours`;
    // Shown though nobody may have been dropped: the counters do not tell of a drop that the shorter rest has behind it.
    findings.push(...lockout.overrides.flatMap((each) => shownOverride(ID, each, basis)));
    if (droppedAt !== null && !(facts.now - droppedAt >= lockout.hours * HOUR_MS)) {
      findings.push(
        veto(ID, 'drop_lockout', basis, {
          dropped_at: formatInstant(droppedAt),
          lockout_hours: lockout.hours,
        }),
      );
    }
    return findings;
  },
};
