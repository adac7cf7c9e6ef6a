/**
 * kill -9 between two steps of one act: as the command leaves, or in its place. The person hears the message in time all the same,
 * and what was done, asked or pressed is in the ledger once. Judged from the packets at each telephone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { Floor } from '../../scripts/callers/floor.ts';
import type { CallTrace } from '../../scripts/callers/heard.ts';
import { startProxy, type Proxy, type Strike } from '../support/proxy.ts';
import { dialHeld, heldAs } from '../support/held-dialer.ts';
import { test } from '../support/real-asterisk.ts';
import { agentIds, codes, type Entry } from '../support/serve-client.ts';
import {
  exchangeEnv,
  openServeFloor,
  openServeWorld,
  pointAgi,
  type ServeWorld,
} from '../support/serve-world.ts';
import { until } from '../support/wait.ts';

const LAW_MS = 2_000;
/** The stop of a playback takes a frame; the rest is for a busy machine. */
const STOPS_WITHIN_MS = 500;

const TAKEN = '13035550110';
const TAKEN_WITH_SWITCH = '13035550111';
const UNPLAYED = '13035550112';
const STOPPED = '13035550113';
const DURABLE = '13035550114';
const ASKS_TWICE = '13035550115';
const NEVER_RUNG = '13035550116';
const RINGS = '13035550117';
const DROPPED = [TAKEN, TAKEN_WITH_SWITCH, UNPLAYED, STOPPED, DURABLE];

/** Holds the person for longer than any of this lasts. */
const DIALER = `
[dialer]
exten => _X.,1,Set(CALLERID(num)=+13035550101)
 same => n,Set(BREAKWATER_CAMPAIGN=faults)
 same => n,Set(BREAKWATER_DIAL_PREFIX=PJSIP/)
 same => n,Set(BREAKWATER_DIAL_SUFFIX=@carrier)
 same => n,Goto(\${IF($["\${EXTEN}" = "${TAKEN_WITH_SWITCH}"]?breakwater-dial:breakwater-out)},\${EXTEN},1)
[held]
exten => waits,1,Answer()
 same => n,Wait(60)
`;

let world: ServeWorld;
let floor: Floor;
let lines: Readonly<Record<'ari' | 'ami' | 'agi' | 'http', Proxy>>;

beforeAll(async () => {
  world = await openServeWorld();
  const answers = { kind: 'answers', ringMs: 1_000 } as const;
  floor = await openServeFloor(
    world,
    'between',
    [
      { numbers: [TAKEN, TAKEN_WITH_SWITCH, UNPLAYED], behaviour: answers },
      { numbers: [STOPPED, DURABLE], behaviour: { ...answers, keys: [{ digit: '9', afterMs: 4_500 }] } },
      { numbers: [ASKS_TWICE], behaviour: { kind: 'busy' } },
      { numbers: [NEVER_RUNG, RINGS], behaviour: { kind: 'answers', ringMs: 6_000 } },
    ],
    DIALER,
  );
  const { ari, ami } = floor.asterisk;
  const host = '127.0.0.1';
  lines = {
    ari: await startProxy({ host, port: Number(new URL(ari.url).port) }),
    ami: await startProxy({ host, port: ami.port }),
    agi: await startProxy({ host, port: Number(world.env['BREAKWATER_AGI_PORT']) }),
    http: await startProxy({ host, port: Number(world.env['BREAKWATER_HTTP_PORT']) }),
  };
  Object.assign(world.env, exchangeEnv(floor.asterisk), {
    ARI_URL: `http://${host}:${lines.ari.port}`,
    AMI_PORT: String(lines.ami.port),
  });
  await pointAgi(floor.asterisk, lines.agi.port);
  await world.start().ready();
  for (const number of [...DROPPED, ASKS_TWICE, NEVER_RUNG, RINGS]) await world.client.consent(`+${number}`);
});

afterAll(async () => {
  await floor.asterisk.cli('channel request hangup all');
  await world.close();
  for (const line of Object.values(lines)) await line.close();
  await floor.close();
});

