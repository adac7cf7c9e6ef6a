/**
 * What a running sidecar writes while everything happens to it: permits, vetoes, opt-outs, results, bytes from hell, an exchange and a
 * receiver that are not there. Afterwards neither a telephone number nor a secret stands in any line.
 */
import { appendFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runChannel } from '../support/agi-channel.ts';
import { agentIds, SELLER } from '../support/serve-client.ts';
import { openServeWorld, type ServeWorld } from '../support/serve-world.ts';
import { freePort } from '../support/stores.ts';
import { until } from '../support/wait.ts';

const SECRETS = {
  ARI_PASSWORD: 'ari-password-to-be-hidden',
  AMI_SECRET: 'ami-secret-to-be-hidden',
  BREAKWATER_AMI_SECRET_SENDCRON: 'dialer-secret-to-be-hidden',
  BREAKWATER_EVENT_SECRET_CRM: 'event-secret-to-be-hidden-32-characters',
} as const;
const TOKEN = 'bearer-token-to-be-hidden';
const PERMITTED = '3035550110';
const VETOED = '3035550111';
const OPTED_OUT = '3035550112';
const BY_AGI = '3035550113';
const ODD = ['3035550114', '7205550115', '2125550116'] as const;
const ALL = [PERMITTED, VETOED, OPTED_OUT, BY_AGI, ...ODD];

let world: ServeWorld;
let amiPort: number;

beforeAll(async () => {
  amiPort = await freePort();
  world = await openServeWorld({
    ...SECRETS,
    // Nobody listens there: every attempt to connect is told in the log.
    ARI_URL: `http://127.0.0.1:${await freePort()}`,
    ARI_USER: 'breakwater',
    AMI_HOST: '127.0.0.1',
    AMI_PORT: String(await freePort()),
    AMI_USER: 'breakwater',
    BREAKWATER_LOG_LEVEL: 'trace',
  });
  await appendFile(
    join(world.configDirectory, 'breakwater.yaml'),
    `
amiProxy: { port: ${amiPort}, accounts: [{ name: sendcron }] }
eventWebhooks:
  - { name: crm, url: 'http://127.0.0.1:${await freePort()}/take?token=${TOKEN}', kinds: [decision, opt_out, call_result], attemptsMax: 2 }
`,
  );
  await world.start().listening(240_000);
});
afterAll(() => world.close());

const post = (path: string, body: string | object, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${world.sidecar().url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }).then((answer) => answer.text());

const bytes = (port: number, text: string): Promise<void> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(text));
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
    socket.resume();
  });

test('no number and no secret stands in the log', async () => {
  const { client } = world;
  await client.consent(`+1${PERMITTED}`);
  await client.agents(agentIds(2), 'ready');
  await until('agents', async () => (await client.campaign()).agents.ready === 2);
  const permit = await client.originatePatiently(`+1${PERMITTED}`, { place: false });
  expect(permit.verdict).toBe('permit');
  await client.request('POST', `/v1/calls/${permit.call_id}/result`, { outcome: 'connected' });
  expect((await client.originate(`+1${VETOED}`)).verdict).toBe('veto');
  await client.request('POST', '/v1/opt-outs', {
    number: `+1${OPTED_OUT}`,
    seller: SELLER,
    channel: 'voice',
  });
  expect((await client.originate(`+1${OPTED_OUT}`)).verdict).toBe('veto');

  for (const number of ODD) {
    await post('/v1/originations', {
      number: `(${number.slice(0, 3)}) ${number.slice(3, 6)}-${number.slice(6)}`,
      campaign: 'nope',
    });
    await post('/v1/originations', `{"number": "+1${number}", "campaign`);
    await post('/v1/decisions', { number: `tel:+1${number};ext=1`, campaign: 'faults', stranger: number });
    await post(`/v1/calls/${number}/result`, { outcome: 'nonsense', campaign: number });
    await post('/v1/texts', {
      from: `+1${number}`,
      to: `+1${number}`,
      body: `STOP ${number}`,
      message_id: number,
    });
    await fetch(`${world.sidecar().url}/v1/evidence/${number}`);
    await runChannel(Number(world.env['BREAKWATER_AGI_PORT']), {
      address: `veto?campaign=faults&number=${number}&zip=%ff`,
      args: [number, number, number],
    }).catch(() => undefined);
    await bytes(
      Number(world.env['BREAKWATER_AGI_PORT']),
      `agi_network_script: x\nagi_extension: ${number}\n${number}\n`,
    );
    await bytes(
      amiPort,
      `Action: Login\r\nUsername: ${number}\r\nSecret: ${SECRETS.BREAKWATER_AMI_SECRET_SENDCRON}\r\n\r\n`,
    );
    await bytes(
      amiPort,
      `Action: Originate\r\nChannel: Local/1${number}@x\r\nSecret: ${SECRETS.AMI_SECRET}\r\n\r\n`,
    );
  }
  await runChannel(Number(world.env['BREAKWATER_AGI_PORT']), {
    address: `veto?campaign=faults&number=%2B1${BY_AGI}`,
  }).catch(() => undefined);
  await client.request('POST', '/v1/reload').catch(() => undefined);
  // What could not be delivered is told in the log when it is put aside.
  await until('a delivery that failed', () => /crm|event/i.test(world.sidecar().output()), 60_000);
  world.sidecar().signal('SIGTERM');
  await world.sidecar().ended(60_000);

  const log = world.sidecar().output();
  expect(log.split('\n').length).toBeGreaterThan(10);
  expect(log).toMatch(/exchange|ARI|manager/i);
  for (const secret of [...Object.values(SECRETS), TOKEN]) expect(log).not.toContain(secret);
  for (const number of ALL) {
    const line = number.slice(-4);
    const written = log
      .split('\n')
      .filter((each) => new RegExp(`${number.slice(3, 6)}[-. ]?${line}`).test(each));
    expect(written, number).toEqual([]);
  }
});
