/** The dossier over HTTP: who may have it, which numbers are read, which form it comes in. */
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Dossier } from '../../../src/control/evidence/dossier.ts';
import { verifyDossier } from '../../../src/control/evidence/verify-dossier.ts';
import { buildServer } from '../../../src/http/server.ts';
import { LedgerUnavailable } from '../../../src/ports/ledger.ts';
import { FakeOperations } from '../../support/fake-operations.ts';

const TOKENS = (['dialer', 'supervisor', 'compliance', 'admin'] as const).map((scope) => ({
  name: scope,
  sha256: createHash('sha256').update(scope).digest('hex'),
  scopes: [scope],
}));

let operations: FakeOperations;
let server: FastifyInstance;
beforeEach(() => {
  operations = new FakeOperations();
  operations.decided('c-1', '+13035550101', null);
  operations.settled('c-1', '+13035550101', 'dropped');
  operations.decided('c-2', '+13035550101', 'on_internal_list');
  operations.decided('c-3', '+17205550101', null);
  server = buildServer(operations, { host: '127.0.0.1', tokens: [], version: '0.0.0' });
});
afterEach(() => server.close());

const get = (url: string, headers: Record<string, string> = {}) =>
  server.inject({ method: 'GET', url, headers });

test('answers JSON that a stranger can check', async () => {
  const answer = await get('/v1/evidence/+13035550101');
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([
    200,
    'application/json; charset=utf-8',
  ]);
  expect(answer.headers['cache-control']).toBe('no-store');
  const dossier = answer.json<Dossier>();
  expect(dossier.asked).toMatchObject({ number: '+13035550101', through_id: 4, next_after: null });
  expect(dossier.decisions.map((each) => each.call_id)).toEqual(['c-1', 'c-2']);
  expect(verifyDossier(dossier)).toMatchObject({ ok: true, entries: 3 });
});

test.each(['3035550101', '303 555 0101', '(303) 555-0101', '1-303-555-0101', '+1 303.555.0101'])(
  'reads %s',
  async (written) => {
    const answer = await get(`/v1/evidence/${encodeURIComponent(written)}`);
    expect(answer.json<Dossier>().asked.number).toBe('+13035550101');
  },
);

test.each(['x', '555', '3035550101 or 3035550102', '+1303555010122222'])(
  'refuses %s with what was expected',
  async (written) => {
    const answer = await get(`/v1/evidence/${encodeURIComponent(written)}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      code: 'invalid_input',
      field: 'number',
      value: written,
      expected: 'a telephone number, for example +13035550101',
    });
  },
);

test.each(['303555010', '+1 303 555 010', '+1 303 555 01012'])(
  'does not say that nothing is on record for %s, a number cut short or too long',
  async (written) => {
    const answer = await get(`/v1/evidence/${encodeURIComponent(written)}`);
    expect([answer.statusCode, answer.json<{ expected: string }>().expected]).toEqual([
      400,
      '+1 and ten digits',
    ]);
  },
);

test('nothing on record is an answer', async () => {
  const answer = await get('/v1/evidence/+13035550199');
  expect(answer.statusCode).toBe(200);
  expect(answer.json<Dossier>().statement).toMatch(/^nothing on record for \+13035550199/);
});

describe('the page', () => {
  test.each([
    ['a browser', '', 'text/html,application/xhtml+xml,*/*;q=0.8', 'text/html'],
    ['who asks for it', '?format=html', '*/*', 'text/html'],
    ['a browser that asks for JSON', '?format=json', 'text/html', 'application/json'],
    ['who takes anything', '', '*/*', 'application/json'],
  ])('%s gets %s', async (_, query, accept, type) => {
    const answer = await get(`/v1/evidence/+13035550101${query}`, { accept });
    expect(answer.headers['content-type']).toBe(`${type}; charset=utf-8`);
    expect(answer.headers['vary']).toBe('accept');
  });

  test('its header admits its style sheet and nothing else', async () => {
    const answer = await get('/v1/evidence/+13035550101?format=html');
    const style = /<style>([^]*?)<\/style>/.exec(answer.body)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(answer.headers['content-security-policy']).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(answer.body).toContain('Evidence for +13035550101');
  });
});

test.each([
  ['?format=pdf', 'format'],
  ['?after=-1', 'after'],
  ['?before=1', 'before'],
])('refuses %s', async (query, field) => {
  const answer = await get(`/v1/evidence/+13035550101${query}`);
  expect([answer.statusCode, answer.json<{ field: string }>().field]).toEqual([400, field]);
});

test('goes on after an entry', async () => {
  const dossier = (await get('/v1/evidence/+13035550101?after=2')).json<Dossier>();
  expect(dossier.decisions.map((each) => each.call_id)).toEqual(['c-2']);
});

test.each([
  ['dialer', 403],
  ['supervisor', 403],
  ['compliance', 200],
  ['admin', 200],
])('is for compliance: %s gets %i', async (scope, status) => {
  const guarded = buildServer(operations, { host: '127.0.0.1', tokens: TOKENS, version: '0.0.0' });
  const answer = await guarded.inject({
    url: '/v1/evidence/+13035550101',
    headers: { authorization: `Bearer ${scope}` },
  });
  expect(answer.statusCode).toBe(status);
  await guarded.close();
});

test('a ledger that is away is a 503, and the next one is made again', async () => {
  operations.beforeRead = () => Promise.reject(new LedgerUnavailable('the ledger cannot be read'));
  for (let again = 0; again < 3; again += 1) {
    const answer = await get('/v1/evidence/+13035550101');
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([503, 'ledger_unavailable']);
  }
  operations.beforeRead = () => Promise.resolve();
  expect((await get('/v1/evidence/+13035550101')).statusCode).toBe(200);
});

test('two are made at once, not more', async () => {
  const waiting: (() => void)[] = [];
  operations.beforeRead = () => new Promise((resolve) => waiting.push(resolve));
  const made = [get('/v1/evidence/+13035550101'), get('/v1/evidence/+13035550101')];
  while (waiting.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  const third = await get('/v1/evidence/+13035550101');
  expect([third.statusCode, third.json<{ code: string }>().code]).toEqual([503, 'too_many_dossiers']);
  operations.beforeRead = () => Promise.resolve();
  for (const go of waiting) go();
  expect((await Promise.all(made)).map(({ statusCode }) => statusCode)).toEqual([200, 200]);
});
