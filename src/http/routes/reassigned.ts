/** Answers of the reassigned-numbers database: one, a batch of them, and what it must be asked about. */
import { Type } from 'typebox';
import type { Operations } from '../../control/operations.ts';
import { REASSIGNED_COLUMNS } from '../../domain/reassigned-fields.ts';
import { REASSIGNED_ANSWERS } from '../../domain/reassigned.ts';
import { readDate, readInstant, readNumber, readPersonNumber, readSellerId } from '../parse.ts';
import { answers, receipts } from '../problem.ts';
import {
  Body,
  CountText,
  DateText,
  Id,
  InstantText,
  MaybeText,
  NumberText,
  OneOf,
  readCount,
  type App,
} from '../schema.ts';
import { ReceiptSchema } from '../views/entry.ts';
import { answerOf, BATCH_MAX_BYTES, ImportedSchema, rowFields } from './imports.ts';
import { receiptAnswer } from './people.ts';

const DUE_MAX = 1_000;

const ReassignedBody = Body({
  check_id: Id('an id of the query'),
  number: NumberText,
  seller: Id('the seller that asked'),
  queried_at: InstantText,
  since: DateText,
  answer: OneOf(REASSIGNED_ANSWERS),
});

const ReassignedBatchBody = Body({
  ...rowFields(REASSIGNED_COLUMNS),
  queried_at: Type.Optional(InstantText),
  since: Type.Optional(DateText),
});

const DueSchema = Type.Object({
  due: Type.Array(
    Type.Object({
      number: Type.String(),
      since: Type.String({ description: 'the date to ask about' }),
      problem: Type.String({ description: 'why what is on record does not do' }),
    }),
  ),
  /** The number to go on after; null at the end. */
  next: MaybeText,
});

export function reassignedRoutes(app: App, operations: Operations): void {
  const config = { scopes: ['compliance'] as const };
  app.post(
    '/v1/reassigned-checks',
    {
      config,
      schema: {
        tags: ['people'],
        summary: 'Record an answer of the reassigned-numbers database',
        body: ReassignedBody,
        response: receipts(ReceiptSchema),
      },
    },
    async ({ body }, reply) => {
      const answer = receiptAnswer(
        await operations.recordReassigned({
          checkId: body.check_id,
          number: readPersonNumber('number', body.number),
          sellerId: readSellerId('seller', body.seller),
          queriedAt: readInstant('queried_at', body.queried_at),
          since: readDate('since', body.since),
          answer: body.answer,
        }),
      );
      return reply.code(answer.status).send(answer.body);
    },
  );

  app.post(
    '/v1/reassigned-checks/import',
    {
      config,
      bodyLimit: BATCH_MAX_BYTES,
      schema: {
        tags: ['people'],
        summary:
          'Record a batch of answers of the reassigned-numbers database; sent again it writes nothing new',
        description: '`queried_at` and `since` of the batch stand for rows that do not say it.',
        body: ReassignedBatchBody,
        response: answers(ImportedSchema),
      },
    },
    async ({ body: { seller, queried_at: queriedAt, since, rows } }) =>
      answerOf(
        await operations.importReassigned({
          sellerId: readSellerId('seller', seller),
          queriedAt: queriedAt === undefined ? null : readInstant('queried_at', queriedAt),
          since: since === undefined ? null : readDate('since', since),
          rows,
        }),
      ),
  );

  app.get(
    '/v1/reassigned-checks/due',
    {
      config,
      schema: {
        tags: ['people'],
        summary: 'Numbers with a consent that the reassigned-numbers database must be asked about, by number',
        description: 'A page may be short, or empty, before the end: go on after `next` until it is null.',
        querystring: Body({
          seller: Id('the seller that calls'),
          after: Type.Optional(NumberText),
          at: Type.Optional(InstantText),
          limit: Type.Optional(CountText(DUE_MAX)),
        }),
        response: answers(DueSchema),
      },
    },
    async ({ query: { seller, after, at, limit } }) => {
      const { queries, next } = await operations.dueQueries({
        sellerId: readSellerId('seller', seller),
        after: after === undefined ? null : readNumber('after', after),
        at: at === undefined ? null : readInstant('at', at),
        limit: readCount('limit', limit, DUE_MAX, DUE_MAX),
      });
      return { due: [...queries], next };
    },
  );
}
