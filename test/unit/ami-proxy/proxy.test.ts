/** The proxy between real sockets: who gets in, what is passed on, in which order, and that whatever fails ends in no action. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AmiAction, AmiJudge, AmiJudgement } from '../../../src/adapters/asterisk/ami-proxy/action.ts';
import { amiError } from '../../../src/adapters/asterisk/ami-proxy/wire.ts';
import { type RawDialer, rawDialer } from '../../support/ami-dialer.ts';
import { DIALER, OURS, proxyBefore, type ProxyOfTest, type ProxyWish } from '../../support/ami-proxy.ts';
import { BANNER, fakeManager, type FakeManager } from '../../support/fake-manager.ts';
import { issue } from '../../../scripts/asterisk/sti-authority.ts';
import { until } from '../../support/wait.ts';

let manager: FakeManager;
const opened: { close(): unknown }[] = [];
beforeEach(async () => {
  manager = await fakeManager(OURS);
});
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
  await manager.close();
});

async function proxyWith(wish: ProxyWish = {}): Promise<ProxyOfTest> {
  const proxy = await proxyBefore(manager.port, wish);
  opened.push(proxy);
  return proxy;
}
function dialTo(proxy: ProxyOfTest): RawDialer {
  const dialer = rawDialer(proxy.port);
  opened.push(dialer);
  return dialer;
}
async function loggedIn(proxy: ProxyOfTest): Promise<RawDialer> {
  const dialer = dialTo(proxy);
  await dialer.logIn(DIALER.user, DIALER.secret);
  await dialer.told('FullyBooted');
  return dialer;
}
const action = (name: string, id: string, more = ''): string =>
  `Action: ${name}\r\nActionID: ${id}\r\n${more}\r\n`;
/** Ids of the responses, in the order they came. */
const ids = (text: string): readonly string[] =>
  [...text.matchAll(/^Response: [^\r\n]+\r\nActionID: ([^\r\n]+)\r\n/gm)].map(([, id]) => id!);
const errorTo = (asked: AmiAction): AmiJudgement => ({ do: 'answer', bytes: amiError(asked, 'vetoed') });

