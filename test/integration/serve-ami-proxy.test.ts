/** A whole sidecar with its AMI proxy: a dialer sees the exchange through it, and loses its connection when the sidecar dies. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { type AsteriskInstance, startAsterisk } from '../../scripts/asterisk/instance.ts';
import { type RawDialer, rawDialer } from '../support/ami-dialer.ts';
import { containerStarter, missingAsterisk, test } from '../support/real-asterisk.ts';
import { exchangeEnv, openServeWorld, type ServeWorld } from '../support/serve-world.ts';
import { freePort } from '../support/stores.ts';

const DIALER = { user: 'sendcron', secret: 'of-the-dialer' };
const ORIGINATE =
  'Action: Originate\r\nActionID: 1\r\nChannel: Local/go@dialed\r\nContext: dialed\r\nExten: go\r\nPriority: 1\r\nAsync: true\r\n\r\n';

let asterisk: AsteriskInstance;
let world: ServeWorld;
let port: number;

beforeAll(async () => {
  if (missingAsterisk !== undefined) return;
  asterisk = await startAsterisk({
    name: 'behind',
    dialplanText: '[dialed]\nexten => go,1,Set(GLOBAL(DIALED)=yes)\n same => n,Wait(1)\n',
    ...(await containerStarter()),
  });
  port = await freePort();
  world = await openServeWorld({
    ...exchangeEnv(asterisk),
    BREAKWATER_AMI_SECRET_SENDCRON: DIALER.secret,
  });
  await appendFile(
    join(world.configDirectory, 'breakwater.yaml'),
    `\namiProxy: { port: ${port}, accounts: [{ name: ${DIALER.user} }] }\n`,
  );
  await world.start().listening(200_000);
});

afterAll(async () => {
  if (missingAsterisk !== undefined) return;
  await world.close();
  await asterisk.stop();
});

async function loggedIn(): Promise<RawDialer> {
  const dialer = rawDialer(port);
  expect(await dialer.logIn(DIALER.user, DIALER.secret)).toContain('Authentication accepted');
  await dialer.told('FullyBooted');
  return dialer;
}
const dialed = async (): Promise<boolean> =>
  (await asterisk.cli('dialplan show globals')).includes('DIALED=yes');

test('reading passes, a call that nobody judged does not, and the figures tell', async () => {
  const dialer = await loggedIn();
  dialer.send(`Action: CoreSettings\r\nActionID: 0\r\n\r\n${ORIGINATE}`);
  const text = await dialer.told(/^Response: Error\r\nActionID: 1\r\n[^]*\r\n\r\n/m);
  expect(text).toContain('AsteriskVersion: ');
  expect(await dialed()).toBe(false);
  const metrics = await (await fetch(`${world.sidecar().url}/metrics`)).text();
  expect(metrics).toContain('breakwater_ami_connections{account="sendcron"} 1');
  expect(metrics).toContain('breakwater_ami_actions{outcome="answer"} 1');
  expect(world.sidecar().output()).not.toContain(DIALER.secret);
  dialer.close();
});

test('killed: the connection is lost and nothing is placed; it is there again with the sidecar', async () => {
  const dialer = await loggedIn();
  await world.sidecar().kill();
  await dialer.ended();
  const early = rawDialer(port);
  early.send(`Action: Login\r\nUsername: ${DIALER.user}\r\nSecret: ${DIALER.secret}\r\n\r\n${ORIGINATE}`);
  expect(await early.ended()).toBe('');
  expect(await dialed()).toBe(false);
  await world.start().listening(100_000);
  (await loggedIn()).close();
});

test('stopped: the connection ends, and so does the sidecar', async () => {
  const dialer = await loggedIn();
  const sidecar = world.sidecar();
  sidecar.signal('SIGTERM');
  await dialer.ended();
  dialer.close();
  expect(await sidecar.ended()).toBe(0);
});
