/**
 * Calls that a real Asterisk signs, mirrored to a running sidecar: a caller ID is confirmed by the first call that leaves, and a switch of
 * its level is noticed by the next one, told on the feed, and vetoes the one behind it.
 */
import { appendFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { freeUdpPort } from '../../scripts/asterisk/port-block.ts';
import {
  SIGNED_ENDPOINT,
  signingExchange,
  type SigningExchange,
} from '../../scripts/asterisk/signing-exchange.ts';
import { type Floor, openFloor } from '../../scripts/callers/floor.ts';
import { test } from '../support/real-asterisk.ts';
import { agentIds, CAMPAIGN, codes } from '../support/serve-client.ts';
import {
  campaignYaml,
  exchangeEnv,
  openServeWorld,
  pointAgi,
  type ServeWorld,
} from '../support/serve-world.ts';
import { until } from '../support/wait.ts';

const HOME = resolve(import.meta.dirname, '../..');
const CALLER_ID = '+13035550101';
const UNKNOWN = 'unknown';
const UNKNOWN_ID = '+13035550103';
const PEOPLE = Array.from({ length: 8 }, (_, at) => `1303555012${at}`);
const person = (at: number): string => `+${PEOPLE[at]}`;

let world: ServeWorld;
let floor: Floor;
let signing: SigningExchange;

const desk = (from: number, to: number): string => {
  const members = agentIds(30)
    .slice(from, to)
    .map((id) => `'${id}'`);
  return `{ kind: dialplan, context: house, extension: desk }\n  members: [${members.join(', ')}]`;
};

const ATTESTATION = (onLower: string): string => `attestation:
  minimum: A
  ways: [signed_here, declared]
  onLower: ${onLower}
`;

beforeAll(async () => {
  const hepPort = await freeUdpPort();
  signing = await signingExchange(hepPort, { [CALLER_ID.slice(1)]: 'A' });
  world = await openServeWorld(
    {},
    {
      [CAMPAIGN]: campaignYaml(CAMPAIGN, 1, desk(0, 15), ATTESTATION('end_call')),
      [UNKNOWN]: campaignYaml(UNKNOWN, 3, desk(15, 30), ATTESTATION('record')),
    },
  );
  await writeFile(join(world.configDirectory, 'roots.pem'), signing.rootsPem);
  await appendFile(
    join(world.configDirectory, 'breakwater.yaml'),
    `\nhep: { port: ${hepPort} }\nattestation: { rootsFile: ${join(world.configDirectory, 'roots.pem')}, privateNetworks: ['127.0.0.0/8'], relaxCertificateUrls: true }\n`,
  );
  floor = await openFloor({
    name: 'signing',
    asterisk: {
      dialplan: [join(HOME, 'dialplan/breakwater.conf')],
      dialplanText: '[house]\nexten => desk,1,Answer()\n same => n,Wait(2)\n same => n,Hangup()\n',
      inboundContext: 'breakwater-agent',
      sounds: [{ as: 'breakwater', directory: world.soundsDirectory }],
      extraFiles: signing.files,
    },
    carriers: [{ name: 'carrier', settings: SIGNED_ENDPOINT }],
    people: [
      { numbers: PEOPLE, behaviour: { kind: 'rings' } },
      // SIPp's scenario wants one who answers.
      { numbers: ['13035550140'], behaviour: { kind: 'answers' } },
    ],
    witness: false,
  });
  await pointAgi(floor.asterisk, Number(world.env['BREAKWATER_AGI_PORT']));
  await world.start(exchangeEnv(floor.asterisk)).ready();
  for (const number of PEOPLE) await world.client.consent(`+${number}`);
  await world.client.agents(agentIds(30), 'ready');
});

afterAll(async () => {
  await world.close();
  await floor.close();
  await signing.close();
});

interface Route {
  readonly caller_id: string;
  readonly trunk: string | null;
  readonly record: { readonly level: string; readonly way: string; readonly proof: string } | null;
  readonly demands: readonly { readonly answer: string }[];
}

const routeOf = async (callerId: string): Promise<Route | undefined> => {
  const { routes } = await world.client.request<{ readonly routes: readonly Route[] }>(
    'GET',
    '/v1/attestations',
  );
  return routes.find((route) => route.caller_id === callerId);
};

const declare = (callerId: string): Promise<unknown> => {
  const now = Date.parse('2026-11-23T18:00:00Z');
  return world.client.request('POST', '/v1/attestations', {
    ...{ caller_id: callerId, level: 'A', way: 'declared', proof: 'letter of the carrier' },
    confirmed_at: new Date(now).toISOString(),
    expires_at: new Date(now + 86_400_000).toISOString(),
  });
};

/** Kinds of what the feed tells from now on. */
async function followFeed(): Promise<{ readonly kinds: () => readonly string[]; stop(): void }> {
  const ended = new AbortController();
  const response = await fetch(`${world.sidecar().url}/v1/feed`, { signal: ended.signal });
  let text = '';
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? [])
      text += decoder.decode(chunk as Uint8Array, { stream: true });
  })();
  reading.catch(() => undefined);
  return {
    kinds: () => [...text.matchAll(/^data: .*"kind":"(\w+)"/gm)].map(([, kind]) => kind ?? ''),
    stop: () => ended.abort(),
  };
}

