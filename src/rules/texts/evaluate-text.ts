/**
 * May this text be sent now? The rules on calls bind texts (a text is a call under the TCPA), judged on the consent to texts, with
 * the rules that only texts have beside them. Pure and total, as `evaluate`. A permit MUST be acted on only when `history` was read behind
 * the durable entry of this very text.
 */
import type { Campaign } from '../../domain/campaign.ts';
import type { Decision } from '../../domain/decision.ts';
import { type Fact, type Facts, type FixedFacts, known, unknown } from '../../domain/facts.ts';
import type { OriginationRequest } from '../../domain/origination.ts';
import type { Override } from '../../domain/override.ts';
import type { Policy } from '../../domain/policy.ts';
import type { TextHistory, TextRequest, TextSettings } from '../../domain/text-message.ts';
import { attemptsAllowed } from '../attempts-allowed.ts';
import { campaign as campaignRule } from '../campaign.ts';
import { consent } from '../consent.ts';
import { doNotCall } from '../do-not-call.ts';
import { evaluate } from '../evaluate.ts';
import { frequency } from '../frequency.ts';
import { overriddenEverywhere } from '../house-overrides.ts';
import { mobile } from '../mobile.ts';
import { number } from '../number.ts';
import { shownOverride } from '../overrides.ts';
import { reassigned } from '../reassigned.ts';
import { registration } from '../registration.ts';
import type { Rule } from '../rule.ts';
import { consentToTexts, textConsent } from './text-consent.ts';
import { optInOnce, textFrequency, textHours, textSender, textSystem } from './text-rules.ts';

/** The campaign as its texts are judged: always on written consent, and no recorded message is left. */
const asTexting = (campaign: Campaign, doubleOptIn: boolean): Campaign => ({
  ...campaign,
  consent: { ...campaign.consent, mode: 'written', doubleOptIn },
  ...(campaign.machineDetection === undefined
    ? {}
    : { machineDetection: { ...campaign.machineDetection, onMachine: 'hang_up' } }),
});

/** The tightest cap on calls to the number: texts count as calls there. */
export const contactHoursOf = (
  call: OriginationRequest,
  campaign: Campaign,
  facts: FixedFacts,
  policy: Policy,
): number => attemptsAllowed(call, asTexting(campaign, true), facts, policy).cap.windowHours;

/** `fixed`: as for the call to the same person. */
export function evaluateText(
  request: TextRequest,
  fixed: FixedFacts,
  history: Fact<TextHistory>,
  policy: Policy,
): Decision {
  const state = fixed.campaign.known ? fixed.campaign.value : null;
  const settings = state?.campaign.texts;
  const accepted = riskAccepted(request, settings, fixed, policy);
  // The one request is what the confirmation comes of, so it stands on the consent it asks about.
  const doubleOptIn = request.purpose === 'marketing' && accepted === null;
  const facts: Facts = {
    ...fixed,
    campaign:
      state === null
        ? fixed.campaign
        : known({ ...state, campaign: asTexting(state.campaign, doubleOptIn), promptProblem: null }),
    consent: consentToTexts(fixed.consent, history),
    attempts: contactsOf(history),
    budget: unknown('a text takes no line'),
  };
  const rules: readonly [Rule, ...Rule[]] = [
    number,
    doNotCall,
    consent,
    textConsent(fixed.consent),
    mobile,
    reassigned,
    frequency,
    registration,
    campaignRule,
    textSender(request),
    textSystem,
    ...(settings === undefined ? [] : [textHours(settings), textFrequency(settings, history)]),
    ...(request.purpose === 'opt_in_request' ? [optInOnce(request, history)] : []),
    ...(accepted === null ? [] : [acceptedRisk(accepted)]),
  ];
  return evaluate(rules, request.call, facts, policy);
}

const contactsOf = (history: Fact<TextHistory>): Facts['attempts'] =>
  history.known
    ? known({ placed: history.value.contacts, windowHours: history.value.contactHours, droppedAt: null })
    : history;

/** The overrides under which no confirmation is asked for; null where it is, which is the default. */
function riskAccepted(
  { call, purpose }: TextRequest,
  settings: TextSettings | undefined,
  facts: FixedFacts,
  policy: Policy,
): readonly Override[] | null {
  if (settings === undefined || settings.doubleOptIn || purpose !== 'marketing') return null;
  try {
    return overriddenEverywhere(call, facts, policy, 'text_double_opt_in');
  } catch {
    // The law does not know a place: the rules say so, and here the default binds.
    return null;
  }
}

const acceptedRisk = (overrides: readonly Override[]): Rule => ({
  id: 'double_opt_in',
  basis: 'house rule: double opt-in',
  check() {
    return overrides.flatMap((each) => shownOverride(this.id, each, this.basis));
  },
});
