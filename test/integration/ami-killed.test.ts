/**
 * kill -9 while dialers originate through the proxy, on a real exchange with the veto in its dialplan as the second lock: their connections are
 * lost, no telephone rings without a permit that was on record before, and they go on by themselves when the sidecar is back.
 */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Floor } from '../../scripts/callers/floor.ts';
import { type RawDialer, rawDialer } from '../support/ami-dialer.ts';
import { test } from '../support/real-asterisk.ts';
import { agentIds, type Entry } from '../support/serve-client.ts';
import { exchangeEnv, openServeFloor, openServeWorld, type ServeWorld } from '../support/serve-world.ts';
import { freePort } from '../support/stores.ts';
import { until } from '../support/wait.ts';

/** A sidecar is started, killed and started again. */
const WITHIN_MS = 300_000;
const DIALER = { user: 'sendcron', secret: 'of-the-dialer' };
const numbersFrom = (first: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => `1303555${String(first + at).padStart(4, '0')}`);
const CONSENTED = numbersFrom(110, 30);
const NEVER = numbersFrom(140, 15);
/** Sent while the sidecar hangs, before it is killed. */
const HUNG = numbersFrom(155, 4);
const AFTERWARDS = '13035550160';
const BEHIND = '13035550161';
/** Never called. */
const NOBODY = '13035550162';

const proxySettings = (port: number): string => `
amiProxy:
  port: ${port}
  accounts:
    - name: ${DIALER.user}
      doors:
        campaign: faults
        called: ["Local/9{number}@default"]
        destinations: ["8368@default"]
`;
/** The dialer's own dialplan, with the second lock before its Dial(). */
const DIALPLAN = `
[default]
exten => _9X.,1,Gosub(breakwater-veto,s,1(faults,\${EXTEN:1},\${CALLERID(num)}))
 same => n,Set(DB(asked/\${EXTEN:1})=\${BREAKWATER_VERDICT} \${BREAKWATER_REASON})
 same => n,GotoIf($["\${BREAKWATER_VERDICT}"="permit"]?place)
 same => n,Hangup(34)
 same => n(place),Set(CHANNEL(hangup_handler_push)=breakwater-hangup,s,1)
 same => n,Dial(PJSIP/\${EXTEN:1}@carrier,\${BREAKWATER_RING_SECONDS},g)
 same => n,Hangup()
exten => 8368,1,Wait(5)
`;

let world: ServeWorld;
let floor: Floor;
let port: number;

beforeAll(async () => {
  port = await freePort();
  world = await openServeWorld({ BREAKWATER_AMI_SECRET_SENDCRON: DIALER.secret });
  await appendFile(join(world.configDirectory, 'breakwater.yaml'), proxySettings(port));
  floor = await openServeFloor(
    world,
    'ami-killed',
    [
      { numbers: [...CONSENTED, ...NEVER, ...HUNG, AFTERWARDS, BEHIND], behaviour: { kind: 'busy' } },
      { numbers: [NOBODY], behaviour: { kind: 'answers' } },
    ],
    DIALPLAN,
  );
  Object.assign(world.env, exchangeEnv(floor.asterisk));
  await world.start().ready();
  for (const number of [...CONSENTED, ...HUNG, AFTERWARDS, BEHIND]) await world.client.consent(`+${number}`);
  await seatAgents();
});

afterAll(async () => {
  await world.close();
  await floor.close();
});

async function seatAgents(): Promise<void> {
  await world.client.agents(agentIds(30), 'ready');
  await until('agents', async () => (await world.client.campaign()).agents.ready === 30, 60_000);
}

const originateOf = (number: string, ...more: readonly string[]): string =>
  [
    'Action: Originate',
    `ActionID: ${number}`,
    'Exten: 8368',
    'Context: default',
    `Channel: Local/9${number}@default`,
    'Priority: 1',
    'Callerid: <3035550101>',
    'Timeout: 25000',
    'Async: true',
    ...more,
    '\r\n',
  ].join('\r\n');

