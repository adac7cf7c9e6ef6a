/** The doors through their routes and the real use cases: what is recorded, once, and what the next decision says. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import { buildServer, listen } from '../../../src/http/server.ts';
import { signatureOf } from '../../../src/http/webhook-signature.ts';
import { FakeOperations } from '../../support/fake-operations.ts';
import { fakeIo } from '../../support/fake-io.ts';
import { temporaryDirectory } from '../../support/stores.ts';

const SECRET = 'a secret of forty characters for the test';
const SOURCE = {
  source: 'crm',
  secret: SECRET,
  freshSeconds: 300,
  id: '/id',
  kind: '/type',
  kinds: [
    { value: 'unsubscribed', means: 'opt_out' },
    { value: 'withdrawn', means: 'revocation' },
  ],
  seller: 'solar-seller',
  sellerPointer: null,
  fields: [{ column: 'number', pointer: '/contact/phone' }],
} as const;

let operations: FakeOperations;
let server: FastifyInstance;
beforeEach(() => {
  operations = new FakeOperations();
  server = buildServer(operations, {
    host: '127.0.0.1',
    tokens: [],
    version: '0',
    webhooks: [SOURCE],
    requestsPerSecondMax: 1_000_000,
  });
});
afterEach(() => server.close());

const kinds = (): readonly string[] => operations.doors.written.map(({ kind }) => kind);
async function post(url: string, payload: object) {
  const response = await server.inject({ method: 'POST', url, payload });
  return { status: response.statusCode, body: JSON.parse(response.body) as Record<string, unknown> };
}

describe('texts', () => {
  const text = (body: string, more: object = {}) =>
    post('/v1/texts', {
      from: '+13035550101',
      to: '+13035550100',
      body,
      received_at: '2026-11-21T16:59:00Z',
      message_id: 'm-1',
      ...more,
    });

  test('a word that revokes is an opt-out of every seller of the number, once', async () => {
    expect(await text('STOP')).toMatchObject({ status: 201, body: { meaning: 'revocation', word: 'stop' } });
    expect(await text('STOP')).toMatchObject({ status: 200 });
    // The same id for somebody else is somebody else's request.
    expect(await text('STOP', { from: '+13035550102' })).toMatchObject({ status: 201 });
    expect(operations.doors.written.map(({ kind, body }) => [kind, body.number, body.channel])).toEqual([
      ['opt_out', '+13035550101', 'text'],
      ['opt_out', '+13035550102', 'text'],
    ]);
  });

  test('a gateway whose clock is ahead does not move the wish into the future', async () => {
    await text('stop', { received_at: '2026-11-21T17:00:09Z' });
    expect(operations.doors.written[0]?.body.requestedAt).toBe('2026-11-21T17:00:00.000Z');
  });

  test('any other text waits; settled as an opt-out it is one, and no later word undoes that', async () => {
    expect(await text('who are you')).toMatchObject({
      status: 201,
      body: { meaning: 'unclear', word: null },
    });
    const listed = await server.inject('/v1/unclear-requests');
    const [request] = (JSON.parse(listed.body) as { requests: { request_id: string; text: string }[] })
      .requests;
    expect(request).toMatchObject({ number: '+13035550101', seller: 'solar-seller', text: 'who are you' });
    const settle = (as: string) =>
      post('/v1/unclear-requests/settlements', {
        request_id: request?.request_id,
        as,
        who: 'Jo',
        why: 'read it',
      });
    expect(await settle('no_request')).toMatchObject({ status: 201 });
    expect(JSON.parse((await server.inject('/v1/unclear-requests')).body)).toEqual({ requests: [] });
    expect(await settle('opt_out')).toMatchObject({ status: 200 });
    expect(kinds()).toEqual(['unclear_request', 'unclear_request_settled', 'opt_out']);
    expect(await text('who are you')).toMatchObject({ status: 200 });
  });

  test('a number nobody calls with is named, and so is an unknown seller or request', async () => {
    expect(await text('STOP', { to: '+13035550177' })).toMatchObject({
      status: 400,
      body: { field: 'to', value: '+13035550177' },
    });
    expect(await text('STOP', { to: '+13035550177', seller: 'solar-seller' })).toMatchObject({ status: 201 });
    expect(await text('STOP', { seller: 'sollar' })).toMatchObject({
      status: 400,
      body: { field: 'seller' },
    });
    const answer = await post('/v1/unclear-requests/settlements', {
      request_id: 'x',
      as: 'opt_out',
      who: 'Jo',
      why: 'y',
    });
    expect(answer).toMatchObject({ status: 400, body: { field: 'request_id' } });
  });
});

describe('INVARIANT (wish-is-taken): fields beside number and seller', () => {
  const said = { number: '+13035550101', seller: 'solar-seller' };
  const last = () => operations.ledger.at(-1)?.body;

  test.each<[object, object]>([
    [{ channel: 'voice\ud800' }, { channel: 'voice\ufffd' }],
    [{ channel: 'x'.repeat(201) }, { channel: 'x'.repeat(200) }],
    [{}, { channel: 'not said' }],
    [{ channel: 7 }, { channel: '7' }],
    [{ channel: 'voice', note: 'n'.repeat(1_001) }, { note: 'n'.repeat(1_000) }],
    [{ channel: 'voice', call_id: 'not an id' }, { callId: null }],
    [{ channel: 'voice', stranger: { a: 'b\0' } }, { adjusted: ['stranger: left out, no known field'] }],
  ])('an opt-out with %j', async (beside, kept) => {
    expect(await post('/v1/opt-outs', { ...said, ...beside })).toMatchObject({ status: 201 });
    expect(last()).toMatchObject({ ...kept, number: '+13035550101', sellerId: 'solar-seller' });
    const touched = JSON.stringify(beside) !== '{}' && !('channel' in beside && beside.channel === 7);
    expect((last()?.adjusted as readonly string[]).length > 0).toBe(touched);
  });

  test('a revocation, at both doors', async () => {
    expect(await post('/v1/consents/revocations', { ...said, channel: '\ud800' })).toMatchObject({
      status: 201,
    });
    const query = `number=%2B13035550102&seller=solar-seller&channel=${'x'.repeat(300)}`;
    expect((await server.inject({ method: 'DELETE', url: `/v1/consents?${query}` })).statusCode).toBe(201);
    expect(last()).toMatchObject({ channel: 'x'.repeat(200) });
  });

  // Found by `bench:fuzz`: a text that belongs to nobody is written down whatever its fields hold.
  test.each([{ seller: 'no\ud800' }, { from: `${'x'.repeat(63)}\u{1f4a9}` }])(
    'a text to nobody with half a character in it: %j',
    async (odd) => {
      const text = { from: '+13035550101', to: 'nobody', body: 'STOP' };
      expect(await post('/v1/texts', { ...text, ...odd })).toMatchObject({ status: 400 });
      expect(operations.doors.written.map(({ kind }) => kind)).toEqual(['text_unmatched']);
    },
  );

  test('a text, an event and a batch', async () => {
    const text = {
      from: '+13035550101',
      to: '+13035550100',
      body: 'STOP',
      received_at: 'now',
      message_id: '\ud800',
    };
    expect(await post('/v1/texts', { ...text, extra: 1 })).toMatchObject({
      status: 201,
      body: { word: 'stop' },
    });
    const rows = [
      { number: 3035550103, name: '\ud800' },
      'no row',
      { number: '3035550104', ['x'.repeat(99)]: '1' },
    ];
    const imported = await post('/v1/opt-outs/import', { seller: 'solar-seller', channel: '\0', rows });
    expect(imported).toMatchObject({
      status: 200,
      body: { written: 2, adjusted: 2, rejected: [{ index: 1 }] },
    });
    const bodies = operations.doors.written.map(({ body }) => body);
    expect(bodies.map(({ number }) => number)).toEqual(['+13035550101', '+13035550103', '+13035550104']);
    for (const { adjusted } of bodies) expect(adjusted).not.toEqual([]);
  });

  test.each<[string, object]>([
    ['/v1/opt-outs', { ...said, number: '12' }],
    ['/v1/opt-outs', { number: said.number, channel: 'voice' }],
    ['/v1/opt-outs', { ...said, seller: 'no\ud800' }],
    ['/v1/opt-outs', { number: said.number, channel: 'voice', campaign: 'lunar' }],
    ['/v1/opt-outs', { ...said, number: '+3035550142' }],
    ['/v1/consents/revocations', { ...said, number: '0303 555 0142' }],
    ['/v1/texts', { from: ['+13035550101'], to: '+13035550100', body: 'STOP' }],
    ['/v1/opt-outs/import', { seller: 'solar-seller', rows: [] }],
    ['/v1/consents', { ...said, consent_id: 'c', disclosure_text: '\ud800' }],
  ])('%s with %j says not who or of whom, or is no wish: 400, nothing written', async (url, body) => {
    expect(await post(url, body)).toMatchObject({ status: 400 });
    expect([...operations.ledger, ...operations.doors.written]).toEqual([]);
  });
});

describe('a wish that names its seller twice, or with empty fields', () => {
  const said = { number: '+13035550101', seller: 'solar-seller', channel: 'voice' };

  test.each<[string, object, readonly string[]]>([
    ['seller and its campaign', { ...said, campaign: 'solar' }, ['solar-seller']],
    ['a seller, and a campaign of nobody', { ...said, campaign: 'lunar' }, ['solar-seller']],
    ['a seller, and what is no campaign', { ...said, campaign: '\ud800' }, ['solar-seller']],
    ['a campaign, and null for the seller', { ...said, seller: null, campaign: 'solar' }, ['solar-seller']],
    [
      'another seller than the campaign',
      { ...said, seller: 'moon-seller', campaign: 'solar' },
      ['solar-seller', 'moon-seller'],
    ],
  ])('%s: taken for each', async (_name, body, sellers) => {
    for (const url of ['/v1/opt-outs', '/v1/consents/revocations']) {
      operations.ledger.length = 0;
      expect(await post(url, body)).toMatchObject({ status: 201 });
      expect(operations.ledger.map((entry) => entry.body.sellerId)).toEqual(sellers);
    }
  });

  test('an odd id beside it is told of without half a character', async () => {
    const body = { ...said, call_id: `${'x'.repeat(79)}😀` };
    expect(await post('/v1/opt-outs', body)).toMatchObject({ status: 201 });
  });

  test('a text needs no `to` where the seller is named, and null is no seller', async () => {
    const rest = { from: '+13035550101', body: 'STOP' };
    expect(await post('/v1/texts', { ...rest, seller: 'solar-seller' })).toMatchObject({ status: 201 });
    expect(await post('/v1/texts', { ...rest, to: '+13035550100', seller: null })).toMatchObject({
      status: 201,
    });
  });
});

describe('signed events', () => {
  const send = (body: string, header?: string, source = 'crm') =>
    server.inject({
      method: 'POST',
      url: `/v1/webhooks/${source}`,
      headers: {
        'content-type': 'application/json',
        ...(header === undefined ? {} : { 'breakwater-signature': header }),
      },
      payload: body,
    });
  const signed = (body: string, seconds = operations.now() / 1_000, secret = SECRET): string =>
    `t=${seconds},v1=${signatureOf(secret, seconds, Buffer.from(body))}`;
  const event = (more: object = {}): string =>
    JSON.stringify({ id: 'e-1', type: 'unsubscribed', contact: { phone: '(303) 555-0101' }, ...more });

  test('an event is recorded once, whoever sends it again', async () => {
    const body = event();
    expect((await send(body, signed(body))).statusCode).toBe(201);
    expect((await send(body, signed(body))).statusCode).toBe(200);
    const withdrawn = event({ type: 'withdrawn' });
    expect((await send(withdrawn, signed(withdrawn))).statusCode).toBe(201);
    expect(operations.doors.written.map(({ kind, body: of }) => [kind, of.channel, of.number])).toEqual([
      ['opt_out', 'webhook crm', '+13035550101'],
      ['consent_revoked', 'webhook crm', '+13035550101'],
    ]);
  });

  test('nothing is recorded without a signature of now, over these bytes, with this secret', async () => {
    const body = event();
    const now = operations.now() / 1_000;
    for (const header of [
      undefined,
      '',
      'v1=00',
      signed(body, now, 'another secret of forty characters....'),
      signed(event({ id: 'e-2' })),
      signed(body, now - 301),
      signed(body, now + 301),
      signed(body).replace(`t=${now}`, `t=${now - 1}`),
    ]) {
      const answer = await send(body, header);
      expect(answer.statusCode, header).toBe(401);
      expect(answer.body).not.toContain(SECRET);
    }
    expect((await send(body, signed(body), 'erp')).statusCode).toBe(404);
    expect((await send(body, signed(body, now - 300))).statusCode).toBe(201);
    expect(kinds()).toEqual(['opt_out']);
  });

  test.each([
    ['{', 400, 'invalid_json'],
    [event({ type: 'opened' }), 422, 'unusable_event'],
    [event({ contact: {} }), 422, 'unusable_event'],
    [event({ contact: { phone: '12' } }), 422, 'unusable_event'],
    [JSON.stringify([1]), 422, 'unusable_event'],
    [event({ pad: 'x'.repeat(70_000) }), 413, 'body_too_large'],
  ])('%.60s', async (body, status, code) => {
    const answer = await send(body, signed(body));
    expect([answer.statusCode, (JSON.parse(answer.body) as { code: string }).code]).toEqual([status, code]);
  });

  test('whatever is signed, the door stands, and only requests of people come of it', async () => {
    const likely = fc.record(
      {
        id: fc.oneof(fc.constant('e'), fc.jsonValue()),
        type: fc.oneof(fc.constantFrom('unsubscribed', 'withdrawn'), fc.jsonValue()),
        contact: fc.oneof(
          fc.record({ phone: fc.oneof(fc.constant('3035550101'), fc.jsonValue()) }),
          fc.jsonValue(),
        ),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(likely, fc.jsonValue()), fc.boolean(), async (value, isSigned) => {
        const body = JSON.stringify(value);
        const before = kinds().length;
        const answer = await send(body, isSigned ? signed(body) : 't=1,v1=00');
        expect(answer.statusCode).toBeLessThan(500);
        if (answer.statusCode >= 400) expect(kinds().length).toBe(before);
        expect(isSigned || answer.statusCode === 401).toBe(true);
      }),
      { numRuns: 300 },
    );
    expect(kinds().filter((kind) => kind !== 'opt_out' && kind !== 'consent_revoked')).toEqual([]);
  });
});

describe('emergencies', () => {
  const said = { state: 'LA', source: 'proclamation 41', who: 'Jo' };
  const standing = async () => JSON.parse((await server.inject('/v1/emergencies')).body) as object;
  test('declared, shortened by an end, and in force again when declared again', async () => {
    expect(await post('/v1/emergencies', { ...said, from: '2026-11-20' })).toMatchObject({ status: 201 });
    await post('/v1/emergencies/ends', { ...said, until: '2026-11-23' });
    await post('/v1/emergencies/ends', { ...said, until: '2026-12-01' });
    expect(await standing()).toMatchObject({ emergencies: [{ from: '2026-11-20', until: '2026-11-23' }] });
    await post('/v1/emergencies', { ...said, from: '2026-11-20' });
    expect(await standing()).toMatchObject({ emergencies: [{ from: '2026-11-20', until: null }] });
  });
  test('a place or an order of days that cannot be is refused', async () => {
    expect(await post('/v1/emergencies', { ...said, state: 'XX', from: '2026-11-20' })).toMatchObject({
      status: 400,
    });
    const turned = { ...said, from: '2026-11-20', until: '2026-11-19' };
    expect(await post('/v1/emergencies', turned)).toMatchObject({ status: 400, body: { field: 'until' } });
  });
});

describe('files', () => {
  async function imported(words: readonly string[], csv: string, more: readonly string[] = []) {
    const directory = await temporaryDirectory();
    const file = join(directory.path, 'people.csv');
    await writeFile(file, csv);
    const url = await listen(server, '127.0.0.1', 0);
    const io = fakeIo({ BREAKWATER_URL: url });
    const noWiring = () => Promise.reject(new Error('needs none'));
    const line = [...words, 'import', file, '--json', ...more];
    const run = () => runCli(line, io, noWiring, { version: '0', nodeVersion: 'v24.0.0' });
    return { io, run, directory };
  }

  test('each line once, rejected ones by number, and the same file again writes nothing', async () => {
    const numbers = Array.from(
      { length: 1_200 },
      (_, i) => `+1303555${String(1000 + i).slice(-4)},2026-11-20T10:00:00Z`,
    );
    const csv = `number,requested_at\n${numbers.join('\n')}\n+1303555,\n+13035550101,soon\n${numbers[0] ?? ''}`;
    const { io, run, directory } = await imported(['opt-out'], csv, ['--seller', 'solar-seller']);
    expect(await run()).toBe(1);
    expect(JSON.parse(io.text())).toMatchObject({
      written: 1_201,
      standing: 1,
      adjusted: 1,
      rejected_count: 1,
      rejected: [{ line: 1_202, field: 'number', value: '+1303555' }],
    });
    expect(operations.doors.written.at(-1)?.body.adjusted).toEqual([
      'requested_at: left out, `soon` is no instant',
    ]);
    expect(kinds().length).toBe(1_201);
    expect(await run()).toBe(1);
    expect(kinds().length).toBe(1_201);
    await directory.remove();
  });

  test('a consent whose id belongs to another record is told, not taken for a repeat', async () => {
    const head = 'consent_id,number,kind,given_at,disclosure_text,act,source';
    const row = (act: string) =>
      `c-1,+13035550101,express,2026-11-01T12:00:00Z,"I agree,\nand ""more""",${act},form`;
    const csv = `${head}\n${row('signed')}\n${row('signed')}\n${row('clicked')}`;
    const { io, run, directory } = await imported(['consent'], csv, ['--seller', 'solar-seller']);
    expect(await run()).toBe(1);
    expect(JSON.parse(io.text())).toMatchObject({
      written: 1,
      standing: 1,
      rejected: [{ line: 6, field: 'consent_id', value: 'c-1' }],
    });
    expect(operations.doors.written[0]?.body.disclosureText).toBe('I agree,\nand "more"');
    await directory.remove();
  });

  test.each([
    ['number,when\n', ['--seller', 'solar-seller'], 'column `when` is not known'],
    ['name\n', ['--seller', 'solar-seller'], 'column `number` is missing'],
    ['', ['--seller', 'solar-seller'], 'is empty'],
    ['number\n+13035550101\n', [], 'name the seller'],
    ['number\n+13035550101\n', ['--seller', 'solr'], 'one of solar-seller'],
  ])('%j %j is a usage error and writes nothing', async (csv, more, says) => {
    const { io, run, directory } = await imported(['opt-out'], csv, more);
    expect(await run()).toBe(2);
    expect(io.errors.join('\n')).toContain(says);
    expect(kinds()).toEqual([]);
    await directory.remove();
  });
});
