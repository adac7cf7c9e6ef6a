/** Events to a receiver outside over real HTTP, and how it knows them: by the verifier of the client library. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createWebhookVerifier } from '../../clients/typescript/src/index.ts';
import { eventWebhook } from '../../src/adapters/webhooks/events.ts';
import { signatureOf } from '../../src/http/webhook-signature.ts';
import { FakeOperations } from '../support/fake-operations.ts';

const SECRET = 'a secret of at least thirty-two characters';
const OTHER = 'another secret of thirty-two characters';
const NOW_MS = Date.UTC(2026, 10, 21, 17, 0, 0);
const SECONDS = NOW_MS / 1_000;

let server: Server;
let status: number;
let taken: { readonly header: string; readonly body: string }[];

beforeEach(async () => {
  [status, taken] = [204, []];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      taken.push({ header: String(request.headers['breakwater-signature']), body });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const target = () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
  const to = { url, secret: SECRET, timeoutMs: 5_000 };
  return eventWebhook({ name: 'crm', kinds: ['call_result'], attemptsMax: 3, target: to }, () => NOW_MS);
};
const entry = () => new FakeOperations().settled('c-1', '+13035550101', 'connected');
const verifier = (secrets: [string, ...string[]] = [SECRET], nowMs = NOW_MS) =>
  createWebhookVerifier({ secrets, nowMs: () => nowMs });

test('a post is the entry as the feed has it, with its writer', async () => {
  await target().send(entry());
  expect(JSON.parse(taken[0]!.body)).toMatchObject({
    ...{ id: 1, writer: 'w1', kind: 'call_result', at: '2026-11-21T17:00:00.000Z' },
    body: { callId: 'c-1', outcome: 'connected' },
  });
});

test.each([302, 400, 500])('%i is no taking', async (answer) => {
  status = answer;
  await expect(target().send(entry())).rejects.toThrow();
});

describe('the verifier', () => {
  const post = async () => {
    await target().send(entry());
    return taken[0]!;
  };

  test('knows what was signed with its secret, or with the next one', async () => {
    const { body, header } = await post();
    expect(await verifier().verify(body, header)).toBe('valid');
    expect(await verifier([OTHER, SECRET]).verify(Buffer.from(body), header)).toBe('valid');
    expect(await verifier([OTHER]).verify(body, header)).toBe('wrong');
  });

  test('refuses a body or a time that was changed', async () => {
    const { body, header } = await post();
    expect(await verifier().verify(body.replace('connected', 'dropped'), header)).toBe('wrong');
    expect(await verifier().verify(body, header.replace(`t=${SECONDS}`, `t=${SECONDS + 1}`))).toBe('wrong');
  });

  test.each([
    undefined,
    null,
    '',
    't=1',
    `t=1,v1=${'a'.repeat(63)}`,
    `t=1,v1=${'A'.repeat(64)}`,
    `v1=${'a'.repeat(64)},t=1`,
  ])('%j is no signature', async (header) => {
    expect(await verifier().verify('{}', header)).toBe('malformed');
  });

  test.each([
    [300_000, 'valid'],
    [-300_000, 'valid'],
    [301_000, 'stale'],
    [-301_000, 'stale'],
  ])('%i ms behind the signature it is %s', async (late, verdict) => {
    const { body, header } = await post();
    expect(await verifier([SECRET], NOW_MS + late).verify(body, header)).toBe(verdict);
  });

  test('takes a post once, and again when it could not be dealt with', async () => {
    const { body, header } = await post();
    const one = verifier();
    expect(await one.verify(body, header)).toBe('valid');
    expect(await one.verify(body, header)).toBe('replayed');
    one.release(header);
    expect(await one.verify(body, header)).toBe('valid');
  });

  test('forgets a post when nobody could replay it any more', async () => {
    let now = NOW_MS;
    const one = createWebhookVerifier({ secrets: [SECRET], toleranceSeconds: 10, nowMs: () => now });
    const signed = (seconds: number) => `t=${seconds},v1=${signatureOf(SECRET, seconds, Buffer.from('{}'))}`;
    expect(await one.verify('{}', signed(SECONDS))).toBe('valid');
    now += 10_000;
    expect(await one.verify('{}', signed(SECONDS))).toBe('replayed');
    now += 1_000;
    expect(await one.verify('{}', signed(SECONDS))).toBe('stale');
    expect(await one.verify('{}', signed(SECONDS + 11))).toBe('valid');
  });
});
