/**
 * Public AMI clients and a raw socket, each with its own flow, through the proxy to a real Asterisk: what is permitted is placed and told of
 * as ever; what is vetoed or closed is not, and the client says so in its own way.
 */
import amiIo, { type AmiIoMessage } from 'ami-io/lib/index.js';
import connect, { type ManagerMessage } from 'asterisk-manager';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { CallId } from '../../src/domain/ids.ts';
import { PERMITTED, VETOED } from '../support/ami-actions.ts';
import { type AmiFloor, openAmiFloor } from '../support/ami-floor.ts';
import { rawDialer } from '../support/ami-dialer.ts';
import { DIALER } from '../support/ami-proxy.ts';
import { missingAsterisk, test } from '../support/real-asterisk.ts';
import { until } from '../support/wait.ts';

type Fields = Readonly<Record<string, string>>;
interface Answer {
  readonly response: string;
  readonly message: string;
}

interface Client {
  /** The answer, also where the client calls it an error. */
  ask(fields: Fields): Promise<Answer>;
  /** Events of this name so far, header names in lower case. */
  events(name: string): readonly Readonly<Record<string, unknown>>[];
  close(): void;
}

let floor: AmiFloor;
let permits = 0;

beforeAll(async () => {
  if (missingAsterisk !== undefined) return;
  floor = await openAmiFloor('ami-clients');
  floor.originations.reply = ({ number }) => {
    if (number.endsWith('0124')) return VETOED;
    const callId = `call-${(permits += 1)}` as CallId;
    if (PERMITTED.kind !== 'permit') throw new Error('not a permit');
    const variables = PERMITTED.variables.map(
      ([name, value]) => [name, /_ID$/.test(name) ? callId : value] as const,
    );
    return { ...PERMITTED, callId, variables };
  };
});
afterAll(async () => floor.close());

const answerOf = (told: Readonly<Record<string, unknown>>): Answer => ({
  response: String(told['response']),
  message: String(told['message']),
});

async function asteriskManager(): Promise<Client> {
  const manager = connect(floor.proxy.port, '127.0.0.1', DIALER.user, DIALER.secret, true);
  const seen: ManagerMessage[] = [];
  manager.on('managerevent', (event: ManagerMessage) => void seen.push(event));
  await until('the login', () => manager.isConnected());
  return {
    ask: (fields) =>
      new Promise((resolve, reject) =>
        manager.action(fields, (error, answer) => {
          const told = error ?? answer;
          if (told === undefined || told instanceof Error) reject(told ?? new Error('nothing was told'));
          else resolve(answerOf(told));
        }),
      ),
    events: (name) => seen.filter(({ event }) => event === name),
    close: () => manager.disconnect(),
  };
}

async function amiIoClient(): Promise<Client> {
  const { port } = floor.proxy;
  const logger = new amiIo.SilentLogger();
  const client = amiIo.createClient({ port, login: DIALER.user, password: DIALER.secret, logger });
  const seen: AmiIoMessage[] = [];
  client.on('rawEvent', (event: AmiIoMessage) => void seen.push(event));
  const connected = new Promise<void>((resolve, reject) => {
    client.once('connected', resolve);
    client.once('incorrectLogin', () => reject(new Error('incorrect login')));
  });
  client.connect();
  await connected;
  return {
    ask: (fields) =>
      new Promise((resolve, reject) => {
        const action = new amiIo.Action.Action('');
        for (const [name, value] of Object.entries(fields)) {
          action.set(
            name.replace(/^./, (first) => first.toUpperCase()),
            value,
          );
        }
        client.send(action, (error, answer) => {
          const told = error ?? answer;
          if (told === undefined || told instanceof Error) reject(told ?? new Error('nothing was told'));
          else resolve(answerOf(told));
        });
      }),
    events: (name) => seen.filter(({ event }) => event === name),
    close: () => client.disconnect(),
  };
}

