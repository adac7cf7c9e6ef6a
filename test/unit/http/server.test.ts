/** The routes, asked as a dialer would: what is answered, what is refused and in which words. */
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { buildServer, listen } from '../../../src/http/server.ts';
import { AGENT_STATES } from '../../../src/ports/counters.ts';
import { REASONS } from '../../../src/domain/decision.ts';
import { OVERRIDABLE } from '../../../src/domain/override.ts';
import { LedgerUnavailable } from '../../../src/ports/ledger.ts';
import {
  type CampaignId,
  parseCallId,
  parseCampaignId,
  parseSupervisorId,
  type WriterId,
} from '../../../src/domain/ids.ts';
import { SUPERVISION_REFUSALS } from '../../../src/domain/supervision.ts';
import type { AttestationRecord } from '../../../src/domain/attestation.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { addMs, formatInstant, instant, parseLocalDate } from '../../../src/domain/time.ts';
import { FakeOperations, must } from '../../support/fake-operations.ts';

let operations: FakeOperations;
let server: FastifyInstance;

beforeEach(() => {
  operations = new FakeOperations();
  server = buildServer(operations, { host: '127.0.0.1', tokens: [], version: '0.0.0' });
});
afterEach(async () => {
  await server.close();
});

type Answer = Record<string, unknown>;

async function ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object, headers = {}) {
  const response = await server.inject({
    method,
    url,
    headers,
    ...(payload === undefined ? {} : { payload }),
  });
  const isJson = String(response.headers['content-type']).includes('json');
  return {
    status: response.statusCode,
    type: String(response.headers['content-type']),
    headers: response.headers,
    text: response.body,
    body: (isJson ? JSON.parse(response.body) : {}) as Answer,
  };
}

