/**
 * The same conversations with the manager of a real Asterisk, directly and through the proxy: what is not screened is the same, byte for
 * byte, but for what `DIFFERS` names.
 */
import { createHash } from 'node:crypto';
import connect, { type ManagerMessage } from 'asterisk-manager';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type AsteriskInstance, startAsterisk } from '../../scripts/asterisk/instance.ts';
import type { AmiJudge } from '../../src/adapters/asterisk/ami-proxy/action.ts';
import { amiError } from '../../src/adapters/asterisk/ami-proxy/wire.ts';
import { judgeWorld } from '../support/ami-actions.ts';
import { type Conversation, CONVERSATIONS, DIFFERS } from '../support/ami-conversations.ts';
import { type RawDialer, rawDialer } from '../support/ami-dialer.ts';
import { DIALER, passAll, proxyBefore, type ProxyOfTest } from '../support/ami-proxy.ts';
import { containerStarter, missingAsterisk, test } from '../support/real-asterisk.ts';
import { until } from '../support/wait.ts';

let asterisk: AsteriskInstance;
let proxy: ProxyOfTest;
let screening: ProxyOfTest;
let closed: ProxyOfTest;

const DIALPLAN = [
  '[proxy]',
  'exten => ring,1,Ringing()',
  ' same => n,Wait(5)',
  'exten => go,1,Answer()',
  ' same => n,Wait(0.1)',
  'exten => late,1,Wait(1)',
  ' same => n,Answer()',
  ' same => n,Wait(0.1)',
  '',
].join('\n');

/** So that app_queue is there. */
const QUEUES = { 'queues.conf': '[general]\n[sales]\nstrategy = ringall\n[support]\nstrategy = ringall\n' };

const NO_DOORS = {
  campaign: null,
  campaigns: [],
  called: [],
  agents: [],
  destinations: [],
  applications: [],
};

/** Vetoes what would dial, passes the rest. */
const vetoes: AmiJudge = (action) =>
  action.name === 'originate' && action.first('Async') === 'true'
    ? { do: 'answer', bytes: amiError(action, 'Vetoed') }
    : { do: 'pass' };

beforeAll(async () => {
  if (missingAsterisk !== undefined) return;
  asterisk = await startAsterisk({
    name: 'proxied',
    dialplanText: DIALPLAN,
    extraFiles: QUEUES,
    ...(await containerStarter()),
  });
  const upstream = { user: asterisk.ami.user, secret: asterisk.ami.secret };
  proxy = await proxyBefore(asterisk.ami.port, {
    upstream,
    judge: passAll,
    limits: { loginFailuresMax: 1_000 },
  });
  screening = await proxyBefore(asterisk.ami.port, { upstream, judge: vetoes });
  closed = await proxyBefore(asterisk.ami.port, { upstream, judge: judgeWorld(NO_DOORS).judge });
});
afterAll(async () => {
  if (missingAsterisk !== undefined) return;
  await Promise.all([proxy.close(), screening.close(), closed.close()]);
  await asterisk.stop();
});

interface Side {
  readonly port: number;
  readonly user: string;
  readonly secret: string;
}
const direct = (): Side => ({
  port: asterisk.ami.port,
  user: asterisk.ami.user,
  secret: asterisk.ami.secret,
});
const proxied = (by = proxy): Side => ({ port: by.port, ...DIALER });

