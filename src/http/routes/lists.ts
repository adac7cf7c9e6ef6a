/** Do-not-call lists: which versions decisions stand on now. Lists come in through the command line, never through this door. */
import { Type } from 'typebox';
import type { Operations } from '../../control/operations.ts';
import { answers, notFound } from '../problem.ts';
import type { App } from '../schema.ts';
import { ListSchema, viewList } from '../views/list.ts';

const Params = Type.Object({
  name: Type.String({
    minLength: 1,
    maxLength: 64,
    description: 'the name of a list, 1 to 64 characters',
  }),
});

export function listRoutes(app: App, operations: Operations): void {
  const reading = { scopes: ['dialer', 'supervisor', 'compliance'] } as const;

  app.get(
    '/v1/lists',
    {
      config: reading,
      schema: {
        tags: ['lists'],
        summary: 'All do-not-call lists, with the versions in force',
        response: answers(Type.Object({ lists: Type.Array(ListSchema) })),
      },
    },
    () => ({ lists: operations.lists().map(viewList) }),
  );

  app.get(
    '/v1/lists/:name',
    {
      config: reading,
      schema: {
        tags: ['lists'],
        summary: 'One do-not-call list',
        params: Params,
        response: answers(ListSchema),
      },
    },
    ({ params }) => {
      const found = operations.lists().find(({ name }) => name === params.name);
      if (found === undefined) throw notFound('list', params.name);
      return viewList(found);
    },
  );
}
