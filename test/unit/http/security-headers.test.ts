/** The headers that are written down are the ones helmet would set, on plain HTTP and behind TLS, whatever the answer. */
import helmet from '@fastify/helmet';
import Fastify, { type FastifyInstance } from 'fastify';
import { describe, expect, test } from 'vitest';
import {
  POLICY_DIRECTIVES,
  tellBrowsers,
  TRANSPORT_SECURITY_SECONDS,
} from '../../../src/http/security-headers.ts';
import { buildServer } from '../../../src/http/server.ts';
import { FakeOperations } from '../../support/fake-operations.ts';

/** Routes that are answered, fail, are written past the framework, or set a policy of their own. */
function withRoutes(server: FastifyInstance): FastifyInstance {
  server.get('/', () => 'page');
  server.get('/fault', () => {
    throw new Error('fault');
  });
  server.get('/raw', (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.raw.end('data: 1\n\n');
  });
  server.get('/own', (_request, reply) =>
    reply.header('content-security-policy', "default-src 'none'").send('own'),
  );
  return server;
}

const byHelmet = (encrypted: boolean): FastifyInstance => {
  const server = Fastify();
  void server.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: POLICY_DIRECTIVES },
    strictTransportSecurity: encrypted
      ? { maxAge: TRANSPORT_SECURITY_SECONDS, includeSubDomains: false }
      : false,
  });
  return withRoutes(server);
};

const ours = (encrypted: boolean): FastifyInstance => {
  const server = Fastify();
  tellBrowsers(server, encrypted);
  return withRoutes(server);
};

async function headersOf(server: FastifyInstance, url: string): Promise<object> {
  const { headers } = await server.inject({ method: 'GET', url });
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'date'));
}

describe.each([false, true])('behind TLS: %s', (encrypted) => {
  test.each(['/', '/fault', '/raw', '/own', '/nowhere'])('%s', async (url) => {
    const [told, expected] = [ours(encrypted), byHelmet(encrypted)];
    const headers = await headersOf(expected, url);
    expect(Object.keys(headers)).toContain('x-download-options');
    expect(await headersOf(told, url)).toEqual(headers);
  });
});

test('the server of the sidecar tells them with a page, a refusal and an address that it does not know', async () => {
  const server = buildServer(new FakeOperations(), {
    ...{ host: '127.0.0.1', version: '0', tokens: [{ name: 'a', sha256: 'a'.repeat(64), scopes: [] }] },
  });
  const expected = byHelmet(false);
  const policy = (await expected.inject('/')).headers['content-security-policy'];
  for (const [url, status] of [
    ['/', 200],
    ['/v1/campaigns', 401],
    ['/nowhere', 404],
  ] as const) {
    const answer = await server.inject(url);
    expect([url, answer.statusCode, answer.headers['content-security-policy']]).toEqual([
      url,
      status,
      policy,
    ]);
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
    });
  }
  await server.close();
});
