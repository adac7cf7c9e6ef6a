/** The two contexts for foreign dialers on a real Asterisk, with the sidecar there, dead and hanging; then bytes from hell. */
import { connect, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { WebSocket } from 'ws';
import type { Floor } from '../../scripts/callers/floor.ts';
import { test } from '../support/real-asterisk.ts';
import { agentIds } from '../support/serve-client.ts';
import {
  exchangeEnv,
  openServeFloor,
  openServeWorld,
  pointAgi,
  type ServeWorld,
} from '../support/serve-world.ts';
import { freePort } from '../support/stores.ts';
import { until } from '../support/wait.ts';

const BUSY = '13035550110';
const NO_CONSENT = '13035550111';
/** Never called. */
const ANSWERS = '13035550119';
const WHILE_DEAD = '13035550112';
const WHILE_HANGING = '13035550113';
/** What a dialer sees: verdict, dial status and reason go into the exchange's database. */
const DIALER = `
[dialer]
exten => _X.,1,Set(CALLERID(num)=+13035550101)
 same => n,Gosub(breakwater-veto,s,1(faults,+\${EXTEN},\${CALLERID(num)}))
 same => n,Set(DB(asked/\${EXTEN})=\${BREAKWATER_VERDICT} \${DIALSTATUS} \${BREAKWATER_REASON})
 same => n,Hangup()
`;

let world: ServeWorld;
let floor: Floor;
let hanging: Server;
let events: ExchangeEvents;

beforeAll(async () => {
  world = await openServeWorld();
  floor = await openServeFloor(
    world,
    'agi',
    [
      { numbers: [BUSY, NO_CONSENT, WHILE_DEAD, WHILE_HANGING], behaviour: { kind: 'busy' } },
      { numbers: [ANSWERS], behaviour: { kind: 'answers' } },
    ],
    DIALER,
  );
  Object.assign(world.env, exchangeEnv(floor.asterisk));
  await world.start().ready();
  for (const number of [BUSY, WHILE_DEAD, WHILE_HANGING]) await world.client.consent(`+${number}`);
  await world.client.agents(agentIds(3), 'ready');
  await until('agents', async () => (await world.client.campaign()).agents.ready === 3);
  events = new ExchangeEvents(floor.asterisk.ari);
  await events.ready();
  hanging = createServer(() => undefined);
  await new Promise<void>((done) => hanging.listen(0, '127.0.0.1', done));
});

afterAll(async () => {
  events.close();
  hanging.close();
  await world.close();
  await floor.close();
});

/** Dials as a dialer does, over Local/NUMBER@breakwater-out, and answers the cause its own leg ended with. */
async function dial(
  number: string,
  context = 'breakwater-out',
): Promise<{ readonly cause: number; readonly elapsedMs: number }> {
  const { ari } = floor.asterisk;
  const headers = {
    authorization: `Basic ${Buffer.from(`${ari.user}:${ari.password}`).toString('base64')}`,
    'content-type': 'application/json',
  };
  const id = `${context}-${number}`;
  const ended = events.next((event) => event['type'] === 'ChannelDestroyed' && idOf(event) === id);
  const from = performance.now();
  const answer = await fetch(`${ari.url}/ari/channels`, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      endpoint: `Local/${number}@${context}`,
      app: 'dialer',
      channelId: id,
      callerId: '+13035550101',
      variables: {
        __BREAKWATER_CAMPAIGN: 'faults',
        __BREAKWATER_DIAL_PREFIX: 'PJSIP/',
        __BREAKWATER_DIAL_SUFFIX: '@carrier',
      },
    }),
  });
  expect(answer.status).toBe(200);
  const event = await ended;
  return { cause: Number(event['cause']), elapsedMs: performance.now() - from };
}

type Event = Readonly<Record<string, unknown>>;
const idOf = (event: Event): string => String((event['channel'] as { id?: unknown } | undefined)?.id);

/** ARI events of an application of the test's own. */
class ExchangeEvents {
  readonly #ari: Floor['asterisk']['ari'];
  readonly #waiting: { wanted: (event: Event) => boolean; resolve: (event: Event) => void }[] = [];
  readonly #socket: WebSocket;
  constructor(ari: Floor['asterisk']['ari']) {
    this.#ari = ari;
    const { url, user, password } = ari;
    this.#socket = new WebSocket(
      `${url.replace('http', 'ws')}/ari/events?app=dialer&subscribeAll=true&api_key=${user}:${password}`,
    );
    this.#socket.on('message', (data: Buffer) => {
      const event = JSON.parse(data.toString()) as Event;
      for (const { wanted, resolve: found } of this.#waiting) if (wanted(event)) found(event);
    });
  }
  /** The socket opens a moment before the application is there. */
  async ready(): Promise<void> {
    const { url, user, password } = this.#ari;
    const path = `${url}/ari/applications/dialer?api_key=${user}:${password}`;
    await until('application', async () => (await fetch(path)).ok);
  }
  next(wanted: (event: Event) => boolean): Promise<Event> {
    return new Promise((resolve) => this.#waiting.push({ wanted, resolve }));
  }
  close(): void {
    this.#socket.close();
  }
}

