/** Figures on the feed, over real sockets: made once, resumable with the entries, and never more than the newest waits for a slow viewer. */
import { request, type ClientRequest } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { buildServer, listen } from '../../../src/http/server.ts';
import { fakeCampaign, FakeOperations } from '../../support/fake-operations.ts';

const NUMBER = '+13035550101';

interface Shown {
  readonly sequence: number;
  readonly campaign: {
    readonly id: string;
    readonly drop_rate: { readonly today: { readonly drops: number; readonly live_answers: number } };
  };
}
interface Viewer {
  text(): string;
  /** Figures of the campaign, oldest first. */
  figures(id?: string): readonly Shown[];
  ids(): readonly number[];
  /** Stops and goes on reading the socket. */
  pause(): void;
  resume(): void;
  ended(): boolean;
  close(): void;
}

let operations: FakeOperations;
let server: FastifyInstance;
let address: string;
let looks = 0;
const open: ClientRequest[] = [];

beforeEach(async () => {
  operations = new FakeOperations([fakeCampaign('solar'), fakeCampaign('windows')]);
  looks = 0;
  const ask = operations.campaign.bind(operations);
  operations.campaign = (id) => {
    looks += 1;
    return ask(id);
  };
  server = buildServer(operations, { host: '127.0.0.1', tokens: [], version: '0' });
  address = await listen(server, '127.0.0.1', 0);
});
afterEach(async () => {
  for (const each of open.splice(0)) each.destroy();
  await server.close();
});

function view(path = '/v1/feed?figures=on', headers: Record<string, string> = {}): Promise<Viewer> {
  return new Promise((resolve, reject) => {
    const ask = request(`${address}${path}`, { headers });
    open.push(ask);
    ask.on('error', reject);
    ask.on('response', (response) => {
      let text = '';
      let ended = false;
      response.setEncoding('utf8');
      response.on('error', () => undefined);
      response.on('close', () => (ended = true));
      response.on('data', (chunk: string) => (text += chunk));
      resolve({
        text: () => text,
        figures: (id = 'solar') =>
          [...text.matchAll(/^event: figures\ndata: (.*)\n\n/gm)]
            .map(([, json = '']) => JSON.parse(json) as Shown)
            .filter(({ campaign }) => campaign.id === id),
        ids: () => [...text.matchAll(/^id: (\d+)\ndata: /gm)].map((match) => Number(match[1])),
        pause: () => void response.pause(),
        resume: () => void response.resume(),
        ended: () => ended,
        close: () => ask.destroy(),
      });
    });
    ask.end();
  });
}

const answered = (count: number, from = 0, note = ''): void => {
  for (let n = from; n < from + count; n += 1) {
    operations.settled(`c-${n}`, NUMBER, 'connected');
    if (note !== '') operations.append('call_progress', { callId: `c-${n}`, note });
  }
};
const liveAnswers = (viewer: Viewer) => viewer.figures().at(-1)?.campaign.drop_rate.today.live_answers;

test('every campaign at once, then what changes; figures have no event id of their own', async () => {
  answered(3);
  const viewer = await view();
  await vi.waitFor(() => expect(liveAnswers(viewer)).toBe(3));
  expect(viewer.figures('windows')).toHaveLength(1);
  answered(4, 3);
  await vi.waitFor(() => expect(liveAnswers(viewer)).toBe(7), { timeout: 5_000 });
  expect(viewer.figures().at(-1)?.sequence).toBe(7);
  expect(viewer.figures('windows')).toHaveLength(1);
  expect(viewer.text()).not.toMatch(/id: \d+\nevent: figures/);
  expect(viewer.ids()).toEqual([4, 5, 6, 7]);
});

test('without the wish no figures', async () => {
  const viewer = await view('/v1/feed');
  answered(3);
  await vi.waitFor(() => expect(viewer.ids()).toHaveLength(3));
  expect(viewer.text()).not.toContain('event: figures');
  const bad = await server.inject('/v1/feed?figures=perhaps');
  expect(bad.statusCode).toBe(400);
});

test('a broken connection is resumed by the newest entry: no entry twice or missing, and the figures are those of now', async () => {
  const first = await view();
  answered(5);
  await vi.waitFor(() => expect(first.ids()).toHaveLength(5));
  first.close();
  answered(5, 5);
  const again = await view('/v1/feed?figures=on', { 'last-event-id': String(first.ids().at(-1)) });
  await vi.waitFor(() => expect(again.ids()).toEqual([6, 7, 8, 9, 10]));
  await vi.waitFor(() => expect(liveAnswers(again)).toBe(10), { timeout: 5_000 });
});

test('a hundred viewers cost one look and get the same bytes', async () => {
  const viewers = await Promise.all(Array.from({ length: 100 }, () => view()));
  await vi.waitFor(() => expect(viewers.every((each) => each.figures('windows').length === 1)).toBe(true), {
    timeout: 20_000,
  });
  looks = 0;
  answered(50);
  await vi.waitFor(() => expect(viewers.every((each) => liveAnswers(each) === 50)).toBe(true), {
    timeout: 20_000,
  });
  expect(looks).toBeLessThanOrEqual(2);
  const frames = new Set(viewers.map((each) => JSON.stringify(each.figures().at(-1))));
  expect(frames.size).toBe(1);
  for (const each of viewers) expect(each.ids()).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
});

test('a viewer that does not read is cut; one that reads again gets the newest figures and not those between', async () => {
  const slow = await view('/v1/feed?figures=on&kinds=call_result');
  await vi.waitFor(() => expect(slow.figures()).toHaveLength(1));
  slow.pause();
  const note = 'x'.repeat(8_000);
  const cut = await view('/v1/feed?figures=on');
  await vi.waitFor(() => expect(cut.figures()).toHaveLength(1));
  cut.pause();
  for (let n = 0; n < 3_000 && !cut.ended(); n += 100) {
    answered(100, n, note);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const total = operations.statuses.get('solar')?.today.liveAnswers ?? 0;
  cut.resume();
  await vi.waitFor(() => expect(cut.ended()).toBe(true), { timeout: 10_000 });
  slow.resume();
  await vi.waitFor(() => expect(liveAnswers(slow)).toBe(total), { timeout: 10_000 });
  expect(slow.figures().length).toBeLessThan(20);
});

test('the snapshot of the route is the ledger’s, and names the entry that a feed goes on behind', async () => {
  answered(12);
  operations.decided('v', NUMBER, 'sunday');
  const { statusCode, body } = await server.inject('/v1/figures');
  expect(statusCode).toBe(200);
  const figures = JSON.parse(body) as { sequence: number; campaigns: readonly unknown[] };
  expect(figures.sequence).toBe(13);
  expect(figures.campaigns[0]).toMatchObject({
    sequence: 13,
    campaign: { id: 'solar', drop_rate: { today: { drops: 0, live_answers: 12, band: 'calm' } } },
    day: {
      complete: true,
      vetoes: [{ code: 'sunday', count: 1, basis: 'campaign setting' }],
      outcomes: { connected: 12 },
      safe_harbor: { bound_ms: 2_000, heard: 0, over_bound: 0, longest_ms: null },
    },
  });
});