test('nothing is known: vetoed; a statement lets the first call go, and what leaves confirms the caller ID', async () => {
  expect(codes(await world.client.originatePatiently(person(0)))).toEqual(['attestation_unconfirmed']);
  await declare(CALLER_ID);
  await world.client.place(person(0));
  await until('signed here', async () => (await routeOf(CALLER_ID))?.record?.way === 'signed_here');
  const route = await routeOf(CALLER_ID);
  expect(route).toMatchObject({ trunk: 'carrier', record: { level: 'A' }, demands: [{ answer: 'met' }] });
  expect(route?.record?.proof).toMatch(/^INVITE .*: A, origid .*certificate [0-9a-f]{64} of http:/);
});

test('switched to B while the campaign runs: the next call is ended while it rings, the one behind it vetoed, the feed told', async () => {
  const feed = await followFeed();
  await signing.switchTo(floor.asterisk, { [CALLER_ID.slice(1)]: 'B' });
  const callId = await world.client.place(person(1));
  await until('alarm', () => feed.kinds().includes('attestation_alarm'));
  feed.stop();
  expect(feed.kinds()).toContain('attestation_recorded');
  const [alarm] = await world.client.entries('attestation_alarm');
  expect(alarm?.body).toMatchObject({
    ...{ callId, callerId: CALLER_ID, trunk: 'carrier', level: 'B', before: 'A', demanded: 'A' },
    ...{ configured: 'B', ended: true },
  });
  expect(await world.client.outcomes(callId)).toHaveLength(1);
  const answer = await world.client.originatePatiently(person(2));
  expect(codes(answer)).toEqual(['attestation_below_minimum']);
  expect(answer.reasons[0]?.detail).toMatchObject({ trunk: 'carrier', level: 'B', level_before: 'A' });
});

test('switched back, the veto stands until somebody says so; the next call confirms it', async () => {
  await signing.switchTo(floor.asterisk, { [CALLER_ID.slice(1)]: 'A' });
  expect(codes(await world.client.originatePatiently(person(3)))).toEqual(['attestation_below_minimum']);
  const status = await world.client.request<{
    readonly routes: readonly { readonly records: readonly { readonly confirmed_at: string }[] }[];
  }>('GET', '/v1/attestations');
  const newest = Math.max(
    ...status.routes.flatMap(({ records }) => records.map((each) => Date.parse(each.confirmed_at))),
  );
  await world.client.request('POST', '/v1/attestations', {
    ...{ caller_id: CALLER_ID, level: 'A', way: 'declared', proof: 'corrected', trunk: 'carrier' },
    confirmed_at: new Date(newest + 1).toISOString(),
    expires_at: new Date(newest + 86_400_000).toISOString(),
  });
  await world.client.place(person(4));
  await until('signed here again', async () => {
    const { record } = (await routeOf(CALLER_ID)) ?? {};
    return record?.way === 'signed_here' && record.level === 'A';
  });
});

test('a caller ID that the exchange does not know leaves unsigned without a word: seen, told, and vetoed from then on', async () => {
  await declare(UNKNOWN_ID);
  const callId = await world.client.place(person(5), UNKNOWN);
  await until('alarm', async () =>
    (await world.client.entries('attestation_alarm')).some(({ body }) => body['callId'] === callId),
  );
  const alarms = await world.client.entries('attestation_alarm');
  expect(alarms.find(({ body }) => body['callId'] === callId)?.body).toMatchObject({
    ...{ level: 'none', demanded: 'A', configured: 'none', ended: false },
  });
  const answer = await world.client.originatePatiently(person(6), { campaign: UNKNOWN });
  expect(codes(answer)).toEqual(['attestation_unconfirmed']);
});

test('the mirror has lost nothing, and every call was judged', async () => {
  const { mirror } = await world.client.request<{ readonly mirror: Readonly<Record<string, unknown>> }>(
    'GET',
    '/v1/attestations',
  );
  expect(mirror).toMatchObject({ dropped: 0, unreadable: 0, unseen: 0, unjudged: 0, judged: 4 });
});
