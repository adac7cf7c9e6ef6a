/** The feed: no seam, no double, no endless waiting for a client that does not read. Over a real socket. */
import { request, type IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { buildServer, listen } from '../../../src/http/server.ts';
import { FakeOperations } from '../../support/fake-operations.ts';

let operations: FakeOperations;
let server: FastifyInstance;
let address: string;

async function start(feed = {}): Promise<void> {
  operations = new FakeOperations();
  server = buildServer(operations, { host: '127.0.0.1', tokens: [], version: '0', feed });
  address = await listen(server, '127.0.0.1', 0);
}
beforeEach(async () => start());
afterEach(async () => server.close());

interface Client {
  readonly response: IncomingMessage;
  text(): string;
  ids(): number[];
  ended(): boolean;
  close(): void;
}

/** Connects; `reads: false` leaves everything in the socket. */
function connect(path = '/v1/feed', headers: Record<string, string> = {}, reads = true): Promise<Client> {
  return new Promise((resolve, reject) => {
    const ask = request(`${address}${path}`, { headers });
    ask.on('error', reject);
    ask.on('response', (response) => {
      let text = '';
      let ended = false;
      response.setEncoding('utf8');
      response.on('error', () => undefined);
      response.on('close', () => {
        ended = true;
      });
      if (reads) response.on('data', (chunk: string) => (text += chunk));
      resolve({
        response,
        text: () => text,
        ids: () => [...text.matchAll(/^id: (\d+)\ndata: /gm)].map((match) => Number(match[1])),
        ended: () => ended,
        close: () => ask.destroy(),
      });
    });
    ask.end();
  });
}

const fill = (count: number, from = 0, note = ''): void => {
  for (let n = from; n < from + count; n += 1) {
    operations.append('call_progress', { callId: `c-${n}`, event: 'ringing', note });
  }
};
const upTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, n) => first + n);

describe('start', () => {
  test('without an id: hello with the newest id, then only what comes', async () => {
    fill(3);
    const client = await connect();
    await vi.waitFor(() => expect(client.text()).toContain('event: hello'));
    expect(client.response.headers['content-type']).toContain('text/event-stream');
    expect(client.text()).toContain('id: 3\nevent: hello\ndata: {"newest_id":3}');
    fill(2, 3);
    await vi.waitFor(() => expect(client.ids()).toEqual([4, 5]));
    expect(client.text()).toContain(
      'data: {"id":4,"kind":"call_progress","at":"2026-11-21T17:00:00.000Z","body":{"callId":"c-3"',
    );
    client.close();
  });

  test('with an id: everything after it, over several pages', async () => {
    fill(1_234);
    const client = await connect('/v1/feed?after=34');
    await vi.waitFor(() => expect(client.ids()).toEqual(upTo(1_234, 35)));
    client.close();
  });

  test('Last-Event-ID outranks `after`, so that a reconnecting page goes on where it was', async () => {
    fill(10);
    const client = await connect('/v1/feed?after=2', { 'last-event-id': '7' });
    await vi.waitFor(() => expect(client.ids()).toEqual([8, 9, 10]));
    client.close();
  });

  test('only the kinds asked for', async () => {
    operations.decided('c-1', '+13035550101', null);
    fill(2);
    const client = await connect('/v1/feed?after=0&kinds=decision,call_result');
    operations.settled('c-1', '+13035550101', 'busy');
    await vi.waitFor(() => expect(client.ids()).toEqual([1, 4]));
    client.close();
  });

  test('a bad id or kind is a problem, not a stream', async () => {
    for (const url of ['/v1/feed?after=x', '/v1/feed?kinds=x', '/v1/feed?colour=red']) {
      expect((await server.inject(url)).statusCode, url).toBe(400);
    }
    const header = await server.inject({ url: '/v1/feed', headers: { 'last-event-id': 'abc' } });
    expect(header.statusCode).toBe(400);
    expect(operations.followers()).toBe(1); // the figures
  });
});

