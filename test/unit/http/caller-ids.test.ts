/** Caller IDs over trunks at the HTTP door: what is shown, canaries that are asked for, statements of carriers in bulk. */
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildServer } from '../../../src/http/server.ts';
import type { CampaignId } from '../../../src/domain/ids.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { addMs } from '../../../src/domain/time.ts';
import { FakeOperations } from '../../support/fake-operations.ts';

const CALLER_ID = '+13035550101' as PhoneNumber;
const ROUTE = { callerId: CALLER_ID, trunk: 'carrier' };
const SHA = 'ab'.repeat(32);

let operations: FakeOperations;
let server: FastifyInstance;

beforeEach(() => {
  operations = new FakeOperations();
  server = buildServer(operations, { host: '127.0.0.1', tokens: [], version: '0.0.0' });
});
afterEach(async () => {
  await server.close();
});

async function ask(method: 'GET' | 'POST', url: string, payload?: object) {
  const response = await server.inject({ method, url, ...(payload === undefined ? {} : { payload }) });
  return { status: response.statusCode, body: JSON.parse(response.body) as Record<string, unknown> };
}

test('a caller ID with its level, its blocked calls, its rest and its canary', async () => {
  const now = operations.now();
  operations.callerIdStatuses = [
    {
      ...ROUTE,
      record: {
        ...ROUTE,
        level: 'B',
        way: 'seen_there',
        confirmedAt: addMs(now, -90_000),
        expiresAt: addMs(now, 60_000),
        proof: 'canary-1',
      },
      demands: [
        {
          campaignId: 'solar' as CampaignId,
          minimum: 'A',
          maxAgeHours: 24,
          answer: 'attestation_below_minimum',
          problem: 'level B is below A',
          metUntil: null,
          record: null,
        },
      ],
      records: [],
      rest: { from: now, until: addMs(now, 3_600_000), blocked: 3, ofLast: 20 },
      days: [{ day: '2026-11-21', calls: 20, blocked: 3, silent: 1, atOnce: 2 }],
      lastSignal: { kind: 'network_blocked', at: now, header: 'Q.850;cause=21' },
      canary: { at: now, outcome: 'arrived', level: 'B', alarm: 'fell' },
    },
  ];
  const { status, body } = await ask('GET', '/v1/caller-ids');
  expect(status).toBe(200);
  expect(body['caller_ids']).toMatchObject([
    {
      ...{ caller_id: CALLER_ID, trunk: 'carrier', campaigns: ['solar'], minimum: 'A' },
      ...{ answer: 'attestation_below_minimum', level: 'B', source: 'seen_there', age_seconds: 90 },
      resting_until: new Date(now + 3_600_000).toISOString(),
      days: [{ day: '2026-11-21', calls: 20, blocked: 3, silent: 1, at_once: 2 }],
      last_signal: { signal: 'network_blocked', header: 'Q.850;cause=21' },
      canary: { outcome: 'arrived', level: 'B', alarm: 'fell' },
    },
  ]);
});

test('a canary is placed, and where somebody waits, told with what it showed', async () => {
  const finding = { source: 'identity', level: 'A', text: 'certificate ab' } as const;
  operations.canaryRuns = [
    {
      kind: 'placed',
      route: ROUTE,
      canaryId: 'canary-1',
      result: Promise.resolve({
        ...{ canaryId: 'canary-1', route: ROUTE, called: '+13035550150' as PhoneNumber },
        ...{ outcome: 'arrived', level: 'A', findings: [finding], alarm: null },
      }),
    },
    { kind: 'refused', route: { ...ROUTE, trunk: 'west' }, why: 'day_is_full' },
  ];
  const refused = { trunk: 'west', canary: null, outcome: 'day_is_full', level: null };
  const placed = await ask('POST', '/v1/canaries', { caller_id: '303-555-0101', trunk: 'carrier' });
  expect(placed.body['canaries']).toMatchObject([
    { canary: 'canary-1', outcome: 'placed', level: null },
    refused,
  ]);
  expect(operations.calls).toContain(`canaries ${CALLER_ID} carrier`);
  const waited = await ask('POST', '/v1/canaries', { wait: true });
  expect(waited.body['canaries']).toMatchObject([
    { canary: 'canary-1', outcome: 'arrived', level: 'A', findings: [finding] },
    refused,
  ]);
  expect(operations.calls).toContain('canaries all all');
  expect((await ask('POST', '/v1/canaries', { caller_id: 'nobody' })).body).toMatchObject({
    field: 'caller_id',
  });
});

test('statements of carriers in bulk: what is wrong with one costs no other', async () => {
  const row = {
    ...{ caller_id: CALLER_ID, trunk: 'carrier', level: 'A', statement: 'letter 7' },
    ...{ confirmed_at: '2026-11-20T00:00:00Z', expires_at: '2027-01-31T00:00:00Z', document_sha256: SHA },
  };
  const { status, body } = await ask('POST', '/v1/attestations/import', {
    rows: [
      row,
      { ...row, level: 'D' },
      { ...row, document_sha256: 'letter.pdf' },
      { ...row, expires_at: '2026-11-19T00:00:00Z' },
      { ...row, trunk: 'a b' },
    ],
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({ written: 1, standing: 0 });
  const rejected = body['rejected'] as readonly { readonly index: number; readonly field: string }[];
  expect(rejected.map(({ index, field }) => `${index} ${field}`)).toEqual([
    '1 level',
    '2 document_sha256',
    '3 expires_at',
    '4 trunk',
  ]);
  expect(operations.ledger.map(({ body: entry }) => entry)).toMatchObject([
    { callerId: CALLER_ID, trunk: 'carrier', level: 'A', way: 'declared', proof: `document ${SHA} letter 7` },
  ]);
});
