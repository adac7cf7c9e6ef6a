/** What an agent's program is told over HTTP: one agent's calls, as they come, to those who may know. Over a real socket. */
import { createHash } from 'node:crypto';
import { request, type ClientRequest } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { AgentId, CallId, CampaignId } from '../../../src/domain/ids.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import type { ScreenPop } from '../../../src/domain/screen-pop.ts';
import { instant } from '../../../src/domain/time.ts';
import { buildServer, listen, type ServerOptions } from '../../../src/http/server.ts';
import { FakeOperations } from '../../support/fake-operations.ts';

const POP: ScreenPop = {
  event: 'reserved',
  at: instant(Date.UTC(2026, 10, 21, 17, 0, 0)),
  agentId: '1001' as AgentId,
  callId: 'lead-77-1' as CallId,
  campaignId: 'solar' as CampaignId,
  number: '+13035550101' as PhoneNumber,
  leadId: '77',
  facts: ['Came by the web form'],
};

let server: FastifyInstance;
afterEach(async () => server.close());

async function start(options: Partial<ServerOptions> = {}) {
  const operations = new FakeOperations();
  server = buildServer(operations, { host: '127.0.0.1', tokens: [], version: '0', ...options });
  return { operations, address: await listen(server, '127.0.0.1', 0) };
}

interface Screen {
  readonly status: number;
  text(): string;
  ended(): boolean;
  close(): void;
}

const open = (url: string, reads = true): Promise<Screen> =>
  new Promise((resolve, reject) => {
    const ask: ClientRequest = request(url);
    ask.on('error', reject);
    ask.on('response', (response) => {
      let text = '';
      let ended = false;
      response.setEncoding('utf8');
      response.on('error', () => undefined);
      response.on('close', () => (ended = true));
      if (reads) response.on('data', (chunk: string) => (text += chunk));
      resolve({
        status: response.statusCode ?? 0,
        text: () => text,
        ended: () => ended,
        close: () => ask.destroy(),
      });
    });
    ask.end();
  });

describe('the screen of an agent', () => {
  test('is told of that agent’s calls, and gone with its program', async () => {
    const { operations, address } = await start();
    const screen = await open(`${address}/v1/agents/1001/screen`);
    await vi.waitFor(() => expect(screen.text()).toContain('event: hello'));
    expect([...operations.screens.keys()]).toEqual(['1001']);
    operations.screens.get('1001')?.(POP);
    await vi.waitFor(() =>
      expect(screen.text()).toContain(
        'event: reserved\ndata: {"event":"reserved","at":"2026-11-21T17:00:00.000Z","agent":"1001","call_id":"lead-77-1",' +
          '"campaign":"solar","number":"+13035550101","lead_id":"77","facts":["Came by the web form"]}\n\n',
      ),
    );
    screen.close();
    await vi.waitFor(() => expect(operations.screens.size).toBe(0));
  });

  test('is for dialers and supervisors', async () => {
    const token = { name: 'audit', sha256: createHash('sha256').update('secret').digest('hex') };
    const { address } = await start({ tokens: [{ ...token, scopes: ['compliance'] }] });
    expect((await fetch(`${address}/v1/agents/1001/screen`)).status).toBe(401);
    const headers = { authorization: 'Bearer secret' };
    expect((await fetch(`${address}/v1/agents/1001/screen`, { headers })).status).toBe(403);
  });

  test('has so many clients and no more; the place of one that goes is free', async () => {
    const { operations, address } = await start({ screens: { clientsMax: 1 } });
    const first = await open(`${address}/v1/agents/1001/screen`);
    await vi.waitFor(() => expect(operations.screens.size).toBe(1));
    expect((await open(`${address}/v1/agents/1001/screen`)).status).toBe(503);
    first.close();
    await vi.waitFor(() => expect(operations.screens.size).toBe(0));
    const next = await open(`${address}/v1/agents/1001/screen`);
    expect(next.status).toBe(200);
    next.close();
  });

  test('is cut when its program does not read', async () => {
    const { operations, address } = await start({ screens: { unreadBytesMax: 1_024 } });
    const screen = await open(`${address}/v1/agents/1001/screen`, false);
    const facts = ['x'.repeat(4_000_000)];
    await vi.waitFor(() => {
      operations.screens.get('1001')?.({ ...POP, facts });
      expect(operations.screens.size).toBe(0);
    });
    screen.close();
  });

  test('ends with the server', async () => {
    const { operations, address } = await start();
    const screen = await open(`${address}/v1/agents/1001/screen`);
    await vi.waitFor(() => expect(operations.screens.size).toBe(1));
    await server.close();
    await vi.waitFor(() => expect(screen.ended()).toBe(true));
  });
});
