/** States of emergency in which sales calls are barred, declared and ended without a restart. */
import { Type } from 'typebox';
import type { Operations } from '../../control/operations.ts';
import { readDate } from '../parse.ts';
import { answers, receipts } from '../problem.ts';
import { Body, DateText, MaybeText, NullableString, Text, type App } from '../schema.ts';
import { ReceiptSchema } from '../views/entry.ts';
import { receiptAnswer } from './people.ts';

const StateText = Type.String({ pattern: '^[A-Z]{2}$', description: 'a two-letter code of the place' });

const said = {
  state: StateText,
  source: Text('where it can be looked up: proclamation, notice', 1_000),
  who: Text('who enters it'),
};

const DeclarationBody = Body({
  ...said,
  from: DateText,
  until: Type.Optional(NullableString(10, 'last day in the place, or null while nobody knows it')),
});
const EndBody = Body({ ...said, until: DateText });

const EmergencySchema = Type.Object({
  state: Type.String(),
  from: Type.String(),
  until: MaybeText,
  source: Type.String(),
  who: Type.String(),
});

export function emergencyRoutes(app: App, operations: Operations): void {
  const config = { scopes: ['compliance'] as const };
  app.post(
    '/v1/emergencies',
    {
      config,
      schema: {
        tags: ['policy'],
        summary: 'Declare one: calls to the place are vetoed on these days, both included',
        body: DeclarationBody,
        response: receipts(ReceiptSchema),
      },
    },
    async ({ body }, reply) => {
      const { state, source, who, until = null } = body;
      const answer = receiptAnswer(
        await operations.declareEmergency({
          ...{ state, source, who },
          from: readDate('from', body.from),
          until: until === null ? null : readDate('until', until),
        }),
      );
      return reply.code(answer.status).send(answer.body);
    },
  );

  app.post(
    '/v1/emergencies/ends',
    {
      config,
      schema: {
        tags: ['policy'],
        summary: 'End those declared for the place with this day; rows of operator.yaml stay',
        body: EndBody,
        response: receipts(ReceiptSchema),
      },
    },
    async ({ body }, reply) => {
      const { state, source, who } = body;
      const until = readDate('until', body.until);
      const answer = receiptAnswer(await operations.endEmergency({ state, source, who, until }));
      return reply.code(answer.status).send(answer.body);
    },
  );

  app.get(
    '/v1/emergencies',
    {
      config: { scopes: ['supervisor', 'compliance'] },
      schema: {
        tags: ['policy'],
        summary: 'All that were declared, with the days they bind',
        response: answers(Type.Object({ emergencies: Type.Array(EmergencySchema) })),
      },
    },
    async () => ({
      emergencies: (await operations.emergencies()).map(({ jurisdiction, from, until, source, who }) => {
        return { state: jurisdiction, from, until, source, who };
      }),
    }),
  );
}
