/** A consent as JSON, to calls or to text messages: the same elements of the record (16 CFR 310.5(a)(8); 47 CFR 64.1200(f)(9)). */
import { Type, type Static } from 'typebox';
import { type ConsentEntry, LEAD_SOURCE_TIERS } from '../domain/consent.ts';
import { readInstant, readPersonNumber, readSellerId } from './parse.ts';
import { Body, Id, InstantText, NullableInteger, NullableString, NumberText, OneOf } from './schema.ts';

export const ConsentBody = Body({
  consent_id: Id('an id of the record'),
  number: NumberText,
  seller: Id('the seller the record names'),
  kind: OneOf(['written', 'express']),
  given_at: InstantText,
  expires_at: Type.Optional(NullableString(40, 'an RFC 3339 instant, or null')),
  disclosure_text: Type.String({
    minLength: 1,
    maxLength: 10_000,
    description: 'the exact text the person saw or heard, at most 10000 characters',
  }),
  act: Type.String({
    minLength: 1,
    maxLength: 1_000,
    description: 'the affirmative act, at most 1000 characters',
  }),
  signature: Type.Optional(NullableString(1_000, 'the signature as given, or null')),
  source: Type.String({
    maxLength: 1_000,
    description: 'where it was given: page address, paper form, call id',
  }),
  not_condition_of_purchase: Type.Boolean({
    description: 'true when the disclosure says that consent is not a condition of purchase',
  }),
  page_url: Type.Optional(NullableString(2_000, 'page it was given on; then ip and user_agent are needed')),
  ip: Type.Optional(NullableString(64, 'address it was given from')),
  user_agent: Type.Optional(NullableString(1_000, 'browser it was given with')),
  prefilled: Type.Optional(NullableString(2_000, 'what stood in the form before the person touched it')),
  lead_source_tier: Type.Optional(
    NullableInteger(1, 4, "1 the seller's own form, 4 a bought lead of unknown path"),
  ),
  topic: Type.Optional(NullableString(200, 'what the calls may be about, as the record says it, or null')),
});

export const readConsentBody = (body: Static<typeof ConsentBody>): ConsentEntry => ({
  consentId: body.consent_id,
  number: readPersonNumber('number', body.number),
  sellerId: readSellerId('seller', body.seller),
  kind: body.kind,
  givenAt: readInstant('given_at', body.given_at),
  expiresAt:
    body.expires_at === undefined || body.expires_at === null
      ? null
      : readInstant('expires_at', body.expires_at),
  disclosureText: body.disclosure_text,
  act: body.act,
  signature: body.signature ?? null,
  source: body.source,
  notConditionOfPurchase: body.not_condition_of_purchase,
  pageUrl: body.page_url ?? null,
  ip: body.ip ?? null,
  userAgent: body.user_agent ?? null,
  prefilled: body.prefilled ?? null,
  leadSourceTier: LEAD_SOURCE_TIERS.find((tier) => tier === body.lead_source_tier) ?? null,
  topic: body.topic ?? null,
});
