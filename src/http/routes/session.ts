/** The live page's way in when tokens are configured: a valid bearer token becomes a cookie that scripts cannot read. */
import { Type } from 'typebox';
import { presentedToken, sessionCookie } from '../auth.ts';
import { answers } from '../problem.ts';
import type { App } from '../schema.ts';

const SessionSchema = Type.Object({ session: Type.Boolean() });

export function sessionRoutes(app: App): void {
  const schema = { tags: ['session'], response: answers(SessionSchema) };
  app.post(
    '/v1/session',
    {
      config: { scopes: ['supervisor', 'compliance'] },
      schema: { ...schema, summary: 'Keep the bearer token of this request in a cookie' },
    },
    (request, reply) => {
      void reply.header('set-cookie', sessionCookie(presentedToken(request), request.protocol === 'https'));
      return { session: true };
    },
  );
  app.delete(
    '/v1/session',
    {
      config: { scopes: ['supervisor', 'compliance'] },
      schema: { ...schema, summary: 'Forget the cookie' },
    },
    (request, reply) => {
      void reply.header('set-cookie', sessionCookie(null, request.protocol === 'https'));
      return { session: false };
    },
  );
}
