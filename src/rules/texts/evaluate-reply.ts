/**
 * May a person who has just asked for help be answered by a text? An answer is no marketing, so lists and hours do not bar it; what the
 * person has asked does, for a stopped number gets nothing.
 */
import type { Decision } from '../../domain/decision.ts';
import { type Fact, type Facts, type FixedFacts, unknown } from '../../domain/facts.ts';
import type { OriginationRequest } from '../../domain/origination.ts';
import type { Policy } from '../../domain/policy.ts';
import type { TextHistory } from '../../domain/text-message.ts';
import { formatInstant } from '../../domain/time.ts';
import { evaluate } from '../evaluate.ts';
import { number } from '../number.ts';
import { type Rule, veto } from '../rule.ts';
import { standingConsent } from '../standing-consent.ts';
import { consentToTexts } from './text-consent.ts';
import { factsKnown } from './text-rules.ts';

const ID = 'stopped';

const stopped: Rule = {
  id: ID,
  basis: '47 CFR 64.1200(a)(10)-(12), (d)(3)',
  check(request, facts, policy) {
    const { internalRequest, unclearRequest, consent } = facts;
    const asked = internalRequest.known ? internalRequest.value : null;
    const unclear = unclearRequest.known ? unclearRequest.value : null;
    const revokedAt = consent.known ? consent.value.revokedAt : null;
    return [
      ...(asked === null
        ? []
        : [veto(ID, 'on_internal_list', this.basis, { requested_at: formatInstant(asked.requestedAt) })]),
      ...(unclear === null
        ? []
        : [veto(ID, 'request_unsettled', this.basis, { request_id: unclear.requestId })]),
      ...(revokedAt === null || standingConsent(request, facts, policy) !== null
        ? []
        : [veto(ID, 'consent_revoked', this.basis, { revoked_at: formatInstant(revokedAt) })]),
    ];
  },
};

const RULES: readonly [Rule, ...Rule[]] = [
  number,
  stopped,
  factsKnown(['campaign', 'internalRequest', 'unclearRequest', 'consent']),
];

export function evaluateReply(
  call: OriginationRequest,
  fixed: FixedFacts,
  history: Fact<TextHistory>,
  policy: Policy,
): Decision {
  const facts: Facts = {
    ...fixed,
    consent: consentToTexts(fixed.consent, history),
    attempts: unknown('an answer is no attempt'),
    budget: unknown('a text takes no line'),
  };
  return evaluate(RULES, call, facts, policy);
}
