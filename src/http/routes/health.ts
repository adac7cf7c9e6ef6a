/** For whoever watches the process: is it alive, can it place calls, its figures, and the description of this interface. */
import { Type } from 'typebox';
import type { Operations } from '../../control/operations.ts';
import type { Metrics } from '../metrics.ts';
import { NOT_READY, OK, readinessAnswers } from '../problem.ts';
import type { App } from '../schema.ts';

const AliveSchema = Type.Object({ alive: Type.Boolean(), version: Type.String() });
const ReadySchema = Type.Object({ ready: Type.Boolean(), problems: Type.Array(Type.String()) });

/** Open to everybody who reaches the port. */
export function healthRoutes(app: App, operations: Operations, version: string): void {
  app.get(
    '/healthz',
    { schema: { tags: ['health'], summary: 'The process answers', response: { 200: AliveSchema } } },
    () => ({ alive: true, version }),
  );

  app.get(
    '/readyz',
    {
      schema: {
        tags: ['health'],
        summary: 'Calls can be decided and placed; 503 with the problems when not',
        response: readinessAnswers(ReadySchema),
      },
    },
    async (_request, reply) => {
      const { ready, problems } = await operations.readiness();
      return reply.code(ready ? OK : NOT_READY).send({ ready, problems: [...problems] });
    },
  );

  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) =>
    reply.type('application/json').send(JSON.stringify(app.swagger())),
  );
}

export function metricsRoute(app: App, metrics: Metrics): void {
  app.get(
    '/metrics',
    {
      config: { scopes: ['supervisor', 'compliance', 'dialer'] },
      schema: { tags: ['health'], summary: 'Figures in the Prometheus text format' },
    },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.render()),
  );
}
