/** The door to a reload: who may ask, what is told of it, and how a refusal reads. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { buildServer } from '../../../src/http/server.ts';
import { FakeOperations } from '../../support/fake-operations.ts';

const sha256 = (token: string): string => createHash('sha256').update(token).digest('hex');
let operations: FakeOperations;
let server: FastifyInstance;

beforeEach(() => {
  operations = new FakeOperations();
  server = buildServer(operations, {
    host: '127.0.0.1',
    tokens: [
      { name: 'dialer', sha256: sha256('d'), scopes: ['dialer', 'compliance'] },
      { name: 'night shift', sha256: sha256('s'), scopes: ['supervisor'] },
    ],
    version: '0.0.0',
  });
});
afterEach(async () => {
  await server.close();
});

const reload = (token: string) =>
  server.inject({ method: 'POST', url: '/v1/reload', headers: { authorization: `Bearer ${token}` } });

test('a supervisor reloads under the name of the token, and is told what has changed', async () => {
  operations.reloaded = {
    kind: 'reloaded',
    from: 'a',
    to: 'b',
    added: [],
    changed: ['solar' as never],
    removed: [],
  };
  const answer = await reload('s');
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toEqual({ from: 'a', policy_hash: 'b', added: [], changed: ['solar'], removed: [] });
  expect(operations.reloads).toEqual(['night shift']);
});

test('nobody else does', async () => {
  expect((await reload('d')).statusCode).toBe(403);
  expect((await reload('x')).statusCode).toBe(401);
  expect(operations.reloads).toEqual([]);
});

test('a refusal is a problem with all that is wrong and the hash that stays', async () => {
  const problems = ['rules/federal.yaml: hours: is wrong', 'campaigns/solar.yaml: mode: is wrong'];
  operations.reloaded = { kind: 'refused', policyHash: 'a', problems };
  const answer = await reload('s');
  expect(answer.statusCode).toBe(422);
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(answer.json()).toMatchObject({
    code: 'reload_refused',
    detail: '2 problem(s); the policy a stays in force',
    problems,
  });
});

test('the campaigns come with the policy in force', async () => {
  const headers = { authorization: 'Bearer s' };
  const answer = await server.inject({ method: 'GET', url: '/v1/campaigns', headers });
  expect(answer.json()).toMatchObject({ policy_hash: 'b'.repeat(64) });
});
