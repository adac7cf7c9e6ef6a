/** The TypeScript client against the routes as they are, over a real socket. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type BreakwaterClient,
  createClient,
  type FeedEntry,
} from '../../../clients/typescript/src/index.ts';
import { buildServer, listen } from '../../../src/http/server.ts';
import { FakeOperations } from '../../support/fake-operations.ts';

const CALL = { number: '+13035550101', campaign: 'solar' } as const;

let operations: FakeOperations;
let server: FastifyInstance;
let client: BreakwaterClient;
beforeEach(async () => {
  operations = new FakeOperations();
  server = buildServer(operations, { host: '127.0.0.1', tokens: [], version: '0' });
  client = createClient({ url: await listen(server, '127.0.0.1', 0) });
});
afterEach(async () => server.close());

async function all<T>(of: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of of) found.push(each);
  return found;
}

describe('calls', () => {
  test('a veto is an answer', async () => {
    const { verdict, headline } = await client.decide({ ...CALL, number: '+13035550109' });
    expect([verdict, headline]).toEqual(['veto', 'on_internal_list']);
  });

  test('whatever else is refused is thrown, with field and what was expected', async () => {
    await expect(client.decide({ ...CALL, at: 'soon' })).rejects.toMatchObject({
      ...{ name: 'BreakwaterProblem', status: 400, code: 'invalid_input' },
      problem: { field: 'at', value: 'soon' },
    });
  });

  test('every call has an id before it is asked for', async () => {
    const ids = [await client.originate(CALL), await client.callForAgent('ann', CALL)].map(
      ({ call_id }) => call_id,
    );
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(ids).size).toBe(2);
    expect((await client.originate({ ...CALL, call_id: 'lead-1' })).call_id).toBe('lead-1');
  });

  test('results, histories, agents, campaigns, levels, opt-outs', async () => {
    await client.originate({ ...CALL, call_id: 'lead-1' });
    expect(await client.reportResult('lead-1', { outcome: 'no_answer' })).toMatchObject({
      recorded: 'recorded',
    });
    expect((await client.call('lead-1')).state).toBe('settled');
    await client.setAgentState('ann', { state: 'ready' });
    expect(operations.calls).toEqual(['agent ann ready all']);
    expect((await client.campaigns()).campaigns).toHaveLength(1);
    expect((await client.campaign('solar')).id).toBe('solar');
    expect((await client.dialLevel('solar')).lines_now).toBe(4);
    const asked = await client.optOut({ number: CALL.number, campaign: 'solar', channel: 'web' });
    expect(asked.recorded).toBe('written');
  });
});

describe('batches', () => {
  const questions = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      campaign: 'solar',
      number: index % 10 === 9 ? '+13035550109' : '+13035550101',
      call_id: `c-${index}`,
    }));

  test('every question is answered in order, over several requests', async () => {
    const asked = questions(25);
    const answers = await all(client.decideAll(asked, { linesMax: 10 }));
    expect(answers.map(({ index, question }) => [index, question])).toEqual(
      asked.map((question, index) => [index, question]),
    );
    const vetoes = answers.filter((each) => 'answer' in each && each.answer.verdict === 'veto');
    expect(vetoes.map(({ index }) => index)).toEqual([9, 19]);
    expect(operations.ledger).toEqual([]);
  });

  test('a question that cannot be read has an error of its own', async () => {
    const asked = [CALL, { ...CALL, at: 'soon' }, CALL];
    const answers = await all(client.decideAll(asked));
    expect(answers.map((each) => ('error' in each ? each.error.field : each.answer.verdict))).toEqual([
      ...['permit', 'at', 'permit'],
    ]);
  });

  test('questions may come as they are made; reservations are recorded', async () => {
    async function* made() {
      for (const question of questions(3)) {
        await Promise.resolve();
        yield question;
      }
    }
    const answers = await all(client.reserveAll(made()));
    expect(answers.map((each) => 'answer' in each && each.answer.placement)).toEqual([
      ...['reserved', 'reserved', 'reserved'],
    ]);
    expect(operations.ledger).toHaveLength(3);
  });

  test('a sidecar that goes in the middle is told of, with how many were answered', async () => {
    const decide = operations.decide.bind(operations);
    operations.decide = async (input) => {
      if (input.callId === 'c-12') void server.close();
      return decide(input);
    };
    const answers: number[] = [];
    const asking = (async () => {
      for await (const { index } of client.decideAll(questions(400), { linesMax: 10 })) answers.push(index);
    })();
    await expect(asking).rejects.toMatchObject({
      message: expect.stringMatching(/ended after|no answer of|shut/) as string,
    });
    expect(answers.length).toBeGreaterThanOrEqual(10);
    expect(answers.length).toBeLessThan(400);
  });
});

describe('the feed', () => {
  test('goes on where it was cut, without a gap and without a repeat', async () => {
    const stop = new AbortController();
    operations.settled('c-0', CALL.number, 'busy');
    const heard: FeedEntry[] = [];
    const following = (async () => {
      for await (const entry of client.feed({ after: 0, kinds: ['call_result'], signal: stop.signal }))
        heard.push(entry);
    })();
    await vi.waitFor(() => expect(heard).toHaveLength(1));
    server.server.closeAllConnections();
    operations.decided('c-1', CALL.number, null);
    operations.settled('c-1', CALL.number, 'busy');
    await vi.waitFor(() => expect(heard).toHaveLength(2), { timeout: 20_000 });
    operations.settled('c-2', CALL.number, 'busy');
    await vi.waitFor(() => expect(heard).toHaveLength(3));
    expect(heard.map(({ id, body }) => [id, body['callId']])).toEqual([
      [1, 'c-0'],
      [3, 'c-1'],
      [4, 'c-2'],
    ]);
    stop.abort();
    await following;
  });

  test('a request that is refused is thrown', async () => {
    await expect(all(client.feed({ kinds: ['nonsense'] }))).rejects.toMatchObject({ status: 400 });
  });
});

describe('attempts', () => {
  let stub: Server;
  let answers: ((response: ServerResponse, request: IncomingMessage) => void)[];
  let asked: { readonly authorization: string | undefined; readonly body: string }[];
  beforeEach(async () => {
    [answers, asked] = [[], []];
    stub = createServer((request, response) => {
      let body = '';
      request.on('data', (piece: Buffer) => (body += piece.toString()));
      request.on('end', () => {
        asked.push({ authorization: request.headers.authorization, body });
        (answers.shift() ?? ((last) => void last.end('{}')))(response, request);
      });
    });
    await new Promise<void>((resolve) => stub.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    stub.closeAllConnections();
    stub.close();
  });
  const stubbed = (more = {}) =>
    createClient({
      url: `http://127.0.0.1:${(stub.address() as AddressInfo).port}/`,
      token: 'a token',
      ...more,
    });
  const busy = (response: ServerResponse) =>
    void response.writeHead(503).end('{"code":"ledger_unavailable"}');

  test('what may pass is asked again, under the same call id', async () => {
    answers = [busy, (response) => void response.destroy()];
    await stubbed().originate(CALL);
    expect(asked).toHaveLength(3);
    expect(new Set(asked.map(({ body }) => body)).size).toBe(1);
    expect(asked[0]?.authorization).toBe('Bearer a token');
  });

  test('but not for ever', async () => {
    answers = [busy, busy, busy];
    await expect(stubbed().originate(CALL)).rejects.toMatchObject({ code: 'ledger_unavailable' });
    expect(asked).toHaveLength(3);
  });

  test('what is refused is not asked again', async () => {
    answers = [(response) => void response.writeHead(400).end('no json')];
    await expect(stubbed().originate(CALL)).rejects.toMatchObject({ status: 400, code: 'unknown' });
    expect(asked).toHaveLength(1);
  });

  test('an answer that does not come ends in time', async () => {
    answers = [() => undefined];
    const asking = stubbed({ timeoutMs: 100, attemptsMax: 1 }).decide(CALL);
    await expect(asking).rejects.toMatchObject({ name: 'BreakwaterUnreachable' });
  });

  test('a batch is asked once', async () => {
    answers = [busy];
    await expect(all(stubbed().decideAll([CALL]))).rejects.toMatchObject({ status: 503 });
    expect(asked).toHaveLength(1);
  });

  test('a batch that ends before its last line is no whole batch', async () => {
    answers = [(response) => void response.end('{"line":1,"verdict":"permit"}\n')];
    const answered: unknown[] = [];
    const asking = (async () => {
      for await (const each of stubbed().decideAll([CALL, CALL])) answered.push(each);
    })();
    await expect(asking).rejects.toThrow('the batch ended after 1 answers');
    expect(answered).toHaveLength(1);
  });

  test('a feed that falls silent is begun again', async () => {
    const silent = (response: ServerResponse) =>
      void response.writeHead(200).write('id: 7\nevent: hello\ndata: {}\n\n');
    const ids: unknown[] = [];
    answers = [
      silent,
      (response, request) => {
        ids.push(request.headers['last-event-id']);
        response.write(
          'id: 8\nevent: call_result\ndata: {"id":8,"kind":"call_result","at":"x","body":{}}\n\n',
        );
      },
    ];
    const feed = stubbed().feed({ silenceMs: 2_000 });
    expect((await feed.next()).value).toMatchObject({ id: 8 });
    expect(ids).toEqual(['7']);
    await feed.return();
  });
});
