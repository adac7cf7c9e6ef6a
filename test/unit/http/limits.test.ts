/** What one sender may take: requests, bytes, time. Beyond it there is a problem in words or a closed socket, never a process that waits. */
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, expect, test, vi } from 'vitest';
import { buildServer, listen } from '../../../src/http/server.ts';
import { FakeOperations } from '../../support/fake-operations.ts';

let server: FastifyInstance;
afterEach(() => server.close());

async function portOf(more: object = {}): Promise<number> {
  server = buildServer(new FakeOperations(), { host: '127.0.0.1', tokens: [], version: '0', ...more });
  return Number(new URL(await listen(server, '127.0.0.1', 0)).port);
}

/** All that comes back until the connection ends. */
function said(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.setEncoding('latin1').on('data', (piece: string) => (heard += piece));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(heard));
  });
}

test('one address asks so often and no more', async () => {
  await portOf({ requestsPerSecondMax: 3 });
  const answers = await Promise.all(Array.from({ length: 8 }, () => server.inject({ url: '/healthz' })));
  const refused = answers.filter(({ statusCode }) => statusCode === 429);
  expect(refused.length).toBeGreaterThanOrEqual(2);
  expect(refused[0]?.headers['content-type']).toContain('application/problem+json');
  expect(refused[0]?.json()).toMatchObject({ code: 'too_many_requests' });
});

test('a body that is too long is refused in words, on every route that takes one', async () => {
  await portOf();
  const { paths } = (await server.inject({ url: '/openapi.json' })).json<{
    paths: Record<string, Record<string, { requestBody?: unknown }>>;
  }>();
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { requestBody }]) => requestBody !== undefined)
      .map(([method]) => [method.toUpperCase(), path.replace(/\{\w+\}/g, 'solar')] as const),
  );
  expect(routes.length).toBeGreaterThan(20);
  // The lines of a batch are bounded each, and imports and letters have bounds of their own: none takes eight megabytes at once.
  const payload = JSON.stringify({ x: 'x'.repeat(8_000_000) });
  for (const [method, url] of routes.filter(([, path]) => !path.includes('batch'))) {
    const headers = { 'content-type': 'application/json' };
    const answer = await server.inject({ method: method as 'POST', url, payload, headers });
    expect([url, answer.statusCode, answer.json<{ code: string }>().code]).toEqual([
      url,
      413,
      'body_too_large',
    ]);
  }
});

test('headers that are too long end the connection', async () => {
  const port = await portOf();
  const answer = await said(
    port,
    `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 431 /);
});

test('a body that does not come is not waited for', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const port = await portOf();
    const head =
      'POST /v1/decisions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{';
    const state = { over: false };
    const ended = said(port, head).then(() => (state.over = true));
    await new Promise((resolve) => setImmediate(resolve));
    for (let turns = 0; !state.over && turns < 10_000; turns += 1) {
      vi.advanceTimersByTime(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await ended;
    expect(state.over).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});
