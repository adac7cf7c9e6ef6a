/** Bounded batches of people's requests and consents, as the import commands send them. What is counted is durable. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Operations } from '../../control/operations.ts';
import type { Imported } from '../../control/doors/people-doors.ts';
import { CONSENT_COLUMNS } from '../../domain/request-fields.ts';
import { OPT_OUT_COLUMNS, type WishFields } from '../../domain/wish-fields.ts';
import { readSellerId } from '../parse.ts';
import { answers, invalidInput } from '../problem.ts';
import { Body, Id, Text, type App } from '../schema.ts';
import { readWish, WISH_TAKEN } from '../wish.ts';

/** A batch waits for one commit and a decision may wait behind it: few rows, often. */
export const ROWS_MAX = 500;
export const BATCH_MAX_BYTES = 1_024 * 1_024;
const CHANNEL = 'file';
const CHANNEL_MAX = 200;

const row = (columns: Readonly<Record<string, unknown>>) =>
  Type.Record(Type.String({ maxLength: 64 }), Type.String({ maxLength: 20_000 }), {
    maxProperties: 32,
    description: `texts by column: ${Object.keys(columns).join(', ')}`,
  });

/** What every batch has: whose its rows are, and the rows. */
export const rowFields = (columns: Readonly<Record<string, unknown>>) => ({
  seller: Id('the seller all of them are for'),
  rows: Type.Array(row(columns), { minItems: 1, maxItems: ROWS_MAX, description: `1 to ${ROWS_MAX} rows` }),
});
const batchFields = (columns: Readonly<Record<string, unknown>>) => ({
  ...rowFields(columns),
  channel: Type.Optional(Text('how they were said, where a row does not say it; default: file', CHANNEL_MAX)),
});
const optOutFields = batchFields(OPT_OUT_COLUMNS);

export const ImportedSchema = Type.Object({
  written: Type.Integer({ description: 'entries written, all durable' }),
  standing: Type.Integer({ description: 'rows that stood already; nothing was written' }),
  adjusted: Type.Integer({
    description:
      'of those written: a field beside the request was cut, replaced or left out; the entry says which',
  }),
  rejected: Type.Array(
    Type.Object({
      index: Type.Integer({ description: 'place of the row in the batch, from 0' }),
      field: Type.String(),
      value: Type.String(),
      expected: Type.String(),
    }),
  ),
});

export const answerOf = (imported: Imported) => ({ ...imported, rejected: [...imported.rejected] });

export function importRoutes(app: App, operations: Operations): void {
  app.post(
    '/v1/opt-outs/import',
    {
      attachValidation: true,
      config: { scopes: ['compliance'], takesWishes: true },
      bodyLimit: BATCH_MAX_BYTES,
      schema: {
        tags: ['people'],
        summary: 'Record a batch of requests not to be called; sent again it writes nothing new',
        description: WISH_TAKEN,
        body: Body(optOutFields),
        response: answers(ImportedSchema),
      },
    },
    async (request) => {
      const wish = readWish(request, request.body, Object.keys(optOutFields));
      const channel = wish.side.text('channel', wish.fields['channel'], CHANNEL_MAX) ?? CHANNEL;
      const sellerId = readSellerId('seller', wish.mustWho('seller'));
      const rows = rowsOf(request, wish.fields['rows']);
      return answerOf(
        await operations.importOptOuts({ sellerId, channel, rows, adjusted: wish.side.adjusted }),
      );
    },
  );

  app.post(
    '/v1/consents/import',
    {
      config: { scopes: ['compliance'] },
      bodyLimit: BATCH_MAX_BYTES,
      schema: {
        tags: ['people'],
        summary: 'Record a batch of consents; sent again it writes nothing new',
        body: Body(batchFields(CONSENT_COLUMNS)),
        response: answers(ImportedSchema),
      },
    },
    async ({ body: { seller, channel = CHANNEL, rows } }) =>
      answerOf(await operations.importConsents({ sellerId: readSellerId('seller', seller), channel, rows })),
  );
}

/** One by one: what is wrong with a row must not cost the others. A row that is no object has no number. */
function rowsOf({ validationError }: FastifyRequest, rows: unknown): readonly WishFields[] {
  if (!Array.isArray(rows) || rows.length === 0 || rows.length > ROWS_MAX) {
    throw validationError ?? invalidInput('rows', '', `1 to ${ROWS_MAX} rows`);
  }
  return rows.map((each: unknown) => (typeof each === 'object' && each !== null ? (each as WishFields) : {}));
}
