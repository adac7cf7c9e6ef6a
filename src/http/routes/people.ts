/** What called people have asked for: opt-outs, consents and their revocation. Durable before it is answered. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Operations } from '../../control/operations.ts';
import type { SellerId } from '../../domain/ids.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import type { LedgerReceipt } from '../../ports/ledger.ts';
import { readCallId, readCampaignId, readPersonNumber, readSellerId } from '../parse.ts';
import { CREATED, HttpProblem, invalidInput, OK, receipts } from '../problem.ts';
import { Body, Id, NumberText, Text, type App } from '../schema.ts';
import { ConsentBody, readConsentBody } from '../consent-body.ts';
import { ReceiptSchema, viewReceipt } from '../views/entry.ts';
import { readWish, type Wish, WISH_TAKEN } from '../wish.ts';

const CHANNEL_MAX = 200;
const NOTE_MAX = 1_000;

interface Whose {
  readonly number: PhoneNumber;
  readonly sellerId: SellerId;
  readonly channel: string;
}

const requestFields = {
  number: NumberText,
  seller: Type.Optional(Id('a seller id, unless campaign is given')),
  campaign: Type.Optional(Id('a campaign id, unless seller is given')),
  channel: Text('how it was said, for example voice, mail, web', CHANNEL_MAX),
};
const optOutFields = {
  ...requestFields,
  call_id: Type.Optional(Id('a call id')),
  note: Type.Optional(Type.String({ maxLength: NOTE_MAX, description: 'what else was said' })),
};

const OptOutBody = Body(optOutFields);
const RevocationBody = Body(requestFields);
/** Where nobody says how. */
const NO_CHANNEL = 'not said';

/** Status and body of a receipt. */
export const receiptAnswer = (receipt: LedgerReceipt) =>
  ({ status: receipt.kind === 'written' ? CREATED : OK, body: viewReceipt(receipt) }) as const;

export function peopleRoutes(app: App, operations: Operations): void {
  // Also of a campaign that was taken out: its calls may still bring requests.
  const sellerOfCampaign = async (campaign: string): Promise<SellerId> => {
    const sellerId = await operations.sellerOf(readCampaignId('campaign', campaign));
    if (sellerId === null) throw invalidInput('campaign', campaign, 'a campaign of now or of before');
    return sellerId;
  };
  /** Both are named: what the person said binds both sellers, mostly one. A campaign nobody knows takes nothing from the seller. */
  const sellersOf = async (wish: Wish): Promise<readonly SellerId[]> => {
    const [seller, campaign] = [wish.who('seller'), wish.who('campaign')];
    if (seller === undefined && campaign === undefined) {
      throw invalidInput('seller', '', 'a seller id, or a campaign id in campaign');
    }
    if (seller === undefined) return [await sellerOfCampaign(campaign ?? '')];
    const named = readSellerId('seller', seller);
    if (campaign === undefined) return [named];
    try {
      return [...new Set([await sellerOfCampaign(campaign), named])];
    } catch (error) {
      if (!(error instanceof HttpProblem)) throw error;
      wish.side.leftOut('campaign', `\`${campaign.slice(0, 64)}\` is no campaign of now or of before`);
      return [named];
    }
  };
  /** The wish recorded for each seller it names; the first receipt that is new, or else the first. */
  const takeFor = async (
    wish: Wish,
    take: (whose: Whose) => Promise<LedgerReceipt>,
  ): Promise<ReturnType<typeof receiptAnswer>> => {
    const number = readPersonNumber('number', wish.mustWho('number'));
    const channel = wish.side.text('channel', wish.fields['channel'], CHANNEL_MAX) ?? NO_CHANNEL;
    const sellers = await sellersOf(wish);
    const receipts: LedgerReceipt[] = [];
    for (const sellerId of sellers) receipts.push(await take({ number, sellerId, channel }));
    const [first] = receipts.toSorted(
      (a, b) => Number(a.kind === 'duplicate') - Number(b.kind === 'duplicate'),
    );
    if (first === undefined) throw new Error('a wish was taken for no seller');
    return receiptAnswer(first);
  };

  app.post(
    '/v1/opt-outs',
    {
      attachValidation: true,
      config: { scopes: ['dialer', 'supervisor', 'compliance'], takesWishes: true },
      schema: {
        tags: ['people'],
        summary: 'Record that a person does not want to be called by a seller',
        description: WISH_TAKEN,
        body: OptOutBody,
        response: receipts(ReceiptSchema),
      },
    },
    async (request, reply) => {
      const wish = readWish(request, request.body, Object.keys(optOutFields));
      const callId = wish.id('call_id');
      const note = wish.side.text('note', wish.fields['note'], NOTE_MAX);
      const answer = await takeFor(wish, (whose) =>
        operations.optOut({
          ...whose,
          callId: callId === null ? null : readCallId('call_id', callId),
          note,
          adjusted: wish.side.adjusted,
        }),
      );
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
      const receipt = await operations.recordConsent(readConsentBody(body));
      const answer = receiptAnswer(receipt);
      return reply.code(answer.status).send(answer.body);
    },
  );

  const revoke = async (request: FastifyRequest, given: unknown) => {
    const wish = readWish(request, given, Object.keys(requestFields));
    return takeFor(wish, (whose) => operations.revokeConsent({ ...whose, adjusted: wish.side.adjusted }));
  };
  const revoking = { scopes: ['dialer', 'supervisor', 'compliance'], takesWishes: true } as const;

  app.post(
    '/v1/consents/revocations',
    {
      attachValidation: true,
      config: revoking,
      schema: {
        tags: ['people'],
        summary: 'Record that a person has taken consent back',
        description: WISH_TAKEN,
        body: RevocationBody,
        response: receipts(ReceiptSchema),
      },
    },
    async (request, reply) => {
      const answer = await revoke(request, request.body);
      return reply.code(answer.status).send(answer.body);
    },
  );

  app.delete(
    '/v1/consents',
    {
      attachValidation: true,
      config: revoking,
      schema: {
        tags: ['people'],
        summary: 'The same as POST /v1/consents/revocations; the record itself stays',
        querystring: RevocationBody,
        response: receipts(ReceiptSchema),
      },
    },
    async (request, reply) => {
      const answer = await revoke(request, request.query);
      return reply.code(answer.status).send(answer.body);
    },
  );
}
