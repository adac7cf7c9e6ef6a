/** Doctor before the AMI proxy: a proxy that works, one that does not, and every way to the real manager that leads past it. */
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { amiProxyFindings, type AmiProxyNeeds } from '../../../src/cli/doctor/ami-proxy.ts';
import { issue } from '../../../scripts/asterisk/sti-authority.ts';
import { DIALER, OURS, proxyBefore } from '../../support/ami-proxy.ts';
import { fakeManager, type FakeManager } from '../../support/fake-manager.ts';
import { freePort } from '../../support/stores.ts';

const COMMANDS = ['Originate', 'Redirect', 'Hangup', 'Command', 'Getvar', 'Status'];
const MANAGER_CONF = [
  'Category-000000: general',
  'Line-000000-000000: enabled=yes',
  'Line-000000-000001: webenabled=no',
  `Category-000001: ${OURS.user}`,
  'Line-000001-000000: secret=x',
];
const OPENED: { close(): unknown }[] = [];
let manager: FakeManager;
let allowed: readonly string[];
let conf: readonly string[];

beforeEach(async () => {
  manager = await fakeManager(OURS);
  OPENED.push(manager);
  [allowed, conf] = [COMMANDS, MANAGER_CONF];
  manager.answer = (action) => {
    const id = `ActionID: ${action.first('ActionID') ?? ''}`;
    const lines = action.name === 'listcommands' ? allowed.map((name) => `${name}: does it`) : conf;
    if (!['listcommands', 'getconfig'].includes(action.name)) return undefined;
    if (lines.length === 0) return `Response: Error\r\n${id}\r\nMessage: Permission denied\r\n\r\n`;
    return ['Response: Success', id, ...lines, '', ''].join('\r\n');
  };
});
afterEach(async () => {
  for (const each of OPENED.splice(0).reverse()) await each.close();
});

const needsOf = (port: number, changes: Partial<AmiProxyNeeds> = {}): AmiProxyNeeds => ({
  host: '127.0.0.1',
  port,
  certificate: null,
  accounts: [
    { name: 'hashed', secret: null },
    { name: DIALER.user, secret: DIALER.secret },
  ],
  upstream: { host: '127.0.0.1', port: manager.port, ...OURS, tls: null },
  ...changes,
});
async function proxyPort(tls: Parameters<typeof proxyBefore>[1] = {}): Promise<number> {
  const proxy = await proxyBefore(manager.port, tls);
  OPENED.push(proxy);
  return proxy.port;
}
/** Nobody answers there. */
const ELSEWHERE = ['127.0.0.2'];
async function look(needs: AmiProxyNeeds, addresses: readonly string[] = ELSEWHERE) {
  const found = await amiProxyFindings(needs, { timeoutMs: 2_000, addresses });
  expect(found.every(({ state, fix }) => (state === 'problem') === (fix !== null))).toBe(true);
  return Object.fromEntries(found.map((each) => [each.check, each]));
}

test('all is well', async () => {
  const found = await look(needsOf(await proxyPort()));
  expect(Object.entries(found).map(([check, { state }]) => [check, state])).toEqual([
    ['ami proxy', 'ok'],
    ['ami behind the proxy', 'ok'],
    ['ami users', 'ok'],
    ['way past the proxy', 'ok'],
  ]);
  expect(JSON.stringify(found)).not.toContain(OURS.secret);
});

describe('the proxy', () => {
  test('is not there', async () => {
    expect((await look(needsOf(await freePort())))['ami proxy']).toMatchObject({ state: 'skipped' });
  });

  test('has nobody to let in', async () => {
    expect((await look(needsOf(await proxyPort(), { accounts: [] })))['ami proxy']?.state).toBe('problem');
  });

  test('does not know the account of the configuration', async () => {
    const accounts = [{ name: DIALER.user, secret: 'another' }];
    expect((await look(needsOf(await proxyPort(), { accounts })))['ami proxy']).toMatchObject({
      state: 'problem',
      detail: expect.stringContaining('refuses the account `dialer`') as unknown,
    });
  });

  test('is another program', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    OPENED.push(other);
    const { port } = other.address() as { port: number };
    expect((await look(needsOf(port)))['ami proxy']?.state).toBe('problem');
  });

  test('is encrypted, and says nothing to another certificate', async () => {
    const [ours, theirs] = [
      issue({ subject: 'ours.test', tnAuthList: null }),
      issue({ subject: 'theirs.test' }),
    ];
    const tls = { certificate: ours.pem, key: ours.keyPem };
    const port = await proxyPort({ tls });
    expect((await look(needsOf(port, { certificate: ours.pem })))['ami proxy']?.state).toBe('ok');
    const before = manager.heard.length;
    expect((await look(needsOf(port, { certificate: theirs.pem })))['ami proxy']).toMatchObject({
      state: 'problem',
      detail: expect.stringContaining('another certificate') as unknown,
    });
    expect(manager.heard.slice(before).join('')).not.toContain(DIALER.secret);
  });
});

describe('the exchange behind it', () => {
  test('is not there', async () => {
    const upstream = { host: '127.0.0.1', port: await freePort(), ...OURS, tls: null };
    expect((await look(needsOf(await freePort(), { upstream })))['ami behind the proxy']?.state).toBe(
      'problem',
    );
  });

  test('refuses the login of the proxy', async () => {
    const upstream = { host: '127.0.0.1', port: manager.port, user: OURS.user, secret: 'wrong', tls: null };
    expect((await look(needsOf(await freePort(), { upstream })))['ami behind the proxy']?.state).toBe(
      'problem',
    );
  });

  test('bars what dialers send', async () => {
    allowed = COMMANDS.filter((name) => name !== 'Originate');
    expect((await look(needsOf(await freePort())))['ami behind the proxy']).toMatchObject({
      state: 'problem',
      detail: expect.stringContaining('Originate') as unknown,
    });
  });
});

describe('a way past the veto', () => {
  test('is another user of the manager', async () => {
    conf = [
      ...MANAGER_CONF,
      'Category-000002: cron',
      'Line-000002-000000: secret=1234',
      'Category-000003: note',
    ];
    expect((await look(needsOf(await freePort())))['ami users']).toMatchObject({
      state: 'problem',
      detail: '`cron` may log in at the exchange itself, past the veto',
    });
  });

  test('is the manager over HTTP', async () => {
    conf = MANAGER_CONF.map((line) => line.replace('webenabled=no', 'webenabled=yes'));
    expect((await look(needsOf(await freePort())))['ami users']?.state).toBe('problem');
  });

  test('cannot be seen without the right to read manager.conf', async () => {
    conf = [];
    expect((await look(needsOf(await freePort())))['ami users']?.state).toBe('skipped');
  });

  test('is a port that others reach', async () => {
    expect((await look(needsOf(await freePort()), ['127.0.0.1']))['way past the proxy']).toMatchObject({
      state: 'problem',
      detail: expect.stringContaining(`127.0.0.1:${manager.port}`) as unknown,
    });
  });

  test('cannot be seen where the exchange is another machine', async () => {
    const upstream = { host: '192.0.2.1', port: 5038, ...OURS, tls: null };
    const found = await amiProxyFindings(needsOf(await freePort(), { upstream }), {
      timeoutMs: 100,
      addresses: [],
    });
    expect(found.find(({ check }) => check === 'way past the proxy')?.state).toBe('skipped');
  });
});
