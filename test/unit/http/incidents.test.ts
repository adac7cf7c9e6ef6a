/** Incidents and self-tests at the HTTP door: what is taken, what is shown, and which field a refusal names. */
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SelfTestRun } from '../../../src/control/self-test.ts';
import type { CampaignId } from '../../../src/domain/ids.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { addMs } from '../../../src/domain/time.ts';
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

const FINDING = {
  ...{ incident_id: 'i-1', finding: 'a copy was stale', found_at: '2026-11-20T00:00:00Z', who: 'Kim' },
};
const CLOSING = {
  ...{ incident_id: 'i-1', cause: 'lapsed', correction: 'renewed', verification: 'held', who: 'Ana' },
};

test('an incident is recorded, closed and shown', async () => {
  expect((await ask('POST', '/v1/incidents', FINDING)).status).toBe(201);
  expect((await ask('POST', '/v1/incidents', FINDING)).status).toBe(200);
  expect((await ask('GET', '/v1/incidents')).body).toMatchObject({
    incidents: [{ incident_id: 'i-1', opened_by: 'Kim', cause: null, closed_at: null }],
  });
  expect((await ask('POST', '/v1/incidents/closings', CLOSING)).status).toBe(201);
  expect((await ask('GET', '/v1/incidents')).body).toMatchObject({
    incidents: [{ finding: 'a copy was stale', cause: 'lapsed', closed_by: 'Ana', verification: 'held' }],
  });
  expect(operations.doors.written.map(({ kind }) => kind)).toEqual(['incident_opened', 'incident_closed']);
});

test.each([
  ['/v1/incidents', { ...FINDING, found_at: 'yesterday' }, 'found_at'],
  ['/v1/incidents', { ...FINDING, found_at: '2036-11-20T00:00:00Z' }, 'found_at'],
  ['/v1/incidents', { ...FINDING, incident_id: 'no blanks' }, 'incident_id'],
  ['/v1/incidents', { ...FINDING, finding: '' }, 'finding'],
  ['/v1/incidents', { ...FINDING, finding: 'x'.repeat(4_001) }, 'finding'],
  ['/v1/incidents', { ...FINDING, severity: 'high' }, 'severity'],
  ['/v1/incidents/closings', CLOSING, 'incident_id'],
  ['/v1/incidents/closings', { ...CLOSING, cause: undefined }, 'cause'],
])('%s names the field that cannot be meant (%#)', async (url, payload, field) => {
  const { status, body } = await ask('POST', url, payload);
  expect([status, body['code'], body['field']]).toEqual([400, 'invalid_input', field]);
  expect(body['expected']).not.toBe('');
  expect(operations.doors.written).toEqual([]);
});

test('a self-test is run for who asks, and its newest is shown', async () => {
  const askers: string[] = [];
  const run: SelfTestRun = {
    runId: 'self-test-1',
    at: addMs(operations.now(), -1_000),
    policyHash: 'p',
    seeds: [
      {
        ...{ number: '+13035550150' as PhoneNumber, expects: 'on_national_registry', answer: 'permitted' },
        campaigns: 2,
        failures: [{ campaignId: 'solar' as CampaignId, verdict: 'permit', reasons: [] }],
      },
    ],
  };
  let last: SelfTestRun | null = null;
  Object.assign(operations, {
    selfTest: {
      run: (by: string) => {
        askers.push(by);
        last = run;
        return Promise.resolve(run);
      },
      last: () => last,
      since: operations.now(),
      seeds: 1,
    },
  });
  await server.close();
  server = buildServer(operations, { host: '127.0.0.1', tokens: [], version: '0.0.0' });
  expect((await ask('GET', '/v1/self-tests')).body).toEqual({ seeds: 1, newest: null });
  const shown = {
    run_id: 'self-test-1',
    passed: false,
    seeds: [{ number: '+13035550150', answer: 'permitted', failures: [{ campaign: 'solar' }] }],
  };
  expect(await ask('POST', '/v1/self-tests')).toMatchObject({ status: 200, body: shown });
  expect((await ask('GET', '/v1/self-tests')).body).toMatchObject({ seeds: 1, newest: shown });
  expect(askers).toEqual(['loopback']);
  const metrics = (await server.inject('/metrics')).body;
  expect(metrics).toContain('breakwater_self_test_seeds{answer="permitted"} 1');
  expect(metrics).toContain('breakwater_self_test_seeds{answer="held"} 0');
  expect(metrics).toContain('breakwater_self_test_age_seconds 1');
});

test('without seeds nothing was screened: it is no test that was passed, and the figures are quiet', async () => {
  expect((await ask('POST', '/v1/self-tests')).body).toMatchObject({ passed: false, seeds: [] });
  const metrics = (await server.inject('/metrics')).body;
  expect(metrics).toContain('breakwater_self_test_seeds{answer="permitted"} 0');
  expect(metrics).toContain('breakwater_self_test_age_seconds 0');
});
