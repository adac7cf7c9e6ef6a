/** An event of ours looks as the exchange's own do, and comes to the connections that have asked for such events. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AmiJudge } from '../../../src/adapters/asterisk/ami-proxy/action.ts';
import { hearsCalls, styled, styleIn } from '../../../src/adapters/asterisk/ami-proxy/event-style.ts';
import { amiResponse } from '../../../src/adapters/asterisk/ami-proxy/wire.ts';
import { type RawDialer, rawDialer } from '../../support/ami-dialer.ts';
import { DIALER, OURS, proxyBefore, type ProxyOfTest } from '../../support/ami-proxy.ts';
import { fakeManager, type FakeManager } from '../../support/fake-manager.ts';
import { until } from '../../support/wait.ts';

const message = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`;
const STAMP = 'Timestamp: 1795400000.000123';
const EVENT = [
  { name: 'Event', value: 'OriginateResponse' },
  { name: 'Privilege', value: 'call,all' },
  { name: 'Response', value: 'Failure' },
];

describe('the head of an event', () => {
  test.each([
    ['nothing more', message('Event: X', 'Privilege: call,all', 'A: b'), false, null],
    ['an event with nothing in it', message('Event: X', 'Privilege: call,all'), false, null],
    ['a time', message('Event: X', 'Privilege: system,all', STAMP, 'A: b'), true, null],
    ['a name', message('Event: X', 'Privilege: dtmf,call,all', 'SystemName: pbx', 'A: b'), false, 'pbx'],
    ['both', message('Event: X', 'Privilege: call,all', STAMP, 'SystemName: pbx', 'A: b'), true, 'pbx'],
    [
      'what debug puts between',
      message(
        'Event: X',
        'Privilege: call,all',
        STAMP,
        'SequenceNumber: 7',
        'File: a.c',
        'Line: 1',
        'Func: f',
        'SystemName: pbx',
      ),
      true,
      'pbx',
    ],
    [
      'a value of its own of that name',
      message('Event: X', 'Privilege: call,all', 'A: b', 'SystemName: no'),
      false,
      null,
    ],
    [
      'behind another message',
      message('Response: Success', 'Message: y') + message('Event: X', 'Privilege: call,all', STAMP),
      true,
      null,
    ],
  ] as const)('has %s', (_, text, isStamped, systemName) => {
    expect(styleIn(Buffer.from(text))).toEqual({ isStamped, systemName });
  });

  test.each([
    ['of a list', message('Event: Status', 'Privilege: Call', 'Channel: x')],
    ['that is written by hand', message('Event: FullyBooted', 'Privilege: system,all', 'Uptime: 1')],
    ['that is cut', message('Event: X', 'Privilege: call,all', STAMP).slice(0, -2)],
    ['that is none', message('Response: Success', 'Message: Event: X')],
  ])('%s shows nothing', (_, text) => {
    expect(styleIn(Buffer.from(text))).toBeNull();
  });

  test('is written in the order of the exchange', () => {
    const lines = styled(EVENT, { isStamped: true, systemName: 'pbx' }, 1_795_400_000_007);
    expect(lines.map(({ name, value }) => `${name}: ${value}`)).toEqual([
      'Event: OriginateResponse',
      'Privilege: call,all',
      'Timestamp: 1795400000.007000',
      'SystemName: pbx',
      'Response: Failure',
    ]);
  });
});

test.each([
  ['', true],
  ['on', true],
  ['TRUE', true],
  ['off', false],
  ['0', false],
  ['2', true],
  ['1', false],
  ['call', true],
  ['system,call,user', true],
  ['all', true],
  ['system,user', false],
  ['calls', false],
])('the event mask `%s` hears calls: %s', (mask, hears) => {
  expect(hearsCalls(mask, true)).toBe(hears);
  expect(hearsCalls('', false)).toBe(false);
});

describe('an event of ours', () => {
  const TOLD = 'Response: Success\r\nMessage: told\r\n\r\n';
  const HEARD = 'Event: OriginateResponse\r\nPrivilege: call,all\r\nResponse: Failure\r\n\r\n';
  const judge: AmiJudge = (action) =>
    action.name === 'originate'
      ? {
          do: 'answer',
          bytes: amiResponse('Success', undefined, [{ name: 'Message', value: 'told' }]),
          event: EVENT,
        }
      : { do: 'pass' };
  let manager: FakeManager;
  let proxy: ProxyOfTest;
  const dialers: RawDialer[] = [];

  beforeEach(async () => {
    manager = await fakeManager(OURS);
    proxy = await proxyBefore(manager.port, {
      judge,
      accounts: [
        { name: DIALER.user, secret: { text: DIALER.secret } },
        { name: 'other', secret: { text: 'of-another' } },
      ],
    });
  });
  afterEach(async () => {
    for (const dialer of dialers.splice(0)) dialer.close();
    await proxy.close();
    await manager.close();
  });

  async function dialer(user: string, secret: string, events = ''): Promise<RawDialer> {
    const opened = rawDialer(proxy.port);
    dialers.push(opened);
    await opened.logIn(user, secret, events);
    await opened.told('FullyBooted');
    return opened;
  }
  /** What has come since the login, when a Ping is answered behind it. */
  async function since(each: RawDialer): Promise<string> {
    each.send('Action: Ping\r\nActionID: now\r\n\r\n');
    await until('an answer', () => each.text().includes('ActionID: now'));
    return (
      each.text().split('Status: Fully Booted\r\n\r\n')[1]?.split('Response: Success\r\nActionID: now')[0] ??
      ''
    );
  }

  test('comes behind the answer, to the other connections of the account, and to nobody who wants no events', async () => {
    const asker = await dialer(DIALER.user, DIALER.secret);
    const [listener, silent, stranger] = await Promise.all([
      dialer(DIALER.user, DIALER.secret, 'Events: call\r\n'),
      dialer(DIALER.user, DIALER.secret, 'Events: off\r\n'),
      dialer('other', 'of-another'),
    ]);
    asker.send('Action: Originate\r\n\r\n');
    expect(await since(asker)).toBe(TOLD + HEARD);
    expect(await since(listener)).toBe(HEARD);
    expect([await since(silent), await since(stranger)]).toEqual(['', '']);
  });

  test('does not come to an asker who wants no events, any more or at all', async () => {
    const never = await dialer(DIALER.user, DIALER.secret, 'Events: off\r\n');
    never.send('Action: Originate\r\n\r\n');
    expect(await since(never)).toBe(TOLD);
    const before = await dialer(DIALER.user, DIALER.secret);
    before.send('Action: Events\r\nEventMask: system\r\n\r\nAction: Originate\r\n\r\n');
    expect(await since(before)).not.toContain('OriginateResponse');
  });

  test('has the lines that the events of the exchange have', async () => {
    const asker = await dialer(DIALER.user, DIALER.secret);
    manager.sockets[0]?.write(message('Event: X', 'Privilege: call,all', STAMP, 'SystemName: pbx'));
    await asker.told('SystemName: pbx');
    asker.send('Action: Originate\r\n\r\n');
    expect(await since(asker)).toMatch(
      /Event: OriginateResponse\r\nPrivilege: call,all\r\nTimestamp: \d{10}\.\d{6}\r\nSystemName: pbx\r\nResponse: Failure\r\n\r\n$/,
    );
  });
});
