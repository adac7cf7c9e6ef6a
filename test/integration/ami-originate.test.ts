/** Calls of a dialer through the proxy on a real Asterisk: what the permitted channel knows, and how a vetoed one ends. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type AgiServer, startAgiServer } from '../../src/adapters/agi/server.ts';
import { agiScripts } from '../../src/control/agi-scripts.ts';
import { fakeDoor } from '../support/agi-operations.ts';
import { PERMITTED, VETOED } from '../support/ami-actions.ts';
import { type AmiFloor, openAmiFloor } from '../support/ami-floor.ts';
import type { RawDialer } from '../support/ami-dialer.ts';
import { test } from '../support/real-asterisk.ts';
import { realClock } from '../support/real-clock.ts';
import { until } from '../support/wait.ts';

let floor: AmiFloor;
let agi: AgiServer;
const lock = fakeDoor();

beforeAll(async () => {
  agi = await startAgiServer({ host: '127.0.0.1', port: 0, scripts: agiScripts(lock), clock: realClock });
  floor = await openAmiFloor('ami-originate');
  await floor.asterisk.cli(`dialplan set global BREAKWATER_AGI agi://127.0.0.1:${agi.port}`);
});
afterAll(async () => {
  await floor.close();
  await agi.close();
});

const vicidial = (number: string, ...more: readonly string[]): readonly string[] => [
  'Action: Originate',
  'Exten: 8368',
  'Context: default',
  `Channel: Local/9${number}@default`,
  'Priority: 1',
  `Callerid: "V112308000000000${number.slice(-4)}" <3035550100>`,
  'Timeout: 25000',
  `VDACnote: TESTCAMP|4711|1|${number.slice(-10)}|OUT|MAIN|0`,
  ...more,
];

const send = (dialer: RawDialer, lines: readonly string[]): void =>
  dialer.send(`${lines.join('\r\n')}\r\n\r\n`);

async function told(event: string, holds: (fields: Readonly<Record<string, string>>) => boolean) {
  let found: Readonly<Record<string, string>> | undefined;
  await until(`the event ${event}`, () => (found = floor.told(event).find(holds)) !== undefined);
  return found ?? {};
}

describe('a permitted call', () => {
  test('is placed, and knows what the permit said', async () => {
    const dialer = await floor.dialer();
    const value = 'f(1,2)"[x]\\,=${SHELL(touch x)}';
    const escaped = value.replaceAll(/[\\"(),[\]]/g, '\\$&');
    send(dialer, vicidial('13035550123', 'ActionID: one', `Variable: __THEIRS=${escaped}`));
    expect(await dialer.told(/ActionID: one\r\nMessage: [^\r]*\r\n\r\n/)).toContain(
      'Response: Success\r\nActionID: one\r\nMessage: Originate successfully queued\r\n\r\n',
    );
    expect(await told('Called', (fields) => fields['number'] === '13035550123')).toMatchObject({
      caller: '3035550100',
      name: 'V1123080000000000123',
      call: 'call-1',
      decision: 'call-1',
      lead: '4711',
    });
    // The id of the call is the id of its channel, and values arrive as they were meant.
    floor.direct.send('Action: Getvar\r\nActionID: theirs\r\nChannel: call-1\r\nVariable: THEIRS\r\n\r\n');
    expect(await floor.direct.told(/ActionID: theirs\r\n(?:[^\r\n]+\r\n)+\r\n/)).toContain(
      `Value: ${value}\r\n`,
    );
    floor.direct.send('Action: Hangup\r\nChannel: call-1\r\n\r\n');
    dialer.close();
  });

  test('is asked for again by the dialplan under the same call id', async () => {
    const dialer = await floor.dialer({ called: ['Local/{number}@locked'] });
    floor.originations.reply = () => ({
      ...PERMITTED,
      variables: [
        ['BREAKWATER_CALL_ID', 'call-7'],
        ['BREAKWATER_DECISION_ID', 'call-7'],
      ],
      callId: 'call-7' as never,
    });
    send(
      dialer,
      vicidial('13035550124', 'Async: true').map((line) =>
        line.replace('Local/9', 'Local/').replace('@default', '@locked'),
      ),
    );
    expect(await told('Locked', (fields) => fields['number'] === '13035550124')).toMatchObject({
      verdict: 'permit',
    });
    expect(lock.asked.at(-1)).toMatchObject({
      callId: 'call-7',
      number: '13035550124',
      callerId: '3035550100',
    });
    floor.originations.reply = () => PERMITTED;
    dialer.close();
  });

  test('of two variables of one name the first wins on the exchange', async () => {
    send(floor.direct, [
      'Action: Originate',
      'Channel: Local/913035550125@default',
      'Exten: 8368',
      'Context: default',
      'Priority: 1',
      'Async: true',
      'Variable: __THEIRS=first',
      'Variable: __THEIRS=second',
    ]);
    expect(await told('Called', (fields) => fields['number'] === '13035550125')).toMatchObject({
      theirs: 'first',
    });
  });
});

let seen = 0;
const unstamped = (event: string): string => event.replace(/Timestamp: \d+\.\d{6}\r\n/, 'Timestamp: now\r\n');
const eventOf = (text: string, id: string): string =>
  new RegExp(
    `Event: OriginateResponse\\r\\n(?:[^\\r\\n]+\\r\\n)*ActionID: ${id}\\r\\n(?:[^\\r\\n]+\\r\\n)+\\r\\n`,
  ).exec(text)?.[0] ?? '';
const responseOf = (text: string, id: string): string =>
  new RegExp(`Response: [^\\r\\n]+\\r\\nActionID: ${id}\\r\\n(?:[^\\r\\n]+\\r\\n)*\\r\\n`).exec(text)?.[0] ??
  '';

describe('a vetoed call', () => {
  beforeAll(async () => {
    floor.originations.reply = () => VETOED;
    const settings = join(floor.asterisk.dir, 'etc', 'manager.conf');
    const text = await readFile(settings, 'utf8');
    await writeFile(settings, text.replace('[general]', '[general]\ntimestampevents=yes'));
    await floor.asterisk.cli('manager reload');
  });
  afterAll(() => {
    floor.originations.reply = () => PERMITTED;
  });

  const unknownTrunk = (...more: readonly string[]): readonly string[] =>
    vicidial('13035550126', 'ActionID: same', ...more).map((line) =>
      line.replace(/Local\/9(\d+)@default/, 'PJSIP/$1@carrier'),
    );

  test.each([
    ['waited for', []],
    ['not waited for', ['Async: true']],
    ['not waited for, with a channel id', ['Async: true', 'ChannelId: theirs-1']],
    ['of nobody', ['Async: true', 'CallerID:']],
  ])('as a failed call is told byte for byte as the exchange tells one: %s', async (what, more) => {
    const isAsync = more.length > 0;
    const lines = unknownTrunk(...more).filter(
      (line) => what !== 'of nobody' || !line.startsWith('Callerid'),
    );
    const real = floor.direct;
    const before = real.text().length;
    send(real, lines);
    await until('the exchange has answered', () => {
      const text = real.text().slice(before);
      return responseOf(text, 'same') !== '' && (!isAsync || eventOf(text, 'same') !== '');
    });
    const theirs = real.text().slice(before);

    const dialer = await floor.dialer({ onVeto: 'failed' });
    // How its events look is seen by the first one.
    send(real, ['Action: UserEvent', `UserEvent: Seen${++seen}`]);
    await dialer.told(`UserEvent: Seen${seen}`);
    send(dialer, lines);
    await until('the proxy has answered', () => {
      const text = dialer.text();
      return responseOf(text, 'same') !== '' && (!isAsync || eventOf(text, 'same') !== '');
    });
    expect(responseOf(dialer.text(), 'same')).toBe(responseOf(theirs, 'same'));
    expect(eventOf(theirs, 'same')).toMatch(isAsync ? /\r\nTimestamp: .*\r\nSystemName: / : /^$/);
    expect(unstamped(eventOf(dialer.text(), 'same'))).toBe(unstamped(eventOf(theirs, 'same')));
    dialer.close();
  });

  test("as a channel ends as a call that failed, and the dialer's own books are told", async () => {
    const dialer = await floor.dialer({ onVeto: 'channel' });
    send(dialer, vicidial('13035550127', 'ActionID: waits'));
    expect(await dialer.told(/ActionID: waits\r\nMessage: [^\r]*\r\n\r\n/)).toContain(
      'Response: Error\r\nActionID: waits\r\nMessage: Originate failed\r\n\r\n',
    );
    expect(await told('Over', (fields) => fields['name'] === 'V1123080000000000127')).toMatchObject({
      status: 'DNC',
      reason: 'on_internal_list',
    });
    expect(floor.told('Called').some((fields) => fields['number'] === '13035550127')).toBe(false);

    send(dialer, vicidial('13035550128', 'ActionID: runs', 'Async: true'));
    await until('the event', () => eventOf(dialer.text(), 'runs') !== '');
    expect(eventOf(dialer.text(), 'runs')).toContain(
      '\r\nResponse: Failure\r\nChannel: Local/veto-call-2@breakwater-vetoed',
    );
    dialer.close();
  });
});
