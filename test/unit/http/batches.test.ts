/** Many questions in one request, over a real socket: answered in order, one by one, with bounds on both sides. */
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { buildServer, listen, type ServerOptions } from '../../../src/http/server.ts';
import { linesOf } from '../../../src/http/ndjson-lines.ts';
import { LedgerUnavailable } from '../../../src/ports/ledger.ts';
import { FakeOperations } from '../../support/fake-operations.ts';

let server: FastifyInstance;
afterEach(async () => server.close());

async function start(options: Partial<ServerOptions> = {}) {
  const operations = new FakeOperations();
  server = buildServer(operations, { host: '127.0.0.1', tokens: [], version: '0', ...options });
  return { operations, address: await listen(server, '127.0.0.1', 0) };
}

const DECISIONS = '/v1/decisions:batch';
const ORIGINATIONS = '/v1/originations:batch';
const NDJSON = 'application/x-ndjson';

interface Told {
  readonly line: number | null;
  readonly verdict?: string;
  readonly call_id?: string;
  readonly placement?: string;
  readonly explanation?: object;
  readonly error?: Readonly<Record<string, string>>;
}

const parse = (text: string): Told[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Told);

async function send(url: string, body: string): Promise<{ readonly status: number; readonly told: Told[] }> {
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': NDJSON }, body });
  return { status: answer.status, told: parse(await answer.text()) };
}

const question = (index: number, more: object = {}): string =>
  `${JSON.stringify({ number: `+1303555${String(100 + index).padStart(4, '0')}`, campaign: 'solar', ...more })}\n`;
/** Of several lines, none on the internal list of the fake. */
const permitted = (count: number, more: (index: number) => object = () => ({})): string =>
  Array.from({ length: count }, (_, index) =>
    question((index % 9) + 10 * Math.floor(index / 9), more(index)),
  ).join('');

/** An asker who writes as the test says. */
const converse = (
  url: string,
): { readonly ask: ClientRequest; readonly answer: Promise<IncomingMessage> } => {
  const ask = request(url, { method: 'POST', headers: { 'content-type': NDJSON } });
  ask.on('error', () => undefined);
  return { ask, answer: new Promise((resolve) => ask.on('response', resolve)) };
};

