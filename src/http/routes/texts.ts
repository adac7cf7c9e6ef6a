/** Inbound text messages, and what of them waits for a person. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { InboundText } from '../../control/doors/people-doors.ts';
import type { Operations } from '../../control/operations.ts';
import { storableText } from '../../domain/side-fields.ts';
import { formatInstant, type Instant } from '../../domain/time.ts';
import { SETTLEMENTS } from '../../domain/unclear-request.ts';
import { answers, CREATED, OK, receipts } from '../problem.ts';
import {
  Body,
  CountText,
  Id,
  InstantText,
  MaybeText,
  NumberText,
  OneOf,
  readCount,
  Text,
  type App,
} from '../schema.ts';
import { ReceiptSchema, viewReceipt } from '../views/entry.ts';
import { readWish, WISH_TAKEN } from '../wish.ts';
import { receiptAnswer } from './people.ts';

const NUMBER_MAX = 64;
const BODY_MAX = 10_000;
const ID_MAX = 128;

export const textFields = {
  from: NumberText,
  to: Type.Optional(NumberText),
  body: Type.String({
    maxLength: BODY_MAX,
    description: `the text as it came, at most ${BODY_MAX} characters`,
  }),
  received_at: InstantText,
  message_id: Text("the gateway's own id of the message", ID_MAX),
  seller: Type.Optional(Id('the seller, where `to` does not tell')),
};
const TextBody = Body(textFields);

/** An inbound text as its gateway tells it; whatever stands beside number and seller is kept as far as it can be. */
export function readInbound(request: FastifyRequest, now: Instant): InboundText {
  const wish = readWish(request, request.body, Object.keys(textFields));
  const { fields, side } = wish;
  return {
    from: storableText(wish.mustWho('from').slice(0, NUMBER_MAX)),
    to: storableText((wish.who('to') ?? '').slice(0, NUMBER_MAX)),
    text: side.text('body', fields['body'], BODY_MAX) ?? '',
    receivedAt: side.saidAt('received_at', fields['received_at'], now).at,
    messageId: side.text('message_id', fields['message_id'], ID_MAX),
    seller: storableText(wish.who('seller') ?? '') || null,
    adjusted: side.adjusted,
  };
}

const TakenSchema = Type.Object({
  meaning: OneOf(['revocation', 'unclear'], 'unclear: the number is not called until somebody settles it'),
  word: MaybeText,
  receipts: Type.Array(ReceiptSchema),
});

const UnclearSchema = Type.Object({
  request_id: Type.String(),
  number: Type.String(),
  seller: Type.String(),
  channel: Type.String(),
  text: Type.String(),
  received_at: Type.String(),
});

const SettlementBody = Body({
  request_id: Text('the id of the request', 64),
  as: OneOf(SETTLEMENTS, 'opt_out: it was a request not to be called; no_request: it was none'),
  who: Text('who has read it'),
  why: Text('why it is one, or none', 1_000),
});

const WAITING_MAX = 1_000;

export function textRoutes(app: App, operations: Operations): void {
  app.post(
    '/v1/texts',
    {
      attachValidation: true,
      config: { scopes: ['dialer', 'supervisor', 'compliance'], takesWishes: true },
      schema: {
        tags: ['people'],
        summary: 'Take an inbound text: a word that revokes is an opt-out, anything else waits for a person',
        description: `${WISH_TAKEN} A text that belongs to no seller, or comes from no number, is recorded as such and answered 400.`,
        body: TextBody,
        response: receipts(TakenSchema),
      },
    },
    async (request, reply) => {
      const taken = await operations.receiveText(readInbound(request, operations.now()));
      const isNew = taken.receipts.some(({ kind }) => kind === 'written');
      return reply
        .code(isNew ? CREATED : OK)
        .send({ meaning: taken.meaning, word: taken.word, receipts: taken.receipts.map(viewReceipt) });
    },
  );

  app.get(
    '/v1/unclear-requests',
    {
      config: { scopes: ['supervisor', 'compliance'] },
      schema: {
        tags: ['people'],
        summary: 'What people wrote and nobody has settled, oldest first',
        querystring: Body({ limit: Type.Optional(CountText(WAITING_MAX)) }),
        response: answers(Type.Object({ requests: Type.Array(UnclearSchema) })),
      },
    },
    async ({ query }) => {
      const found = await operations.unclearRequests(readCount('limit', query.limit, 100, WAITING_MAX));
      return {
        requests: found.map((each) => ({
          request_id: each.requestId,
          number: each.number,
          seller: each.sellerId,
          channel: each.channel,
          text: each.text,
          received_at: formatInstant(each.receivedAt),
        })),
      };
    },
  );

  app.post(
    '/v1/unclear-requests/settlements',
    {
      config: { scopes: ['compliance'] },
      schema: {
        tags: ['people'],
        summary: 'Settle one: an opt-out, which is recorded first, or none',
        body: SettlementBody,
        response: receipts(ReceiptSchema),
      },
    },
    async ({ body }, reply) => {
      const { request_id: requestId, as, who, why } = body;
      const answer = receiptAnswer(await operations.settleRequest({ requestId, as, who, why }));
      return reply.code(answer.status).send(answer.body);
    },
  );
}