async function hold(side: Side, { text, pieces, halfClosed }: Omit<Conversation, 'name'>): Promise<string> {
  const dialer = rawDialer(side.port);
  dialer.socket.setNoDelay(true);
  const bytes = Buffer.from(
    text.replaceAll('{USER}', side.user).replaceAll('{SECRET}', side.secret),
    'latin1',
  );
  const size = pieces === 0 ? bytes.length : pieces;
  for (let at = 0; at < bytes.length; at += size) {
    dialer.send(bytes.subarray(at, at + size));
    // One piece is one packet now and then, not each time: both sides see many cuts.
    if (at % (size * 16) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  if (halfClosed === true) dialer.socket.end();
  const told = await dialer.ended();
  dialer.close();
  return DIFFERS.reduce((so, [pattern, replacement]) => so.replace(pattern, replacement), told);
}

/** An action behind a logoff: never read. */
const GOES_ON = /^action: *logoff *\r\n(?:.+\r\n)*\r\n./im;

/**
 * A manager that closes with bytes unread resets the connection, and the kernel may then take back the farewell it had brought: such a
 * conversation is held again until it was heard.
 */
async function heard(side: Side, conversation: Conversation): Promise<string> {
  let told = await hold(side, conversation);
  for (let again = 0; again < 10 && GOES_ON.test(conversation.text) && !told.includes('Goodbye'); again += 1)
    told = await hold(side, conversation);
  return told;
}

describe('byte for byte', () => {
  test('there are many conversations', () => {
    expect(CONVERSATIONS.length).toBeGreaterThanOrEqual(150);
  });

  test.each(CONVERSATIONS.map((each) => [each.name, each] as const))('%s', async (_, conversation) => {
    const expected = await heard(direct(), conversation);
    expect(expected).toMatch(/^Asterisk Call Manager\/[\d.]+\r\n/);
    expect(await heard(proxied(), conversation)).toBe(expected);
  });

  test('the MD5 login', async () => {
    const answers = [];
    for (const { port, user, secret } of [direct(), proxied()]) {
      const dialer = rawDialer(port);
      dialer.send('Action: Challenge\r\nAuthType: MD5\r\n\r\n');
      const [, challenge = ''] =
        /Challenge: (\d+)\r\n\r\n/.exec(await dialer.told(/Challenge: \d+\r\n\r\n/)) ?? [];
      const key = createHash('md5')
        .update(challenge + secret)
        .digest('hex');
      dialer.send(
        `Action: Login\r\nAuthType: MD5\r\nUsername: ${user}\r\nKey: ${key}\r\nEvents: off\r\n\r\nAction: Logoff\r\n\r\n`,
      );
      answers.push((await dialer.ended()).replace(/\d{4,}/, 'C'));
    }
    expect(answers[1]).toContain('Authentication accepted');
    expect(answers[1]).toBe(answers[0]);
  });

  const pieces = fc.oneof(
    fc.constantFrom('\r', '\n', '\r\n', '\r\n\r\n', '\n\n', '\0', ':', ' ', '\t', '\x01', '\xff', 'a'),
    fc.constantFrom(
      'Action:',
      'aCTION: ',
      'Action : ',
      'Ping',
      'pING ',
      'Ping\r\n\r\n',
      'ActionID: 7\r\n',
      'ActionID:',
    ),
    fc.constantFrom(1_010, 1_016, 1_022, 1_023, 1_024, 1_025, 2_047).map((length) => 'x'.repeat(length)),
    fc.constantFrom(1, 126, 127, 128, 129).map((count) => 'H: v\r\n'.repeat(count)),
  );
  test('streams of odd pieces, drawn from one seed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(pieces, { maxLength: 30 }),
        fc.constantFrom(0, 1, 100),
        async (parts, size) => {
          const login = 'Action: Login\r\nUsername: {USER}\r\nSecret: {SECRET}\r\nEvents: off\r\n\r\n';
          const conversation = { text: login + parts.join(''), pieces: size, halfClosed: true as const };
          expect(await hold(proxied(), conversation)).toBe(await hold(direct(), conversation));
        },
      ),
      { numRuns: 150, seed: 7 },
    );
  });
});

async function loggedIn(side: Side, events: string): Promise<RawDialer> {
  const dialer = rawDialer(side.port);
  await dialer.logIn(side.user, side.secret, `Events: ${events}\r\n`);
  return dialer;
}

