/** Text messages: may this one be sent, consent to them, and what people write back. A veto is an answer, so it is 200. */
import { Type } from 'typebox';
import type { Operations } from '../../control/operations.ts';
import { TEXT_PURPOSES } from '../../domain/text-message.ts';
import { ConsentBody, readConsentBody } from '../consent-body.ts';
import { answers, CREATED, OK, receipts } from '../problem.ts';
import { Body, Id, NullableString, NumberText, OneOf, type App } from '../schema.ts';
import { leadFields, readLead } from '../screen-body.ts';
import { ReceiptSchema } from '../views/entry.ts';
import {
  MessageDecisionSchema,
  MessageTakenSchema,
  viewMessageDecision,
  viewMessageTaken,
} from '../views/message.ts';
import { WISH_TAKEN } from '../wish.ts';
import { receiptAnswer } from './people.ts';
import { readInbound, textFields } from './texts.ts';

/** As many parts as carriers join. */
const TEXT_MAX = 1_530;

const MessageBody = Body({
  number: NumberText,
  campaign: Id('a campaign id'),
  message_id: Type.Optional(Id('an id of your own; asked again with it, the first decision stands')),
  purpose: Type.Optional(
    OneOf(TEXT_PURPOSES, 'marketing when left out; opt_in_request: the one request to confirm a consent'),
  ),
  sender: Type.Optional(
    NullableString(64, "a number or short code of the campaign's texts.senders; the first when left out"),
  ),
  text: Type.Optional(
    NullableString(
      TEXT_MAX,
      `what the person will read, at most ${TEXT_MAX} characters; null for a request to confirm, whose words are the campaign's`,
    ),
  ),
  ...leadFields,
});

export function messageRoutes(app: App, operations: Operations): void {
  const { messages } = operations;

  app.post(
    '/v1/messages/decisions',
    {
      config: { scopes: ['dialer'] },
      schema: {
        tags: ['messages'],
        summary: 'May this text message be sent now? The decision is in the ledger before it is answered',
        description:
          'The rules on calls bind texts, on a consent of their own. Send `text` as answered, before `valid_until`, and nothing on a veto.',
        body: MessageBody,
        response: answers(MessageDecisionSchema),
      },
    },
    async ({ body }) =>
      viewMessageDecision(
        await messages.screen({
          messageId: body.message_id ?? null,
          campaignId: body.campaign,
          number: body.number,
          lead: readLead(body),
          purpose: body.purpose ?? 'marketing',
          sender: body.sender ?? null,
          text: body.text ?? null,
        }),
      ),
  );

  app.post(
    '/v1/messages/consents',
    {
      config: { scopes: ['compliance'] },
      schema: {
        tags: ['messages'],
        summary:
          'Record a consent to text messages; one to calls is no consent to texts, and the other way round',
        body: ConsentBody,
        response: receipts(ReceiptSchema),
      },
    },
    async ({ body }, reply) => {
      const answer = receiptAnswer(await messages.recordConsent(readConsentBody(body)));
      return reply.code(answer.status).send(answer.body);
    },
  );

  app.post(
    '/v1/messages/inbound',
    {
      attachValidation: true,
      config: { scopes: ['dialer', 'supervisor', 'compliance'], takesWishes: true },
      schema: {
        tags: ['messages'],
        summary:
          'Take what a person wrote: STOP and the like, YES to the one request, HELP, or a text that somebody must read',
        description: `${WISH_TAKEN} A text that belongs to no seller, or comes from no number, is recorded as such and answered 400.`,
        body: Body(textFields),
        response: receipts(MessageTakenSchema),
      },
    },
    async (request, reply) => {
      const taken = await messages.receive(readInbound(request, operations.now()));
      const isNew = taken.receipts.some(({ kind }) => kind === 'written');
      return reply.code(isNew ? CREATED : OK).send(viewMessageTaken(taken));
    },
  );
}
