/** Whatever is sent, the door stands: an answer or a problem, never a 500, never a crash. */
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildServer } from '../../../src/http/server.ts';
import { FakeOperations } from '../../support/fake-operations.ts';

let server: FastifyInstance;
beforeAll(() => {
  server = buildServer(new FakeOperations(), {
    host: '127.0.0.1',
    tokens: [],
    version: '0',
    requestsPerSecondMax: 1_000_000,
  });
});
afterAll(async () => server.close());

const ROUTES = [
  ['POST', '/v1/originations'],
  ['POST', '/v1/agents/ann/calls'],
  ['POST', '/v1/decisions'],
  ['POST', '/v1/calls/c-1/result'],
  ['POST', '/v1/campaigns/solar/pause'],
  ['PUT', '/v1/agents/ann/state'],
  ['POST', '/v1/opt-outs'],
  ['POST', '/v1/consents'],
  ['POST', '/v1/consents/revocations'],
  ['POST', '/v1/attestations'],
  ['POST', '/v1/messages/decisions'],
  ['POST', '/v1/messages/consents'],
  ['POST', '/v1/messages/inbound'],
  ['POST', '/v1/incidents'],
  ['POST', '/v1/incidents/closings'],
  ['POST', '/v1/self-tests'],
] as const;

const KNOWN: Record<string, readonly unknown[]> = {
  number: ['+13035550101', '3035550109', ''],
  campaign: ['solar', 'lunar'],
  call_id: ['c-1', null],
  caller_id: ['+13035550100', null],
  seller: ['solar-seller'],
  channel: ['voice'],
  purpose: ['marketing', 'opt_in_request'],
  text: ['Cheap panels', null],
  from: ['+13035550101', 'x'],
  to: ['+13035550100', '55512'],
  body: ['STOP', 'YES', 'help', 'who'],
  received_at: ['2026-11-21T16:59:00Z'],
  outcome: ['connected', 'dropped', 'expired'],
  state: ['ready', 'CO'],
  campaigns: [['solar'], []],
  who: ['Kim'],
  why: ['x'],
  at: ['2026-11-26T13:00:00Z', '9999-12-31T23:59:59Z'],
  consent_id: ['k'],
  kind: ['written'],
  given_at: ['2026-10-01T12:00:00Z', '-271821-04-20T00:00:00Z'],
  expires_at: ['2030-10-01T12:00:00+05:30'],
  disclosure_text: ['t'],
  act: ['a'],
  source: ['s'],
  not_condition_of_purchase: [true],
  level: ['A'],
  way: ['declared'],
  confirmed_at: ['2026-10-01T12:00:00Z'],
  proof: ['p'],
  incident_id: ['i-1', 'i-2'],
  finding: ['f'],
  found_at: ['2026-11-20T12:00:00Z', '9999-12-31T23:59:59Z'],
  cause: ['c'],
  correction: ['k'],
  verification: ['v'],
};

/** Likely fields with likely and unlikely values, so that many bodies get past the schema. */
const body = fc.oneof(
  fc.record(
    Object.fromEntries(
      Object.entries(KNOWN).map(([key, values]) => [
        key,
        fc.oneof(
          { arbitrary: fc.constantFrom(...values), weight: 6 },
          { arbitrary: fc.anything(), weight: 1 },
        ),
      ]),
    ),
    { requiredKeys: [] },
  ),
  fc.jsonValue(),
);

const expectStanding = (status: number, type: unknown): void => {
  expect(status).toBeLessThan(500);
  expect(String(type)).toMatch(status < 400 ? /application\/json/ : /application\/problem\+json/);
};

test('any JSON body', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...ROUTES), body, async ([method, url], value) => {
      const payload = JSON.stringify(value) as string | undefined;
      const headers = { 'content-type': 'application/json' };
      const response = await server.inject({ method, url, headers, payload: payload ?? '' });
      expectStanding(response.statusCode, response.headers['content-type']);
    }),
    { numRuns: 400 },
  );
});

test('any likely body without strangers in it', async () => {
  const fields: Record<string, readonly string[]> = {
    '/v1/originations': ['number', 'campaign', 'call_id', 'caller_id'],
    '/v1/decisions': ['number', 'campaign', 'at'],
    '/v1/opt-outs': ['number', 'seller', 'campaign', 'channel'],
    '/v1/calls/c-1/result': ['outcome', 'campaign'],
    '/v1/attestations': ['level', 'way', 'confirmed_at', 'expires_at', 'proof'],
    '/v1/incidents': ['incident_id', 'finding', 'found_at', 'who'],
    '/v1/incidents/closings': ['incident_id', 'cause', 'correction', 'verification', 'who'],
  };
  const likely = fc
    .constantFrom(...Object.entries(fields))
    .chain(([url, keys]) =>
      fc
        .record(
          Object.fromEntries(
            keys.map((key) => [
              key,
              fc.oneof(fc.constantFrom(...(KNOWN[key] ?? [])), fc.string({ unit: 'binary', maxLength: 70 })),
            ]),
          ),
          { requiredKeys: [] },
        )
        .map((value) => ({ url, value })),
    );
  await fc.assert(
    fc.asyncProperty(likely, async ({ url, value }) => {
      const response = await server.inject({ method: 'POST', url, payload: value });
      expectStanding(response.statusCode, response.headers['content-type']);
    }),
    { numRuns: 400 },
  );
});

test('any bytes, any media type', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...ROUTES),
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom(
        'application/json',
        'text/plain',
        'application/xml',
        'application/json; charset=x',
        ';',
      ),
      async ([method, url], bytes, type) => {
        const headers = { 'content-type': type };
        const response = await server.inject({ method, url, headers, payload: Buffer.from(bytes) });
        expectStanding(response.statusCode, response.headers['content-type']);
      },
    ),
    { numRuns: 300 },
  );
});

test('any path and query', async () => {
  const part = fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom('%', '%00', '%ff', '..', 'solar'));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(
        '/v1/calls/',
        '/v1/campaigns/',
        '/v1/decisions?limit=',
        '/v1/entries?after=',
        '/v1/entries?',
      ),
      part,
      async (prefix, text) => {
        const url =
          prefix + text.replaceAll(/[^\x21-\x7e]|#/g, (sign) => encodeURIComponent(sign.toWellFormed()));
        const response = await server.inject({ method: 'GET', url });
        expectStanding(response.statusCode, response.headers['content-type']);
      },
    ),
    { numRuns: 300 },
  );
});