/** A dialer as they are: it dials its list, then people it may not call, and connects again for ever when its connection is lost. Nothing of it is started anew. */
function dialerOf(list: readonly string[], paceMs: number) {
  const first: string[] = [];
  let sent = 0;
  let lost = 0;
  let stopped = false;
  const ended = (): boolean => stopped;
  let current: RawDialer | undefined;
  const session = async (dialer: RawDialer): Promise<void> => {
    await dialer.logIn(DIALER.user, DIALER.secret);
    while (!ended() && dialer.isOpen()) {
      dialer.send(originateOf(first.shift() ?? list[sent] ?? NEVER[sent % NEVER.length] ?? ''));
      sent += 1;
      await sleep(paceMs);
    }
  };
  const life = (async () => {
    while (!ended()) {
      const dialer = rawDialer(port);
      current = dialer;
      await session(dialer).catch(() => undefined);
      dialer.close();
      lost += 1;
      await sleep(100);
    }
  })();
  return {
    /** Over its present connection. */
    answered: () => current?.text().match(/^ActionID: 1303/gm)?.length ?? 0,
    lost: () => lost,
    next: (number: string) => void first.push(number),
    async stop() {
      stopped = true;
      current?.close();
      await life;
    },
  };
}

const decisionsOf = (entries: readonly Entry[], number: string) =>
  entries.filter(({ body }) => body['number'] === `+${number}`);

/** Of every telephone: it rang at most as often as it was permitted. */
async function nothingUnscreened(): Promise<void> {
  const decisions = await world.client.entries('decision');
  for (const number of [...CONSENTED, ...NEVER, ...HUNG, AFTERWARDS, BEHIND]) {
    const permits = decisionsOf(decisions, number).filter(({ body }) => body['verdict'] === 'permit');
    expect([number, (await floor.calls(number)).length <= permits.length]).toEqual([number, true]);
  }
  for (const number of NEVER) expect(await floor.calls(number)).toEqual([]);
  const results = await world.client.entries('call_result');
  const ids = results.map(({ body }) => body['callId']);
  expect(new Set(ids).size).toBe(ids.length);
}

const asked = async (number: string): Promise<string> => floor.asterisk.cli(`database get asked ${number}`);

test(
  'in the middle of originates: connections are lost, nothing is placed unscreened, and the dialers go on',
  async () => {
    // Two who may be called, then one who may not.
    const mixed = NEVER.flatMap((number, at) => [...CONSENTED.slice(2 * at, 2 * at + 2), number]);
    const lists = [0, 1, 2].map((third) => mixed.slice(15 * third, 15 * third + 15));
    const dialers = lists.map((list) => dialerOf(list, 40));
    try {
      await until('originates are under way', () => dialers.every(({ answered }) => answered() >= 4), 60_000);
      await world.sidecar().kill();
      await until('every dialer has lost its connection', () => dialers.every(({ lost }) => lost() > 0));

      // What the exchange has of it by now asks the second lock, under whichever permit.
      const direct = rawDialer(floor.asterisk.ami.port);
      await direct.logIn(floor.asterisk.ami.user, floor.asterisk.ami.secret);
      direct.send(
        originateOf(BEHIND, 'Variable: __BREAKWATER_DECISION_ID=any', 'Variable: __BREAKWATER_CALL_ID=any'),
      );
      await until(
        'the second lock',
        async () => (await asked(BEHIND)).includes('veto fact_unavailable'),
        30_000,
      );
      direct.close();

      await world.start().ready(120_000);
      await seatAgents();
      const isCalled = async (): Promise<boolean> => {
        // What an earlier life has reserved may still leave no line.
        dialers[0]?.next(AFTERWARDS);
        return (await floor.calls(AFTERWARDS)).length > 0;
      };
      await until('a call of a dialer', isCalled, 90_000);
      await until('each goes on', () => dialers.every(({ answered }) => answered() > 0), 60_000);
      for (const dialer of dialers) await dialer.stop();
      expect(await floor.calls(BEHIND)).toEqual([]);
      expect((await floor.calls()).length).toBeGreaterThan(3);
      await nothingUnscreened();
    } finally {
      for (const dialer of dialers) await dialer.stop();
    }
  },
  WITHIN_MS,
);

test(
  'hanging, then killed: what was sent meanwhile is never placed',
  async () => {
    const dialer = rawDialer(port);
    await dialer.logIn(DIALER.user, DIALER.secret);
    world.sidecar().signal('SIGSTOP');
    dialer.send(HUNG.map((number) => originateOf(number)).join(''));
    await sleep(500);
    await world.sidecar().kill();
    const said = await dialer.ended();
    for (const number of HUNG) {
      expect(said).not.toContain(`ActionID: ${number}`);
      expect(await asked(number)).toContain('not found');
    }
    await world.start().ready(120_000);
    expect(decisionsOf(await world.client.entries('decision'), HUNG[0] ?? '')).toEqual([]);
    await nothingUnscreened();
  },
  WITHIN_MS,
);
