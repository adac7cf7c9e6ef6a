/**
 * Consent to texts is one of its own: a person who agreed to calls has not agreed to be texted (47 CFR 64.1200(a)(2), (f)(9); the record
 * must authorize what is done). Whether the record stands is judged by the rule on consent; here, whether it is about texts at all.
 */
import { type Fact, known } from '../../domain/facts.ts';
import type { ConsentView } from '../../domain/consent.ts';
import type { TextHistory } from '../../domain/text-message.ts';
import { namesUnrefused } from '../recorded-voice.ts';
import { type Rule, veto } from '../rule.ts';

const ID = 'text_consent';
const BASIS = '47 CFR 64.1200(a)(2), (f)(9)';

const TEXTS = /\b(?:texts?|texting|texted|sms|mms)\b/gi;

/** True when some sentence of the disclosure names text messages and does not refuse them. */
export const namesTexts = (disclosureText: string): boolean => namesUnrefused(disclosureText, TEXTS);

/** The consent of texts in the place of that of calls; a revocation binds both. */
export function consentToTexts(calls: Fact<ConsentView>, history: Fact<TextHistory>): Fact<ConsentView> {
  if (!calls.known) return calls;
  if (!history.known) return history;
  const { newest, confirmedAt, otherSellers } = history.value;
  return known({ newest, confirmedAt, otherSellers, revokedAt: calls.value.revokedAt });
}

/** `calls`: what is on file for calls, for the reason and never for a permit. */
export const textConsent = (calls: Fact<ConsentView>): Rule => ({
  id: ID,
  basis: BASIS,
  check(_request, { consent }) {
    if (!consent.known || !calls.known) return [];
    const { newest } = consent.value;
    const ofCalls = calls.value.newest;
    if (newest === null) {
      return ofCalls === null
        ? []
        : [veto(ID, 'consent_not_for_texts', BASIS, { consent_id: ofCalls.consentId, kind: ofCalls.kind })];
    }
    return namesTexts(newest.disclosureText)
      ? []
      : [
          veto(ID, 'consent_incomplete', BASIS, {
            consent_id: newest.consentId,
            kind: newest.kind,
            missing: 'text_messages',
          }),
        ];
  },
});