describe('a batch of decisions', () => {
  test('each line is answered by a line, in order, whatever a line says', async () => {
    const { address, operations } = await start();
    const { status, told } = await send(
      `${address}${DECISIONS}`,
      [
        question(1).trim(),
        '{"number": "+13035550109", "campaign": "solar"}',
        '',
        'not json',
        '{"number": "+13035550101"}',
        '{"number": "+13035550101", "campaign": "solar", "zap": 1}',
        '{"number": "+13035550101", "campaign": "solar", "automated": "yes"}',
        '[]',
        '{"number": "+13035550101", "campaign": "solar", "at": "soon"}',
        '{"number": "\\ud800", "campaign": "solar"}',
        '{"number": "+13035550102", "campaign": "solar", "explain": true}',
      ].join('\r\n'),
    );
    expect(status).toBe(200);
    expect(told.map(({ line }) => line)).toEqual([1, 2, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(told.map(({ verdict, error }) => verdict ?? error?.['field'])).toEqual([
      ...['permit', 'veto', 'line', 'campaign', 'zap', 'automated', 'line', 'at', 'number', 'permit'],
    ]);
    expect(told[2]?.error).toEqual({
      code: 'invalid_input',
      detail: 'line `not json`: expected one JSON object',
      field: 'line',
      value: 'not json',
      expected: 'one JSON object',
    });
    expect(told[5]?.error).toMatchObject({
      value: 'yes',
      expected: expect.stringContaining('true or false') as string,
    });
    expect(told.at(-1)?.explanation).toBeTruthy();
    // Screened only.
    expect(operations.ledger).toEqual([]);
  });

  test('whatever bytes come, every line that is not blank is answered once', async () => {
    const { address } = await start();
    const line = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constant(question(1).trim()),
      fc
        .record({ number: fc.anything(), campaign: fc.constantFrom('solar', 'lunar', 3) })
        .map((said) => JSON.stringify(said)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 40 }), async (lines) => {
        const body = lines.join('\n');
        const { status, told } = await send(`${address}${DECISIONS}`, body);
        expect(status).toBe(200);
        const wanted = body.split('\n').flatMap((each, index) => (each.trim() === '' ? [] : [index + 1]));
        expect(told.map((each) => each.line)).toEqual(wanted);
        for (const { verdict, error } of told) expect(verdict === undefined).toBe(error !== undefined);
      }),
      { numRuns: 60 },
    );
  });

  test('answers overtake nobody, and are told before the next question is asked', async () => {
    const { address, operations } = await start();
    const decide = operations.decide.bind(operations);
    const first = new Promise<void>((resolve) => {
      operations.decide = async (input) => {
        if (input.callId === 'slow') await new Promise((goOn) => setTimeout(goOn, 30));
        else resolve();
        return decide(input);
      };
    });
    const { ask, answer } = converse(`${address}${DECISIONS}`);
    ask.write(question(1, { call_id: 'slow' }) + question(2, { call_id: 'quick' }));
    const response = (await answer).setEncoding('utf8');
    let text = '';
    response.on('data', (part: string) => (text += part));
    await first;
    await vi.waitFor(() => expect(parse(text).map(({ call_id }) => call_id)).toEqual(['slow', 'quick']));
    ask.end(question(3, { call_id: 'last' }));
    await vi.waitFor(() => expect(response.complete).toBe(true));
    expect(parse(text).map(({ line, call_id }) => [line, call_id])).toEqual([
      [1, 'slow'],
      [2, 'quick'],
      [3, 'last'],
    ]);
  });

  test('no more lines are looked into at once than the limit says', async () => {
    const { address, operations } = await start({ batches: { atOnceMax: 4 } });
    const decide = operations.decide.bind(operations);
    let now = 0;
    let most = 0;
    operations.decide = async (input) => {
      most = Math.max(most, (now += 1));
      await new Promise((resolve) => setTimeout(resolve, 1));
      now -= 1;
      return decide(input);
    };
    const { told } = await send(`${address}${DECISIONS}`, permitted(60));
    expect(told).toHaveLength(60);
    expect(most).toBe(4);
  });

  test('of an asker who does not read nothing more is read', async () => {
    const { address, operations } = await start();
    const { ask, answer } = converse(`${address}${DECISIONS}`);
    const many = permitted(900, () => ({ address: 'x'.repeat(200) })).repeat(40);
    ask.write(many);
    const response = await answer; // and reads nothing of it
    let looked = -1;
    await vi.waitFor(
      () => {
        const before = looked;
        looked = operations.askedToDecide.length;
        expect(looked).toBeGreaterThan(32);
        expect(looked).toBe(before);
      },
      { timeout: 20_000, interval: 250 },
    );
    expect(looked).toBeLessThan(900 * 40);
    response.resume();
    ask.end();
    await vi.waitFor(() => expect(operations.askedToDecide).toHaveLength(900 * 40), { timeout: 60_000 });
  }, 90_000);

  test('when the asker has gone, no further line is looked at', async () => {
    const { address, operations } = await start({ batches: { atOnceMax: 2 } });
    const decide = operations.decide.bind(operations);
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    operations.decide = async (input) => {
      const answer = decide(input);
      await held;
      return answer;
    };
    const { ask, answer } = converse(`${address}${DECISIONS}`);
    ask.write(permitted(50));
    await answer;
    await vi.waitFor(() => expect(operations.askedToDecide).toHaveLength(2));
    ask.destroy();
    await vi.waitFor(() => expect(server.server.listening).toBe(true));
    const connections = (): Promise<number> =>
      new Promise((resolve) => server.server.getConnections((_, count) => resolve(count)));
    await vi.waitFor(async () => expect(await connections()).toBe(0));
    goOn();
    await server.close();
    expect(operations.askedToDecide).toHaveLength(2);
  });

  test('limits: length of a line, lines of a batch, batches at once, silence', async () => {
    const { address } = await start({
      batches: { lineBytesMax: 200, linesMax: 3, batchesMax: 1, stalledMs: 50 },
    });
    const long = question(1, { address: 'x'.repeat(200) });
    const { told } = await send(`${address}${DECISIONS}`, long + question(2).repeat(4));
    expect(told.map(({ line, verdict, error }) => [line, verdict ?? error?.['code']])).toEqual([
      [1, 'invalid_input'],
      [2, 'permit'],
      [3, 'permit'],
      [null, 'batch_too_long'],
    ]);
    expect(told[0]?.error?.['expected']).toBe('at most 200 bytes');

    const silent = converse(`${address}${DECISIONS}`);
    silent.ask.write(question(1));
    const response = await silent.answer;
    const second = await send(`${address}${DECISIONS}`, question(1));
    expect([second.status, (second.told[0] as unknown as { code: string }).code]).toEqual([
      503,
      'too_many_batches',
    ]);
    response.on('error', () => undefined).resume();
    await vi.waitFor(() => expect(response.destroyed).toBe(true));
    await vi.waitFor(async () =>
      expect((await send(`${address}${DECISIONS}`, question(1))).status).toBe(200),
    );
  });

  test('a sidecar that shuts down answers what it has begun, and says that it goes', async () => {
    const { address } = await start();
    const { ask, answer } = converse(`${address}${DECISIONS}`);
    ask.write(question(1));
    const response = (await answer).setEncoding('utf8');
    let text = '';
    response.on('error', () => undefined).on('data', (part: string) => (text += part));
    await vi.waitFor(() => expect(parse(text)).toHaveLength(1));
    const closing = server.close();
    await vi.waitFor(() => expect(parse(text).at(-1)?.error?.['code']).toBe('shutting_down'));
    await closing;
  });

  test('JSON is for the single question', async () => {
    const { address } = await start();
    const answer = await fetch(`${address}${DECISIONS}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: question(1),
    });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
      415,
      'unsupported_media_type',
    ]);
  });
});

describe('a batch of reservations', () => {
  test('one key for all its lines is refused, and nothing is reserved', async () => {
    const { address, operations } = await start();
    const headers = { 'content-type': NDJSON, 'idempotency-key': 'k-1' };
    const answer = await fetch(`${address}${ORIGINATIONS}`, { method: 'POST', headers, body: permitted(2) });
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      {
        code: 'invalid_input',
        field: 'Idempotency-Key',
        expected: 'no key: a call_id in each line of the batch',
      },
    ]);
    expect(operations.calls).toEqual([]);
  });

  test('each permit is reserved and recorded before its line is answered', async () => {
    const { address, operations } = await start();
    const { told } = await send(
      `${address}${ORIGINATIONS}`,
      question(1, { call_id: 'c-1', place: false }) +
        '{"number": "+13035550109", "campaign": "solar"}\n' +
        question(2, { place: true }) +
        question(3, { at: '2026-11-26T13:00:00Z' }),
    );
    expect(told.map(({ placement, error }) => placement ?? error?.['field'])).toEqual([
      ...['reserved', 'vetoed', 'place', 'at'],
    ]);
    expect(operations.ledger.map(({ kind }) => kind)).toEqual(['decision', 'decision']);
  });

  test('a line that cannot be recorded says so, and the next is asked', async () => {
    const { address, operations } = await start();
    const screen = operations.screen.bind(operations);
    operations.screen = (input) =>
      input.callId === 'c-1' ? Promise.reject(new LedgerUnavailable('down')) : screen(input);
    const { told } = await send(
      `${address}${ORIGINATIONS}`,
      question(1, { call_id: 'c-1' }) + question(2, { call_id: 'c-2' }),
    );
    expect(told.map(({ placement, error }) => placement ?? error?.['code'])).toEqual([
      ...['ledger_unavailable', 'reserved'],
    ]);
  });

  test('what could not be told any more is given back', async () => {
    const { address, operations } = await start({ batches: { atOnceMax: 2 } });
    const screen = operations.screen.bind(operations);
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    let begun = 0;
    operations.screen = async (input) => {
      begun += 1;
      await held;
      return screen(input);
    };
    const { ask, answer } = converse(`${address}${ORIGINATIONS}`);
    ask.write(permitted(20, (index) => ({ call_id: `c-${index}` })));
    await answer;
    await vi.waitFor(() => expect(begun).toBe(2));
    ask.destroy();
    const connections = (): Promise<number> =>
      new Promise((resolve) => server.server.getConnections((_, count) => resolve(count)));
    await vi.waitFor(async () => expect(await connections()).toBe(0));
    goOn();
    await vi.waitFor(() =>
      expect(operations.calls).toEqual([
        'withdraw c-0: the asker hung up before the answer',
        'withdraw c-1: the asker hung up before the answer',
      ]),
    );
    expect(begun).toBe(2);
  });
});

describe('lines', () => {
  async function read(chunks: readonly (string | Uint8Array)[], lineBytesMax = 10): Promise<string[]> {
    const bytes = chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
    const found: string[] = [];
    async function* source(): AsyncGenerator<Uint8Array> {
      await Promise.resolve();
      yield* bytes;
    }
    for await (const line of linesOf(source(), lineBytesMax)) {
      found.push(`${line.number} ${line.kind === 'text' ? line.text : line.kind}`);
    }
    return found;
  }

  test.each([
    [['a\nb\n'], ['1 a', '2 b']],
    [
      ['a', 'b\r\n', '\n \nc'],
      ['1 ab', '4 c'],
    ],
    [['\n\n'], []],
    [[''], []],
    [['0123456789\n01234567890\nx'], ['1 0123456789', '2 too_long', '3 x']],
    [
      ['01234', '56789', 'a', '\nx'],
      ['1 too_long', '2 x'],
    ],
    [
      [Uint8Array.of(0xff, 0x0a), 'x'],
      ['1 not_utf8', '2 x'],
    ],
    [[Uint8Array.of(0xc3), Uint8Array.of(0xa9)], ['1 é']],
  ])('%j', async (chunks, lines) => {
    expect(await read(chunks)).toEqual(lines);
  });
});
