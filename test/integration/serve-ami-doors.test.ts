/** A whole sidecar behind a dialer that speaks AMI and knows nothing of it: its calls are decided, durable, and screened once. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Floor } from '../../scripts/callers/floor.ts';
import { type RawDialer, rawDialer } from '../support/ami-dialer.ts';
import { test } from '../support/real-asterisk.ts';
import { agentIds } from '../support/serve-client.ts';
import { exchangeEnv, openServeFloor, openServeWorld, type ServeWorld } from '../support/serve-world.ts';
import { freePort } from '../support/stores.ts';
import { until } from '../support/wait.ts';

const DIALER = { user: 'sendcron', secret: 'of-the-dialer' };
const BUSY = '13035550110';
const NO_CONSENT = '13035550111';
/** Dialed over a trunk that is not there. */
const [NO_CHANNEL, NO_CHANNEL_ASYNC] = ['13035550112', '13035550113'];
/** Never called. */
const ANSWERS = '13035550119';
const proxySettings = (port: number): string => `
amiProxy:
  port: ${port}
  accounts:
    - name: ${DIALER.user}
      doors:
        campaigns: [{ theirs: TESTCAMP, campaign: faults }]
        called: ["Local/9{number}@default", "PJSIP/{number}@nowhere"]
        destinations: ["8368@default"]
`;
/** The carrier entry of the dialer's own dialplan, with the second lock before its Dial(). */
const DIALPLAN = `
[default]
exten => _9X.,1,Gosub(breakwater-veto,s,1(faults,\${EXTEN:1},\${CALLERID(num)}))
 same => n,Set(DB(asked/\${EXTEN:1})=\${BREAKWATER_VERDICT} \${BREAKWATER_CALL_ID} \${BREAKWATER_REASON})
 same => n,GotoIf($["\${BREAKWATER_VERDICT}"="permit"]?place)
 same => n,Hangup(34)
 same => n(place),Dial(PJSIP/\${EXTEN:1}@carrier,\${BREAKWATER_RING_SECONDS},g)
 same => n,Hangup()
exten => 8368,1,Wait(5)
`;

let world: ServeWorld;
let floor: Floor;
let dialer: RawDialer;

beforeAll(async () => {
  const port = await freePort();
  world = await openServeWorld({ BREAKWATER_AMI_SECRET_SENDCRON: DIALER.secret });
  await appendFile(join(world.configDirectory, 'breakwater.yaml'), proxySettings(port));
  floor = await openServeFloor(
    world,
    'ami',
    [
      { numbers: [BUSY, NO_CONSENT], behaviour: { kind: 'busy' } },
      { numbers: [ANSWERS], behaviour: { kind: 'answers' } },
    ],
    DIALPLAN,
  );
  Object.assign(world.env, exchangeEnv(floor.asterisk));
  await world.start().ready();
  for (const number of [BUSY, NO_CHANNEL, NO_CHANNEL_ASYNC]) await world.client.consent(`+${number}`);
  await world.client.agents(agentIds(3), 'ready');
  await until('agents', async () => (await world.client.campaign()).agents.ready === 3);
  dialer = rawDialer(port);
  await dialer.logIn(DIALER.user, DIALER.secret);
});

afterAll(async () => {
  dialer.close();
  await world.close();
  await floor.close();
});

/** As VICIdial, but that it does not wait. */
const originate = (
  number: string,
  id: string,
  channel = `Local/9${number}@default`,
  how: 'async' | 'sync' = 'async',
): void =>
  dialer.send(
    [
      'Action: Originate',
      `ActionID: ${id}`,
      'Exten: 8368',
      'Context: default',
      `Channel: ${channel}`,
      'Priority: 1',
      'Callerid: "V1123080000000004711" <3035550101>',
      'Timeout: 25000',
      `VDACnote: TESTCAMP|4711|1|${number.slice(1)}|OUT|MAIN|0`,
      ...(how === 'async' ? ['Async: true'] : []),
      '\r\n',
    ].join('\r\n'),
  );

const decisions = async (number: string) =>
  (await world.client.entries('decision')).filter(({ body }) => body['number'] === `+${number}`);

const results = async (number: string) =>
  (await world.client.entries('call_result')).filter(({ body }) => body['number'] === `+${number}`);

test('a call that may be placed is placed, decided once, and has its result', async () => {
  originate(BUSY, 'one');
  await dialer.told(/Event: OriginateResponse\r\n(?:[^\r\n]+\r\n)*ActionID: one\r\nResponse: Failure\r\n/);
  const [decision, ...more] = await decisions(BUSY);
  expect(more).toEqual([]);
  expect(decision?.body).toMatchObject({
    request: { door: 'ami', campaignId: 'faults', lead: { leadId: '4711' } },
    callerId: '+13035550101',
  });
  const callId = String(decision?.body['callId']);
  expect(await floor.asterisk.cli(`database get asked ${BUSY}`)).toContain(`permit ${callId}`);
  expect(await floor.calls(BUSY)).toHaveLength(1);
  await until('the result', async () => (await results(BUSY)).length === 1, 30_000);
  expect((await results(BUSY))[0]?.body).toMatchObject({ outcome: 'busy' });
  await until('nothing in flight', async () => (await world.client.campaign()).in_flight === 0);
});

test('a call that may not be placed is answered, and nobody is called', async () => {
  originate(NO_CONSENT, 'two');
  expect(await dialer.told(/ActionID: two\r\nMessage: [^\r]*\r\n/)).toMatch(
    /Response: Error\r\nActionID: two\r\nMessage: Vetoed: consent_missing/,
  );
  expect((await decisions(NO_CONSENT)).map(({ body }) => body['request'])).toMatchObject([{ door: 'ami' }]);
  expect(await floor.calls(NO_CONSENT)).toEqual([]);
});

test('a form that is closed is refused, and asks for no decision', async () => {
  originate(NO_CONSENT, 'three', `PJSIP/${NO_CONSENT}@carrier`);
  expect(await dialer.told(/ActionID: three\r\nMessage: [^\r]*\r\n/)).toContain(
    'Response: Error\r\nActionID: three\r\nMessage: Permission denied: ',
  );
  expect(await decisions(NO_CONSENT)).toHaveLength(1);
  expect(await floor.calls(NO_CONSENT)).toEqual([]);
});

test.each([
  [
    'waited for',
    'sync',
    NO_CHANNEL,
    /Response: Error\r\nActionID: sync\r\nMessage: Originate failed\r\n\r\n/,
  ],
  [
    'not waited for',
    'async',
    NO_CHANNEL_ASYNC,
    /Event: OriginateResponse\r\n(?:[^\r\n]+\r\n)*ActionID: async\r\nResponse: Failure\r\n/,
  ],
] as const)(
  'a permitted call for which no channel can be made, %s, is no drop',
  async (_, how, number, said) => {
    originate(number, how, `PJSIP/${number}@nowhere`, how);
    await dialer.told(said);
    const [decision] = await decisions(number);
    expect(decision?.body).toMatchObject({ verdict: 'permit' });
    await until('the result', async () => (await results(number)).length === 1, 60_000);
    expect((await results(number)).map(({ body }) => body)).toMatchObject([
      { callId: decision?.body['callId'], outcome: 'failed', source: 'events' },
    ]);
    await until('nothing in flight', async () => (await world.client.campaign()).in_flight === 0);
  },
);