describe('originations', () => {
  test('a permit carries its obligations and what became of the call', async () => {
    const { status, body } = await ask('POST', '/v1/originations', {
      number: '303-555-0101',
      campaign: 'solar',
      call_id: 'c-1',
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      call_id: 'c-1',
      verdict: 'permit',
      placement: 'placed',
      number: '+13035550101',
      headline: null,
      reasons: [],
      places: [{ state: 'CO', zone: 'America/Denver', because: 'area_code' }],
      valid_until: '2026-11-21T17:00:05.000Z',
    });
    expect(body.obligations).toEqual([
      { kind: 'ring_at_least_s', seconds: 15, basis: '47 CFR 64.1200(a)(6)' },
      { kind: 'connect_within_ms', ms: 2000, basis: '47 CFR 64.1200(a)(7)' },
    ]);
  });

  test('a veto is an answer: 200 with every reason and its meaning', async () => {
    const { status, body } = await ask('POST', '/v1/originations', {
      number: '+13035550109',
      campaign: 'solar',
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ verdict: 'veto', placement: 'vetoed', headline: 'on_internal_list' });
    expect(body.reasons).toEqual([
      {
        code: 'on_internal_list',
        meaning: REASONS.on_internal_list.meaning,
        rule: 'fake',
        basis: '47 CFR 64.1200(d)',
        detail: { seen: 'in a test' },
        transient: false,
      },
    ]);
  });

  test('what is no number is a veto too', async () => {
    const { status, body } = await ask('POST', '/v1/originations', { number: 'x', campaign: 'solar' });
    expect([status, body.headline, body.number]).toEqual([200, 'not_a_number', 'x']);
  });

  test('`place: false` reserves for a dialer that dials itself', async () => {
    const { body } = await ask('POST', '/v1/originations', {
      number: '+13035550101',
      campaign: 'solar',
      place: false,
    });
    expect(body.placement).toBe('reserved');
    expect(operations.ledger).toHaveLength(1);
  });

  test('a reservation whose asker has gone is given back', async () => {
    const screen = operations.screen.bind(operations);
    const asker = new AbortController();
    operations.screen = async (input) => {
      asker.abort();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return screen(input);
    };
    const address = await listen(server, '127.0.0.1', 0);
    const asked = fetch(`${address}/v1/originations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ number: '+13035550101', campaign: 'solar', call_id: 'c-1', place: false }),
      signal: asker.signal,
    });
    await expect(asked).rejects.toThrow();
    await vi.waitFor(() =>
      expect(operations.calls).toEqual(['withdraw c-1: the asker hung up before the answer']),
    );
  });

  test('decisions record nothing and may be asked for another instant', async () => {
    const { status, body } = await ask('POST', '/v1/decisions', {
      number: '+13035550101',
      campaign: 'solar',
      at: '2026-11-26T13:00:00Z',
      zip: null,
    });
    expect([status, body.decided_at]).toEqual([200, '2026-11-26T13:00:00.000Z']);
    expect(body).not.toHaveProperty('explanation');
    expect(operations.ledger).toHaveLength(0);
  });

  test.each([
    ['1 Main St, Denver, CO 80202'],
    [{ street: '1 Main St', city: 'Denver', state: 'CO', zip: '80202' }],
  ])('an address is handed on: %j', async (address) => {
    const { status } = await ask('POST', '/v1/decisions', {
      ...{ number: '+13035550101', campaign: 'solar' },
      address,
    });
    expect(status).toBe(200);
    expect(operations.askedToDecide.at(-1)?.lead.address).toEqual(address);
  });

  test('a decision may be asked to explain itself', async () => {
    const { status, body } = await ask('POST', '/v1/decisions', {
      number: '+13035550101',
      campaign: 'solar',
      explain: true,
    });
    expect(status).toBe(200);
    expect(body.explanation).toMatchObject({
      places: [{ state: 'CO', zone: 'America/Denver', windows: [{ window: '08:00-21:00' }] }],
      rules: [
        { rule: 'do_not_call', answer: 'veto', reasons: [{ code: 'on_internal_list' }] },
        { rule: 'consent', answer: 'nothing against it', reasons: [] },
      ],
      next_lawful: { verdict: 'veto', codes: ['on_internal_list'] },
    });
  });
});

describe('calls', () => {
  test('a result is recorded once, and the history is told', async () => {
    await ask('POST', '/v1/originations', { number: '+13035550101', campaign: 'solar', call_id: 'c-1' });
    expect((await ask('GET', '/v1/calls/c-1')).body.state).toBe('in_progress');
    const report = { outcome: 'connected', hangup_cause: 16, sip_status: null };
    expect((await ask('POST', '/v1/calls/c-1/result', report)).body).toEqual({
      call_id: 'c-1',
      recorded: 'recorded',
    });
    expect((await ask('POST', '/v1/calls/c-1/result', report)).body.recorded).toBe('repeated');
    const { body } = await ask('GET', '/v1/calls/c-1');
    expect(body.state).toBe('settled');
    expect((body.entries as Answer[]).map((entry) => entry.kind)).toEqual(['decision', 'call_result']);
  });

  test('a result of a call nobody screened needs the campaign', async () => {
    const { status, type, body } = await ask('POST', '/v1/calls/c-9/result', { outcome: 'busy' });
    expect([status, type]).toEqual([400, 'application/problem+json']);
    expect(body).toMatchObject({ code: 'invalid_input', field: 'campaign' });
  });

  test('an unknown call is a 404 problem', async () => {
    const { status, body } = await ask('GET', '/v1/calls/nobody');
    expect(status).toBe(404);
    expect(body).toMatchObject({ code: 'not_found', detail: 'no call `nobody`', value: 'nobody' });
  });
});

describe('campaigns', () => {
  test('drop rates come with numerator and denominator', async () => {
    for (let n = 0; n < 33; n += 1) operations.settled(`c${n}`, '+13035550101', 'connected');
    operations.settled('d', '+13035550101', 'dropped');
    const { body } = await ask('GET', '/v1/campaigns/solar/drop-rate');
    expect(body.today).toEqual({
      drops: 1,
      live_answers: 34,
      percent: 2.94,
      above_ceiling: false,
      band: 'warning',
    });
    expect(body).toMatchObject({ caution_percent: 2, warning_percent: 2.5, ceiling_percent: 3 });
    const { body: all } = await ask('GET', '/v1/campaigns');
    expect((all.campaigns as Answer[])[0]).toMatchObject({
      id: 'solar',
      in_flight: 0,
      agents: { ready: 3, promised: 1, busy: 4, paused: 1 },
      drop_rate: body,
    });
  });

  test('nobody has answered: no percentage, not zero', async () => {
    const { body } = await ask('GET', '/v1/campaigns/solar/drop-rate');
    expect(body.today).toMatchObject({ live_answers: 0, percent: null });
  });

  test('dial level with its reason', async () => {
    const { body } = await ask('GET', '/v1/campaigns/solar/dial-level');
    expect(body).toEqual({
      level: 1.4,
      level_max: 3,
      lines_now: 4,
      because: 'answer rate 31 %, budget of today binds',
      at: expect.any(String) as unknown,
      entry: null,
    });
  });

  test('a dial level that was withdrawn is not said any more, whatever the counters allow', async () => {
    const told = {
      campaignId: 'solar' as CampaignId,
      levelHundredths: 0,
      linesNow: 0,
      because: 'the sidecar is shutting down',
      at: instant(0),
      entryId: 41,
      writer: 'a' as WriterId,
    };
    operations.toldLevels.set('solar', { ...told, withdrawn: true });
    const { body } = await ask('GET', '/v1/campaigns/solar/dial-level');
    expect(body).toMatchObject({ level: 0, lines_now: 0, because: told.because, entry: 41 });
    operations.toldLevels.set('solar', { ...told, withdrawn: false });
    const again = await ask('GET', '/v1/campaigns/solar/dial-level');
    expect(again.body).toMatchObject({ level: 1.4, entry: 41 });
  });

  test('pause and resume say who and why', async () => {
    const lever = { who: 'Kim', why: 'bad list' };
    expect((await ask('POST', '/v1/campaigns/solar/pause', lever)).body.paused).toBe(true);
    expect((await ask('POST', '/v1/campaigns/solar/resume', lever)).body.paused).toBe(false);
    expect(operations.ledger.map((entry) => entry.kind)).toEqual(['campaign_paused', 'campaign_resumed']);
    expect((await ask('POST', '/v1/campaigns/solar/pause', { who: 'Kim' })).body).toMatchObject({
      code: 'invalid_input',
      field: 'why',
    });
    expect((await ask('POST', '/v1/campaigns/lunar/pause', lever)).status).toBe(404);
  });
});

describe('supervisors', () => {
  test('a talk is asked for by the name of the token; a refusal is an answer with its meaning', async () => {
    const refused = await ask('POST', '/v1/supervisors/kim/talk', { call_id: 'c-1', mode: 'whisper' });
    expect(refused).toMatchObject({
      status: 200,
      body: {
        admitted: false,
        because: 'supervisor_absent',
        meaning: SUPERVISION_REFUSALS.supervisor_absent,
      },
    });
    operations.supervised = { kind: 'on', since: instant(Date.parse('2026-11-21T17:00:00Z')) };
    const admitted = await ask('POST', '/v1/supervisors/kim/talk', { call_id: 'c-1', mode: 'listen' });
    expect(admitted.body).toMatchObject({ admitted: true, since: '2026-11-21T17:00:00.000Z', because: null });
    expect(operations.calls).toEqual(['loopback: kim whisper c-1', 'loopback: kim listen c-1']);
  });

  test('shows who is there, and takes out who is at a talk', async () => {
    const kim = { supervisorId: must(parseSupervisorId('kim')), at: null };
    const at = {
      callId: must(parseCallId('c-1')),
      campaignId: must(parseCampaignId('solar')),
      mode: 'barge',
      since: instant(Date.parse('2026-11-21T17:00:00Z')),
    } as const;
    operations.present = [kim, { supervisorId: must(parseSupervisorId('lee')), at }];
    expect((await ask('GET', '/v1/supervisors')).body).toEqual({
      supervisors: [
        { supervisor: 'kim', talk: null },
        {
          supervisor: 'lee',
          talk: { call_id: 'c-1', campaign: 'solar', mode: 'barge', since: '2026-11-21T17:00:00.000Z' },
        },
      ],
    });
    expect((await ask('POST', '/v1/supervisors/lee/leave', {})).body).toEqual({
      supervisor: 'lee',
      left: true,
    });
    expect((await ask('POST', '/v1/supervisors/max/leave', {})).body.left).toBe(false);
  });

  test('says what is wrong with a mode or an id', async () => {
    const mode = await ask('POST', '/v1/supervisors/kim/talk', { call_id: 'c-1', mode: 'shout' });
    expect(mode).toMatchObject({ status: 400, body: { field: 'mode', value: 'shout' } });
    const id = await ask('POST', '/v1/supervisors/k%20m/talk', { call_id: 'c-1', mode: 'listen' });
    expect(id).toMatchObject({ status: 400, body: { field: 'id' } });
  });
});

describe('people and caller IDs', () => {
  const consent = {
    consent_id: 'k-1',
    number: '+13035550101',
    seller: 'solar-seller',
    kind: 'written',
    given_at: '2026-10-01T12:00:00Z',
    expires_at: null,
    disclosure_text: 'I agree to be called ...',
    act: 'checked the box and pressed Send',
    signature: 'Pat Doe',
    source: 'https://acme.example/form',
    not_condition_of_purchase: true,
  };

  test('an opt-out of one call is written once, by seller or by campaign; without a call each asking is written', async () => {
    const rest = { number: '303 555 0101', channel: 'voice' };
    const asked = async (more: object) => {
      const { status, body } = await ask('POST', '/v1/opt-outs', { ...rest, ...more });
      return [status, body.recorded];
    };
    expect(await asked({ campaign: 'solar', call_id: 'c-1' })).toEqual([201, 'written']);
    expect(await asked({ seller: 'solar-seller', call_id: 'c-1' })).toEqual([200, 'duplicate']);
    expect(await asked({ seller: 'solar-seller', call_id: 'c-2' })).toEqual([201, 'written']);
    expect(await asked({ campaign: 'solar' })).toEqual([201, 'written']);
    expect(await asked({ campaign: 'solar' })).toEqual([201, 'written']);
    expect((await ask('POST', '/v1/opt-outs', rest)).body).toMatchObject({ field: 'seller' });
    expect((await ask('POST', '/v1/opt-outs', { ...rest, campaign: 'lunar' })).body).toMatchObject({
      field: 'campaign',
      expected: 'a campaign of now or of before',
    });
  });

  test('an opt-out that cannot be made durable is a 503, never a yes', async () => {
    operations.writeFault = new LedgerUnavailable('no answer from the store in 2 s');
    const { status, body } = await ask('POST', '/v1/opt-outs', {
      number: '+13035550101',
      seller: 'solar-seller',
      channel: 'voice',
    });
    expect([status, body.code]).toEqual([503, 'ledger_unavailable']);
  });

  test('consents and revocations', async () => {
    expect((await ask('POST', '/v1/consents', consent)).status).toBe(201);
    expect(operations.ledger[0]?.body).toMatchObject({ consentId: 'k-1', notConditionOfPurchase: true });
    const revocation = { number: '+13035550101', seller: 'solar-seller', channel: 'mail' };
    expect((await ask('POST', '/v1/consents/revocations', revocation)).status).toBe(201);
    expect((await ask('POST', '/v1/consents/revocations', revocation)).status).toBe(201);
    const query = new URLSearchParams({ ...revocation, channel: 'web' }).toString();
    expect((await ask('DELETE', `/v1/consents?${query}`)).status).toBe(201);
    expect((await ask('POST', '/v1/consents', { ...consent, given_at: 'yesterday' })).body).toMatchObject({
      field: 'given_at',
      value: 'yesterday',
    });
  });

  test('attestations end after they begin', async () => {
    const record = {
      caller_id: '+13035550100',
      level: 'A',
      way: 'seen_there',
      confirmed_at: '2026-11-21T10:00:00Z',
      expires_at: '2026-11-22T10:00:00Z',
      proof: 'call c-1',
    };
    expect((await ask('POST', '/v1/attestations', record)).status).toBe(201);
    const backwards = await ask('POST', '/v1/attestations', { ...record, expires_at: record.confirmed_at });
    expect(backwards.body).toMatchObject({ field: 'expires_at' });
    expect((await ask('POST', '/v1/attestations', { ...record, level: 'D' })).body).toMatchObject({
      field: 'level',
      value: 'D',
      expected: 'one of A, B, C',
    });
  });

  test('an attestation may be of one trunk', async () => {
    const record = {
      ...{ caller_id: '+13035550100', level: 'A', way: 'declared', proof: 'letter 7' },
      ...{ confirmed_at: '2026-11-21T10:00:00Z', expires_at: '2026-11-22T10:00:00Z' },
    };
    expect((await ask('POST', '/v1/attestations', { ...record, trunk: 'carrier' })).status).toBe(201);
    expect(operations.ledger[0]?.body).toMatchObject({ trunk: 'carrier' });
    await ask('POST', '/v1/attestations', record);
    expect(operations.ledger[1]?.body).not.toHaveProperty('trunk');
    for (const trunk of ['', 'a b', 'PJSIP/x', 'x@y', 'x'.repeat(80)]) {
      expect((await ask('POST', '/v1/attestations', { ...record, trunk })).body).toMatchObject({
        field: 'trunk',
      });
    }
  });

  test('caller IDs by trunk, with what campaigns demand and what the mirror has seen', async () => {
    const found: AttestationRecord = {
      callerId: '+13035550100' as PhoneNumber,
      trunk: 'carrier',
      level: 'B',
      way: 'signed_here',
      confirmedAt: addMs(operations.now(), -90_000),
      expiresAt: addMs(operations.now(), 60_000),
      proof: 'INVITE x',
      before: 'A',
    };
    const [campaignId] = operations.statuses.keys();
    operations.routes = [
      {
        callerId: found.callerId,
        trunk: 'carrier',
        record: found,
        demands: [
          {
            campaignId: campaignId as CampaignId,
            minimum: 'A',
            maxAgeHours: 24,
            answer: 'attestation_below_minimum',
            problem: 'level B is below A',
            metUntil: null,
            record: found,
          },
          {
            campaignId: 'windows' as CampaignId,
            minimum: 'B',
            maxAgeHours: 24,
            answer: 'met',
            problem: null,
            metUntil: found.expiresAt,
            record: found,
          },
        ],
        records: [found],
      },
      { callerId: '+13035550101' as PhoneNumber, trunk: null, record: null, demands: [], records: [] },
    ];
    expect((await ask('GET', '/v1/attestations')).body).toMatchObject({
      mirror: null,
      routes: [
        {
          caller_id: '+13035550100',
          trunk: 'carrier',
          record: { level: 'B', level_before: 'A', way: 'signed_here', age_seconds: 90, trunk: 'carrier' },
          demands: [
            {
              ...{ minimum: 'A', max_age_hours: 24, answer: 'attestation_below_minimum' },
              ...{ problem: 'level B is below A', met_until: null },
            },
            {
              ...{ campaign: 'windows', minimum: 'B', answer: 'met', problem: null },
              met_until: formatInstant(found.expiresAt),
            },
          ],
        },
        { caller_id: '+13035550101', trunk: null, record: null, demands: [], records: [] },
      ],
    });
    operations.mirror = {
      ...{ address: '127.0.0.1:9060', packets: 9, invites: 2, unreadable: 1, dropped: 0, lostByKernel: 3 },
      ...{ judged: 2, unseen: 0, unjudged: 0, alarms: 1 },
    };
    expect((await ask('GET', '/v1/attestations')).body).toMatchObject({
      mirror: { address: '127.0.0.1:9060', judged: 2, lost_by_kernel: 3 },
    });
    const { text } = await ask('GET', '/metrics');
    expect(text).toContain('breakwater_attestation_level{caller_id="+13035550100",trunk="carrier"} 2');
    expect(text).toContain('breakwater_attestation_age_seconds{caller_id="+13035550100",trunk="carrier"} 90');
    expect(text).toMatch(
      /breakwater_attestation_met\{campaign="solar",caller_id="\+13035550100",trunk="carrier"\} 0/,
    );
    expect(text).toContain('breakwater_signed_here{what="lostByKernel"} 3');
  });

  test('an override is one of a closed list, with who, why and until', async () => {
    const override = {
      override_id: 'o1',
      what: 'registration',
      seller: 'solar-seller',
      state: 'CO',
      who: 'Jo',
      why: 'opinion of counsel',
      until: '2027-01-01T00:00:00Z',
    };
    const { status, body } = await ask('POST', '/v1/overrides', override);
    expect(status).toBe(201);
    expect(body.entry).toMatchObject({ kind: 'override', body: { what: 'registration', who: 'Jo' } });
    const refused = await ask('POST', '/v1/overrides', { ...override, what: 'calling_hours' });
    expect(refused.body).toMatchObject({
      field: 'what',
      value: 'calling_hours',
      expected: `one of ${OVERRIDABLE.join(', ')}`,
    });
    for (const field of ['who', 'why', 'until'] as const) {
      const without = Object.fromEntries(Object.entries(override).filter(([key]) => key !== field));
      expect((await ask('POST', '/v1/overrides', without)).body).toMatchObject({ status: 400, field });
    }
  });

  test('relationships and answers about reassigned numbers', async () => {
    const purchase = {
      relationship_id: 'r1',
      number: '303 555 0101',
      seller: 'solar-seller',
      kind: 'purchase',
      occurred_on: '2026-11-01',
      subject: 'roof panels',
      contract_until: '2027-11-01',
      source: 'order 7',
    };
    expect((await ask('POST', '/v1/relationships', purchase)).body.entry).toMatchObject({
      kind: 'relationship_recorded',
      body: { number: '+13035550101', contractUntil: '2027-11-01' },
    });
    expect((await ask('POST', '/v1/relationships', { ...purchase, kind: 'inquiry' })).body).toMatchObject({
      field: 'contract_until',
    });
    expect(
      (await ask('POST', '/v1/relationships', { ...purchase, occurred_on: '2026-02-30' })).body,
    ).toMatchObject({ field: 'occurred_on' });
    const query = {
      check_id: 'q1',
      number: '+13035550101',
      seller: 'solar-seller',
      queried_at: '2026-11-20T12:00:00Z',
      since: '2026-06-01',
      answer: 'no_data',
    };
    expect((await ask('POST', '/v1/reassigned-checks', query)).status).toBe(201);
    expect((await ask('POST', '/v1/reassigned-checks', { ...query, answer: 'maybe' })).body).toMatchObject({
      field: 'answer',
    });
  });

  test('agents', async () => {
    await ask('PUT', '/v1/agents/ann/state', { state: 'ready', campaigns: ['solar'] });
    await ask('PUT', '/v1/agents/ann/state', { state: 'paused' });
    expect(operations.calls).toEqual(['agent ann ready solar', 'agent ann paused all']);
  });

  test('a state that is none: which field, what was said, what was expected, and nothing is set', async () => {
    const odd = await ask('PUT', '/v1/agents/ann/state', { state: 'redy' });
    expect(odd).toMatchObject({ status: 400, body: { field: 'state', value: 'redy' } });
    for (const state of AGENT_STATES) expect(JSON.stringify(odd.body)).toContain(state);
    expect(operations.calls).toEqual([]);
  });
});

describe('ledger', () => {
  test('latest decisions are told with meanings, newest first', async () => {
    operations.decided('c-1', '+13035550101', null);
    operations.decided('c-2', '+13035550102', 'on_national_registry');
    const { body } = await ask('GET', '/v1/decisions?limit=5');
    expect(body.decisions).toMatchObject([
      {
        call_id: 'c-2',
        verdict: 'veto',
        headline: 'on_national_registry',
        reasons: [{ meaning: REASONS.on_national_registry.meaning }],
      },
      { call_id: 'c-1', verdict: 'permit', headline: null },
    ]);
  });

  test('entries page by id and kind', async () => {
    operations.decided('c-1', '+13035550101', null);
    operations.settled('c-1', '+13035550101', 'busy');
    operations.decided('c-2', '+13035550102', null);
    const { body } = await ask('GET', '/v1/entries?after=1&kinds=decision,call_result&limit=1');
    expect((body.entries as Answer[]).map((entry) => entry.id)).toEqual([2]);
    expect((await ask('GET', '/v1/entries?kinds=gossip')).body).toMatchObject({
      field: 'kinds',
      value: 'gossip',
    });
  });

  test.each(['0', '1001', '999999999'])('a limit of %s is refused, not bent', async (limit) => {
    for (const path of ['/v1/entries', '/v1/decisions']) {
      expect((await ask('GET', `${path}?limit=${limit}`)).body).toMatchObject({
        ...{ code: 'invalid_input', field: 'limit', value: limit, expected: 'a whole number from 1 to 1000' },
      });
    }
  });

  test('every reason is explained in rank order', async () => {
    const { body } = await ask('GET', '/v1/reasons');
    expect((body.reasons as Answer[]).map((reason) => reason.code)).toEqual(Object.keys(REASONS));
  });
});

describe('health', () => {
  test('ready, not ready, alive', async () => {
    expect((await ask('GET', '/healthz')).body).toEqual({ alive: true, version: '0.0.0' });
    expect((await ask('GET', '/readyz')).status).toBe(200);
    operations.problems = ['the exchange does not answer'];
    const { status, body } = await ask('GET', '/readyz');
    expect([status, body]).toEqual([503, { ready: false, problems: operations.problems }]);
  });

  test('figures follow the ledger and the campaigns', async () => {
    await server.ready();
    operations.decided('c-1', '+13035550101', 'sunday');
    operations.settled('c-2', '+13035550101', 'dropped');
    const { text, type } = await ask('GET', '/metrics');
    expect(type).toContain('text/plain');
    expect(text).toContain('breakwater_decisions_total{verdict="veto",reason="sunday"} 1');
    expect(text).toContain('breakwater_call_results_total{outcome="dropped"} 1');
    expect(text).toContain('breakwater_drops{campaign="solar",window="today"} 1');
    expect(text).toContain('breakwater_live_answers{campaign="solar",window="block"} 401');
    expect(text).toContain('breakwater_drop_ratio{campaign="solar",window="today"} 1');
    expect(text).toContain('breakwater_agents{campaign="solar",state="busy"} 4');
    expect(text).toContain('breakwater_dial_level{campaign="solar"} 1.4');
    expect(text).toContain('breakwater_ledger_last_id 2');
    expect((await ask('GET', '/metrics')).text).toContain('breakwater_http_request_seconds_count');
  });

  test('the description lists every route and its answers', async () => {
    const { body } = await ask('GET', '/openapi.json');
    const paths = body.paths as Record<string, Record<string, { responses: Record<string, unknown> }>>;
    expect(Object.keys(paths).sort()).toEqual([
      '/healthz',
      '/metrics',
      '/readyz',
      '/v1/agents/{id}/calls',
      '/v1/agents/{id}/screen',
      '/v1/agents/{id}/state',
      '/v1/attestations',
      '/v1/attestations/import',
      '/v1/caller-ids',
      '/v1/calls/{id}',
      '/v1/calls/{id}/recording/refuse',
      '/v1/calls/{id}/result',
      '/v1/campaigns',
      '/v1/campaigns/{id}',
      '/v1/campaigns/{id}/dial-level',
      '/v1/campaigns/{id}/drop-rate',
      '/v1/campaigns/{id}/pause',
      '/v1/campaigns/{id}/resume',
      '/v1/canaries',
      '/v1/consents',
      '/v1/consents/confirmations',
      '/v1/consents/import',
      '/v1/consents/revocations',
      '/v1/decisions',
      '/v1/decisions:batch',
      '/v1/emergencies',
      '/v1/emergencies/ends',
      '/v1/entries',
      '/v1/evidence/{number}',
      '/v1/feed',
      '/v1/figures',
      '/v1/incidents',
      '/v1/incidents/closings',
      '/v1/ledger-holds',
      '/v1/ledger-holds/lifts',
      '/v1/lists',
      '/v1/lists/{name}',
      '/v1/messages/consents',
      '/v1/messages/decisions',
      '/v1/messages/inbound',
      '/v1/opt-outs',
      '/v1/opt-outs/import',
      '/v1/originations',
      '/v1/originations:batch',
      '/v1/overrides',
      '/v1/reasons',
      '/v1/reassigned-checks',
      '/v1/reassigned-checks/due',
      '/v1/reassigned-checks/import',
      '/v1/recording-holds',
      '/v1/recording-holds/lifts',
      '/v1/recordings/{id}',
      '/v1/recordings/{id}/record',
      '/v1/relationships',
      '/v1/reload',
      '/v1/self-tests',
      '/v1/session',
      '/v1/supervisors',
      '/v1/supervisors/{id}/leave',
      '/v1/supervisors/{id}/talk',
      '/v1/texts',
      '/v1/unclear-requests',
      '/v1/unclear-requests/settlements',
      '/v1/undelivered-events',
      '/v1/undelivered-events/resend',
      '/v1/webhooks/{source}',
    ]);
    for (const [path, methods] of Object.entries(paths)) {
      if (
        !path.startsWith('/v1/') ||
        path === '/v1/feed' ||
        path.endsWith('/screen') ||
        path.endsWith(':batch')
      )
        continue;
      for (const operation of Object.values(methods)) {
        expect(Object.keys(operation.responses), path).toEqual(expect.arrayContaining(['200', '4XX', '5XX']));
      }
    }
    expect((body.components as { schemas: object }).schemas).toHaveProperty('Problem');
  });
});

describe('lists', () => {
  const sha256 = 'a'.repeat(64);
  const version = { name: 'texas', kind: 'state', jurisdiction: 'TX', campaignId: null } as const;

  beforeEach(() => {
    const obtainedOn = must(parseLocalDate('2026-11-20'));
    const source = { file: 'tx.csv', mode: 'full', sha256, obtainedOn, lines: 3, rejected: 1 } as const;
    operations.listStatuses = [
      {
        ...version,
        inForce: {
          version: { ...version, version: '2026-11-20-0123abcd', obtainedOn },
          ...{ count: 2, rejectedCount: 1, sha256, origin: 'import', areaCodes: ['303', '720'] },
          lineTypes: { mobile: 1 },
          sources: [{ ...source, importedAt: '2026-11-21T17:00:00.000Z' }],
        },
        problem: null,
      },
      { ...version, name: 'ours', kind: null, jurisdiction: null, inForce: null, problem: 'is broken' },
    ];
  });

  test('all with the versions in force, and what is wrong with the others', async () => {
    const { status, body } = await ask('GET', '/v1/lists');
    expect(status).toBe(200);
    const source = { file: 'tx.csv', mode: 'full', sha256, obtained_on: '2026-11-20', lines: 3, rejected: 1 };
    expect(body.lists).toEqual([
      {
        ...{ name: 'texas', kind: 'state', state: 'TX', campaign: null, problem: null },
        in_force: {
          ...{ version: '2026-11-20-0123abcd', obtained_on: '2026-11-20', numbers: 2 },
          ...{ sha256, origin: 'import', area_codes: '303, 720', line_types: { mobile: 1 } },
          sources: [{ ...source, imported_at: '2026-11-21T17:00:00.000Z' }],
        },
      },
      {
        ...{ name: 'ours', kind: null, state: null, campaign: null },
        ...{ in_force: null, problem: 'is broken' },
      },
    ]);
  });

  test('one by its name', async () => {
    expect((await ask('GET', '/v1/lists/texas')).body).toMatchObject({ state: 'TX' });
    expect((await ask('GET', '/v1/lists/nevada')).body).toMatchObject({ status: 404, code: 'not_found' });
  });
});

describe('what is refused', () => {
  const good = { number: '+13035550101', campaign: 'solar' };

  test.each([
    ['unknown field', { ...good, colour: 'red' }, { field: 'colour', expected: 'no such field' }],
    [
      'missing field',
      { number: good.number },
      { field: 'campaign', expected: expect.stringContaining('a campaign id: 1 to 64') as unknown },
    ],
    ['number as a number', { ...good, number: 13035550101 }, { field: 'number', value: '13035550101' }],
    ['bad campaign id', { ...good, campaign: 'a b' }, { field: 'campaign', value: 'a b' }],
    [
      'bad call id',
      { ...good, call_id: '../x' },
      { field: 'call_id', value: '../x', expected: expect.stringContaining('1 to 64 letters') as unknown },
    ],
    ['lone surrogate', { ...good, lead_id: '\ud800' }, { field: 'lead_id' }],
    ['NUL', { ...good, lead_id: 'a\0b' }, { field: 'lead_id' }],
    [
      'address as a number',
      { ...good, address: 80202 },
      {
        field: 'address',
        value: '80202',
        expected: expect.stringContaining('street, city, state, zip') as unknown,
      },
    ],
    ['an endless address', { ...good, address: 'x'.repeat(301) }, { field: 'address' }],
    ['unknown part of an address', { ...good, address: { county: 'Cook' } }, { field: 'address.county' }],
    ['part of an address as a number', { ...good, address: { zip: 80202 } }, { field: 'address.zip' }],
    ['array', [], { field: 'body' }],
  ])('%s', async (_name, payload, expected) => {
    const { status, type, body } = await ask('POST', '/v1/originations', payload);
    expect([status, type]).toEqual([400, 'application/problem+json']);
    expect(body).toMatchObject({ code: 'invalid_input', status: 400, ...expected });
  });

  test('broken JSON, another media type, a huge body', async () => {
    const send = (payload: string, type: string) =>
      server.inject({ method: 'POST', url: '/v1/opt-outs', payload, headers: { 'content-type': type } });
    const broken = await send('{"number":', 'application/json');
    expect([broken.statusCode, broken.json<Answer>().code]).toEqual([400, 'invalid_json']);
    const empty = await send('', 'application/json');
    expect([empty.statusCode, empty.json<Answer>().code]).toEqual([400, 'invalid_json']);
    const poisoned = await send('{"__proto__":{"a":1}}', 'application/json');
    expect(poisoned.statusCode).toBe(400);
    const form = await send('number=1', 'text/plain');
    expect([form.statusCode, form.json<Answer>().code]).toEqual([415, 'unsupported_media_type']);
    const huge = await send(JSON.stringify({ number: 'x'.repeat(70_000) }), 'application/json');
    expect([huge.statusCode, huge.json<Answer>().code]).toEqual([413, 'body_too_large']);
  });

  test('unknown paths and unreadable ones', async () => {
    const nowhere = await ask('GET', '/v1/nowhere');
    expect([nowhere.status, nowhere.type]).toEqual([404, 'application/problem+json']);
    expect((await ask('GET', '/v1/calls/%zz')).body).toMatchObject({ status: 400 });
    expect((await ask('GET', '/v1/calls/%00')).status).toBe(400);
    expect((await ask('GET', '/../package.json')).status).toBe(404);
  });

  test('a fault of ours says nothing of itself', async () => {
    operations.writeFault = new Error('secret table name');
    const { status, text } = await ask('POST', '/v1/opt-outs', {
      number: '+13035550101',
      seller: 's',
      channel: 'voice',
    });
    expect(status).toBe(500);
    expect(text).not.toContain('secret');
  });

  test('a fault of ours is told to whoever keeps the log', async () => {
    await server.close();
    const told: string[] = [];
    const onFault = ({ route, callId, error }: { route: string; callId: string | null; error: unknown }) =>
      void told.push(`${route} ${callId ?? '-'}: ${error instanceof Error ? error.message : ''}`);
    server = buildServer(operations, { host: '127.0.0.1', tokens: [], version: '0.0.0', onFault });
    operations.writeFault = new Error('secret table name');
    await ask('POST', '/v1/opt-outs', { number: '+13035550101', seller: 's', channel: 'voice' });
    await ask('POST', '/v1/opt-outs', { number: 'x' });
    const ofCall = { number: '+13035550101', seller: 's', channel: 'voice', call_id: 'tour-1' };
    await ask('POST', '/v1/opt-outs', ofCall);
    expect(told).toEqual(['/v1/opt-outs -: secret table name', '/v1/opt-outs tour-1: secret table name']);
  });

  test('a re-bound name and a foreign page', async () => {
    const rebound = await ask('GET', '/v1/campaigns', undefined, { host: 'evil.example:4580' });
    expect([rebound.status, rebound.body.code]).toEqual([403, 'foreign_host']);
    for (const host of ['localhost:4580', '127.0.0.1:4580', '[::1]:4580']) {
      expect((await ask('GET', '/v1/campaigns', undefined, { host })).status).toBe(200);
    }
    const lever = { who: 'Kim', why: 'x' };
    for (const origin of ['https://evil.example', 'null', 'http://localhost:9999']) {
      const foreign = await ask('POST', '/v1/campaigns/solar/pause', lever, {
        host: 'localhost:4580',
        origin,
      });
      expect([foreign.status, foreign.body.code]).toEqual([403, 'foreign_origin']);
    }
    const own = { host: 'localhost:4580', origin: 'http://localhost:4580' };
    expect((await ask('POST', '/v1/campaigns/solar/pause', lever, own)).status).toBe(200);
  });

  test('more than one address may send in a second', async () => {
    const small = buildServer(operations, {
      host: '127.0.0.1',
      tokens: [],
      version: '0',
      requestsPerSecondMax: 2,
    });
    const statuses: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      statuses.push((await small.inject({ url: '/v1/campaigns' })).statusCode);
    }
    expect(statuses).toEqual([200, 200, 429]);
    await small.close();
  });
});

describe('tokens', () => {
  const sha256 = (token: string) => createHash('sha256').update(token).digest('hex');
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  beforeEach(() => {
    server = buildServer(operations, {
      host: '127.0.0.1',
      version: '0',
      tokens: [
        { name: 'dialer', sha256: sha256('d'), scopes: ['dialer'] },
        { name: 'floor', sha256: sha256('s'), scopes: ['supervisor'] },
        { name: 'root', sha256: sha256('r'), scopes: ['admin'] },
      ],
    });
  });

  test('no token, a wrong token, a token without the scope', async () => {
    const none = await ask('GET', '/v1/campaigns');
    expect([none.status, none.body.code]).toEqual([401, 'unauthorized']);
    expect(none.headers['www-authenticate']).toContain('Bearer');
    expect((await ask('GET', '/v1/campaigns', undefined, bearer('x'))).status).toBe(401);
    const lever = { who: 'Kim', why: 'x' };
    const dialer = await ask('POST', '/v1/campaigns/solar/pause', lever, bearer('d'));
    expect([dialer.status, dialer.body.detail]).toEqual([403, 'token `dialer` lacks the scope supervisor']);
    expect((await ask('POST', '/v1/campaigns/solar/pause', lever, bearer('s'))).status).toBe(200);
    expect((await ask('POST', '/v1/campaigns/solar/pause', lever, bearer('r'))).status).toBe(200);
    expect((await ask('GET', '/metrics')).status).toBe(401);
  });

  test('health, description and page are open', async () => {
    for (const url of ['/healthz', '/readyz', '/openapi.json', '/']) {
      expect((await ask('GET', url)).status, url).toBe(200);
    }
  });

  test('a browser keeps its token in a cookie that scripts cannot read', async () => {
    const { status, headers } = await ask('POST', '/v1/session', undefined, bearer('s'));
    expect(status).toBe(200);
    const cookie = String(headers['set-cookie']);
    expect(cookie).toContain('HttpOnly; SameSite=Strict');
    const pair = cookie.split(';')[0]!;
    expect((await ask('GET', '/v1/campaigns', undefined, { cookie: `a=b; ${pair}` })).status).toBe(200);
    const gone = await ask('DELETE', '/v1/session', undefined, { cookie: pair });
    expect(String(gone.headers['set-cookie'])).toContain('Max-Age=0');
    expect((await ask('POST', '/v1/session')).status).toBe(401);
  });
});

describe('page and port', () => {
  test('the page comes with a policy that forbids inline scripts', async () => {
    const { status, type, headers } = await ask('GET', '/');
    expect([status, type]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers['content-security-policy']).toContain("script-src 'self'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['strict-transport-security']).toBeUndefined();
    for (const url of ['/app.js', '/style.css', '/vendor/uPlot.esm.js', '/vendor/uPlot.min.css']) {
      expect((await ask('GET', url)).status, url).toBe(200);
    }
  });

  test('a port in use is told in plain words', async () => {
    const address = await listen(server, '127.0.0.1', 0);
    const port = Number(new URL(address).port);
    const second = buildServer(operations, { host: '127.0.0.1', tokens: [], version: '0' });
    await expect(listen(second, '127.0.0.1', port)).rejects.toMatchObject({
      code: 'port_in_use',
      message: `port ${port} on 127.0.0.1 is in use`,
    });
    await second.close();
  });
});