describe('INVARIANT (feed-has-no-seam)', () => {
  test('entries written while the pages are read come once and in order', async () => {
    await server.close();
    await start({ pageSize: 50 });
    fill(400);
    let n = 400;
    operations.beforeRead = () => {
      if (n < 900) fill(20, n);
      n += 20;
      return Promise.resolve();
    };
    const client = await connect('/v1/feed?after=0');
    await vi.waitFor(() => expect(client.ids().length).toBeGreaterThan(600));
    operations.beforeRead = () => Promise.resolve();
    fill(5, 5_000);
    await vi.waitFor(() => expect(client.ids()).toEqual(upTo(operations.ledger.length)));
    // What was gathered before it went live must not come again with the next batch.
    fill(1, 6_000);
    await vi.waitFor(() => expect(client.ids()).toContain(operations.ledger.length));
    expect(client.ids()).toEqual(upTo(operations.ledger.length));
    client.close();
  });

  test('what came while the last page was read is not sent again by the batch it was gathered for', async () => {
    fill(3);
    let filled = 0;
    operations.beforeRead = () => {
      // The first reads find the newest id; each later one is told of entries it has not found.
      if (filled < 4) fill(10, 10 * (filled += 1));
      return Promise.resolve();
    };
    const client = await connect('/v1/feed?after=0');
    await vi.waitFor(() => expect(client.ids()).toContain(23));
    operations.beforeRead = () => Promise.resolve();
    fill(1, 6_000);
    const newest = operations.ledger.length;
    await vi.waitFor(() => expect(client.ids()).toContain(newest));
    expect(client.ids()).toEqual(upTo(newest));
    client.close();
  });

  test('more than the buffer holds while catching up: read again from the ledger', async () => {
    await server.close();
    await start({ bufferMax: 10, pageSize: 100 });
    fill(20);
    let flooded = false;
    operations.beforeRead = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (!flooded) fill(300, 20);
      flooded = true;
    };
    const client = await connect('/v1/feed?after=0');
    await vi.waitFor(() => expect(client.ids()).toEqual(upTo(320)));
    client.close();
  });

  test('a dropped client loses nothing', async () => {
    const first = await connect('/v1/feed?after=0');
    fill(5);
    await vi.waitFor(() => expect(first.ids()).toHaveLength(5));
    first.close();
    fill(5, 5);
    const second = await connect('/v1/feed', { 'last-event-id': String(first.ids().at(-1)) });
    fill(5, 10);
    await vi.waitFor(() => expect([...first.ids(), ...second.ids()]).toEqual(upTo(15)));
    second.close();
  });
});

describe('bounds', () => {
  test('a live client that does not read is cut and forgotten', async () => {
    const client = await connect('/v1/feed', {}, false);
    await vi.waitFor(() => expect(operations.followers()).toBe(2));
    const note = 'x'.repeat(8_000);
    for (let n = 0; n < 3_000 && operations.followers() === 2; n += 1) {
      fill(1, n, note);
      if (n % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(operations.followers()).toBe(1);
    client.response.resume();
    await vi.waitFor(() => expect(client.ended()).toBe(true));
  });

  test('a client that does not read while catching up is cut by the heartbeats', async () => {
    await server.close();
    await start({ heartbeatMs: 20 });
    fill(2_000, 0, 'x'.repeat(8_000));
    const client = await connect('/v1/feed?after=0', {}, false);
    expect(operations.followers()).toBe(2);
    await vi.waitFor(() => expect(operations.followers()).toBe(1), { timeout: 5_000 });
    client.close();
  });

  test('one client too many is told to come later', async () => {
    await server.close();
    await start({ clientsMax: 1 });
    const first = await connect();
    const second = await connect();
    expect(second.response.statusCode).toBe(503);
    expect(second.response.headers['retry-after']).toBe('5');
    first.close();
    await vi.waitFor(() => expect(operations.followers()).toBe(1));
    const third = await connect();
    expect(third.response.statusCode).toBe(200);
    third.close();
  });

  test('heartbeats', async () => {
    await server.close();
    await start({ heartbeatMs: 20 });
    const client = await connect();
    await vi.waitFor(() => expect(client.text()).toContain(': heartbeat\nevent: heartbeat\ndata: {"at":'));
    client.close();
  });

  test('shutting down ends the clients and does not wait for them', async () => {
    const client = await connect();
    // The client never goes by itself, so a close that waited for it would never end.
    await server.close();
    await vi.waitFor(() => expect(client.ended()).toBe(true));
    expect(operations.followers()).toBe(0);
  });

  test('a ledger that cannot be read is a problem before the stream and a cut within it', async () => {
    operations.beforeRead = () => Promise.reject(new Error('gone'));
    expect((await server.inject('/v1/feed')).statusCode).toBe(500);
    expect(operations.followers()).toBe(1);
    let reads = 0;
    operations.beforeRead = async () => {
      reads += 1;
      if (reads === 1) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
      throw new Error('gone');
    };
    const client = await connect('/v1/feed?after=0');
    await vi.waitFor(() => expect(client.ended()).toBe(true));
    expect(operations.followers()).toBe(1);
  });
});
