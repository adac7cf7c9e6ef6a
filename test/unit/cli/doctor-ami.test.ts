/** Doctor's questions over AMI, to a server that answers as Asterisk does: what is missing is named, with what to do about it. */
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type AmiNeeds, CONTEXTS, exchangeOverAmi } from '../../../src/cli/doctor/ami.ts';

let server: Server | null = null;
afterEach(() => server?.close());

const ALLOWED = ['MixMonitor', 'StopMixMonitor', 'DBGetTree', 'DBDel', 'DBPut', 'Setvar'];

/** Answers each action once, under its id. */
async function ami(
  allowed: readonly string[],
  contexts: readonly string[],
  config: readonly string[],
): Promise<number> {
  server = createServer((socket) => {
    let text = 'Asterisk Call Manager/9.0.0\r\n';
    socket.write(text);
    text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const actions = text.split('\r\n\r\n');
      text = actions.pop() ?? '';
      for (const each of actions) {
        const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(each)?.[1] ?? '';
        const lines =
          field('Action') === 'ListCommands'
            ? allowed.map((name) => `${name}: does it  (Priv: x)`)
            : field('Action') === 'GetConfig'
              ? config
              : [];
        const fails =
          (field('Action') === 'ShowDialPlan' && !contexts.includes(field('Context'))) ||
          (field('Action') === 'GetConfig' && config.length === 0);
        socket.write(
          [
            `Response: ${fails ? 'Error' : 'Success'}`,
            `ActionID: ${field('ActionID')}`,
            ...lines,
            '',
            '',
          ].join('\r\n'),
        );
      }
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const CALLS_ONLY: AmiNeeds = { userEvents: false, queues: false };

const findings = async (
  allowed: readonly string[],
  contexts: readonly string[] = CONTEXTS,
  needs = CALLS_ONLY,
  config: readonly string[] = [],
) => {
  const place = { host: '127.0.0.1', port: await ami(allowed, contexts, config), user: 'x', secret: 'y' };
  return Object.fromEntries((await exchangeOverAmi(place, 2_000, needs)).map((each) => [each.check, each]));
};

test('all is well', async () => {
  const found = await findings(ALLOWED);
  expect(Object.values(found).map(({ state }) => state)).toEqual(['ok', 'ok', 'ok']);
});

test('a right that is missing is named', async () => {
  const found = await findings(ALLOWED.filter((name) => name !== 'Setvar'));
  expect(found['ami rights']).toMatchObject({
    state: 'problem',
    detail: 'the user may not ask for Setvar',
    fix: expect.stringContaining('system,config,call') as unknown,
  });
});

test('a context that is not loaded is named', async () => {
  const found = await findings(
    ALLOWED,
    CONTEXTS.filter((name) => name !== 'breakwater-keys'),
  );
  expect(found['dialplan']).toMatchObject({ state: 'problem', detail: 'not loaded: breakwater-keys' });
});

test('UserEvents want a right of their own', async () => {
  const needs = { userEvents: true, queues: false };
  expect((await findings(ALLOWED, CONTEXTS, needs))['ami rights']).toMatchObject({
    detail: 'the user may not ask for UserEvent',
    fix: 'give it `write = system,config,call,user` in manager.conf',
  });
  expect((await findings([...ALLOWED, 'UserEvent'], CONTEXTS, needs))['ami rights']?.state).toBe('ok');
});

describe('members of queues want', () => {
  const needs = { userEvents: false, queues: true };
  const read = (classes: string) => ['Category-000000: x', `Line-000000-000001: read=${classes}`];
  const look = async (allowed: readonly string[], config: readonly string[]) =>
    (await findings(allowed, CONTEXTS, needs, config))['ami queues'];
  const QUEUES = [...ALLOWED, 'QueueStatus'];

  test('app_queue', async () => {
    expect(await look(ALLOWED, read('all'))).toMatchObject({
      state: 'problem',
      fix: expect.stringContaining('app_queue') as unknown,
    });
  });

  test.each([
    ['system,agent', 'ok'],
    ['all', 'ok'],
    ['system, Agent ,call', 'ok'],
    ['system', 'problem'],
    ['agents', 'problem'],
  ])('the right to read agent events: %s is %s', async (classes, state) => {
    expect(await look(QUEUES, read(classes))).toMatchObject({ state });
  });

  test('a look at the right, which the user may not have', async () => {
    expect(await look(QUEUES, [])).toMatchObject({ state: 'skipped' });
  });
});
