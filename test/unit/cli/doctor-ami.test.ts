/** Doctor's questions over AMI, to a server that answers as Asterisk does: what is missing is named, with what to do about it. */
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { CONTEXTS, exchangeOverAmi } from '../../../src/cli/doctor/ami.ts';

let server: Server | null = null;
afterEach(() => server?.close());

const ALLOWED = ['MixMonitor', 'StopMixMonitor', 'DBGetTree', 'DBDel', 'DBPut', 'Setvar'];

/** Answers each action once, under its id. */
async function ami(allowed: readonly string[], contexts: readonly string[]): Promise<number> {
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
          field('Action') === 'ListCommands' ? allowed.map((name) => `${name}: does it  (Priv: x)`) : [];
        const fails = field('Action') === 'ShowDialPlan' && !contexts.includes(field('Context'));
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

const findings = async (allowed: readonly string[], contexts: readonly string[] = CONTEXTS) => {
  const place = { host: '127.0.0.1', port: await ami(allowed, contexts), user: 'x', secret: 'y' };
  return Object.fromEntries((await exchangeOverAmi(place, 2_000)).map((each) => [each.check, each]));
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