/** What Gosub(breakwater-veto) told the dialplan, and how long the dialplan was held up. */
async function ask(number: string): Promise<{ readonly told: string; readonly elapsedMs: number }> {
  const { elapsedMs } = await dial(number, 'dialer');
  const shown = await floor.asterisk.cli(`database get asked ${number}`);
  return { told: /Value: (.*)/.exec(shown)?.[1]?.trim() ?? shown, elapsedMs };
}

const resultOf = async (number: string) =>
  (await world.client.entries('call_result')).filter((entry) => entry.body['number'] === `+${number}`);

describe('breakwater-out', () => {
  test('a permit: the call is placed and the hangup handler reports how it ended', async () => {
    const { cause } = await dial(BUSY);
    expect(cause).toBe(17);
    await until('result', async () => (await resultOf(BUSY)).length === 1);
    expect((await resultOf(BUSY))[0]?.body).toMatchObject({ outcome: 'busy', source: 'agi' });
    expect(await floor.calls(BUSY)).toHaveLength(1);
    await until('nothing in flight', async () => (await world.client.campaign()).in_flight === 0);
  });

  test('a veto: nobody is called, the leg ends with cause 34, the dial status is DNC', async () => {
    const { cause } = await dial(NO_CONSENT);
    expect(cause).toBe(34);
    expect((await ask(NO_CONSENT)).told).toBe('veto DNC consent_missing');
    expect(await floor.calls(NO_CONSENT)).toEqual([]);
    expect(await resultOf(NO_CONSENT)).toEqual([]);
  });
});

describe('a sidecar that does not answer', () => {
  test('dead: a veto at once', async () => {
    await pointAgi(floor.asterisk, await freePort());
    expect((await dial(WHILE_DEAD)).cause).toBe(34);
    const { told, elapsedMs } = await ask(WHILE_DEAD);
    expect(told).toBe('veto DNC fact_unavailable');
    expect(elapsedMs).toBeLessThan(1_500);
    expect(await floor.calls(WHILE_DEAD)).toEqual([]);
  });

  test('hanging: a veto within the bound of half a second', async () => {
    const address = hanging.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    await pointAgi(floor.asterisk, address.port);
    const { cause, elapsedMs } = await dial(WHILE_HANGING);
    expect(cause).toBe(34);
    expect(elapsedMs).toBeGreaterThan(450);
    expect(elapsedMs).toBeLessThan(2_000);
    expect((await ask(WHILE_HANGING)).told).toBe('veto DNC fact_unavailable');
    expect(await floor.calls(WHILE_HANGING)).toEqual([]);
    await pointAgi(floor.asterisk, Number(world.env['BREAKWATER_AGI_PORT']));
  });
});

describe('hostile bytes', () => {
  /** Repeatable noise. */
  function noise(seed: number): () => number {
    let state = seed;
    return () => (state = (state * 1_103_515_245 + 12_345) & 0x7fffffff) / 0x7fffffff;
  }
  const PATHS = ['/v1/originations', '/v1/decisions', '/v1/opt-outs', '/v1/consents', '/v1/attestations'];
  const PIECES = [
    '{',
    '}',
    '"',
    '[',
    ']',
    ':',
    ',',
    'null',
    '1e999',
    '\\u0000',
    '"number"',
    '"campaign"',
    '"faults"',
  ];
  const AGI = [
    'agi_network: yes',
    'agi_arg_1: number=',
    'agi_request: agi://',
    'HANGUP',
    '200 result=1',
    ': :',
    '',
  ];

  const chop = (random: () => number, pieces: readonly string[], glue: string): string =>
    Array.from({ length: 1 + Math.floor(random() * 30) }, () =>
      random() < 0.2
        ? String.fromCharCode(Math.floor(random() * 256))
        : (pieces[Math.floor(random() * pieces.length)] ?? ''),
    ).join(glue);

  function speak(port: string, bytes: string): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
      socket.on('data', () => undefined);
      socket.end(Buffer.from(bytes, 'latin1'));
      setTimeout(() => socket.destroy(), 1_500).unref();
    });
  }

  test('hundreds of broken requests at both doors: refused one by one, and still ready', async () => {
    const random = noise(20_261_123);
    const statuses = new Set<number>();
    for (let round = 0; round < 15; round += 1) {
      await Promise.all([
        ...Array.from({ length: 10 }, async () => {
          const path = PATHS[Math.floor(random() * PATHS.length)] ?? '';
          const body = chop(random, PIECES, random() < 0.5 ? '' : ' ');
          const answer = await fetch(`${world.sidecar().url}${path}`, {
            method: 'POST',
            headers: { 'content-type': random() < 0.8 ? 'application/json' : 'text/x-noise' },
            body,
          });
          statuses.add(answer.status);
          await answer.text();
        }),
        ...Array.from({ length: 5 }, () =>
          speak(
            world.env['BREAKWATER_HTTP_PORT'] ?? '',
            chop(random, ['POST', '/v1', 'HTTP/1.1', '\r\n\r\n'], ' '),
          ),
        ),
        ...Array.from({ length: 10 }, () =>
          speak(world.env['BREAKWATER_AGI_PORT'] ?? '', `${chop(random, AGI, '\n')}\n\n`),
        ),
      ]);
    }
    expect([...statuses].filter((status) => status < 400 || status >= 500)).toEqual([]);
    expect(world.sidecar().isRunning()).toBe(true);
    expect(await world.client.readiness()).toMatchObject({ ready: true, problems: [] });
  });
});