describe('the login', () => {
  test('is ours upstream; the dialer sees the answer of the manager, and never our secret', async () => {
    const proxy = await proxyWith();
    const dialer = dialTo(proxy);
    await dialer.logIn('DIALER', DIALER.secret, 'ActionID: 5\r\nEvents: call,user\r\n');
    const text = await dialer.told('Fully Booted\r\n\r\n');
    expect(text).toBe(
      `${BANNER}Response: Success\r\nActionID: 5\r\nMessage: Authentication accepted\r\n\r\n` +
        'Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n',
    );
    expect(manager.heard).toEqual([
      `Action: Login\r\nUsername: ${OURS.user}\r\nSecret: ${OURS.secret}\r\nActionID: 5\r\nEvents: call,user\r\n\r\n`,
    ]);
    expect(proxy.figures().connections).toEqual([{ account: DIALER.user, open: 1 }]);
    expect(JSON.stringify(proxy.told)).not.toContain('secret');
  });

  test('works with the MD5 challenge, and with a hash in the configuration for a secret in the clear', async () => {
    const sha256 = createHash('sha256').update('hashed-one').digest('hex');
    const accounts = [
      { name: DIALER.user, secret: { text: DIALER.secret } },
      { name: 'hashed', secret: { sha256 } },
    ];
    const proxy = await proxyWith({ accounts });
    const dialer = dialTo(proxy);
    dialer.send(action('Challenge', '1', 'AuthType: MD5\r\n'));
    const [, challenge = ''] = /Challenge: (\d+)\r\n\r\n$/.exec(await dialer.told(/Challenge: \d+\r\n/))!;
    const key = createHash('md5')
      .update(challenge + DIALER.secret)
      .digest('hex');
    dialer.send(action('Login', '2', `AuthType: MD5\r\nUsername: ${DIALER.user}\r\nKey: ${key}\r\n`));
    await dialer.told('Authentication accepted');

    const other = dialTo(proxy);
    await other.logIn('hashed', 'hashed-one');
    await other.told('Authentication accepted');
  });

  test.each([
    ['a wrong secret', `Username: ${DIALER.user}\r\nSecret: wrong\r\n`],
    ['no secret', `Username: ${DIALER.user}\r\n`],
    ['the account of the sidecar', `Username: ${OURS.user}\r\nSecret: ${OURS.secret}\r\n`],
    ['a key without a challenge', `Username: ${DIALER.user}\r\nAuthType: MD5\r\nKey: x\r\n`],
    [
      'a secret where MD5 is named',
      `Username: ${DIALER.user}\r\nAuthType: md5\r\nSecret: ${DIALER.secret}\r\n`,
    ],
  ])('is refused for %s, and the manager hears nothing', async (_, fields) => {
    const proxy = await proxyWith();
    const dialer = dialTo(proxy);
    dialer.send(`Action: Login\r\n${fields}\r\n${action('Originate', '9')}`);
    const text = await dialer.ended();
    expect(text).toBe(`${BANNER}Response: Error\r\nMessage: Authentication failed\r\n\r\n`);
    expect(manager.heard.join('')).toBe('');
    expect(proxy.figures().ends.login_refused).toBe(1);
  });

  test('before it nothing is done, and all is answered as the manager would', async () => {
    const proxy = await proxyWith();
    const dialer = dialTo(proxy);
    dialer.send(
      `${action('Originate', '1')}Foo: Bar\r\n\r\n${action('Challenge', '2')}H: ${'x'.repeat(1_030)}\r\n\r\n` +
        action('Logoff', '3') +
        action('Ping', '4'),
    );
    expect(await dialer.ended()).toBe(
      `${BANNER}Response: Error\r\nActionID: 1\r\nMessage: Permission denied\r\n\r\n` +
        'Response: Error\r\nMessage: Missing action in request\r\n\r\n' +
        'Response: Error\r\nActionID: 2\r\nMessage: Must specify AuthType\r\n\r\n' +
        'Response: Error\r\nMessage: Failed to parse message: line too long\r\n\r\n' +
        'Response: Goodbye\r\nActionID: 3\r\nMessage: Thanks for all the fish.\r\n\r\n',
    );
    expect(manager.heard.join('')).toBe('');
  });

  test('that the manager refuses is refused to the dialer in our words', async () => {
    const proxy = await proxyWith({ upstream: { user: OURS.user, secret: 'old' } });
    const dialer = dialTo(proxy);
    await dialer.logIn(DIALER.user, DIALER.secret);
    expect(await dialer.ended()).toContain('Response: Error\r\nMessage: Authentication failed\r\n\r\n');
    expect(proxy.figures().ends.exchange_refused_login).toBe(1);
  });
});

describe('what is passed', () => {
  test('goes up byte for byte, in one piece or in many', async () => {
    const dialer = await loggedIn(await proxyWith());
    const odd = 'aCTION:Foo\nNo colon\r\nX:  a \r\n\r\nAction: Bar\r\r\n\n';
    for (const byte of odd) dialer.send(byte);
    dialer.send(odd + odd);
    await until('all of it', () => manager.heard[0]!.endsWith(odd + odd + odd));
  });

  test('comes down byte for byte and in order, thousands of events', async () => {
    const dialer = await loggedIn(await proxyWith());
    const from = dialer.text().length;
    const events = Array.from({ length: 5_000 }, (_, at) => `Event: E\r\nAt: ${at}\r\n\r\n`).join('');
    manager.sockets[0]!.write(events);
    await until('all of it', () => dialer.text().length === from + events.length);
    expect(dialer.text().slice(from)).toBe(events);
  });

  test('what the manager would not read as an action never reaches it', async () => {
    const dialer = await loggedIn(await proxyWith());
    dialer.send(
      `${action('Ping', '1')}X: ${'x'.repeat(2_000)}\r\nAction: Originate\r\n\r\n` +
        `${'H: v\r\n'.repeat(129)}Action: Originate\r\n\r\n\r\n${action('Ping', '2', 'X: a\0b\r\n')}`,
    );
    const text = await dialer.told('ActionID: 2\r\n');
    expect(text).toContain('line too long');
    expect(text).toContain('Too many lines');
    expect(text).toContain('Missing action in request');
    expect(manager.heard[0]).not.toMatch(/Originate|xxx|H: v|\0/);
  });

  test('a logoff ends both, and what comes behind it is not done', async () => {
    const proxy = await proxyWith();
    const dialer = await loggedIn(proxy);
    dialer.send(action('Logoff', '1') + action('Originate', '2'));
    expect(await dialer.ended()).toContain('Response: Goodbye\r\nActionID: 1');
    expect(manager.heard[0]).not.toContain('Originate');
    await until('no connection', () => proxy.figures().connections[0]?.open === 0);
    expect(proxy.figures().ends.dialer_left).toBe(1);
  });

  test('a dialer that closes its half gets its answers first', async () => {
    const proxy = await proxyWith();
    const dialer = dialTo(proxy);
    const login = `Action: Login\r\nUsername: ${DIALER.user}\r\nSecret: ${DIALER.secret}\r\n\r\n`;
    dialer.socket.end(login + action('Ping', '1') + action('Ping', '2'));
    expect(ids(await dialer.ended())).toEqual(['1', '2']);
    await until('the end', () => proxy.figures().ends.dialer_left === 1);
  });
});

