/** Configuration, campaigns and rules loaded again while calls go on. A refusal is a problem: the old policy stays in force. */
import { Type } from 'typebox';
import type { Operations } from '../../control/operations.ts';
import { callerOf } from '../auth.ts';
import { answers, HttpProblem } from '../problem.ts';
import type { App } from '../schema.ts';

const ids = (description: string) => Type.Array(Type.String(), { description });

const ReloadSchema = Type.Object(
  {
    from: Type.String({ description: 'hash of the policy before' }),
    policy_hash: Type.String({ description: 'hash of the policy in force now' }),
    added: ids('campaigns that may call now'),
    changed: ids('campaigns with other settings or messages'),
    removed: ids('campaigns that take no new calls; those under way end as they began'),
  },
  { $id: 'Reload' },
);

export function reloadRoutes(app: App, operations: Operations): void {
  app.post(
    '/v1/reload',
    {
      config: { scopes: ['supervisor'] },
      schema: {
        tags: ['policy'],
        summary: 'Load configuration, campaigns and rules again; 422 lists every problem and nothing changes',
        response: answers(ReloadSchema),
      },
    },
    async (request) => {
      const answer = await operations.reload(callerOf(request));
      if (answer.kind === 'refused') {
        const { policyHash, problems } = answer;
        throw new HttpProblem(
          'reload_refused',
          `${problems.length} problem(s); the policy ${policyHash} stays in force`,
          { problems: [...problems] },
        );
      }
      return {
        from: answer.from,
        policy_hash: answer.to,
        added: [...answer.added],
        changed: [...answer.changed],
        removed: [...answer.removed],
      };
    },
  );
}
