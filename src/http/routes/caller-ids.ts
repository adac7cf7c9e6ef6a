/** Caller IDs over trunks, and the calls to numbers of our own that try them. */
import { Type } from 'typebox';
import type { Operations } from '../../control/operations.ts';
import { readNumber } from '../parse.ts';
import { answers } from '../problem.ts';
import { Body, NumberText, type App } from '../schema.ts';
import { CallerIdsSchema, CanariesSchema, viewCallerIds, viewRun } from '../views/caller-ids.ts';
import { TrunkName } from './attestations.ts';

export function callerIdRoutes(app: App, operations: Operations): void {
  app.get(
    '/v1/caller-ids',
    {
      config: { scopes: ['supervisor', 'compliance'] },
      schema: {
        tags: ['caller IDs'],
        summary: 'Caller IDs over trunks: level, age, source, blocking by day, last canary',
        response: answers(CallerIdsSchema),
      },
    },
    async () => viewCallerIds(await operations.callerIds(), operations.now()),
  );

  app.post(
    '/v1/canaries',
    {
      config: { scopes: ['compliance'] },
      schema: {
        tags: ['caller IDs'],
        summary: 'Call a number of our own with a caller ID over a trunk now; without either, with all',
        body: Body({
          caller_id: Type.Optional(NumberText),
          trunk: Type.Optional(TrunkName),
          wait: Type.Optional(Type.Boolean({ description: 'answer when all have come back or are missing' })),
        }),
        response: answers(CanariesSchema),
      },
    },
    async ({ body }) => {
      const { caller_id: callerId, trunk = null, wait = false } = body;
      const runs = await operations.runCanaries({
        callerId: callerId === undefined ? null : readNumber('caller_id', callerId),
        trunk,
      });
      const canaries = await Promise.all(
        runs.map(async (run) => viewRun(run, wait && run.kind === 'placed' ? await run.result : null)),
      );
      return { canaries };
    },
  );
}
