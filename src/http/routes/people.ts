/** What called people have asked for: opt-outs, consents and their revocation. Durable before it is answered. */
import { Type } from 'typebox';
import type { Operations } from '../../control/operations.ts';
import { LEAD_SOURCE_TIERS } from '../../domain/consent.ts';
import type { SellerId } from '../../domain/ids.ts';
import type { LedgerReceipt } from '../../ports/ledger.ts';
import { readCallId, readCampaignId, readInstant, readNumber, readSellerId } from '../parse.ts';
import { CREATED, invalidInput, OK, receipts } from '../problem.ts';
import {
  Body,
  Id,
  InstantText,
  NullableInteger,
  NullableString,
  NumberText,
  OneOf,
  Text,
  type App,
} from '../schema.ts';
import { ReceiptSchema, viewReceipt } from '../views/entry.ts';

const requestFields = {
  number: NumberText,
  seller: Type.Optional(Id('a seller id, unless campaign is given')),
  campaign: Type.Optional(Id('a campaign id, unless seller is given')),
  channel: Text('how it was said, for example voice, mail, web'),
};

const OptOutBody = Body({ ...requestFields, call_id: Type.Optional(Id('a call id')) });
const RevocationBody = Body(requestFields);

const ConsentBody = Body({
  consent_id: Id('an id of the record'),
  number: NumberText,
  seller: Id('the seller the record names'),
  kind: OneOf(['written', 'express']),
  given_at: InstantText,
  expires_at: Type.Optional(NullableString(40, 'an RFC 3339 instant, or null')),
  disclosure_text: Type.String({
    maxLength: 10_000,
    description: 'the exact text the person saw or heard, at most 10000 characters',
  }),
  act: Type.String({ maxLength: 1_000, description: 'the affirmative act, at most 1000 characters' }),
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

/** Status and body of a receipt. */
export const receiptAnswer = (receipt: LedgerReceipt) =>
  ({ status: receipt.kind === 'written' ? CREATED : OK, body: viewReceipt(receipt) }) as const;

export function peopleRoutes(app: App, operations: Operations): void {
  const sellerOf = (body: { seller?: string; campaign?: string }): SellerId => {
    if (body.seller !== undefined && body.campaign !== undefined) {
      throw invalidInput('seller', body.seller, 'either seller or campaign, not both');
    }
    if (body.seller !== undefined) return readSellerId('seller', body.seller);
    if (body.campaign === undefined)
      throw invalidInput('seller', '', 'a seller id, or a campaign id in campaign');
    // Also of a campaign that was taken out: its calls may still bring requests.
    const sellerId = operations.sellerOf(readCampaignId('campaign', body.campaign));
    if (sellerId === null) throw invalidInput('campaign', body.campaign, 'a configured campaign');
    return sellerId;
  };

  app.post(
    '/v1/opt-outs',
    {
      config: { scopes: ['dialer', 'supervisor', 'compliance'] },
      schema: {
        tags: ['people'],
        summary: 'Record that a person does not want to be called by a seller',
        body: OptOutBody,
        response: receipts(ReceiptSchema),
      },
    },
    async ({ body }, reply) => {
      const receipt = await operations.optOut({
        number: readNumber('number', body.number),
        sellerId: sellerOf(body),
        channel: body.channel,
        callId: body.call_id === undefined ? null : readCallId('call_id', body.call_id),
      });
      const answer = receiptAnswer(receipt);
      return reply.code(answer.status).send(answer.body);
    },
  );

  app.post(
    '/v1/consents',
    {
      config: { scopes: ['compliance'] },
      schema: {
        tags: ['people'],
        summary: 'Record a consent with all its elements',
        body: ConsentBody,
        response: receipts(ReceiptSchema),
      },
    },
    async ({ body }, reply) => {
      const receipt = await operations.recordConsent({
        consentId: body.consent_id,
        number: readNumber('number', body.number),
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
      const answer = receiptAnswer(receipt);
      return reply.code(answer.status).send(answer.body);
    },
  );

  const revoke = async (body: { number: string; seller?: string; campaign?: string; channel: string }) =>
    receiptAnswer(
      await operations.revokeConsent({
        number: readNumber('number', body.number),
        sellerId: sellerOf(body),
        channel: body.channel,
      }),
    );
  const revoking = { scopes: ['dialer', 'supervisor', 'compliance'] } as const;

  app.post(
    '/v1/consents/revocations',
    {
      config: revoking,
      schema: {
        tags: ['people'],
        summary: 'Record that a person has taken consent back',
        body: RevocationBody,
        response: receipts(ReceiptSchema),
      },
    },
    async ({ body }, reply) => {
      const answer = await revoke(body);
      return reply.code(answer.status).send(answer.body);
    },
  );

  app.delete(
    '/v1/consents',
    {
      config: revoking,
      schema: {
        tags: ['people'],
        summary: 'The same as POST /v1/consents/revocations; the record itself stays',
        querystring: RevocationBody,
        response: receipts(ReceiptSchema),
      },
    },
    async ({ query }, reply) => {
      const answer = await revoke(query);
      return reply.code(answer.status).send(answer.body);
    },
  );
}
