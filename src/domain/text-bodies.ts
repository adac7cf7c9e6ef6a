/** Shapes of the entry bodies about text messages; `entry-bodies.ts` checks them before anything is written. */
import type { ConsentRecordedBody, Fields } from './entry-bodies.ts';
import type { EntryKind } from './ledger-entry.ts';

/** Of `text_consent_recorded`: as of a call's consent, and no call stands on it. */
export type TextConsentBody = ConsentRecordedBody;

/** Of `text_consent_confirmed`: the person has answered the one request. */
export interface TextConsentConfirmedBody {
  readonly consentId: string;
  readonly number: string;
  readonly sellerId: string;
  /** RFC 3339. */
  readonly confirmedAt: string;
}

/** Of `opt_in_requested`: once for each consent, so that nobody is asked twice. */
export interface OptInRequestedBody {
  readonly messageId: string;
  readonly consentId: string;
  readonly number: string;
  readonly sellerId: string;
  /** RFC 3339. */
  readonly requestedAt: string;
}

const TEXT_CONSENT: Fields = {
  consentId: 'text',
  number: 'text',
  sellerId: 'text',
  kind: 'text',
  givenAt: 'instant',
  expiresAt: 'instant_or_null',
  disclosureText: 'text',
  act: 'text',
  signature: 'text_or_null',
  source: 'text',
  notConditionOfPurchase: 'flag',
};

export const TEXT_BODIES: Partial<Record<EntryKind, Fields>> = {
  text_consent_recorded: TEXT_CONSENT,
  text_consent_confirmed: {
    consentId: 'text',
    number: 'text',
    sellerId: 'text',
    confirmedAt: 'instant',
    channel: 'text',
  },
  opt_in_requested: {
    messageId: 'text',
    consentId: 'text',
    number: 'text',
    sellerId: 'text',
    requestedAt: 'instant',
  },
  message_decision: {
    messageId: 'text',
    campaignId: 'text',
    number: 'text_or_null',
    purpose: 'text',
    verdict: 'text',
  },
  message_withdrawn: { messageId: 'text', number: 'text', sellerId: 'text', why: 'text' },
};

export const TEXT_BODIES_WITHOUT_NUL: readonly EntryKind[] = [
  'text_consent_recorded',
  'text_consent_confirmed',
  'opt_in_requested',
];
