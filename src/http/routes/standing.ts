/** What a call may stand on besides consent: its confirmation, relationships, and overrides of the defaults. */
import { Type } from 'typebox';
import type { Operations } from '../../control/operations.ts';
import { OVERRIDABLE } from '../../domain/override.ts';
import { RELATIONSHIP_KINDS } from '../../domain/relationship.ts';
import { readDate, readInstant, readPersonNumber, readSellerId } from '../parse.ts';
import { invalidInput, receipts } from '../problem.ts';
import {
  Body,
  DateText,
  Id,
  InstantText,
  NullableString,
  NumberText,
  OneOf,
  Text,
  type App,
} from '../schema.ts';
import { ReceiptSchema } from '../views/entry.ts';
import { receiptAnswer } from './people.ts';

const ConfirmationBody = Body({
  consent_id: Id('the id of the consent'),
  number: NumberText,
  seller: Id('the seller the consent names'),
  channel: Text('how it was confirmed: link in a mail, reply, call back'),
});

const RelationshipBody = Body({
  relationship_id: Id('an id of the record'),
  number: NumberText,
  seller: Id('the seller it is with'),
  kind: OneOf(RELATIONSHIP_KINDS),
  occurred_on: DateText,
  subject: Text('what was bought or asked about', 500),
  contract_until: Type.Optional(
    NullableString(10, 'last day of an open contract, account or debt; a purchase only'),
  ),
  source: Text('where it can be looked up: order, ticket, call id', 1_000),
});

const OverrideBody = Body({
  override_id: Id('an id of the override'),
  what: OneOf(OVERRIDABLE),
  seller: Id('the seller it is for'),
  state: Type.String({ pattern: '^[A-Z]{2}$', description: 'a two-letter code of the place' }),
  who: Text('who decided'),
  why: Text('the reason, with its paragraph', 1_000),
  until: InstantText,
});

export function standingRoutes(app: App, operations: Operations): void {
  const config = { scopes: ['compliance'] as const };
  const response = receipts(ReceiptSchema);
  app.post(
    '/v1/consents/confirmations',
    {
      config,
      schema: {
        tags: ['people'],
        summary: 'Record that a person has confirmed a consent',
        body: ConfirmationBody,
        response,
      },
    },
    async ({ body }, reply) => {
      const answer = receiptAnswer(
        await operations.confirmConsent({
          consentId: body.consent_id,
          number: readPersonNumber('number', body.number),
          sellerId: readSellerId('seller', body.seller),
          channel: body.channel,
        }),
      );
      return reply.code(answer.status).send(answer.body);
    },
  );

  app.post(
    '/v1/relationships',
    {
      config,
      schema: {
        tags: ['people'],
        summary: 'Record a purchase or an inquiry',
        body: RelationshipBody,
        response,
      },
    },
    async ({ body }, reply) => {
      const contract = body.contract_until ?? null;
      if (contract !== null && body.kind !== 'purchase') {
        throw invalidInput('contract_until', contract, 'null: an inquiry has no contract');
      }
      const answer = receiptAnswer(
        await operations.recordRelationship({
          relationshipId: body.relationship_id,
          number: readPersonNumber('number', body.number),
          sellerId: readSellerId('seller', body.seller),
          kind: body.kind,
          occurredOn: readDate('occurred_on', body.occurred_on),
          subject: body.subject,
          contractUntil: contract === null ? null : readDate('contract_until', contract),
          source: body.source,
        }),
      );
      return reply.code(answer.status).send(answer.body);
    },
  );

  app.post(
    '/v1/overrides',
    {
      config,
      schema: {
        tags: ['policy'],
        summary: 'Be looser than the default in one named thing, until a day; an end that has passed ends it',
        body: OverrideBody,
        response,
      },
    },
    async ({ body }, reply) => {
      const answer = receiptAnswer(
        await operations.recordOverride({
          overrideId: body.override_id,
          what: body.what,
          sellerId: readSellerId('seller', body.seller),
          state: body.state,
          who: body.who,
          why: body.why,
          until: readInstant('until', body.until),
        }),
      );
      return reply.code(answer.status).send(answer.body);
    },
  );
}
