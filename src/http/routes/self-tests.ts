/** The self-test: numbers that are known to be listed, screened now, and what the last screening found. */
import { Type, type Static } from 'typebox';
import type { Operations } from '../../control/operations.ts';
import { hasPassed, type SelfTestRun } from '../../control/self-test.ts';
import { SEED_ANSWERS } from '../../domain/self-test.ts';
import { formatInstant } from '../../domain/time.ts';
import { callerOf } from '../auth.ts';
import { answers } from '../problem.ts';
import { OneOf, type App } from '../schema.ts';

const RunSchema = Type.Object(
  {
    run_id: Type.String(),
    tested_at: Type.String(),
    policy_hash: Type.String(),
    passed: Type.Boolean({
      description: 'there are seeds, and each was held by its list for every campaign',
    }),
    seeds: Type.Array(
      Type.Object({
        number: Type.String(),
        expects: Type.String({ description: 'the reason that must be among those of its veto' }),
        answer: OneOf(SEED_ANSWERS),
        campaigns: Type.Integer({ description: 'how many it was screened for' }),
        failures: Type.Array(
          Type.Object({
            campaign: Type.String(),
            verdict: OneOf(['permit', 'veto']),
            reasons: Type.Array(Type.String()),
          }),
        ),
      }),
    ),
  },
  { $id: 'SelfTestRun' },
);

const viewRun = (run: SelfTestRun): Static<typeof RunSchema> => ({
  run_id: run.runId,
  tested_at: formatInstant(run.at),
  policy_hash: run.policyHash,
  passed: hasPassed(run),
  seeds: run.seeds.map(({ number, expects, answer, campaigns, failures }) => ({
    ...{ number, expects, answer, campaigns },
    failures: failures.map(({ campaignId, verdict, reasons }) => ({
      ...{ campaign: campaignId, verdict },
      reasons: [...reasons],
    })),
  })),
});

export function selfTestRoutes(app: App, { selfTest }: Pick<Operations, 'selfTest'>): void {
  app.post(
    '/v1/self-tests',
    {
      config: { scopes: ['compliance'] },
      schema: {
        tags: ['policy'],
        summary: 'Screen the numbers of selfTest.seeds for every campaign now; nobody is dialed',
        response: answers(RunSchema),
      },
    },
    async (request) => viewRun(await selfTest.run(callerOf(request))),
  );

  app.get(
    '/v1/self-tests',
    {
      config: { scopes: ['supervisor', 'compliance'] },
      schema: {
        tags: ['policy'],
        summary: 'What the newest self-test of this sidecar found',
        response: answers(
          Type.Object({
            seeds: Type.Integer({ description: 'numbers that are configured' }),
            newest: Type.Union([RunSchema, Type.Null()]),
          }),
        ),
      },
    },
    () => {
      const newest = selfTest.last();
      return Promise.resolve({ seeds: selfTest.seeds, newest: newest === null ? null : viewRun(newest) });
    },
  );
}
