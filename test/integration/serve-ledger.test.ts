/** PostgreSQL freezes and dies under live calls: nothing is dialed, nobody is left in silence, nothing that happened is lost. */
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Floor } from '../../scripts/callers/floor.ts';
import { test } from '../support/real-asterisk.ts';
import { agentIds, codes } from '../support/serve-client.ts';
import { exchangeEnv, openServeFloor, openServeWorld, type ServeWorld } from '../support/serve-world.ts';
import { until } from '../support/wait.ts';

const DROPPED = '+13035550110';
const OPTS_OUT = '+13035550111';
const BUSY = '+13035550112';
const NOBODY = ['+13035550113', '+13035550114', '+13035550115'];
/** No other reason stands against the call: without the fault it would be placed. */
const UNAVAILABLE = ['fact_unavailable', 'ledger_unavailable'];
const DROPPED_LATER = '+13035550116';

const digits = (number: string): string => number.slice(1);
let world: ServeWorld;
let floor: Floor;

beforeAll(async () => {
  world = await openServeWorld();
  floor = await openServeFloor(world, 'ledger', [
    { numbers: [digits(DROPPED), digits(DROPPED_LATER)], behaviour: { kind: 'answers', ringMs: 2_500 } },
    {
      numbers: [digits(OPTS_OUT)],
      behaviour: { kind: 'answers', ringMs: 2_500, keys: [{ digit: '9', afterMs: 4_500 }] },
    },
    { numbers: [digits(BUSY)], behaviour: { kind: 'answers', ringMs: 2_000, hangUpAfterMs: 600 } },
    { numbers: NOBODY.map(digits), behaviour: { kind: 'answers' } },
  ]);
  Object.assign(world.env, exchangeEnv(floor.asterisk));
  await world.start().ready();
  for (const number of [DROPPED, OPTS_OUT, BUSY, DROPPED_LATER, ...NOBODY])
    await world.client.consent(number);
});

afterAll(async () => {
  await floor.asterisk.cli('channel request hangup all');
  await world.close();
  await floor.close();
});

async function postmaster(): Promise<number> {
  const file = join(world.directory, 'data/postgres/data/postmaster.pid');
  return Number((await readFile(file, 'utf8')).split('\n')[0]);
}

/** The server and all its sessions; every one is a child of this sidecar's own postmaster. */
function family(server: number): readonly number[] {
  const children = readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /s, '');
      return Number(stat.split(' ')[1]) === server;
    } catch {
      return false;
    }
  });
  return [server, ...children.map(Number)];
}

async function ready(count: number): Promise<readonly string[]> {
  const agents = agentIds(count);
  await world.client.agents(agents, 'ready');
  await until('agents', async () => (await world.client.campaign()).agents.ready === count);
  return agents;
}

async function vetoed(number: string, withinMs: number): Promise<void> {
  const from = performance.now();
  const answer = await world.client.originate(number);
  expect(performance.now() - from).toBeLessThan(withinMs);
  expect(answer.verdict).toBe('veto');
  expect(codes(answer)).toContain('ledger_unavailable');
  expect(codes(answer).filter((code) => !UNAVAILABLE.includes(code))).toEqual([]);
}

describe('a frozen server', () => {
  test('vetoes new calls, serves the answered ones, and loses no result and no opt-out', async () => {
    const agents = await ready(3);
    const [dropped = '', optedOut = '', left = ''] = await Promise.all(
      [DROPPED, OPTS_OUT, BUSY].map((number) => world.client.place(number)),
    );
    await world.client.agents(agents, 'logged_out');
    const frozen = family(await postmaster());
    for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    const frozenAt = performance.now();
    try {
      const [optOut] = await floor.callsOver(digits(OPTS_OUT));
      expect(optOut?.keys.map((key) => key.digit)).toEqual(['9']);
      expect(optOut?.endedBy).toBe('asterisk');
      // The key ended the call, not the end of the message.
      expect(await world.shareHeard(optOut!)).toBeLessThan(0.8);
      expect(performance.now() - frozenAt).toBeGreaterThan(4_000);
      // More than the calls whose results wait, so that only the stores stand against a call.
      await world.client.agents(agentIds(8), 'ready');
      // 250 ms for the facts and 1,000 ms for the ledger, and the machine is shared.
      for (const number of NOBODY.slice(0, 2)) await vetoed(number, 2_500);
      await world.client.agents(agentIds(8), 'logged_out');
    } finally {
      for (const pid of frozen) process.kill(pid, 'SIGCONT');
    }
    // From the first moment on the person is not called again.
    const answers: (readonly string[])[] = [];
    await ready(1);
    await until('opt-out in the ledger', async () => {
      const again = await world.client.originate(OPTS_OUT);
      answers.push(codes(again));
      return (await world.client.entries('opt_out')).some((entry) => entry.body['callId'] === optedOut);
    });
    for (const found of answers) {
      // Known from the key on, or not to be known at all; never merely vetoed for another reason.
      expect(found.includes('on_internal_list') || found.includes('fact_unavailable'), found.join()).toBe(
        true,
      );
    }
    expect(codes(await world.client.originate(OPTS_OUT))).toContain('on_internal_list');
    await world.client.agents(agentIds(1), 'logged_out');

    const [call] = await floor.callsOver(digits(DROPPED));
    expect(await world.shareHeard(call!)).toBeGreaterThan(0.9);
    expect(await world.client.outcomes(dropped)).toEqual(['dropped']);
    expect(await world.client.outcomes(optedOut)).toEqual(['dropped']);
    expect(await world.client.outcomes(left)).toEqual(['hung_up']);
    for (const number of NOBODY) expect(await floor.calls(digits(number))).toEqual([]);
    await until('exchange keeps nothing', async () =>
      (await floor.asterisk.cli('database show breakwater-opt-out')).includes('0 results'),
    );
  });
});

describe('a killed server', () => {
  test('comes back by itself; meanwhile nothing is dialed and the answered person hears the message', async () => {
    const agents = await ready(1);
    const dropped = await world.client.place(DROPPED_LATER);
    await world.client.agents(agents, 'logged_out');
    const server = await postmaster();
    // Its sessions would go on for a moment, and what they commit is durable.
    for (const pid of family(server)) process.kill(pid, 'SIGKILL');
    await world.client.agents(agentIds(4), 'ready');
    const first = await world.client.originate(NOBODY[2] ?? '');
    await world.client.agents(agentIds(4), 'logged_out');
    expect(first.verdict).toBe('veto');
    expect(codes(first).filter((code) => !UNAVAILABLE.includes(code))).toEqual([]);
    await until('ready again', async () => (await world.client.readiness()).ready, 30_000);
    expect(await postmaster()).not.toBe(server);
    const [call] = await floor.callsOver(digits(DROPPED_LATER));
    expect(await world.shareHeard(call!)).toBeGreaterThan(0.9);
    expect(await world.client.outcomes(dropped)).toEqual(['dropped']);
    await sleep(200);
    expect(await floor.calls(digits(NOBODY[2] ?? ''))).toEqual([]);
    await until('nothing in flight', async () => (await world.client.campaign()).in_flight === 0);
  });
});
