/** Where the sidecar lets itself be sent: the address that is connected to is judged, not the name that was written. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { lookup } from 'node:dns';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sendBytes, once } from '../../src/adapters/recordings/send-bytes.ts';
import { signedPost } from '../../src/adapters/webhooks/signed-post.ts';
import { refusedLiteral, targetGuard } from '../../src/config/address-guard.ts';

const SECRET = 'a secret of at least thirty-two characters';
let server: Server;
let hits: number;
let port: number;
let answer: { status: number; location?: string };

beforeEach(async () => {
  [hits, answer] = [0, { status: 204 }];
  server = createServer((request, response) => {
    hits += 1;
    request.resume();
    request.on('end', () => {
      const { status, location } = answer;
      response.writeHead(status, location === undefined ? {} : { location }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A resolver under somebody else's control. */
const leadsTo = (...addresses: readonly string[]) =>
  ((_host: string, _options: unknown, done: (error: null, found: unknown) => void) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )) as unknown as typeof lookup;

const post = (host: string, resolve?: typeof lookup, privateNetworks: readonly string[] = []) => {
  const url = `http://${host}:${port}/events`;
  return signedPost({ url, secret: SECRET, timeoutMs: 20_000, privateNetworks }, { a: 1 }, () => 0, resolve);
};

describe('a webhook', () => {
  test.each(['127.0.0.1', '169.254.169.254', '10.1.2.3', '::1', '::ffff:127.0.0.1', 'fd00::1', '0.0.0.0'])(
    'to a name that leads to %s is not sent',
    async (address) => {
      await expect(post('hooks.example.com', leadsTo(address))).rejects.toThrow(`is at ${address}`);
      expect(hits).toBe(0);
    },
  );

  test('of several answers only allowed ones are connected to', async () => {
    const resolve = leadsTo('10.0.0.1', '127.0.0.1');
    await post('hooks.example.com', resolve, ['127.0.0.0/8']);
    expect(hits).toBe(1);
  });

  test('a name whose answer changes is judged anew each time', async () => {
    const answers = [['127.0.0.1'], ['10.0.0.1']];
    const rebinding = ((...args: Parameters<ReturnType<typeof leadsTo>>) =>
      (leadsTo(...(answers.shift() ?? [])) as (...given: unknown[]) => void)(...args)) as typeof lookup;
    await post('hooks.example.com', rebinding, ['127.0.0.0/8']);
    server.closeAllConnections();
    await expect(post('other.example.com', rebinding, ['127.0.0.0/8'])).rejects.toThrow('is at 10.0.0.1');
    expect(hits).toBe(1);
  });

  test('a redirect is no taking and is not followed', async () => {
    answer = { status: 307, location: `http://127.0.0.1:${port}/inside` };
    await expect(post('127.0.0.1')).rejects.toThrow('answered 307');
    expect(hits).toBe(1);
  });

  test('to this machine is sent where the address itself says so', async () => {
    await post('127.0.0.1');
    await post('127.0.0.1');
    expect(hits).toBe(2);
  });

  test('a kept connection that the receiver has closed meanwhile costs no event', async () => {
    server.keepAliveTimeout = 1;
    await post('127.0.0.1');
    server.closeIdleConnections();
    await post('127.0.0.1');
    expect(hits).toBe(2);
  });
});

test.each([
  ['http://10.0.0.1/', [], true],
  ['http://10.0.0.1/', ['10.0.0.0/24'], false],
  ['https://[fd00::1]/', [], true],
  ['https://[::ffff:10.0.0.1]/', [], true],
  ['https://2130706433/', [], false], // 127.0.0.1 written as a number: the address itself says this machine
  ['https://0x0a000001/', [], true],
  ['https://8.8.8.8/', [], false],
  ['https://hooks.example.com/', [], false],
] as const)('%s with %j: refused %s', (address, networks, refused) => {
  const url = new URL(address);
  expect(refusedLiteral(url, targetGuard(url, networks)) !== null).toBe(refused);
});

test('a push of recordings goes by the same rule', async () => {
  const sending = {
    method: 'POST',
    url: 'http://10.255.255.1/',
    headers: {},
    bytes: 1,
    body: once(new Uint8Array(1)),
    privateNetworks: [],
    withinMs: 5_000,
  } as const;
  await expect(sendBytes(sending)).rejects.toThrow('is a private address');
});
