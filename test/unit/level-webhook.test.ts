/** Dial levels to a receiver outside over real HTTP: signed, newest last, repeated while it is away. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { levelWebhook } from '../../src/adapters/webhooks/dial-levels.ts';
import { deliverNewest } from '../../src/control/deliver-newest.ts';
import type { DialLevelNotice } from '../../src/domain/dial-level-notice.ts';
import type { CampaignId, WriterId } from '../../src/domain/ids.ts';
import { instant } from '../../src/domain/time.ts';
import { judgeSignature } from '../../src/http/webhook-signature.ts';
import { realClock } from '../support/real-clock.ts';

const SECRET = 'a secret of at least thirty-two characters';
const NOW_MS = Date.UTC(2026, 10, 21, 17, 0, 0);

const notice = (linesNow: number): DialLevelNotice => ({
  campaignId: 'solar' as CampaignId,
  levelHundredths: 150,
  linesNow,
  because: 'one line per free agent',
  at: instant(NOW_MS),
  entryId: 41,
  writer: 'host-1' as WriterId,
});

let server: Server;
let taken: { readonly signature: string; readonly body: string }[];
let answer: (response: ServerResponse) => void;

beforeEach(async () => {
  taken = [];
  answer = (response) => void response.writeHead(204).end();
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      taken.push({ signature: String(request.headers['breakwater-signature']), body });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const open = (timeoutMs: number) => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/levels`;
  return levelWebhook({ url, secret: SECRET, timeoutMs }, () => NOW_MS);
};

test('a level is told as a signed document', async () => {
  await open(5_000).send(notice(3));
  const [{ signature, body }] = taken as [(typeof taken)[0]];
  const given = { secret: SECRET, nowMs: NOW_MS, freshSeconds: 1 };
  expect(judgeSignature(signature, Buffer.from(body), given)).toBe('valid');
  expect(JSON.parse(body)).toEqual({
    event: 'dial_level_changed',
    campaign: 'solar',
    level: 1.5,
    lines_now: 3,
    because: 'one line per free agent',
    at: '2026-11-21T17:00:00.000Z',
    entry: 41,
    writer: 'host-1',
  });
});

test('a receiver that refuses and then does not answer gets the newest when it is there again', async () => {
  const quiet = (): void => undefined;
  const log = { info: quiet, warn: quiet, error: quiet };
  const delivery = deliverNewest(open(300), { clock: realClock, log });
  answer = (response) => {
    if (taken.length === 1) {
      response.writeHead(503).end();
      delivery.offer(notice(2));
      delivery.offer(notice(3));
    } else if (taken.length > 2) response.writeHead(200).end('{}');
  };
  delivery.offer(notice(1));
  await vi.waitFor(() => expect(taken).toHaveLength(3), 20_000);
  await delivery.told();
  const lines = taken.map(({ body }) => (JSON.parse(body) as { lines_now: number }).lines_now);
  expect(lines).toEqual([1, 3, 3]);
  delivery.stop();
});
