/** Consent of a called party for one seller, as recorded (47 CFR 64.1200(f)(9); 16 CFR 310.4(b)(1)(v)(A)). */
import type { ConsentRecordedBody } from './entry-bodies.ts';
import { sha256Hex } from './hash-chain.ts';
import type { SellerId } from './ids.ts';
import type { PhoneNumber } from './phone-number.ts';
import { type Instant, instant } from './time.ts';

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
  /** SHA-256 of `disclosureText`, computed when the record was written; null in records of before. */
  readonly disclosureSha256: string | null;
  /** Page, address and browser it was given with; a record that names a page must name the other two. */
  readonly pageUrl: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  /** What stood in the form before the person touched it; null when nothing did. */
  readonly prefilled: string | null;
  /** 1 is the seller's own form, 4 a bought lead of unknown path. */
  readonly leadSourceTier: LeadSourceTier | null;
  /** What the calls may be about, as the record says it; null when it says nothing. Judged only where a campaign asks for it. */
  readonly topic: string | null;
}

export const LEAD_SOURCE_TIERS = [1, 2, 3, 4] as const;
export type LeadSourceTier = (typeof LEAD_SOURCE_TIERS)[number];

/** As somebody enters it; the hash of the text is ours to compute. */
export type ConsentEntry = Omit<ConsentRecord, 'disclosureSha256'>;

/** What the records say for one number and seller. `newest` is the newest record naming this seller, revoked or not. */
export interface ConsentView {
  readonly newest: ConsentRecord | null;
  /** Newest confirmation of that very record (double opt-in), null when none. */
  readonly confirmedAt: Instant | null;
  /** Newest revocation for this seller, by any channel. */
  readonly revokedAt: Instant | null;
  /** Other sellers for whom this number has consent on file; for the reason, never for a permit. */
  readonly otherSellers: readonly SellerId[];
}

/**
 * Elements that the record lacks; empty when complete. Every kind shows what the person was told, the act and where: without them
 * nobody can prove it (16 CFR 310.5(a)(8)). A written one is signed as well and no condition of purchase.
 */
export function missingConsentElements(record: ConsentRecord): readonly string[] {
  const missing: string[] = [];
  if (record.disclosureText.trim() === '') missing.push('disclosure_text');
  if (record.act.trim() === '') missing.push('affirmative_act');
  if (record.kind === 'written') {
    if (record.signature === null || record.signature.trim() === '') missing.push('signature');
    if (!record.notConditionOfPurchase) missing.push('not_condition_of_purchase');
  }
  if (record.source.trim() === '') missing.push('source');
  if (record.pageUrl !== null) {
    if (record.ip === null || record.ip.trim() === '') missing.push('ip');
    if (record.userAgent === null || record.userAgent.trim() === '') missing.push('user_agent');
  }
  const { disclosureSha256 } = record;
  if (disclosureSha256 !== null && disclosureSha256 !== sha256Hex(record.disclosureText)) {
    missing.push('disclosure_text_as_hashed');
  }
  return missing;
}

/** The shape was checked when the entry was written; entries of before lack the later fields. */
export const consentOf = (body: ConsentRecordedBody): ConsentRecord => ({
  consentId: body.consentId,
  number: body.number as PhoneNumber,
  sellerId: body.sellerId as SellerId,
  kind: body.kind,
  givenAt: instant(Date.parse(body.givenAt)),
  expiresAt: body.expiresAt === null ? null : instant(Date.parse(body.expiresAt)),
  disclosureText: body.disclosureText,
  act: body.act,
  signature: body.signature,
  source: body.source,
  notConditionOfPurchase: body.notConditionOfPurchase,
  disclosureSha256: body.disclosureSha256 ?? null,
  pageUrl: body.pageUrl ?? null,
  ip: body.ip ?? null,
  userAgent: body.userAgent ?? null,
  prefilled: body.prefilled ?? null,
  leadSourceTier: LEAD_SOURCE_TIERS.find((tier) => tier === body.leadSourceTier) ?? null,
  topic: body.topic ?? null,
});
