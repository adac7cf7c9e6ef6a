/** Legal holds on the ledger at the HTTP door: the entries they leave, what is shown, and which field a refusal names. */
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildServer } from '../../../src/http/server.ts';
import { FakeOperations } from '../../support/fake-operations.ts';

let operations: FakeOperations;
let server: FastifyInstance;
beforeEach(() => {
  operations = new FakeOperations();
  server = buildServer(operations, { host: '127.0.0.1', tokens: [], version: '0.0.0' });
});
afterEach(() => server.close());

async function ask(method: 'GET' | 'POST', url: string, payload?: object) {
  const response = await server.inject({ method, url, ...(payload === undefined ? {} : { payload }) });
  return { status: response.statusCode, body: JSON.parse(response.body) as Record<string, unknown> };
}

const SAID = { who: 'counsel', why: 'case 7' };
const ON_NUMBER = { scope: 'number', value: '(303) 555-0101', ...SAID };

test('a hold is set, shown, lifted once, and stays in the ledger as the command leaves it', async () => {
  const set = await ask('POST', '/v1/ledger-holds', ON_NUMBER);
  expect(set.status).toBe(201);
  const holdId = String(set.body['hold_id']);
  expect((await ask('POST', '/v1/ledger-holds', { scope: 'all', ...SAID })).status).toBe(201);
  const shown = { hold_id: holdId, scope: 'number', value: '+13035550101', ...SAID };
  expect((await ask('GET', '/v1/ledger-holds')).body).toMatchObject({
    holds: [
      { scope: 'all', value: '', lifted_at: null },
      { ...shown, lifted_at: null },
    ],
  });
  expect((await ask('GET', '/v1/ledger-holds?limit=1')).body['holds']).toHaveLength(1);
  const lift = { hold_id: holdId, who: 'counsel', why: 'settled' };
  expect((await ask('POST', '/v1/ledger-holds/lifts', lift)).status).toBe(201);
  const { holds } = (await ask('GET', '/v1/ledger-holds')).body as { holds: { lifted_at: string | null }[] };
  expect(holds.map((each) => each.lifted_at !== null)).toEqual([false, true]);
  const again = await ask('POST', '/v1/ledger-holds/lifts', lift);
  expect([again.status, again.body['field']]).toEqual([400, 'hold_id']);
  expect(operations.doors.written.map(({ kind, body }) => [kind, body['number'] ?? null])).toEqual([
    ['ledger_hold_set', '+13035550101'],
    ['ledger_hold_set', null],
    ['ledger_hold_lifted', '+13035550101'],
  ]);
});

test.each([
  ['/v1/ledger-holds', { ...ON_NUMBER, value: '555' }, 'value'],
  ['/v1/ledger-holds', { ...ON_NUMBER, value: undefined }, 'value'],
  ['/v1/ledger-holds', { ...ON_NUMBER, scope: 'all' }, 'value'],
  ['/v1/ledger-holds', { ...ON_NUMBER, scope: 'campaign', value: 'a b' }, 'value'],
  ['/v1/ledger-holds', { ...ON_NUMBER, scope: 'call' }, 'scope'],
  ['/v1/ledger-holds', { ...ON_NUMBER, why: '' }, 'why'],
  ['/v1/ledger-holds', { scope: 'all', why: 'case 7' }, 'who'],
  ['/v1/ledger-holds/lifts', { hold_id: 'h-1', ...SAID }, 'hold_id'],
])('%s names the field that cannot be meant (%#)', async (url, payload, field) => {
  const { status, body } = await ask('POST', url, payload);
  expect([status, body['code'], body['field']]).toEqual([400, 'invalid_input', field]);
  expect(operations.doors.written).toEqual([]);
});