describe('the judgement', () => {
  test('later actions wait for it, events do not', async () => {
    let decide: (judgement: AmiJudgement) => void = () => undefined;
    const judge: AmiJudge = ({ name }) =>
      name === 'originate' ? new Promise((resolve) => (decide = resolve)) : { do: 'pass' };
    const dialer = await loggedIn(await proxyWith({ judge }));
    dialer.send(action('Originate', '1') + action('Ping', '2'));
    await until('asked', () => decide.length === 1);
    manager.sockets[0]!.write('Event: Meanwhile\r\n\r\n');
    await dialer.told('Meanwhile');
    expect(manager.heard[0]).not.toMatch(/Originate|Ping/);
    decide({ do: 'pass' });
    await dialer.told('ActionID: 2\r\n');
    expect(manager.heard[0]!.indexOf('Originate')).toBeLessThan(manager.heard[0]!.indexOf('Ping'));
  });

  test('its answer stands in its place among the responses, and the exchange never hears of the action', async () => {
    const judge: AmiJudge = (asked) => (asked.name === 'originate' ? errorTo(asked) : { do: 'pass' });
    const dialer = await loggedIn(await proxyWith({ judge }));
    let release: () => void = () => undefined;
    manager.answer = (asked, socket) => {
      if (asked.name !== 'slow') return undefined;
      const bytes = `Response: Success\r\nActionID: ${asked.first('ActionID')}\r\n\r\n`;
      manager.answer = (later, on) => {
        // The manager does one action at a time: what comes meanwhile waits.
        held.push(() => on.write(`Response: Success\r\nActionID: ${later.first('ActionID')}\r\n\r\n`));
        return null;
      };
      release = () => {
        socket.write(bytes);
        for (const each of held) each();
      };
      return null;
    };
    const held: (() => void)[] = [];
    dialer.send(
      action('Slow', '1') + action('Originate', '2') + action('Originate', '3') + action('Ping', '4'),
    );
    await until('all but the vetoed', () => manager.heard[0]!.includes('ActionID: 4'));
    manager.sockets[0]!.write('Event: Between\r\n\r\n');
    await dialer.told('Between');
    expect(ids(dialer.text())).toEqual([]);
    release();
    expect(ids(await dialer.told('ActionID: 4\r\n'))).toEqual(['1', '2', '3', '4']);
    expect(manager.heard[0]).not.toContain('Originate');
    expect(dialer.text()).not.toContain('breakwater-');
  });

  test('a rewrite goes up in place of the action', async () => {
    const bytes = Buffer.from('Action: Originate\r\nChannel: Local/veto@compliance\r\n\r\n');
    const dialer = await loggedIn(await proxyWith({ judge: () => ({ do: 'rewrite', bytes }) }));
    dialer.send(action('Originate', '1', 'Channel: PJSIP/13035550101@out\r\n'));
    await until('it', () => manager.heard[0]!.endsWith(bytes.toString()));
    expect(manager.heard[0]).not.toContain('PJSIP');
  });

  const failures: readonly (readonly [string, AmiJudge])[] = [
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['is late', () => new Promise(() => undefined)],
    [
      'writes two actions',
      () => ({ do: 'rewrite', bytes: Buffer.from('Action: Ping\r\n\r\nAction: Originate\r\n\r\n') }),
    ],
    ['writes half an action', () => ({ do: 'rewrite', bytes: Buffer.from('Action: Originate\r\n') })],
  ];
  test.each(failures)(
    'a judge that %s: an error, nothing passes, its signal is aborted',
    async (_, broken) => {
      const signals: AbortSignal[] = [];
      const judge: AmiJudge = (asked, session, signal) => {
        signals.push(signal);
        return broken(asked, session, signal);
      };
      const proxy = await proxyWith({ judge, limits: { judgeWithinMs: 50 } });
      const dialer = await loggedIn(proxy);
      dialer.send(action('Originate', '1'));
      expect(await dialer.told('could not judge')).toContain('Response: Error\r\nActionID: 1\r\n');
      expect(manager.heard[0]).not.toContain('Originate');
      expect(proxy.figures().actions.not_judged).toBe(1);
      expect(signals[0]?.aborted).toBe(true);
    },
  );

  test('that comes when the dialer is gone passes nothing, and is told so', async () => {
    let decide: (judgement: AmiJudgement) => void = () => undefined;
    const signals: AbortSignal[] = [];
    const judge: AmiJudge = (_, __, signal) => {
      signals.push(signal);
      return new Promise((resolve) => (decide = resolve));
    };
    const proxy = await proxyWith({ judge });
    const dialer = await loggedIn(proxy);
    dialer.send(action('Originate', '1'));
    await until('asked', () => signals.length === 1);
    manager.sockets[0]!.destroy();
    await dialer.ended();
    decide({ do: 'pass' });
    await until('aborted', () => signals[0]!.aborted);
    expect(manager.heard.join('')).not.toContain('Originate');
  });
});

