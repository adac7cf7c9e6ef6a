/** Bounded batches of people's requests and consents, as the import commands send them. What is counted is durable. */
import { Type } from 'typebox';
import type { Operations } from '../../control/operations.ts';
import type { Imported } from '../../control/doors/people-doors.ts';
import { CONSENT_COLUMNS, OPT_OUT_COLUMNS } from '../../domain/request-fields.ts';
import { readSellerId } from '../parse.ts';
import { answers } from '../problem.ts';
import { Body, Id, Text, type App } from '../schema.ts';

/** A batch waits for one commit and a decision may wait behind it: few rows, often. */
export const ROWS_MAX = 500;
const BATCH_MAX_BYTES = 1_024 * 1_024;

const row = (columns: Readonly<Record<string, unknown>>) =>
  Type.Record(Type.String({ maxLength: 64 }), Type.String({ maxLength: 20_000 }), {
    maxProperties: 32,
    description: `texts by column: ${Object.keys(columns).join(', ')}`,
  });

const batch = (columns: Readonly<Record<string, unknown>>) =>
  Body({
    seller: Id('the seller all of them are for'),
    channel: Type.Optional(Text('how they were said, where a row does not say it; default: file')),
    rows: Type.Array(row(columns), { minItems: 1, maxItems: ROWS_MAX, description: `1 to ${ROWS_MAX} rows` }),
  });

const ImportedSchema = Type.Object({
  written: Type.Integer({ description: 'entries written, all durable' }),
  standing: Type.Integer({ description: 'rows that stood already; nothing was written' }),
  rejected: Type.Array(
    Type.Object({
      index: Type.Integer({ description: 'place of the row in the batch, from 0' }),
      field: Type.String(),
      value: Type.String(),
      expected: Type.String(),
    }),
  ),
});

export function importRoutes(app: App, operations: Operations): void {
  const routes = [
    ['/v1/opt-outs/import', OPT_OUT_COLUMNS, 'requests not to be called', operations.importOptOuts],
    ['/v1/consents/import', CONSENT_COLUMNS, 'consents', operations.importConsents],
  ] as const;
  for (const [path, columns, what, run] of routes) {
    app.post(
      path,
      {
        config: { scopes: ['compliance'] },
        bodyLimit: BATCH_MAX_BYTES,
        schema: {
          tags: ['people'],
          summary: `Record a batch of ${what}; sent again it writes nothing new`,
          body: batch(columns),
          response: answers(ImportedSchema),
        },
      },
      async ({ body }) => {
        const { seller, channel = 'file', rows } = body;
        const imported: Imported = await run({ sellerId: readSellerId('seller', seller), channel, rows });
        return { ...imported, rejected: [...imported.rejected] };
      },
    );
  }
}