async function rawSocket(): Promise<Client> {
  const dialer = rawDialer(floor.proxy.port);
  await dialer.logIn(DIALER.user, DIALER.secret);
  let sent = 0;
  const messages = (): readonly Fields[] =>
    dialer
      .text()
      .split('\r\n\r\n')
      .slice(0, -1)
      .map((text) =>
        Object.fromEntries(
          text.split('\r\n').map((line) => {
            const [name = '', ...value] = line.split(': ');
            return [name.toLowerCase(), value.join(': ')] as const;
          }),
        ),
      );
  return {
    async ask(fields) {
      const actionid = `raw-${(sent += 1)}`;
      // As the manager reads it and few would write it.
      dialer.send(
        `${Object.entries({ ...fields, actionid })
          .map(([name, value]) => `${name}:${value}\n`)
          .join('')}\n`,
      );
      let found: Fields | undefined;
      await until('an answer', () => {
        found = messages().find((each) => each['actionid'] === actionid && 'response' in each);
        return found !== undefined;
      });
      return answerOf(found ?? {});
    },
    events: (name) => messages().filter(({ event }) => event === name),
    close: () => dialer.close(),
  };
}

const call = (number: string, more: Fields = {}): Fields => ({
  action: 'Originate',
  channel: `Local/9${number}@default`,
  context: 'default',
  exten: '8368',
  priority: '1',
  async: 'true',
  ...more,
});

const EVIL: readonly (readonly [what: string, fields: Fields])[] = [
  ['another context', call('13035550125', { channel: 'Local/13035550125@outbound' })],
  ['a number behind another', call('13035550125', { channel: 'Local/93035550123@default&Local/1@outbound' })],
  ['an application that dials', { ...call('13035550125'), application: 'Dial', data: 'Local/1@outbound' }],
  ['the console', { action: 'Command', command: 'channel originate Local/1@outbound application Wait 1' }],
  ['a redirected call', { action: 'Redirect', channel: 'x', context: 'outbound', exten: '1', priority: '1' }],
  ['a queue', { action: 'QueueAdd', queue: 'sales', interface: 'Local/1@outbound' }],
  ['a global variable', { action: 'Setvar', variable: 'BREAKWATER_AGI', value: 'agi://127.0.0.1:1' }],
  ['the dialplan', { action: 'DialplanExtensionAdd', context: 'default', extension: '1', priority: '1' }],
];

describe.each([
  ['asterisk-manager', asteriskManager],
  ['ami-io', amiIoClient],
  ['a raw socket', rawSocket],
] as const)('%s', (name, open) => {
  const number = `1${{ 'asterisk-manager': '303', 'ami-io': '719', 'a raw socket': '970' }[name]}5550123`;
  let client: Client;

  beforeAll(async () => {
    if (missingAsterisk === undefined) client = await open();
  });
  afterAll(() => client.close());

  test('reads', async () => {
    expect(await client.ask({ action: 'Ping' })).toMatchObject({ response: 'Success' });
    const { response } = await client.ask({ action: 'CoreShowChannels' });
    expect(response).toBe('Success');
    await until('the list', () => client.events('CoreShowChannelsComplete').length === 1);
  });

  test('places a permitted call, and hears what became of it', async () => {
    expect(await client.ask(call(number))).toEqual({
      response: 'Success',
      message: 'Originate successfully queued',
    });
    await until('its event', () => client.events('OriginateResponse').length === 1);
    const [told = {}] = client.events('OriginateResponse');
    expect(told).toMatchObject({ response: 'Success', exten: '8368' });
    expect(floor.told('Called').filter((each) => each['number'] === number)).toHaveLength(1);
    expect(await client.ask({ action: 'Hangup', channel: String(told['channel']) })).toMatchObject({
      response: 'Success',
    });
  });

  test('is told of a veto, and of every way around it', async () => {
    const vetoed = number.replace(/0123$/, '0124');
    expect(await client.ask(call(vetoed))).toEqual({
      response: 'Error',
      message: `Vetoed: ${VETOED.kind === 'veto' ? VETOED.reasons.join(',') : ''}`,
    });
    for (const [what, fields] of EVIL) {
      const { response, message } = await client.ask(fields);
      expect(`${what}: ${response}, ${message}`).toContain(`${what}: Error, Permission denied: `);
    }
    // A call that is permitted comes behind all of them: what would have been placed has been by now.
    await client.ask(call(number));
    const calls = (): readonly unknown[] => floor.told('Called').filter((each) => each['number'] === number);
    await until('the second call', () => calls().length === 2);
    expect(floor.told('Called').filter((each) => each['number'] === vetoed)).toEqual([]);
    expect(floor.told('Evaded')).toEqual([]);
  });
});
