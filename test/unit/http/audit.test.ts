/**
 * Every route by which somebody other than a dialer changes something writes who asked into the ledger, before anything is done; a dialer's
 * own doors do so for whoever is no dialer.
 */
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildServer } from '../../../src/http/server.ts';
import { LedgerUnavailable } from '../../../src/ports/ledger.ts';
import { FakeOperations } from '../../support/fake-operations.ts';

const TOKEN = 'token-of-the-audited';
const WHO = 'Dana, floor lead';
const DIALER = 'token-of-the-dialer';
const said = { who: 'Kim', why: 'because' };
const person = { number: '+13035550101', seller: 'solar-seller' };
const consent = {
  ...{ consent_id: 'k', ...person, kind: 'written', given_at: '2026-11-01T12:00:00Z', disclosure_text: 't' },
  ...{ act: 'a', signature: 's', source: 's', not_condition_of_purchase: true },
};
const wish = { ...person, channel: 'voice' };
const inbound = {
  ...{ from: '+13035550101', to: '+13035550100', body: 'YES' },
  ...{ received_at: '2026-11-20T00:00:00Z', message_id: 'm-1' },
};

/** Route -> a body that can be meant. What is not here, and not a dialer's, fails the test. */
const AUDITED: Readonly<Record<string, object | undefined>> = {
  'POST /v1/campaigns/:id/pause': said,
  'POST /v1/campaigns/:id/resume': said,
  'POST /v1/supervisors/:id/talk': { call_id: 'c-1', mode: 'listen' },
  'POST /v1/supervisors/:id/leave': {},
  'POST /v1/reload': undefined,
  'POST /v1/undelivered-events/resend': { target: 'crm', entry: 1 },
  'POST /v1/overrides': {
    ...{ override_id: 'o-1', what: 'drop_lockout', seller: 'solar-seller', state: 'CO' },
    ...{ ...said, until: '2026-12-01T00:00:00Z' },
  },
  'POST /v1/emergencies': { state: 'CO', from: '2026-11-23', source: 'order 7', who: 'Kim' },
  'POST /v1/emergencies/ends': { state: 'CO', until: '2026-11-24', source: 'order 8', who: 'Kim' },
  'POST /v1/canaries': {},
  'POST /v1/self-tests': undefined,
  'POST /v1/incidents': {
    ...{ incident_id: 'i-1', finding: 'a list was stale', found_at: '2026-11-20T00:00:00Z', who: 'Kim' },
  },
  'POST /v1/incidents/closings': {
    ...{ incident_id: 'i-1', cause: 'c', correction: 'k', verification: 'v', who: 'Kim' },
  },
  'POST /v1/attestations': {
    ...{ caller_id: '+13035550100', level: 'A', way: 'declared', proof: 'carrier statement' },
    ...{ confirmed_at: '2026-11-20T00:00:00Z', expires_at: '2026-12-20T00:00:00Z' },
  },
  'POST /v1/attestations/import': { rows: [{ caller_id: '+13035550100', level: 'A' }] },
  'POST /v1/ledger-holds': { scope: 'campaign', value: 'solar', ...said },
  'POST /v1/ledger-holds/lifts': { hold_id: 'h-1', ...said },
  'POST /v1/recording-holds': { scope: 'call', value: 'c-1', ...said },
  'POST /v1/recording-holds/lifts': { hold_id: 'h-1', ...said },
  'POST /v1/consents': consent,
  'POST /v1/messages/consents': consent,
  'POST /v1/consents/confirmations': { consent_id: 'k', ...person, channel: 'email' },
  'POST /v1/relationships': {
    ...{ relationship_id: 'r', ...person, kind: 'inquiry', occurred_on: '2026-11-01' },
    ...{ subject: 'roofs', source: 'form' },
  },
  'POST /v1/consents/import': { seller: 'solar-seller', rows: [{ number: '+13035550101' }] },
  'POST /v1/opt-outs/import': { seller: 'solar-seller', rows: [{ number: '+13035550101' }] },
  'POST /v1/reassigned-checks': {
    ...{ check_id: 'q', ...person, queried_at: '2026-11-20T00:00:00Z', since: '2026-11-01', answer: 'no' },
  },
  'POST /v1/reassigned-checks/import': { seller: 'solar-seller', rows: [{ number: '+13035550101' }] },
  'POST /v1/unclear-requests/settlements': { request_id: 't-1', as: 'no_request', ...said },
};
/** A dialer's own doors, whose decisions and results are entries themselves: only under another token they say who asked. */
const OF_DIALERS: Readonly<Record<string, object | undefined>> = {
  'POST /v1/originations': { number: '+13035550101', campaign: 'solar', place: false },
  'POST /v1/agents/:id/calls': { number: '+13035550101', campaign: 'solar' },
  'PUT /v1/agents/:id/state': { state: 'ready' },
  'POST /v1/calls/:id/result': { outcome: 'connected', campaign: 'solar' },
  'POST /v1/calls/:id/recording/refuse': { who: 'the person' },
  'POST /v1/opt-outs': wish,
  'POST /v1/consents/revocations': wish,
  'DELETE /v1/consents': undefined,
  'POST /v1/texts': inbound,
  'POST /v1/messages/decisions': { number: '+13035550101', campaign: 'solar', text: 'Hello' },
  'POST /v1/messages/inbound': inbound,
};
/** Never audited, or with a body that is a stream. */
const OTHERS: readonly string[] = [
  'POST /v1/originations:batch',
  // They reserve and record nothing.
  'POST /v1/decisions',
  'POST /v1/decisions:batch',
  // The cookie of a browser.
  'POST /v1/session',
  'DELETE /v1/session',
  // Signed by the sender, no token: the events it takes are entries with their source.
  'POST /v1/webhooks/:source',
];