describe('limits', () => {
  test('connections of an account', async () => {
    const proxy = await proxyWith({ limits: { connectionsPerAccount: 1 } });
    const first = await loggedIn(proxy);
    const second = dialTo(proxy);
    await second.logIn(DIALER.user, DIALER.secret);
    expect(await second.ended()).toContain('Response: Error\r\nMessage: Login Already In Use\r\n');
    first.close();
    await until('room', () => proxy.figures().connections[0]?.open === 0);
    await loggedIn(proxy);
    expect(proxy.figures().anonymous).toBe(0);
  });

  test('connections that have not logged in', async () => {
    const proxy = await proxyWith({ limits: { anonymousMax: 2 } });
    const waiting = [dialTo(proxy), dialTo(proxy)];
    await Promise.all(waiting.map((each) => each.told(BANNER)));
    expect(await dialTo(proxy).ended()).toBe('');
    waiting[0]!.close();
    await until('room', () => proxy.figures().anonymous === 1);
    await loggedIn(proxy);
  });

  test('actions a second: an error above it, and nothing passes', async () => {
    const dialer = await loggedIn(await proxyWith({ limits: { actionsPerSecond: 5 } }));
    dialer.send(Array.from({ length: 50 }, (_, at) => action('Ping', String(at))).join(''));
    const text = await dialer.responses(51);
    expect(text).toContain('Message: More than 5 actions per second');
    expect(ids(text)).toEqual(Array.from({ length: 50 }, (_, at) => String(at)));
    expect(manager.heard[0]!.match(/ActionID: \d+\r\n/g)!.length).toBeLessThan(50);
    await dialer.told(BANNER);
  });

  test('failed logins of an address', async () => {
    const proxy = await proxyWith({ limits: { loginFailuresMax: 2 } });
    for (const secret of ['a', 'b']) {
      const dialer = dialTo(proxy);
      await dialer.logIn(DIALER.user, secret);
      await dialer.ended();
    }
    expect(await dialTo(proxy).ended()).toBe('');
  });

  test('a connection that does not log in is cut', async () => {
    const proxy = await proxyWith({ limits: { loginWithinMs: 50 } });
    expect(await dialTo(proxy).ended()).toBe(BANNER);
    expect(proxy.figures().ends.login_late).toBe(1);
  });
});

