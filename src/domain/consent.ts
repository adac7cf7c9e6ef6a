/** Consent of a called party for one seller, as recorded (47 CFR 64.1200(f)(9); 16 CFR 310.4(b)(1)(v)(A)). */
import type { SellerId } from './ids.ts';
import type { PhoneNumber } from './phone-number.ts';
import type { Instant } from './time.ts';

/** What kind of consent a campaign stands on. */
export const CONSENT_MODES = ['written', 'express', 'relationship', 'none_required'] as const;
export type ConsentMode = (typeof CONSENT_MODES)[number];

export type ConsentKind = 'written' | 'express';

export interface ConsentRecord {
  readonly consentId: string;
  readonly number: PhoneNumber;
  /** The seller the record names. */
  readonly sellerId: SellerId;
  readonly kind: ConsentKind;
  readonly givenAt: Instant;
  readonly expiresAt: Instant | null;
  /** The exact disclosure text the person saw or heard. */
  readonly disclosureText: string;
  /** The affirmative act: "checked the box and pressed Send". */
  readonly act: string;
  /** Signature as given (typed name, click, voice); required for written consent. */
  readonly signature: string | null;
  /** Where it was given: page address, paper form, call id. */
  readonly source: string;
  /** The disclosure says that consent is not a condition of purchase. */
  readonly notConditionOfPurchase: boolean;
}

/** What the records say for one number and seller. `newest` is the newest record naming this seller, revoked or not. */
export interface ConsentView {
  readonly newest: ConsentRecord | null;
  /** Newest revocation for this seller, by any channel. */
  readonly revokedAt: Instant | null;
  /** Other sellers for whom this number has consent on file; for the reason, never for a permit. */
  readonly otherSellers: readonly SellerId[];
}

/** Elements a written consent must show and this record lacks; empty when complete. */
export function missingConsentElements(record: ConsentRecord): readonly string[] {
  const missing: string[] = [];
  if (record.disclosureText.trim() === '') missing.push('disclosure_text');
  if (record.act.trim() === '') missing.push('affirmative_act');
  if (record.signature === null || record.signature.trim() === '') missing.push('signature');
  if (!record.notConditionOfPurchase) missing.push('not_condition_of_purchase');
  if (record.source.trim() === '') missing.push('source');
  return missing;
}
