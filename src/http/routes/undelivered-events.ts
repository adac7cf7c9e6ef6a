/** Events that a program outside has not taken (`eventWebhooks`): the list, and sending one again. */
import { Type } from 'typebox';
import type { Operations } from '../../control/operations.ts';
import { callerOf } from '../auth.ts';
import { answers, notFound } from '../problem.ts';
import { Body, MaybeText, Text, type App } from '../schema.ts';

const LetterSchema = Type.Object({
  target: Type.String(),
  entry: Type.Integer({ description: 'id of the ledger entry' }),
  kind: Type.String(),
  given_up_at: Type.String(),
  attempts: Type.Integer(),
  problem: Type.String({ description: 'of the last attempt' }),
});

const ResendBody = Body({
  target: Text('a name of `eventWebhooks`', 64),
  entry: Type.Integer({ minimum: 1, description: 'id of the ledger entry, as listed' }),
});

export function undeliveredEventRoutes(app: App, { events }: Operations): void {
  app.get(
    '/v1/undelivered-events',
    {
      config: { scopes: ['supervisor', 'compliance'] },
      schema: {
        tags: ['ledger'],
        summary: 'Events that a target has not taken, oldest first',
        response: answers(Type.Object({ events: Type.Array(LetterSchema) })),
      },
    },
    async () => ({
      events: (await events.undelivered()).map(({ target, entryId, kind, givenUpAt, attempts, problem }) => ({
        ...{ target, entry: entryId, kind, given_up_at: givenUpAt },
        ...{ attempts, problem },
      })),
    }),
  );

  app.post(
    '/v1/undelivered-events/resend',
    {
      config: { scopes: ['supervisor', 'compliance'] },
      schema: {
        tags: ['ledger'],
        summary: 'Send one again, now; taken it leaves the list',
        body: ResendBody,
        response: answers(Type.Object({ delivered: Type.Boolean(), problem: MaybeText })),
      },
    },
    async (request) => {
      const { target, entry } = request.body;
      const resent = await events.resend(target, entry, callerOf(request));
      if (resent.kind === 'unknown') throw notFound('undelivered event', `${target} ${entry}`);
      return {
        delivered: resent.kind === 'delivered',
        problem: resent.kind === 'failed' ? resent.problem : null,
      };
    },
  );
}
