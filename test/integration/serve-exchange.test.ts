/** The exchange is absent, comes, is killed and comes again: calls go only while it is there, and none stays in flight. */
import { join, resolve } from 'node:path';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect } from 'vitest';
import { startAsterisk, type AsteriskInstance } from '../../scripts/asterisk/instance.ts';
import { claimPortBlock, type PortBlock } from '../../scripts/asterisk/port-block.ts';
import { startPeople } from '../../scripts/callers/people.ts';
import type { Sipp } from '../../scripts/callers/sipp.ts';
import { startAgent } from '../../scripts/callers/agent.ts';
import { runChannel } from '../support/agi-channel.ts';
import { test } from '../support/real-asterisk.ts';
import { agentIds, codes, TALKS } from '../support/serve-client.ts';
import { openServeWorld, type ServeWorld } from '../support/serve-world.ts';
import { until } from '../support/wait.ts';

const HOME = resolve(import.meta.dirname, '../..');
const PASSWORD = 'the-same-over-all-restarts';
const BUSY = '+13035550110';
const RINGS = '+13035550111';
const DROPPED = '+13035550112';
const CONNECTED = '+13035550113';
const NOBODY = '+13035550114';
const BUSY_LATER = '+13035550115';
const digits = (number: string): string => number.slice(1);

let world: ServeWorld;
let ports: PortBlock;
let people: Sipp;
let directory: string;
let asterisk: AsteriskInstance | null = null;

beforeAll(async () => {
  ports = await claimPortBlock();
  directory = await mkdtemp(join(tmpdir(), 'breakwater-exchange-'));
  people = await startPeople({
    people: [
      { numbers: [BUSY, BUSY_LATER].map(digits), behaviour: { kind: 'busy' } },
      { numbers: [RINGS].map(digits), behaviour: { kind: 'rings' } },
      { numbers: [DROPPED, CONNECTED].map(digits), behaviour: { kind: 'answers' } },
    ],
    directory,
    port: ports.spare[0] ?? 0,
    rtpPort: ports.peopleRtp.from,
    livesAtMostS: 300,
  });
  world = await openServeWorld({
    ARI_URL: `http://127.0.0.1:${ports.http}`,
    ARI_USER: 'breakwater',
    ARI_PASSWORD: PASSWORD,
    AMI_HOST: '127.0.0.1',
    AMI_PORT: String(ports.ami),
    AMI_USER: 'breakwater',
    AMI_SECRET: PASSWORD,
  });
});

afterAll(async () => {
  await world.close();
  await asterisk?.stop();
  await people.stop('SIGKILL');
  await rm(directory, { recursive: true, force: true });
  ports.release();
});

const startExchange = (): Promise<AsteriskInstance> =>
  startAsterisk({
    name: 'exchange',
    ports: { ...ports, release: () => undefined },
    password: PASSWORD,
    dialplan: [join(HOME, 'dialplan/breakwater.conf')],
    inboundContext: 'breakwater-agent',
    sounds: [{ as: 'breakwater', directory: world.soundsDirectory }],
    endpoints: [{ name: 'carrier', host: '127.0.0.1', port: ports.spare[0] ?? 0 }],
  });

test('absent at the start: says so, vetoes originations, answers everything else, and goes to work when it comes', async () => {
  await world.start().listening();
  for (const number of [BUSY, RINGS, DROPPED, CONNECTED, NOBODY, BUSY_LATER])
    await world.client.consent(number);
  await world.client.agents(agentIds(3), 'ready');
  await until('agents', async () => (await world.client.campaign()).agents.ready === 3);

  const readiness = await world.client.readiness();
  expect(readiness.status).toBe(503);
  expect(readiness.problems.join()).toContain('telephone exchange');
  const origination = await world.client.originate(BUSY);
  expect(origination.verdict).toBe('veto');
  expect([...new Set(codes(origination))]).toEqual(['fact_unavailable']);
  expect(JSON.stringify(origination.reasons)).toContain('telephone exchange');
  expect([...new Set(codes(await world.client.decide(BUSY)))]).toEqual(['fact_unavailable']);
  // A dialer that places its own calls needs no hold of ours on the exchange.
  let call = 0;
  await until('a permit for a dialer', async () => {
    call += 1;
    const { variables } = await runChannel(Number(world.env['BREAKWATER_AGI_PORT']), {
      address: 'veto?campaign=faults',
      args: [`number=${NOBODY}`, 'caller_id=campaign', `call=asked-without-exchange-${call}`],
    });
    return variables.get('BREAKWATER_VERDICT') === 'permit';
  });
  await world.client.request('POST', `/v1/calls/asked-without-exchange-${call}/result`, { outcome: 'busy' });

  asterisk = await startExchange();
  await until('ready by itself', async () => (await world.client.readiness()).ready, 30_000);
  expect(await world.client.outcomes(await world.client.place(BUSY))).toEqual(['busy']);
});

test('killed under live calls: vetoes meanwhile, every call gets its one result, agents who are gone are not promised', async () => {
  if (asterisk === null) throw new Error('no exchange');
  await world.client.agents(agentIds(3), 'logged_out');
  const agent = await startAgent({
    extension: 'agent-3001',
    asterisk: asterisk.sip,
    directory,
    port: ports.spare[1] ?? 0,
    rtpPort: ports.peopleRtp.to - 3,
    staysAtMostS: 30,
  });
  await agent.answered();
  await until('agent', async () => (await world.client.campaign(TALKS)).agents.ready === 1);
  const connected = await world.client.place(CONNECTED, TALKS);
  await until('talk', async () => (await world.client.campaign(TALKS)).agents.busy === 1);
  await world.client.agents(agentIds(3).slice(1), 'ready');
  await until('agents', async () => (await world.client.campaign()).agents.ready === 2);
  const ringing = await world.client.place(RINGS);
  const dropped = await world.client.place(DROPPED);
  await world.client.agents(agentIds(3).slice(1), 'paused');
  await until('message', async () => (await world.client.results(dropped)).length === 1, 20_000);

  await asterisk.kill();
  await until('noticed', async () => !(await world.client.readiness()).ready);
  const away = await world.client.originate(BUSY_LATER);
  expect(away.verdict).toBe('veto');
  expect(codes(away)).toContain('fact_unavailable');
  await asterisk.stop();
  asterisk = await startExchange();
  await until('ready again', async () => (await world.client.readiness()).ready, 30_000);

  expect(await world.client.outcomes(ringing)).toEqual(['expired']);
  expect(await world.client.outcomes(dropped)).toEqual(['dropped']);
  expect(await world.client.outcomes(connected)).toEqual(['connected']);
  await until('nothing in flight', async () => (await world.client.campaign()).in_flight === 0);
  await until('the agent is gone', async () => {
    const { agents } = await world.client.campaign(TALKS);
    return agents.ready + agents.promised + agents.busy === 0;
  });
  await world.client.agents(agentIds(3).slice(1), 'ready');
  await until('agents', async () => (await world.client.campaign()).agents.ready === 2);
  expect(await world.client.outcomes(await world.client.place(BUSY_LATER))).toEqual(['busy']);
  await agent.hangUp();

  // No call is followed for ever: an orderly end waits for none.
  const serve = world.sidecar();
  serve.signal('SIGTERM');
  expect(await serve.ended(10_000)).toBe(0);
});