let operations: FakeOperations;
let server: FastifyInstance;
beforeEach(() => {
  operations = new FakeOperations();
  const sha256 = (token: string): string => createHash('sha256').update(token).digest('hex');
  const tokens = [
    { name: WHO, sha256: sha256(TOKEN), scopes: ['admin'] as const },
    { name: 'dialer one', sha256: sha256(DIALER), scopes: ['dialer'] as const },
  ];
  server = buildServer(operations, { host: '127.0.0.1', tokens, version: '0' });
});
afterEach(() => server.close());

async function mutatingRoutes(): Promise<readonly string[]> {
  const answer = await server.inject({ url: '/openapi.json' });
  const { paths } = answer.json<{ paths: Record<string, Record<string, unknown>> }>();
  return Object.entries(paths)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => [method.toUpperCase(), path] as const))
    .filter(([method]) => method !== 'GET')
    .map(([method, path]) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`);
}

/** What a deletion names stands in its query. */
const QUERY = `?${new URLSearchParams(wish).toString()}`;

function ask(route: string, payload: object | undefined, token = TOKEN) {
  const [method = '', path = ''] = route.split(' ');
  return server.inject({
    method: method as 'POST',
    url: path.replace(':id', 'solar') + (method === 'DELETE' ? QUERY : ''),
    headers: { authorization: `Bearer ${token}` },
    ...(payload === undefined ? {} : { payload }),
  });
}

test('each route that changes something is audited or a dialer’s own', async () => {
  const routes = await mutatingRoutes();
  expect(routes.length).toBeGreaterThan(20);
  const sampled = Object.keys({ ...AUDITED, ...OF_DIALERS });
  expect(routes.filter((route) => !sampled.includes(route) && !OTHERS.includes(route))).toEqual([]);
  expect(sampled.filter((route) => !routes.includes(route))).toEqual([]);
});

test.each(Object.entries(OF_DIALERS))('%s says nothing of a dialer', async (route, body) => {
  const answer = await ask(route, body, DIALER);
  // Else the door is no dialer's, or nothing was asked.
  expect([401, 403]).not.toContain(answer.statusCode);
  expect(operations.actions).toEqual([]);
});

test.each(Object.entries({ ...AUDITED, ...OF_DIALERS }))('%s says who asked', async (route, body) => {
  const answer = await ask(route, body);
  expect(answer.json(), `the sample body is refused`).not.toMatchObject({
    code: 'invalid_input',
    field: 'body',
  });
  const [method, path] = route.split(' ');
  expect(operations.actions, answer.body).toEqual([
    {
      who: WHO,
      method,
      route: path,
      subject: path?.includes(':id') === true ? 'solar' : null,
      address: '127.0.0.1',
    },
  ]);
});

test('nothing is done where it cannot be written down', async () => {
  operations.recordAction = () => Promise.reject(new LedgerUnavailable('PostgreSQL is away'));
  const answer = await ask('POST /v1/campaigns/:id/pause', said);
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([503, 'ledger_unavailable']);
  expect(operations.calls).toEqual([]);
});

test('what a dialer asks is no action, and neither is looking', async () => {
  await ask('POST /v1/decisions', { number: '+13035550101', campaign: 'solar' });
  await server.inject({ url: '/v1/campaigns', headers: { authorization: `Bearer ${TOKEN}` } });
  expect(operations.actions).toEqual([]);
});
