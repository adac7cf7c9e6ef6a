import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import type { Wiring } from '../../../src/cli/wiring.ts';
import { fakeIo, type FakeIo } from '../../support/fake-io.ts';
import { startStub, type StubSidecar } from '../../support/stub-sidecar.ts';

let stub: StubSidecar;
beforeEach(async () => {
  stub = await startStub();
});
afterEach(() => stub.close());

const noWiring = (): Promise<Wiring> => Promise.reject(new Error('this command needs no wiring'));

async function cli(line: readonly string[], env: FakeIo['env'] = {}): Promise<{ code: number; io: FakeIo }> {
  const io = fakeIo({ BREAKWATER_URL: stub.url, ...env });
  const code = await runCli(line, io, noWiring, { version: '0.1.0', nodeVersion: 'v24.0.0' });
  return { code, io };
}

const PERMIT = {
  call_id: 'c-1',
  verdict: 'permit',
  reasons: [],
  obligations: [{ kind: 'ring_at_most_s', seconds: 25, basis: 'campaign' }],
  warnings: [],
  places: [
    { state: 'CA', zone: 'America/Los_Angeles', because: 'area_code' },
    { state: 'CO', zone: 'America/Denver', because: 'lead_zip' },
  ],
  number: '+13035550101',
  campaign: 'solar',
  decided_at: '2026-11-23T18:00:00.000Z',
  policy_hash: 'ab'.repeat(32),
};
const VETO = {
  ...PERMIT,
  verdict: 'veto',
  obligations: [],
  reasons: [
    {
      code: 'on_internal_list',
      meaning: 'the person asked this seller not to call',
      rule: 'do_not_call',
      basis: '47 CFR 64.1200(d)',
      detail: { channel: 'key\u001b[2J' },
      transient: false,
    },
  ],
};

