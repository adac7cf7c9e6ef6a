/** Against real servers on loopback: each answer is bounded and has its code. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { addressGuard, guardedLookup } from '../../../src/config/address-guard.ts';
import { certificateCache, keptMsOf } from '../../../src/adapters/certificates/certificate-cache.ts';
import {
  DOCUMENT_BYTES_MAX,
  type FetchAnswer,
  fetchDocument,
} from '../../../src/adapters/certificates/fetch-document.ts';
import type { CertificateAnswer } from '../../../src/ports/certificate-source.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { realClock } from '../../support/real-clock.ts';

const open = new Set<Server | TcpServer>();
afterEach(async () => {
  for (const server of open) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  open.clear();
});

async function listen(server: Server | TcpServer): Promise<number> {
  open.add(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const serve = (listener: RequestListener): Promise<number> => listen(createServer(listener));

const loopback = addressGuard(['127.0.0.0/8', '::1/128']);
const get = (url: string, timeoutMs = 10_000, guard = loopback): Promise<FetchAnswer> =>
  fetchDocument(new URL(url), { timeoutMs, guard, clock: realClock });

const bytesOf = (answer: FetchAnswer): string =>
  answer.kind === 'found' ? Buffer.from(answer.bytes).toString() : answer.detail;

describe('a fetch', () => {
  test('brings the document and its Cache-Control', async () => {
    const port = await serve((_, response) => {
      response.setHeader('Cache-Control', 'Max-Age=3600').end('certificate');
    });
    const answer = await get(`http://127.0.0.1:${port}/x.pem`);
    expect(answer).toMatchObject({ kind: 'found', cacheControl: 'max-age=3600' });
    expect(bytesOf(answer)).toBe('certificate');
  });

  test.each<readonly [string, RequestListener, string]>([
    ['not there', (_, response) => void response.writeHead(404).end('x'), 'was answered with 404'],
    ['broken', (_, response) => void response.writeHead(500).end('x'), 'was answered with 500'],
    [
      'moved',
      (_, response) => void response.writeHead(302, { location: 'http://10.0.0.1/' }).end(),
      'was answered with 302',
    ],
    [
      'moved for good',
      (_, response) => void response.writeHead(308, { location: 'http://127.0.0.1/' }).end(),
      'was answered with 308',
    ],
    [
      'said to be huge',
      (_, response) => void response.writeHead(200, { 'content-length': '999999999' }).write('x'),
      'has more than',
    ],
    [
      'huge without saying so',
      (_, response) => {
        const pour = (): void => {
          if (!response.destroyed && response.write(Buffer.alloc(65_536, 65))) setImmediate(pour);
        };
        response.on('drain', pour);
        pour();
      },
      `has more than ${DOCUMENT_BYTES_MAX} bytes`,
    ],
    [
      'cut off',
      (_, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('x', () => response.destroy());
      },
      'certificate at',
    ],
  ])('%s: unavailable', async (_, listener, detail) => {
    const port = await serve(listener);
    const answer = await get(`http://127.0.0.1:${port}/x.pem`);
    expect(answer).toMatchObject({ kind: 'refused', fault: 'certificate_unavailable' });
    expect(bytesOf(answer)).toContain(detail);
  });

  test.each<readonly [string, RequestListener]>([
    ['never answers', () => undefined],
    [
      'sends a byte now and then',
      (_, response) => {
        const timer = setInterval(() => response.write('x'), 20);
        response.on('close', () => clearInterval(timer));
      },
    ],
  ])('a server that %s costs no more than the bound', async (_, listener) => {
    const port = await serve(listener);
    const answer = await get(`http://127.0.0.1:${port}/x.pem`, 200);
    expect(bytesOf(answer)).toContain('did not come within 200 ms');
  });

  test('nobody listens; another protocol; a connection that is taken and left alone', async () => {
    const closed = await listen(createTcpServer());
    for (const server of open) await new Promise((resolve) => server.close(resolve));
    open.clear();
    expect(await get(`http://127.0.0.1:${closed}/`)).toMatchObject({ fault: 'certificate_unavailable' });
    const banner = await listen(
      createTcpServer(
        (socket) =>
          void socket
            .resume()
            .end('SSH-2.0-x\r\n')
            .on('error', () => undefined),
      ),
    );
    expect(await get(`http://127.0.0.1:${banner}/`)).toMatchObject({ fault: 'certificate_unavailable' });
    const silent = await listen(
      createTcpServer((socket) => void socket.resume().on('error', () => undefined)),
    );
    expect(await get(`http://127.0.0.1:${silent}/`, 200)).toMatchObject({ fault: 'certificate_unavailable' });
    expect(await get(`https://127.0.0.1:${banner}/`)).toMatchObject({ fault: 'certificate_unavailable' });
  });
});

describe('addresses', () => {
  const strict = addressGuard([]);

  test.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'fc00::1',
    'fd12::1',
    '::ffff:10.0.0.1',
    '::ffff:8.8.8.8',
    '2002:a00:1::1',
    '64:ff9b::a00:1',
    '2001:db8::1',
    'ff02::1',
    'not an address',
    '',
  ])('%s is not opened', (address) => {
    expect(strict(address)).toBe(false);
  });

  test.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '192.169.0.1', '2606:4700::1111'])(
    '%s is',
    (address) => {
      expect(strict(address)).toBe(true);
    },
  );

  test('a network that is allowed by name, and none beside it', () => {
    const guard = addressGuard(['10.1.0.0/16', 'fd00:1::/32']);
    expect(['10.1.255.255', '10.2.0.0', 'fd00:1::5', 'fd00:2::5'].map(guard)).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  test('an address in the URL, in any spelling', async () => {
    let asked = 0;
    const port = await serve((_, response) => {
      asked += 1;
      response.end();
    });
    for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', 'localhost']) {
      const answer = await get(`http://${host}:${port}/x.pem`, 5_000, strict);
      expect([host, answer]).toEqual([host, expect.objectContaining({ fault: 'bad_info_url' })]);
    }
    expect(asked).toBe(0);
  });

  test('a name that is at a public address for one look-up and at a private one for the next', async () => {
    let asked = 0;
    const port = await serve((_, response) => {
      asked += 1;
      response.end();
    });
    const answers = [['8.8.8.8'], ['127.0.0.1'], ['8.8.8.8', '127.0.0.1']];
    const resolve = ((_: string, __: object, callback: (error: null, found: object[]) => void) => {
      callback(
        null,
        (answers.shift() ?? []).map((address) => ({ address, family: 4 })),
      );
    }) as never;
    const lookup = guardedLookup(strict, resolve);
    const look = (): Promise<unknown> =>
      new Promise((done) =>
        lookup('certs.example.com', { all: true }, (error, found) => done(error?.message ?? found)),
      );
    expect(await look()).toEqual([{ address: '8.8.8.8', family: 4 }]);
    const url = new URL(`http://certs.example.com:${port}/`);
    const answer = await fetchDocument(url, { timeoutMs: 5_000, guard: strict, clock: realClock, lookup });
    expect(answer).toMatchObject({ fault: 'bad_info_url' });
    expect(await look()).toEqual([{ address: '8.8.8.8', family: 4 }]);
    expect(asked).toBe(0);
  });
});

describe('the cache', () => {
  const URL_1 = 'https://certs.example.com/1.pem';
  const world = (
    answers: Partial<Record<string, FetchAnswer>> = {},
    hosts: string[] = [],
    relaxed = false,
  ) => {
    const clock = fakeClock('2026-11-23T17:00:00Z');
    const fetched: string[] = [];
    const waiting: (() => void)[] = [];
    let held = false;
    const cache = certificateCache({
      clock,
      guard: loopback,
      timeoutMs: 1_000,
      hosts,
      relaxed,
      fetch: async ({ href }) => {
        fetched.push(href);
        if (held) await new Promise<void>((resolve) => waiting.push(resolve));
        return answers[href] ?? { kind: 'found', bytes: Buffer.from(href), cacheControl: 'max-age=600' };
      },
    });
    const hold = (): void => void (held = true);
    const release = (): void => waiting.splice(0).forEach((resolve) => resolve());
    return {
      clock,
      fetched,
      hold,
      release,
      ask: async (url: string): Promise<CertificateAnswer> => cache.certificateAt(url),
      cache,
    };
  };

  test('one fetch for calls that come together, and none while it is kept', async () => {
    const { ask, hold, release, fetched, clock } = world();
    hold();
    const answers = [ask(URL_1), ask(URL_1), ask(URL_1)];
    release();
    const [first, second, third] = await Promise.all(answers);
    expect(first).toBe(second);
    expect(first).toBe(third);
    await clock.go(599_000);
    expect(await ask(URL_1)).toBe(first);
    expect(fetched).toHaveLength(1);
    await clock.go(2_000);
    const late = ask(URL_1);
    release();
    expect(await late).not.toBe(first);
    expect(fetched).toHaveLength(2);
  });

  test('a failure is kept for a moment only', async () => {
    const failed: FetchAnswer = { kind: 'refused', fault: 'certificate_unavailable', detail: 'x' };
    const { ask, fetched, clock } = world({ [URL_1]: failed });
    for (let count = 0; count < 5; count += 1) expect(await ask(URL_1)).toEqual(failed);
    expect(fetched).toHaveLength(1);
    await clock.go(10_001);
    await ask(URL_1);
    expect(fetched).toHaveLength(2);
  });

  test('what proved nothing is fetched again soon, and not at once', async () => {
    const { ask, fetched, clock, cache } = world();
    await ask(URL_1);
    cache.distrust(URL_1);
    await ask(URL_1);
    expect(fetched).toHaveLength(1);
    await clock.go(10_001);
    await ask(URL_1);
    expect(fetched).toHaveLength(2);
  });

  test('a certificate that somebody made distrusted is good as long as its server said, while that does not answer', async () => {
    const answers: Partial<Record<string, FetchAnswer>> = {};
    const { ask, fetched, clock, cache } = world(answers);
    const first = await ask(URL_1);
    answers[URL_1] = { kind: 'refused', fault: 'certificate_unavailable', detail: 'x' };
    await clock.go(60_000);
    cache.distrust(URL_1);
    expect(await ask(URL_1)).toBe(first);
    expect(fetched).toHaveLength(2);
    // And each forged call costs no fetch of its own.
    cache.distrust(URL_1);
    expect(await ask(URL_1)).toBe(first);
    expect(fetched).toHaveLength(2);
    await clock.go(540_000);
    expect(await ask(URL_1)).toMatchObject({ kind: 'refused' });
  });

  test('at most 1,000 documents and 16 fetches; the one asked for last stays longest', async () => {
    const { ask, fetched, hold, release } = world();
    const url = (index: number): string => `https://certs.example.com/${index}.pem`;
    await ask(URL_1);
    for (let index = 0; index < 999; index += 1) await ask(url(index + 10));
    await ask(URL_1);
    await ask(url(5_000));
    const before = fetched.length;
    await ask(URL_1);
    expect(fetched).toHaveLength(before);
    await ask(url(10));
    expect(fetched).toHaveLength(before + 1);
    hold();
    const many = Array.from({ length: 20 }, (_, index) => ask(url(index + 9_000)));
    const refused = await Promise.all(many.slice(16));
    expect(refused.map((answer) => answer.kind === 'refused' && answer.fault)).toEqual(
      new Array(4).fill('certificate_unavailable'),
    );
    release();
    expect((await Promise.all(many.slice(0, 16))).every(({ kind }) => kind === 'found')).toBe(true);
  });

  test.each([
    ['http://certs.example.com/x.pem', false],
    ['https://certs.example.com:8444/x.pem', false],
    ['https://certs.example.com:8443/x.pem', true],
    ['https://user:secret@certs.example.com/x.pem', false],
    ['https://certs.example.com/x.pem?a=1', false],
    ['https://certs.example.com/x.pem#a', false],
    ['ftp://certs.example.com/x.pem', false],
    ['file:///etc/passwd', false],
    ['https:\\\\certs.example.com\\x.pem', false],
    ['certs.example.com/x.pem', false],
    ['', false],
    [`https://certs.example.com/${'x'.repeat(3_000)}`, false],
  ])('%s is opened: %s', async (url, isOpened) => {
    const { ask, fetched } = world();
    const answer = await ask(url);
    expect(answer).toMatchObject(isOpened ? { kind: 'found' } : { kind: 'refused', fault: 'bad_info_url' });
    expect(fetched).toHaveLength(isOpened ? 1 : 0);
  });

  test('relaxed: http and any port, and still no user in it', async () => {
    const { ask } = world({}, [], true);
    expect(await ask('http://certs.example.com:8888/x.pem')).toMatchObject({ kind: 'found' });
    expect(await ask('http://user:x@certs.example.com:8888/x.pem')).toMatchObject({ fault: 'bad_info_url' });
    expect(await ask('ftp://certs.example.com/x.pem')).toMatchObject({ fault: 'bad_info_url' });
  });

  test('only the hosts that are named', async () => {
    const { ask, fetched } = world({}, ['certs.example.com']);
    expect(await ask('https://CERTS.example.com/1.pem')).toMatchObject({ kind: 'found' });
    expect(await ask('https://evil.example.com/1.pem')).toMatchObject({ fault: 'bad_info_url' });
    expect(await ask('https://certs.example.com.evil.example/1.pem')).toMatchObject({
      fault: 'bad_info_url',
    });
    expect(fetched).toHaveLength(1);
  });

  test.each([
    ['', 86_400_000],
    ['max-age=3600', 3_600_000],
    ['public, max-age=3600', 3_600_000],
    ['max-age=60, s-maxage=7200', 7_200_000],
    ['max-age=999999999', 86_400_000],
    ['max-age=0', 60_000],
    ['no-store', 60_000],
    ['max-age=soon', 86_400_000],
  ])('Cache-Control `%s` is kept %i ms', (cacheControl, ms) => {
    expect(keptMsOf(cacheControl)).toBe(ms);
  });
});