describe('a dialer that does not read', () => {
  test('costs bounded memory and is cut, others go on', async () => {
    const proxy = await proxyWith({ limits: { bufferBytes: 65_536, stalledMs: 300 } });
    const stalled = await loggedIn(proxy);
    const other = await loggedIn(proxy);
    stalled.socket.pause();
    const event = `Event: E\r\nX: ${'x'.repeat(500)}\r\n\r\n`.repeat(200);
    const source = manager.sockets[0]!;
    let offered = 0;
    const pour = (): void => {
      while (!source.destroyed && source.write(event)) offered += event.length;
    };
    source.on('drain', pour);
    pour();
    await until('cut', () => proxy.figures().ends.dialer_stalled === 1, 60_000);
    // What the system's own buffers hold, not what was offered without end.
    expect(offered).toBeLessThan(64 * 1_024 * 1_024);
    other.send(action('Ping', '1'));
    await other.told('ActionID: 1\r\n');
    expect(proxy.told.at(-1)?.fields).toMatchObject({ why: 'dialer_stalled', account: DIALER.user });
  });

  test('a slow one gets everything', async () => {
    const proxy = await proxyWith({ limits: { bufferBytes: 65_536, stalledMs: 30_000 } });
    const dialer = await loggedIn(proxy);
    const from = dialer.text().length;
    dialer.socket.pause();
    const all = Array.from(
      { length: 20_000 },
      (_, at) => `Event: E\r\nAt: ${at}\r\nX: ${'x'.repeat(400)}\r\n\r\n`,
    );
    manager.sockets[0]!.write(all.join(''));
    await until('full', () => dialer.socket.isPaused() && manager.sockets[0]!.writableLength > 0);
    dialer.socket.resume();
    const length = all.join('').length;
    await until('all', () => dialer.text().length === from + length, 60_000);
    expect(dialer.text().slice(from) === all.join('')).toBe(true);
  });
});

describe('when one side is gone', () => {
  test('no exchange: the dialer loses its connection', async () => {
    const proxy = await proxyWith();
    const before = await loggedIn(proxy);
    await manager.close();
    await before.ended();
    expect(await dialTo(proxy).ended()).toBe('');
    expect(proxy.figures().ends.exchange_unreachable).toBe(1);
    manager = await fakeManager(OURS);
  });

  test('a dialer that is gone takes its connection to the exchange along', async () => {
    const proxy = await proxyWith();
    const dialer = await loggedIn(proxy);
    dialer.socket.resetAndDestroy();
    await until('gone there too', () => manager.sockets[0]!.destroyed || manager.sockets[0]!.readableEnded);
    await until('counted', () => proxy.figures().connections[0]?.open === 0);
  });

  test('closing ends every connection and takes no new one', async () => {
    const proxy = await proxyBefore(manager.port);
    const [dialer, anonymous] = [await loggedIn(proxy), rawDialer(proxy.port)];
    await anonymous.told(BANNER);
    const closed = proxy.close();
    await Promise.all([dialer.ended(), anonymous.ended()]);
    dialer.close();
    anonymous.close();
    await closed;
    expect(await rawDialer(proxy.port).ended()).toBe('');
    expect(proxy.figures().ends.stopping).toBe(2);
  });
});

describe('TLS', () => {
  const authority = issue({ subject: 'Test authority' });
  const ofProxy = issue({ subject: 'proxy.test', issuer: authority, tnAuthList: null });
  const ofExchange = issue({ subject: 'exchange.test', issuer: authority, tnAuthList: null });

  test('on both sides', async () => {
    await manager.close();
    manager = await fakeManager(OURS, { cert: ofExchange.pem, key: ofExchange.keyPem });
    const proxy = await proxyWith({
      tls: { certificate: ofProxy.pem, key: ofProxy.keyPem },
      upstreamTls: { authority: authority.pem, name: 'exchange.test' },
    });
    const dialer = rawDialer(proxy.port, { ca: authority.pem, name: 'proxy.test' });
    opened.push(dialer);
    await dialer.logIn(DIALER.user, DIALER.secret);
    dialer.send(action('Ping', '1'));
    await dialer.told('ActionID: 1\r\n');
    dialer.send(action('Logoff', '2'));
    expect(await dialer.ended()).toContain('Goodbye');
  });

  test.each([
    ['another name', authority.pem, 'other.test'],
    ['another authority', issue({ subject: 'Other authority' }).pem, 'exchange.test'],
  ])('an exchange with %s gets no secret', async (_, ca, name) => {
    await manager.close();
    manager = await fakeManager(OURS, { cert: ofExchange.pem, key: ofExchange.keyPem });
    const proxy = await proxyWith({ upstreamTls: { authority: ca, name } });
    const dialer = dialTo(proxy);
    await dialer.logIn(DIALER.user, DIALER.secret).catch(() => undefined);
    expect(await dialer.ended()).toBe('');
    expect(manager.heard.join('')).toBe('');
  });
});
