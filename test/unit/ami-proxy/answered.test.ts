/** What the manager responds to an action of ours is told to whoever has written it, and the dialer sees every byte of it and no more. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AmiJudge } from '../../../src/adapters/asterisk/ami-proxy/action.ts';
import { serverFrames } from '../../../src/adapters/asterisk/ami-proxy/server-frames.ts';
import { amiDoorsJudge } from '../../../src/adapters/asterisk/ami-proxy/doors/judge.ts';
import { accountDoors } from '../../../src/adapters/asterisk/ami-proxy/doors/account.ts';
import { doorsSetting, fakeOriginations, type FakeOriginations } from '../../support/ami-actions.ts';
import { type RawDialer, rawDialer } from '../../support/ami-dialer.ts';
import { DIALER, OURS, proxyBefore, type ProxyOfTest } from '../../support/ami-proxy.ts';
import { fakeManager, type FakeManager } from '../../support/fake-manager.ts';
import { until } from '../../support/wait.ts';

describe('among the bytes of the manager', () => {
  const REPLY = 'Response: Success\r\nActionID: breakwater-1\r\n';
  const PONG = `${REPLY}Ping: Pong\r\n\r\n`;
  const FAILED = 'Response: Error\r\nActionID: o1\r\nMessage: Originate failed\r\n\r\n';
  const EVENT = 'Event: Newchannel\r\nChannel: PJSIP/a-1\r\n\r\n';
  const OTHER = 'Response: Success\r\nActionID: o1\r\nMessage: other\r\n\r\n';

  test('it is the last response before the Pong, however the bytes are cut', () => {
    const noise = fc.array(fc.constantFrom(EVENT, OTHER));
    fc.assert(
      fc.property(noise, fc.array(fc.constant(EVENT)), fc.array(fc.nat()), (before, between, cuts) => {
        const frames = serverFrames();
        const told: string[] = [];
        const text = ['Banner\r\n', ...before, FAILED, ...between].join('');
        frames.attend(Buffer.from(REPLY), (response) => told.push(response));
        const bytes = Buffer.from(`${text}${PONG}${EVENT}`);
        const points = [...new Set(cuts.map((cut) => cut % bytes.length))].sort((a, b) => a - b);
        const out = [0, ...points].flatMap((from, at) =>
          frames.push(bytes.subarray(from, points[at] ?? bytes.length)),
        );
        expect(Buffer.concat(out).toString()).toBe(`${text}${EVENT}`);
        expect(told).toEqual([FAILED]);
        expect([frames.waiting(), frames.waitingBytes()]).toEqual([0, 0]);
      }),
    );
  });

  test('a response that has no end is not kept whole', () => {
    const frames = serverFrames();
    const told: string[] = [];
    frames.attend(Buffer.from(REPLY), (response) => told.push(response));
    frames.push(Buffer.from('Banner\r\nResponse: Success\r\n'));
    for (let line = 0; line < 1_000; line += 1) frames.push(Buffer.from(`Output: ${'x'.repeat(100)}\r\n`));
    frames.push(Buffer.from(`\r\n${PONG}`));
    expect(told.map(({ length }) => length)).toEqual([4_096]);
  });

  test('each hears its own, and an answer behind it keeps its place', () => {
    const frames = serverFrames();
    const told: string[] = [];
    frames.attend(Buffer.from(REPLY), (response) => told.push(response));
    expect(frames.extend(Buffer.from('Response: Error\r\nMessage: ours\r\n\r\n'))).toBe(true);
    frames.attend(Buffer.from(REPLY.replace('-1', '-2')), (response) => told.push(response));
    const out = frames.push(Buffer.from(`Banner\r\n${FAILED}${PONG}${OTHER}${PONG.replace('-1', '-2')}`));
    expect(Buffer.concat([...out]).toString()).toBe(
      `Banner\r\n${FAILED}Response: Error\r\nMessage: ours\r\n\r\n${OTHER}`,
    );
    expect(told).toEqual([FAILED, OTHER]);
  });
});

describe('an Originate after its permit', () => {
  let manager: FakeManager;
  let proxy: ProxyOfTest;
  let dialer: RawDialer;
  let originations: FakeOriginations;

  beforeEach(async () => {
    originations = fakeOriginations();
    const doors = accountDoors(doorsSetting());
    const log = { warn: () => undefined, error: () => undefined };
    const judge: AmiJudge = amiDoorsJudge({ doorsOf: () => doors, originations, log });
    manager = await fakeManager(OURS);
    proxy = await proxyBefore(manager.port, { judge });
    dialer = rawDialer(proxy.port);
    await dialer.logIn(DIALER.user, DIALER.secret);
    await dialer.told('FullyBooted');
  });
  afterEach(async () => {
    dialer.close();
    await proxy.close();
    await manager.close();
  });

  const PERSON = 'PJSIP/13035550110@carrier';
  const originate = (channel: string, ...more: readonly string[]): string =>
    [
      'Action: Originate',
      `Channel: ${channel}`,
      'Context: default',
      'Exten: 8368',
      'Priority: 1',
      ...more,
      '\r\n',
    ].join('\r\n');
  const answers = (response: string, message: string): void => {
    manager.answer = (action) => {
      if (action.name !== 'originate') return undefined;
      const id = action.first('ActionID') ?? '';
      const echo = id === '' ? '' : `ActionID: ${id}\r\n`;
      return `Response: ${response}\r\n${echo}Message: ${message}\r\n\r\n`;
    };
  };
  /** Sends, and waits until all that was asked for is answered; what the dialer has got of it. */
  async function answered(...actions: readonly string[]): Promise<string> {
    const before = dialer.text().length;
    dialer.send(`${actions.join('')}Action: Ping\r\nActionID: last\r\n\r\n`);
    await until('the last answer', () => dialer.text().slice(before).includes('ActionID: last'));
    return dialer
      .text()
      .slice(before)
      .replace(/Response: Success\r\nActionID: last[^]*/, '');
  }

  test.each([
    ['nobody took it, or no channel could be made', PERSON, 'Error', 'Originate failed', true],
    ['the exchange refuses it', PERSON, 'Error', 'Permission denied', true],
    ['it is on its way, or was answered', PERSON, 'Success', 'Originate successfully queued', false],
    [
      'a line failed: behind it somebody may have answered',
      'Local/913035550110@default',
      'Error',
      'Originate failed',
      false,
    ],
    ['a line that was refused', 'Local/913035550110@default', 'Error', 'Permission denied', true],
  ])('%s', async (_, channel, response, message, isOver) => {
    answers(response, message);
    expect(await answered(originate(channel, 'ActionID: o1'))).toBe(
      `Response: ${response}\r\nActionID: o1\r\nMessage: ${message}\r\n\r\n`,
    );
    expect(originations.ended).toEqual(isOver ? ['call-1'] : []);
  });

  test('without an ActionID, between others that fail', async () => {
    answers('Error', 'Originate failed');
    const failed = 'Response: Error\r\nMessage: Originate failed\r\n\r\n';
    expect(await answered(originate(PERSON), originate(PERSON))).toBe(failed + failed);
    expect(originations.ended).toEqual(['call-1', 'call-1']);
  });

  test('the error of another action is not taken for its own', async () => {
    answers('Success', 'Originate successfully queued');
    const hangup = 'Action: Hangup\r\nActionID: o1\r\nChannel: none\r\n\r\n';
    const originateAnswer = manager.answer;
    manager.answer = (action, socket) =>
      action.name === 'hangup'
        ? 'Response: Error\r\nActionID: o1\r\nMessage: No such channel\r\n\r\n'
        : originateAnswer(action, socket);
    await answered(hangup, originate(PERSON, 'ActionID: o1'), hangup);
    expect(originations.ended).toEqual([]);
  });

  test('what is not judged goes on in the one way in which it was read', async () => {
    const odd = `Action:\r\nAction: Challenge\r\nAction: Originate\r\nChannel: ${PERSON}\r\nAuthType: MD5\r\n\r\n`;
    const before = manager.heard[0]?.length ?? 0;
    await answered(odd);
    expect(manager.heard[0]?.slice(before)).toMatch(
      /^Action: Challenge\r\nChannel: PJSIP\/13035550110@carrier\r\nAuthType: MD5\r\n\r\nAction: Ping/,
    );
  });
});
