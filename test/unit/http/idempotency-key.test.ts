/** `Idempotency-Key`: the key is the call id, so what the ledger has decided under it stands. */
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildServer } from '../../../src/http/server.ts';
import type { ScreenInput } from '../../../src/control/operations.ts';
import { FakeOperations } from '../../support/fake-operations.ts';

const KEY = '8e03978e-40d5-43dd-bc93-6894a57f9324';
const CALL = { number: '+13035550101', campaign: 'solar' };

let operations: FakeOperations;
let server: FastifyInstance;
beforeEach(() => {
  operations = new FakeOperations();
  server = buildServer(operations, { host: '127.0.0.1', tokens: [], version: '0' });
});
afterEach(async () => server.close());

async function ask(url: string, payload: object, key?: string) {
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  const { statusCode, body } = await server.inject({ method: 'POST', url, headers, payload });
  return { status: statusCode, body: JSON.parse(body) as Record<string, unknown> };
}

/** From now on each call id was decided before, for another call. */
function otherCallStands(): void {
  const screen = operations.screen.bind(operations);
  operations.screen = async (input: ScreenInput) => ({
    ...(await screen(input)),
    repeated: true,
    sameCall: false,
  });
}

describe.each([
  ['/v1/originations', {}],
  ['/v1/originations', { place: false }],
  ['/v1/agents/ann/calls', {}],
])('%s %j', (url, more) => {
  test.each([KEY, `"${KEY}"`])('%s is the call id', async (key) => {
    const { status, body } = await ask(url, { ...CALL, ...more }, key);
    expect([status, body['call_id']]).toEqual([200, KEY]);
  });

  test('beside the same call id it says nothing new', async () => {
    expect((await ask(url, { ...CALL, ...more, call_id: KEY }, KEY)).status).toBe(200);
  });

  test('beside another call id it is refused', async () => {
    const { status, body } = await ask(url, { ...CALL, ...more, call_id: 'lead-1' }, KEY);
    expect([status, body['code'], body['field']]).toEqual([400, 'invalid_input', 'Idempotency-Key']);
    expect(operations.ledger).toEqual([]);
  });

  test.each(['', 'two words', '"', 'x'.repeat(65)])('`%s` is no key', async (key) => {
    const { status, body } = await ask(url, { ...CALL, ...more }, key);
    expect([status, body['field']]).toEqual([400, 'Idempotency-Key']);
  });

  test('of another call is refused; without a key the veto says it', async () => {
    otherCallStands();
    const { status, body } = await ask(url, { ...CALL, ...more }, KEY);
    expect([status, body['code'], body['value']]).toEqual([422, 'idempotency_key_reused', KEY]);
    expect((await ask(url, { ...CALL, ...more, call_id: KEY })).status).toBe(200);
  });
});
