/** Legal holds on the ledger: what they bind is not pruned, and the person they bind is not erased. */
import { Type } from 'typebox';
import type { LedgerHolds } from '../../control/retention/ledger-holds.ts';
import { LEDGER_HOLD_SCOPES } from '../../domain/ledger-hold.ts';
import { answers, CREATED, receipts } from '../problem.ts';
import { type App, Body, CountText, OneOf, readCount, Text } from '../schema.ts';
import { ReceiptSchema, viewReceipt } from '../views/entry.ts';
import { HoldSchema, viewHold } from '../views/hold.ts';

const HOLDS_MAX = 1_000;

export function ledgerHoldRoutes(app: App, holds: LedgerHolds): void {
  app.get(
    '/v1/ledger-holds',
    {
      config: { scopes: ['supervisor', 'compliance'] },
      schema: {
        tags: ['ledger'],
        summary: 'Legal holds on the ledger, lifted ones too, newest first',
        querystring: Body({ limit: Type.Optional(CountText(HOLDS_MAX)) }),
        response: answers(Type.Object({ holds: Type.Array(HoldSchema) })),
      },
    },
    async ({ query }) => {
      const found = await holds.list(readCount('limit', query.limit, 100, HOLDS_MAX));
      return { holds: found.map(viewHold) };
    },
  );

  app.post(
    '/v1/ledger-holds',
    {
      config: { scopes: ['compliance'] },
      schema: {
        tags: ['ledger'],
        summary:
          'Forbid the pruning of months with a campaign or a number, or of all, and the erasure of who is bound',
        body: Body({
          scope: OneOf(LEDGER_HOLD_SCOPES),
          value: Type.Optional(Text('the campaign id or telephone number; left out for `all`', 64)),
          who: Text('who sets it'),
          why: Text('why', 1_000),
        }),
        response: receipts(Type.Object({ hold_id: Type.String(), receipt: ReceiptSchema })),
      },
    },
    async ({ body: { scope, value, who, why } }, reply) => {
      const { holdId, receipt } = await holds.set({ scope, value, who, why });
      return reply.code(CREATED).send({ hold_id: holdId, receipt: viewReceipt(receipt) });
    },
  );

  app.post(
    '/v1/ledger-holds/lifts',
    {
      config: { scopes: ['compliance'] },
      schema: {
        tags: ['ledger'],
        summary: 'Lift a legal hold; months past their class may be pruned again',
        body: Body({
          hold_id: Text('the id of the hold', 64),
          who: Text('who lifts it'),
          why: Text('why', 1_000),
        }),
        response: receipts(ReceiptSchema),
      },
    },
    async ({ body }, reply) => {
      const { hold_id: holdId, who, why } = body;
      return reply.code(CREATED).send(viewReceipt(await holds.lift({ holdId, who, why })));
    },
  );
}