describe('beside what is screened', () => {
  test('a vetoed action is answered behind one that blocks the manager, and before the next', async () => {
    const dialer = await loggedIn(proxied(screening), 'off');
    const originate = 'Action: Originate\r\nContext: proxy\r\nExten: go\r\nPriority: 1\r\nChannel: Local/';
    dialer.send(
      `${originate}late@proxy\r\nActionID: 1\r\n\r\n${originate}go@proxy\r\nAsync: true\r\nActionID: 2\r\n\r\n` +
        'Action: Ping\r\nActionID: 3\r\n\r\nAction: Nothing\r\nActionID: 4\r\n\r\n' +
        `${originate}go@proxy\r\nAsync: true\r\nActionID: 5\r\n\r\nAction: Ping\r\nActionID: 6\r\n\r\n`,
    );
    const text = await dialer.told('ActionID: 6\r\nPing: Pong');
    const ids = [...text.matchAll(/^ActionID: (\d)\r\n(Message: [^\r\n]*)?/gm)].map(
      ([, id, said]) => `${id} ${said}`,
    );
    expect(ids).toEqual([
      '1 Message: Originate successfully queued',
      '2 Message: Vetoed',
      '3 undefined',
      '4 Message: Invalid/unknown command: Nothing. Use Action: ListCommands to show available commands.',
      '5 Message: Vetoed',
      '6 undefined',
    ]);
    expect(text).not.toContain('breakwater-');
    dialer.close();
  });

  test('events reach a dialer as they reach one that is connected directly', async () => {
    const [here, there] = [await loggedIn(direct(), 'user'), await loggedIn(proxied(screening), 'user')];
    const from = [here.text().length, there.text().length] as const;
    const source = await loggedIn(direct(), 'off');
    for (let at = 0; at < 2_000; at += 1) {
      source.send(`Action: UserEvent\r\nUserEvent: Load\r\nAt: ${at}\r\n\r\n`);
      if (at % 100 === 0) there.send(`Action: Originate\r\nAsync: true\r\nActionID: v${at}\r\n\r\n`);
    }
    await Promise.all([here.told('At: 1999\r\n\r\n', 60_000), there.told('At: 1999\r\n\r\n', 60_000)]);
    await there.told('ActionID: v1900\r\n', 60_000);
    const vetoes =
      there.text().match(/^Response: Error\r\nActionID: v\d+\r\nMessage: Vetoed\r\n\r\n/gm) ?? [];
    expect(vetoes).toHaveLength(20);
    const events = there
      .text()
      .slice(from[1])
      .replace(/Response: Error\r\nActionID: v\d+\r\nMessage: Vetoed\r\n\r\n/g, '');
    await until('the same', () => events.length <= here.text().slice(from[0]).length);
    expect(events).toBe(here.text().slice(from[0]));
    for (const each of [here, there, source]) each.close();
  });

  test('an account without doors reads and does nothing else', async () => {
    const dialer = await loggedIn(proxied(closed), 'off');
    dialer.send('Action: CoreStatus\r\nActionID: 1\r\n\r\n');
    const refused = ['Originate', 'Redirect', 'Setvar', 'Command', 'UpdateConfig', 'DialplanExtensionAdd'];
    refused.forEach((name, at) => dialer.send(`Action: ${name}\r\nActionID: r${at}\r\n\r\n`));
    dialer.send('Action: Unheard\r\nActionID: unheard\r\n\r\n');
    dialer.send('Action: Status\r\nVariables: SHELL(true)\r\nActionID: shell\r\n\r\n');
    const text = await dialer.told('ActionID: shell\r\n');
    expect(text).toContain('Response: Success\r\nActionID: 1\r\n');
    for (const id of [...refused.map((_, at) => `r${at}`), 'shell']) {
      expect(text).toContain(`Response: Error\r\nActionID: ${id}\r\nMessage: Permission denied: `);
    }
    expect(text).toContain('Response: Error\r\nActionID: unheard\r\nMessage: Invalid/unknown command');
    dialer.close();
  });

  test('asterisk-manager works through it as it does directly', async () => {
    const manager = connect(proxy.port, '127.0.0.1', DIALER.user, DIALER.secret, true);
    const events: string[] = [];
    manager.on('managerevent', (event: ManagerMessage) => void events.push(event.event ?? ''));
    const ask = (fields: Readonly<Record<string, string>>): Promise<unknown> =>
      new Promise((resolve, reject) =>
        manager.action(fields, (error, answer) => {
          if (error === null || error === undefined) resolve(answer);
          else reject(new Error(String(error.message)));
        }),
      );
    expect(await ask({ action: 'ping' })).toMatchObject({ response: 'Success', ping: 'Pong' });
    const call = { channel: 'Local/go@proxy', context: 'proxy', exten: 'go', priority: '1', async: 'true' };
    expect(await ask({ action: 'originate', ...call })).toMatchObject({ response: 'Success' });
    await until('its event', () => events.includes('OriginateResponse'));
    manager.disconnect();
  });
});