describe('check', () => {
  it.each(['abcde', '8020', '802021', '80202-12', ''])(
    '--zip `%s` is no ZIP: nothing is asked',
    async (zip) => {
      for (const command of ['check', 'call']) {
        const { code, io } = await cli([command, '+13035550101', '--campaign', 'solar', '--zip', zip]);
        expect(code).toBe(2);
        expect(io.errors.join('\n')).toMatch(/--zip.*expected five digits/s);
      }
      expect(stub.asked).toEqual([]);
    },
  );

  it('prints what a permit demands and exits 0', async () => {
    stub.answers = { 'POST /v1/decisions': [{ body: PERMIT }] };
    const { code, io } = await cli([
      ...['check', '+13035550101', '--campaign', 'solar', '--zip', '80202', '--state', 'co'],
      ...['--caller-id', '+13035550100', '--at', '2026-11-23T18:00:00Z', '--token', 'secret'],
      ...['--address', '1 Main St, Denver, CO 80202'],
    ]);
    expect(code).toBe(0);
    expect(io.text()).toContain('PERMIT  +13035550101  solar');
    expect(io.text()).toContain('ring_at_most_s');
    expect(io.text()).toContain('places CA America/Los_Angeles (area_code), CO America/Denver (lead_zip)');
    expect(stub.asked[0]).toMatchObject({
      headers: { authorization: 'Bearer secret' },
      body: {
        number: '+13035550101',
        campaign: 'solar',
        zip: '80202',
        state: 'CO',
        address: '1 Main St, Denver, CO 80202',
        caller_id: '+13035550100',
        at: '2026-11-23T18:00:00Z',
      },
    });
  });

  it('names each place once: where a table of places follows, the line is left out', async () => {
    const place = { state: 'CO', zone: 'America/Denver', because: 'lead_zip' };
    const clock = { local: '2026-11-23T11:00:00-07:00', weekday: 'mon', windows: [], counties: null };
    const explanation = { places: [{ ...place, ...clock }], rules: [], next_lawful: null };
    stub.answers = { 'POST /v1/decisions': [{ body: { ...PERMIT, places: [place], explanation } }] };
    const { io } = await cli(['check', '+13035550101', '--campaign', 'solar']);
    expect(io.text().match(/America\/Denver/g)).toHaveLength(1);
    expect(io.text()).not.toContain('places ');
  });

  it('prints every reason of a veto, disarmed, and exits 1', async () => {
    stub.answers = { 'POST /v1/decisions': [{ body: VETO }] };
    const { code, io } = await cli(['check', '3035550101', '--campaign', 'solar']);
    expect(code).toBe(1);
    expect(io.text()).toContain('on_internal_list: the person asked');
    expect(io.text()).toContain('47 CFR 64.1200(d)');
    expect(io.text()).toContain('channel=key?[2J');
  });

  it('gives machines the answer as it came', async () => {
    stub.answers = { 'POST /v1/decisions': [{ body: VETO }] };
    const { code, io } = await cli(['check', '3035550101', '--campaign', 'solar', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(io.text())).toEqual(VETO);
  });

  it.each([
    ['no campaign', ['check', '3035550101']],
    ['no number', ['check', '--campaign', 'solar']],
    ['an instant without offset', ['check', '3035550101', '--campaign', 'solar', '--at', '2026-11-23T18:00']],
    ['an unknown option', ['check', '3035550101', '--campaign', 'solar', '--force']],
    ['an unknown command', ['chekc']],
    ['an address that is none', ['check', '3035550101', '--campaign', 'solar', '--url', 'here']],
    ['a timeout that is none', ['check', '3035550101', '--campaign', 'solar', '--timeout', 'soon']],
  ])('exits 2 at %s', async (_what, line) => {
    const { code, io } = await cli(line);
    expect(code).toBe(2);
    expect(io.errors.join('\n')).not.toBe('');
    expect(stub.asked).toEqual([]);
  });
});

describe('a sidecar that does not answer as it should', () => {
  const line = ['check', '3035550101', '--campaign', 'solar', '--timeout', '200'];
  it.each([
    [
      'an unusable value',
      { status: 400, body: { detail: 'number `x`: expected a number' } },
      2,
      'number `x`',
    ],
    [
      'an unusable value, told in members',
      { status: 422, body: { title: 'no', field: 'zip', value: 'q', expected: 'five digits' } },
      2,
      'zip `q`: expected five digits',
    ],
    ['no token', { status: 401, body: { title: 'a valid bearer token is needed' } }, 3, 'BREAKWATER_TOKEN'],
    ['nothing there', { status: 404, body: { detail: 'no call `x`' } }, 1, 'no call `x`'],
    ['its ledger is gone', { status: 503, body: { title: 'the ledger cannot be written' } }, 3, 'the ledger'],
    ['too many requests', { status: 429, body: { title: 'too many requests' } }, 3, 'too many'],
    ['something else listens there', { text: '<html>' }, 3, 'does not speak JSON'],
    ['a proxy fails', { status: 502, text: '<html>' }, 3, 'answers 502'],
    ['silence', { never: true as const }, 3, 'within 200 ms'],
  ])('%s', async (_what, answer, code, said) => {
    stub.answers = { 'POST /v1/decisions': [answer] };
    const end = await cli(line);
    expect(end.code).toBe(code);
    expect(end.io.errors.join('\n')).toContain(said);
    expect(end.io.output).toEqual([]);
  });

  it('is not there at all', async () => {
    const other = await startStub();
    await other.close();
    const { code, io } = await cli([...line, '--url', other.url]);
    expect(code).toBe(3);
    expect(io.errors.join('\n')).toContain(`nothing listens at ${other.url}`);
    expect(io.errors.join('\n')).toContain('breakwater serve');
  });
});

const entry = (id: number, kind: string, at: string, body: object) => ({ id, kind, at, body });
const decided = entry(1, 'decision', '2026-11-23T18:00:00.000Z', {
  callId: 'c-1',
  verdict: 'permit',
  reasons: [],
});
const progress = entry(2, 'call_progress', '2026-11-23T18:00:09.000Z', {
  timeline: {
    answered: '2026-11-23T18:00:05.000Z',
    clock_started: '2026-11-23T18:00:06.200Z',
    greeting_end: '2026-11-23T18:00:06.200Z',
  },
  sources: { answered: 'exchange', clock_started: 'worked out' },
  clock: { source: 'talk_end', heardBy: 'snoop', silenceMs: 500 },
});
const result = (outcome: string) =>
  entry(3, 'call_result', '2026-11-23T18:00:09.500Z', { callId: 'c-1', outcome, hangupCause: 16 });

describe('call', () => {
  const line = ['call', '+13035550101', '--campaign', 'solar'];

  it.each([
    [PERMIT, 'placed', 0],
    [PERMIT, 'repeated', 0],
    [PERMIT, 'failed', 3],
    [VETO, 'vetoed', 1],
  ])('exits by what became of it', async (decision, placement, code) => {
    stub.answers = { 'POST /v1/originations': [{ body: { ...decision, placement, problem: null } }] };
    const end = await cli(line);
    expect(end.code).toBe(code);
    expect(end.io.text()).toContain(placement);
  });

  it.each([
    ['connected', 0],
    ['machine', 0],
    ['dropped', 1],
    ['failed', 1],
  ])('--wait follows it to the end: %s', async (outcome, code) => {
    const inProgress = { body: { call_id: 'c-1', state: 'in_progress', entries: [decided] } };
    const settled = {
      body: { call_id: 'c-1', state: 'settled', entries: [decided, progress, result(outcome)] },
    };
    stub.answers = {
      'POST /v1/originations': [{ body: { ...PERMIT, placement: 'placed', problem: null } }],
      'GET /v1/calls/c-1': [inProgress, inProgress, settled],
    };
    const end = await cli([...line, '--wait']);
    expect(end.code).toBe(code);
    expect(end.io.errors).toEqual([
      '2026-11-23T18:00:00.000Z decision',
      '2026-11-23T18:00:09.000Z call_progress',
      '2026-11-23T18:00:09.500Z call_result',
    ]);
    expect(end.io.text()).toMatch(/\+6200 +greeting_end/);
    expect(end.io.text()).toContain(`outcome=${outcome}`);
  });

  it('--wait goes on after the result until the timeline is there: a drop is settled as its message starts', async () => {
    const dropped = result('dropped');
    const playing = { ...dropped, body: { ...dropped.body, source: 'ari', placed: true } };
    const at = (entries: readonly object[]) => ({ body: { call_id: 'c-1', state: 'settled', entries } });
    stub.answers = {
      'POST /v1/originations': [{ body: { ...PERMIT, placement: 'placed', problem: null } }],
      'GET /v1/calls/c-1': [at([decided, playing]), at([decided, playing]), at([decided, playing, progress])],
    };
    const end = await cli([...line, '--wait']);
    expect(end.code).toBe(1);
    expect(end.io.text()).toContain('greeting_end');
  });

  it('gives up following after --wait-seconds', async () => {
    stub.answers = {
      'POST /v1/originations': [{ body: { ...PERMIT, placement: 'placed' } }],
      'GET /v1/calls/c-1': [{ body: { call_id: 'c-1', state: 'in_progress', entries: [] } }],
    };
    const { code, io } = await cli([...line, '--wait', '--wait-seconds', '2']);
    expect(code).toBe(3);
    expect(io.errors.join('\n')).toContain('still in progress after 2 s');
  });

  it('show prints the timeline in order of time', async () => {
    stub.answers = {
      'GET /v1/calls/c-1': [
        { body: { call_id: 'c-1', state: 'settled', entries: [decided, progress, result('connected')] } },
      ],
    };
    const { code, io } = await cli(['call', 'show', 'c-1']);
    expect(code).toBe(0);
    const told = io.text().split('\n').slice(2);
    // The entry that holds the instants has no line of its own.
    expect(told.map((each) => each.split(/ +/)[2])).toEqual([
      'decision',
      'answered',
      'clock_started',
      'greeting_end',
      'call_result',
    ]);
    expect(io.text()).toMatch(/\+5000 +answered +exchange/);
    expect(io.text()).toMatch(/\+6200 +clock_started +talk_end heard by snoop, 500 ms of silence/);
  });

  it('needs a number or show', async () => {
    expect((await cli(['call', '--campaign', 'solar'])).code).toBe(2);
  });
});

describe('campaign', () => {
  const tally = { drops: 2, live_answers: 140, percent: 1.43, above_ceiling: false };
  const solar = {
    id: 'solar',
    seller: { id: 'sunny', name: 'Sunny Roofs' },
    mode: 'predictive',
    paused: false,
    in_flight: 3,
    agents: { ready: 4, promised: 0, busy: 1, paused: 0 },
    drop_rate: {
      ceiling_percent: 3,
      today: tally,
      block: { ...tally, above_ceiling: true },
      budget_left: 1,
      rebuilt: true,
    },
    dial_level: { level: 1.4, lines_now: 2, because: 'answers rise' },
    prompt_problem: null,
  };

  it('list shows rates with their counts', async () => {
    stub.answers = { 'GET /v1/campaigns': [{ body: { campaigns: [solar] } }] };
    const { code, io } = await cli(['campaign', 'list']);
    expect(code).toBe(0);
    expect(io.text()).toContain('2/140 1.43%  2/140 1.43% ABOVE');
  });

  it('pause says who and why', async () => {
    stub.answers = { 'POST /v1/campaigns/solar/pause': [{ body: { ...solar, paused: true } }] };
    const { code, io } = await cli(['campaign', 'pause', 'solar', '--why', 'complaints', '--who', 'kim']);
    expect(code).toBe(0);
    expect(io.text()).toBe('campaign solar is paused');
    expect(stub.asked[0]?.body).toEqual({ who: 'kim', why: 'complaints' });
  });

  it('resume that did not take exits 1', async () => {
    stub.answers = { 'POST /v1/campaigns/solar/resume': [{ body: { ...solar, paused: true } }] };
    expect((await cli(['campaign', 'resume', 'solar', '--why', 'done'])).code).toBe(1);
  });
});

describe('supervise', () => {
  it('lets a supervisor in, and says why not', async () => {
    stub.answers = {
      'POST /v1/supervisors/kim/talk': [
        { body: { admitted: true, because: null, meaning: null } },
        { body: { admitted: false, because: 'not_talking', meaning: 'the call has no talk' } },
      ],
    };
    const line = ['supervise', 'kim', '--call', 'c-1', '--mode', 'whisper'];
    const admitted = await cli(line);
    expect([admitted.code, admitted.io.text()]).toEqual([0, 'kim is at c-1: whisper']);
    expect(stub.asked[0]).toMatchObject({ body: { call_id: 'c-1', mode: 'whisper' } });
    const refused = await cli(line);
    expect([refused.code, refused.io.text()]).toEqual([1, 'not let in: the call has no talk (not_talking)']);
  });

  it('takes a supervisor out, and shows who is there', async () => {
    const talk = { call_id: 'c-1', mode: 'listen', since: '2026-11-23T18:00:00.000Z' };
    stub.answers = {
      'POST /v1/supervisors/kim/leave': [{ body: { left: true } }, { body: { left: false } }],
      'GET /v1/supervisors': [
        {
          body: {
            supervisors: [
              { supervisor: 'kim', talk },
              { supervisor: 'lee', talk: null },
            ],
          },
        },
        { body: { supervisors: [] } },
      ],
    };
    expect(await cli(['supervise', 'kim'])).toMatchObject({ code: 0 });
    expect(await cli(['supervise', 'kim'])).toMatchObject({ code: 1 });
    const text = (await cli(['supervise'])).io.text();
    expect(text).toMatch(/kim +c-1 +listen +2026-11-23T18:00:00.000Z/);
    expect(text).toMatch(/lee +-/);
    expect((await cli(['supervise'])).io.text()).toBe('no supervisor has come in');
  });

  it('refuses another mode', async () => {
    const { code, io } = await cli(['supervise', 'kim', '--call', 'c-1', '--mode', 'shout']);
    expect(code).toBe(2);
    expect(io.errors.join('')).toContain('listen, whisper, barge');
  });
});

describe('reload', () => {
  const answer = { from: 'a1', policy_hash: 'b2', added: ['wind'], changed: [], removed: ['solar'] };

  it('tells which policy is in force and what has changed', async () => {
    stub.answers = { 'POST /v1/reload': [{ body: answer }] };
    const { code, io } = await cli(['reload']);
    expect(code).toBe(0);
    expect(io.text()).toBe('policy b2 is in force\nadded: wind\nremoved: solar');
  });

  it('a refusal exits 1 with every problem on stderr', async () => {
    const problems = ['rules/federal.yaml: hours: is wrong', 'campaigns/solar.yaml: mode: is wrong'];
    const body = { status: 422, detail: '2 problem(s); the policy a1 stays in force', problems };
    stub.answers = { 'POST /v1/reload': [{ status: 422, body }] };
    const { code, io } = await cli(['reload']);
    expect(code).toBe(1);
    expect(io.text()).toBe('');
    for (const line of [...problems, body.detail]) expect(io.errors.join('\n')).toContain(line);
  });
});

describe('records', () => {
  const receipt = {
    body: { recorded: 'written', entry: entry(9, 'opt_out', '2026-11-23T18:00:00.000Z', {}) },
  };

  it('opt-out for a campaign', async () => {
    stub.answers = { 'POST /v1/opt-outs': [receipt] };
    const { code, io } = await cli(['opt-out', '+13035550101', '--campaign', 'solar', '--channel', 'letter']);
    expect(code).toBe(0);
    expect(io.text()).toContain('recorded: entry 9');
    expect(stub.asked[0]?.body).toEqual({ number: '+13035550101', campaign: 'solar', channel: 'letter' });
  });

  it.each([[[]], [['--seller', 'a', '--campaign', 'b']]])(
    'opt-out %j is for no one seller',
    async (options) => {
      expect((await cli(['opt-out', '+13035550101', ...options])).code).toBe(2);
    },
  );

  it('consent add', async () => {
    stub.answers = { 'POST /v1/consents': [receipt] };
    const { code, io } = await cli([
      ...[
        'consent',
        'add',
        '+13035550101',
        '--seller',
        'sunny',
        '--disclosure-text',
        'I agree',
        '--act',
        'pressed Send',
      ],
      ...['--source', 'https://example.com/form', '--id', 'k-1'],
    ]);
    expect(code).toBe(0);
    expect(io.errors.join('\n')).toContain('incomplete');
    expect(stub.asked[0]?.body).toEqual({
      consent_id: 'k-1',
      number: '+13035550101',
      seller: 'sunny',
      kind: 'written',
      given_at: '2026-11-23T18:00:00.000Z',
      expires_at: null,
      disclosure_text: 'I agree',
      act: 'pressed Send',
      signature: null,
      source: 'https://example.com/form',
      not_condition_of_purchase: false,
      page_url: null,
      ip: null,
      user_agent: null,
      prefilled: null,
      lead_source_tier: null,
      topic: null,
    });
  });

  it.each([
    [
      'relationship add +13035550101 --seller sunny --kind purchase --on 2026-11-01 --subject roof --source o7 --id r1',
      '/v1/relationships',
      {
        relationship_id: 'r1',
        number: '+13035550101',
        seller: 'sunny',
        kind: 'purchase',
        occurred_on: '2026-11-01',
        subject: 'roof',
        contract_until: null,
        source: 'o7',
      },
    ],
    [
      'reassigned add +13035550101 --seller sunny --since 2026-06-01 --answer no_data --id q1',
      '/v1/reassigned-checks',
      {
        check_id: 'q1',
        number: '+13035550101',
        seller: 'sunny',
        since: '2026-06-01',
        answer: 'no_data',
        queried_at: '2026-11-23T18:00:00.000Z',
      },
    ],
    [
      'override add registration --seller sunny --state co --who jo --why counsel --until 2027-01-01T00:00:00Z --id o1',
      '/v1/overrides',
      {
        override_id: 'o1',
        what: 'registration',
        seller: 'sunny',
        state: 'CO',
        who: 'jo',
        why: 'counsel',
        until: '2027-01-01T00:00:00Z',
      },
    ],
    [
      'consent confirm +13035550101 --seller sunny --id k-1',
      '/v1/consents/confirmations',
      { consent_id: 'k-1', number: '+13035550101', seller: 'sunny', channel: 'cli' },
    ],
  ])('%s', async (line, path, body) => {
    stub.answers = { [`POST ${path}`]: [receipt] };
    const { code } = await cli(line.split(' '));
    expect(code).toBe(0);
    expect(stub.asked[0]?.body).toEqual(body);
  });

  it('an override without a name, a reason and an end is not even asked for', async () => {
    const { code } = await cli('override add registration --seller sunny --state CO --who jo'.split(' '));
    expect(code).toBe(2);
    expect(stub.asked).toEqual([]);
  });

  it('attest declare', async () => {
    stub.answers = { 'POST /v1/attestations': [receipt] };
    const line = [
      'attest',
      'declare',
      '+13035550100',
      '--level',
      'A',
      '--proof',
      'letter 7',
      '--expires',
      '2027-01-01T00:00:00Z',
    ];
    expect((await cli(line)).code).toBe(0);
    expect(stub.asked[0]?.body).toMatchObject({
      caller_id: '+13035550100',
      level: 'A',
      way: 'declared',
      proof: 'letter 7',
    });
    expect((await cli(line.with(4, 'D'))).code).toBe(2);
    await cli([...line, '--confirmed-at', '2026-11-23T17:00:00Z']);
    expect(stub.asked[1]?.body).toMatchObject({ confirmed_at: '2026-11-23T17:00:00Z' });
    expect(stub.asked[1]?.body).not.toHaveProperty('trunk');
    await cli([...line, '--trunk', 'carrier']);
    expect(stub.asked[2]?.body).toMatchObject({ trunk: 'carrier' });
  });

  it('attest status: a campaign that does not have the level it demands is not ok', async () => {
    const route = {
      ...{ caller_id: '+13035550100', trunk: 'carrier', records: [] },
      record: { level: 'B', way: 'signed_here', age_seconds: 7_260, expires_at: '2026-11-24T18:00:00Z' },
      demands: [{ campaign: 'solar', minimum: 'A', max_age_hours: 24, answer: 'attestation_below_minimum' }],
    };
    stub.answers = {
      'GET /v1/attestations': [
        { body: { routes: [route], mirror: null } },
        {
          body: {
            routes: [
              {
                ...route,
                demands: [{ ...route.demands[0], minimum: 'none', answer: 'attestation_unconfirmed' }],
              },
              { ...route, trunk: null, record: null, demands: [] },
            ],
            mirror: { address: '127.0.0.1:9060', judged: 4, unseen: 1, dropped: 0, alarms: 2 },
          },
        },
        { body: { routes: [], mirror: null } },
      ],
    };
    const vetoed = await cli(['attest', 'status']);
    expect(vetoed.code).toBe(1);
    const shown = vetoed.io.output.join('\n');
    expect(shown).toMatch(
      /\+13035550100\s+carrier\s+B\s+2 h 1 min\s+signed_here\s+solar: A, attestation_below_minimum/,
    );
    expect(shown).toContain('hep.port is not set');
    const warned = await cli(['attest', 'status']);
    expect(warned.code).toBe(0);
    expect(warned.io.output.join('\n')).toContain('4 calls judged, 1 unseen, 0 given up, 2 alarms');
    expect((await cli(['attest', 'status', '--json'])).io.output.join('')).toContain('"routes": []');
  });
});

describe('help', () => {
  it.each([['--help'], ['call', '--help'], ['ledger', 'verify', '--help'], ['--version']])(
    '%s exits 0',
    async (...line) => {
      const { code, io } = await cli(line);
      expect(code).toBe(0);
      expect(io.text()).not.toBe('');
    },
  );
});
