/** One call: its history from the ledger, and the report of its result by a dialer that placed it. */
import { Type } from 'typebox';
import type { Operations } from '../../control/operations.ts';
import { OUTCOMES } from '../../domain/call-result.ts';
import { readCallId } from '../parse.ts';
import { answers, notFound } from '../problem.ts';
import { Body, Id, NullableInteger, OneOf, type App } from '../schema.ts';
import { EntrySchema, viewEntry } from '../views/entry.ts';

const Params = Type.Object({ id: Id('a call id') });

const CallSchema = Type.Object(
  {
    call_id: Type.String(),
    state: OneOf(['vetoed', 'in_progress', 'settled']),
    entries: Type.Array(EntrySchema, { description: 'oldest first' }),
  },
  { $id: 'Call' },
);

const ResultBody = Body({
  outcome: OneOf(OUTCOMES),
  campaign: Type.Optional(Id('a campaign id, needed when the call was never screened')),
  number: Type.Optional(
    Type.String({
      maxLength: 40,
      description: 'the number called, of a call that was never screened: a drop starts its rest',
    }),
  ),
  hangup_cause: Type.Optional(NullableInteger(0, 255, 'a Q.850 hangup cause, 0 to 255')),
  sip_status: Type.Optional(NullableInteger(100, 699, 'a SIP status, 100 to 699')),
});

const ResultAnswer = Type.Object({
  call_id: Type.String(),
  recorded: OneOf(
    ['recorded', 'repeated', 'unscreened'],
    'repeated: a result stood already; unscreened: counted, though no permit was ever given',
  ),
});

export function callRoutes(app: App, operations: Operations): void {
  app.get(
    '/v1/calls/:id',
    {
      config: { scopes: ['dialer', 'supervisor', 'compliance'] },
      schema: {
        tags: ['calls'],
        summary: 'Everything the ledger says of one call',
        params: Params,
        response: answers(CallSchema),
      },
    },
    async ({ params }) => {
      const history = await operations.call(readCallId('id', params.id));
      if (history === null) throw notFound('call', params.id);
      return { call_id: history.callId, state: history.state, entries: history.entries.map(viewEntry) };
    },
  );

  app.post(
    '/v1/calls/:id/result',
    {
      config: { scopes: ['dialer'] },
      schema: {
        tags: ['calls'],
        summary: 'Report the one result of a call',
        params: Params,
        body: ResultBody,
        response: answers(ResultAnswer),
      },
    },
    async ({ params, body }) => {
      const recorded = await operations.reportResult({
        callId: readCallId('id', params.id),
        campaignId: body.campaign ?? null,
        number: body.number ?? null,
        outcome: body.outcome,
        hangupCause: body.hangup_cause ?? null,
        sipStatus: body.sip_status ?? null,
        source: 'http',
      });
      return { call_id: params.id, recorded };
    },
  );
}