/** One case that fails does not leave the others without a sidecar. */
beforeEach(async () => {
  for (const line of Object.values(lines)) line.strike = undefined;
  if (!world.sidecar().isRunning()) await world.start().ready();
});

/** Kills the sidecar as a chunk that matches passes, or in its place. Resolves when it is dead. */
function killAt(line: Proxy, strike: Omit<Strike, 'act'>): () => Promise<unknown> {
  const serve = world.sidecar();
  line.strike = { ...strike, act: () => serve.signal('SIGKILL') };
  return () => serve.ended(40_000);
}

async function traceOf(number: string): Promise<CallTrace> {
  const [call, ...more] = await floor.callsOver(number);
  expect(more).toEqual([]);
  if (call === undefined) throw new Error(`no call to ${number}`);
  return call;
}

/** From the person's last word to the first word they hear. */
const waited = ({ heard, spoken }: CallTrace): number =>
  (heard.firstVoicedAt ?? Infinity) - (spoken.lastVoicedAt ?? 0);

const ofKind = async (callId: string, kind: string): Promise<readonly Entry[]> =>
  (await world.client.history(callId)).entries.filter((entry) => entry.kind === kind);

async function outcomeOf(callId: string): Promise<readonly string[]> {
  await world.client.outcomes(callId);
  return (await world.client.results(callId)).map(({ body }) => String(body['outcome']));
}

const dropsCounted = async (): Promise<number> => {
  const rate = await world.client.request<{ today: { drops: number } }>(
    'GET',
    '/v1/campaigns/faults/drop-rate',
  );
  return rate.today.drops;
};

async function agentsReady(count: number): Promise<readonly string[]> {
  const agents = agentIds(count);
  await world.client.agents(agents, 'ready');
  await until('agents', async () => (await world.client.campaign()).agents.ready >= count);
  return agents;
}

describe('while the watchdog takes a person from a dialer', () => {
  test.for([
    ['as the exchange is told to', TAKEN, 'ami', { pattern: /redirect/i, delivers: true }],
    ['the same, with a switch', TAKEN_WITH_SWITCH, 'ami', { pattern: /redirect/i, delivers: true }],
    ['before the message is asked for', UNPLAYED, 'ari', { pattern: /POST [^ ]*\/play/, delivers: false }],
  ] as const)('%s', async ([, number, line, strike]) => {
    await agentsReady(1);
    const dead = killAt(lines[line], { from: 'client', ...strike });
    await dialHeld(floor.asterisk, number);
    await dead();
    const call = await traceOf(number);
    expect(await world.shareHeard(call)).toBeGreaterThan(0.9);
    expect(waited(call)).toBeLessThan(LAW_MS);
    expect(call.endedBy).toBe('asterisk');
    await world.start().ready();
    expect(await outcomeOf(heldAs(number))).toEqual(['dropped']);
    expect(await dropsCounted()).toBe(DROPPED.indexOf(number) + 1);
    // The dialplan's own note is taken, and not again by the next life.
    expect(await floor.asterisk.cli('database show breakwater-dropped')).toMatch(/^0 results/m);
  });
});

