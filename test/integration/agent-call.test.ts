/** A call that an agent makes by hand, over HTTP and on a real Asterisk: the named agent has the person at the answer, nobody else does. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { FastifyInstance } from 'fastify';
import type { Agent } from '../../scripts/callers/agent.ts';
import type { AgentId } from '../../src/domain/ids.ts';
import { buildServer } from '../../src/http/server.ts';
import { test } from '../support/real-asterisk.ts';
import { openRig, type Rig } from '../support/rig.ts';
import { consentTo } from '../support/rig-calls.ts';
import { until } from '../support/wait.ts';

const FIRST = '13035550121';
const SECOND = '13035550122';
const STRANGER = '13035550123';
const RINGS = '13035550124';
/** Has waited longer: who takes no heed of the name connects this one. */
const SILENT = '3001';
const TALKS = '3002';
/** So long that an agent who came at its end would be late to be heard in it. */
const GREETING =
  'Hello, you have reached the house of Anna Example, who is speaking, and who would like to know who is calling at this hour of the day?';
const LAW_MS = 2_000;

const PREVIEW = `
id: preview
seller:
  id: sunrise
  name: Sunrise Solar
  callbackNumber: '+13035550100'
  registrations:
    - { state: CO, number: TEST-CO-1, from: '2026-01-01', until: '2030-12-31', source: made up for tests }
offer: heat pumps
startedOn: '2026-11-02'
zone: America/Denver
mode: preview
consent: { mode: written }
callerIds: [{ number: '+13035550101', proofOfRight: carrier agreement, takesDoNotCallRequests: true }]
endpoint: PJSIP/{number}@carrier
agents: { destination: { kind: stasis }, place: CO, members: ['3001', '3002'], wrapUpSeconds: 0 }
`;

interface Told {
  readonly call_id: string;
  readonly placement?: string;
  readonly headline?: string | null;
  readonly code?: string;
}

describe('a call by hand', () => {
  let rig: Rig;
  let server: FastifyInstance;
  const staff: Agent[] = [];

  beforeAll(async () => {
    rig = await openRig({
      name: 'agent-call',
      campaigns: { 'preview.yaml': PREVIEW },
      people: [
        { numbers: [FIRST, SECOND, STRANGER], behaviour: { kind: 'answers', greeting: GREETING } },
        { numbers: [RINGS], behaviour: { kind: 'rings' } },
      ],
    });
    server = buildServer(rig.running.operations, { host: '127.0.0.1', tokens: [], version: '0' });
    await until('exchange', async () => (await rig.running.operations.readiness()).ready);
    const silent = await rig.floor.callIn(`agent-${SILENT}`, { says: null });
    staff.push(silent);
    await silent.answered();
    await untilReady(1);
    const talking = await rig.floor.callIn(`agent-${TALKS}`);
    staff.push(talking);
    await talking.answered();
    await untilReady(2);
  });

  afterAll(async () => {
    await server.close();
    for (const one of staff) await one.hangUp();
    await rig.close();
  });

  const campaign = () => rig.config.campaigns.find(({ id }) => id === 'preview')!;
  const agents = async () => (await rig.running.operations.campaign(campaign().id))!.agents;
  const untilReady = (count: number) => until(`${count} ready`, async () => (await agents()).ready === count);

  async function ask(agent: string, number: string, key?: string): Promise<Told> {
    const answer = await server.inject({
      method: 'POST',
      url: `/v1/agents/${agent}/calls`,
      headers: key === undefined ? {} : { 'idempotency-key': key },
      payload: { number: `+${number}`, campaign: 'preview' },
    });
    return answer.json();
  }

  async function timelineOf(callId: string): Promise<Readonly<Record<string, string>>> {
    let found: Readonly<Record<string, string>> | undefined;
    await until('timeline', async () => {
      const [entry] = await rig.ledger.read({ callId, kinds: ['call_progress'], limit: 1 });
      found = entry?.body['timeline'] as Readonly<Record<string, string>> | undefined;
      return found !== undefined;
    });
    return found!;
  }

  /** Whom the call was bridged with, whether the person heard a voice, and how long after the answer the agent came. */
  async function talk(agent: string, number: string) {
    await untilReady(2);
    await consentTo(rig, number);
    const connected: string[] = [];
    const watches = ['3001', '3002'].map((id) =>
      rig.running.operations.followScreen(id as AgentId, ({ event }) => {
        if (event === 'connected') connected.push(id);
      }),
    );
    const { placement, call_id } = await ask(agent, number);
    expect(placement).toBe('placed');
    await until('connected', async () => (await agents()).busy === 1);
    const voiced = async () => ((await rig.floor.calls(number)).at(-1)?.heard.voicedAt.length ?? 0) > 0;
    if (agent === TALKS) await until('a voice', voiced);
    await rig.telephony.hangUp(call_id);
    await untilReady(2);
    for (const watch of watches) watch.unsubscribe();
    const timeline = await timelineOf(call_id);
    await rig.floor.callsOver(number);
    const afterMs = Date.parse(timeline['connected']!) - Date.parse(timeline['answered']!);
    return { connected, voiced: await voiced(), afterMs };
  }

  test.each([
    [SILENT, FIRST, false],
    [TALKS, SECOND, true],
  ])('of %s: that agent, and at the answer', async (agent, number, voiced) => {
    const heard = await talk(agent, number);
    expect([heard.connected, heard.voiced]).toEqual([[agent], voiced]);
    expect(heard.afterMs).toBeLessThan(LAW_MS);
  });

  test('without consent it is vetoed, and no telephone rings', async () => {
    const told = await ask('3001', STRANGER);
    expect([told.placement, told.headline]).toEqual(['vetoed', 'consent_missing']);
    expect(await rig.floor.calls(STRANGER)).toEqual([]);
  });

  test('asked again while it rings nobody is rung twice, and the agent makes no other call meanwhile', async () => {
    await untilReady(2);
    await consentTo(rig, RINGS);
    const first = await ask('3001', RINGS, 'by-hand-1');
    expect(first.placement).toBe('placed');
    await until('ringing', async () => (await rig.floor.calls(RINGS)).length === 1);
    expect((await ask('3001', RINGS, 'by-hand-1')).placement).toBe('repeated');
    expect((await ask('3002', RINGS, 'by-hand-1')).code).toBe('idempotency_key_reused');
    expect((await ask('3001', FIRST)).code).toBe('agent_not_ready');
    await rig.telephony.hangUp(first.call_id);
    await until('settled', async () => {
      const found = await rig.ledger.read({ callId: first.call_id, kinds: ['call_result'], limit: 1 });
      return found.length === 1;
    });
    expect(await rig.floor.callsOver(RINGS)).toHaveLength(1);
  });
});
