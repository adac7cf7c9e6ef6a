/** A consent with every element of the law, of one person for one seller. */
import type { ConsentEntry } from '../../src/domain/consent.ts';
import type { SellerId } from '../../src/domain/ids.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { at } from './rules-world.ts';

export const writtenConsent = (
  number: PhoneNumber,
  sellerId: SellerId,
  differs: Partial<ConsentEntry> = {},
): ConsentEntry => ({
  consentId: `consent-${number.replace('+', '')}`,
  number,
  sellerId,
  kind: 'written',
  givenAt: at('2026-06-01T12:00:00Z'),
  expiresAt: null,
  disclosureText: 'I agree to be called by an autodialer.',
  act: 'checked the box and pressed Send',
  signature: 'typed name',
  source: 'https://example.com/quote',
  notConditionOfPurchase: true,
  pageUrl: null,
  ip: null,
  userAgent: null,
  prefilled: null,
  leadSourceTier: null,
  topic: null,
  ...differs,
});

/** Too young on the rig's day for the reassigned-numbers database to know anything against it. */
export const youngConsent = (
  number: PhoneNumber,
  sellerId: SellerId,
  differs: Partial<ConsentEntry> = {},
): ConsentEntry => writtenConsent(number, sellerId, { givenAt: at('2026-11-20T12:00:00Z'), ...differs });