describe('while a person opts out', () => {
  test.for([
    ['as the message is stopped', STOPPED, { pattern: /DELETE [^ ]*\/playbacks\//, delivers: true }],
    [
      'before the hang-up',
      DURABLE,
      { pattern: /DELETE [^ ]*\/channels\/(?!breakwater-ear)/, delivers: false },
    ],
  ] as const)('%s', async ([, number, strike]) => {
    const agents = await agentsReady(1);
    const id = await world.client.place(`+${number}`);
    await world.client.agents(agents, 'logged_out');
    const dead = killAt(lines.ari, { from: 'client', ...strike });
    await dead();
    const call = await traceOf(number);
    expect(await world.shareHeard(call)).toBeGreaterThan(0.1);
    expect(waited(call)).toBeLessThan(LAW_MS);
    expect(call.heard.lastVoicedAt).toBeLessThan(call.keys[0]!.lastAt + STOPS_WITHIN_MS);
    expect(call.endedBy).toBe('asterisk');
    await world.start().ready();
    await until('opt-out', async () => (await ofKind(id, 'opt_out')).length > 0);
    expect(codes(await world.client.decide(`+${number}`))).toContain('on_internal_list');
    expect(await outcomeOf(id)).toEqual(['dropped']);
    expect(await ofKind(id, 'opt_out')).toHaveLength(1);
    expect(await dropsCounted()).toBe(DROPPED.indexOf(number) + 1);
  });
});

describe('between the commit of a permit and the answer to it', () => {
  /** Asks through the line that may be cut; null when no answer came. */
  const ask = async (number: string, callId: string): Promise<number | null> => {
    const answer = await fetch(`http://127.0.0.1:${lines.http.port}/v1/originations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ number: `+${number}`, campaign: 'faults', call_id: callId }),
    }).catch(() => null);
    return answer?.status ?? null;
  };

  test.for([
    ['before the exchange is asked: no phone rings, and it is a drop', NEVER_RUNG, 'ari', 0, 'expired'],
    ['when the phone rings already: it rings once', RINGS, 'http', 1, 'dropped'],
  ] as const)('over HTTP, %s', async ([, number, line, rings, outcome]) => {
    const agents = await agentsReady(1);
    const before = await dropsCounted();
    const strike =
      line === 'ari'
        ? ({ from: 'client', pattern: /POST [^ ]*\/channels\b/, delivers: false } as const)
        : ({ from: 'target', pattern: /HTTP\/1.1 200/, delivers: false } as const);
    const dead = killAt(lines[line], strike);
    const callId = `asked-${number}`;
    expect(await ask(number, callId)).toBeNull();
    await dead();
    await world.start().ready();
    await world.client.agents(agents, 'logged_out');
    expect(await world.client.originate(`+${number}`, { call_id: callId })).toMatchObject({
      placement: 'repeated',
    });
    if (rings > 0) await traceOf(number);
    expect(await outcomeOf(callId)).toEqual([outcome]);
    expect(await floor.calls(number)).toHaveLength(rings);
    expect(await ofKind(callId, 'decision')).toHaveLength(1);
    expect((await world.client.campaign()).in_flight).toBe(0);
    expect(await dropsCounted()).toBe(before + 1);
  });

  // The last one: its clock goes ahead.
  test('over FastAGI: nobody is called, not even when the dialer asks again too late, and it is one drop', async () => {
    const callId = heldAs(ASKS_TWICE);
    const before = await dropsCounted();
    const refused = (): Promise<void> =>
      until('refused', async () => !(await floor.asterisk.cli('core show channels')).includes('dialer'));
    await agentsReady(2);
    const dead = killAt(lines.agi, { from: 'target', pattern: /BREAKWATER_VERDICT/, delivers: false });
    await dialHeld(floor.asterisk, ASKS_TWICE);
    await dead();
    await refused();
    await world.start().ready();
    expect((await world.client.campaign()).in_flight).toBe(1);
    const [permit] = await ofKind(callId, 'decision');
    const { validUntil } = permit!.body['decision'] as { readonly validUntil: number };
    const decidedAt = Date.parse(String(permit!.body['decidedAt']));
    await sleep(validUntil - decidedAt);
    await agentsReady(2);
    await dialHeld(floor.asterisk, ASKS_TWICE);
    await refused();
    expect(await floor.calls(ASKS_TWICE)).toEqual([]);
    expect(await ofKind(callId, 'decision')).toHaveLength(1);
    expect((await world.client.campaign()).in_flight).toBe(1);
    await world.sidecar().kill();
    const leaseIsOver = new Date(decidedAt + 180_000).toISOString();
    await world.start({ BREAKWATER_CLOCK_START: leaseIsOver }).ready();
    expect(await outcomeOf(callId)).toEqual(['expired']);
    expect((await world.client.campaign()).in_flight).toBe(0);
    expect(await dropsCounted()).toBe(before + 1);
  });
});
