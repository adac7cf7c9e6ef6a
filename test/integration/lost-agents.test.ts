/** Agents who go, are taken elsewhere or send nothing, on a real Asterisk: what the person hears then, judged from the packets. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Agent } from '../../scripts/callers/agent.ts';
import type { CallTrace } from '../../scripts/callers/heard.ts';
import { openAmi } from '../../src/adapters/asterisk/ami-connection.ts';
import { openGate } from '../../src/adapters/asterisk/tenure.ts';
import { toExchange } from '../../src/adapters/asterisk/channel-ids.ts';
import type { CallId } from '../../src/domain/ids.ts';
import { textOf } from '../../src/domain/ledger-entry.ts';
import { compareAudio } from '../../scripts/callers/compare-audio.ts';
import { test } from '../support/real-asterisk.ts';
import { openRig, type Rig } from '../support/rig.ts';
import { consentTo, originateTo } from '../support/rig-calls.ts';
import { promptSamples, until } from '../support/wait.ts';

const LAW_MS = 2_000;
const RINGS = '13035550131';
const TRANSFERRED = '13035550132';
const NO_PACKETS = '13035550133';
const AFTERWARDS = '13035550134';
const PASSED_ON = ['13035550135', '13035550136'] as const;
const THIRD = '13035550137';
/** Longer than a call takes from the dial to the agent. */
const NO_RTP_SECONDS = 6;
/** From our command to the exchange's act on a busy machine. */
const BUSY_MS = 1_000;

const SALES = `
id: sales
seller:
  id: sunrise
  name: Sunrise Solar
  callbackNumber: '+13035550100'
  registrations:
    - { state: CO, number: TEST-CO-1, from: '2026-01-01', until: '2030-12-31', source: made up for tests }
offer: pumps
startedOn: '2026-11-02'
zone: America/Denver
mode: progressive
consent: { mode: written }
callerIds: [{ number: '+13035550101', proofOfRight: carrier agreement, takesDoNotCallRequests: true }]
endpoint: PJSIP/{number}@carrier
agents: { destination: { kind: stasis }, place: CO, members: ['3001', '3002', '3003', '3004', '3005'], wrapUpSeconds: 0 }
`;

let rig: Rig;
const staff: Agent[] = [];

beforeAll(async () => {
  rig = await openRig({
    name: 'lost-agents',
    campaigns: { 'sales.yaml': SALES },
    dialplanText: `[elsewhere]\nexten => desk,1,Wait(60)\nexten => third,1,Dial(PJSIP/${THIRD}@carrier)\n`,
    inboundSettings: { rtp_timeout: String(NO_RTP_SECONDS) },
    people: [
      { numbers: [RINGS], behaviour: { kind: 'answers', ringMs: 3_000 } },
      { numbers: [TRANSFERRED, NO_PACKETS, AFTERWARDS], behaviour: { kind: 'answers' } },
      { numbers: PASSED_ON, behaviour: { kind: 'answers', hangUpAfterMs: 12_000 } },
      { numbers: [THIRD], behaviour: { kind: 'answers' } },
    ],
  });
  await until('exchange', async () => (await rig.running.operations.readiness()).ready);
});
afterEach(async () => {
  for (const one of staff.splice(0)) if (one.isRunning()) await one.hangUp();
  await until('no agent left', async () => Object.values(await agents()).every((count) => count === 0));
});
afterAll(() => rig.close());

const agents = async (): Promise<Readonly<Record<string, number>>> => {
  const campaign = rig.config.campaigns.find(({ id }) => id === 'sales')!;
  return (await rig.running.operations.campaign(campaign.id))!.agents;
};

async function agentIn(id: string, sendsNothing = false): Promise<Agent> {
  const agent = await rig.floor.callIn(`agent-${id}`, { says: null, sendsNothing });
  staff.push(agent);
  await agent.answered();
  await until('agent ready', async () => (await agents())['ready'] === 1);
  return agent;
}

async function call(number: string): Promise<CallId> {
  await consentTo(rig, number);
  const answer = await originateTo(rig, number, 'sales');
  expect(answer.placement).toBe('placed');
  return answer.callId;
}

const traceOf = async (number: string): Promise<CallTrace> => (await rig.floor.callsOver(number))[0]!;

async function outcomeOf(callId: CallId): Promise<string> {
  let found = '';
  await until('result', async () => {
    const [entry] = await rig.ledger.read({ callId, kinds: ['call_result'], limit: 1 });
    found = entry === undefined ? '' : textOf(entry, 'outcome');
    return found !== '';
  });
  return found;
}

const talks = (): Promise<void> => until('talk', async () => (await agents())['busy'] === 1);

/** The message was heard, within the law's time of the person's last word. */
async function expectMessage({ heard, spoken }: CallTrace): Promise<void> {
  const message = await promptSamples(rig, 'sales', 'safe-harbor');
  expect(compareAudio(heard.samples, message).matchedShare).toBeGreaterThan(0.9);
  expect(heard.firstVoicedAt! - spoken.lastVoicedAt!).toBeLessThan(LAW_MS);
}

test('the reserved agent hangs up while the telephone rings: the message', async () => {
  const agent = await agentIn('3001');
  const callId = await call(RINGS);
  await agent.hangUp();
  await expectMessage(await traceOf(RINGS));
  expect(await outcomeOf(callId)).toBe('dropped');
});

test('the agent is taken elsewhere in the talk, and lives: the person is hung up, not left in silence', async () => {
  await agentIn('3002');
  const callId = await call(TRANSFERRED);
  await talks();
  // The ear beside the greeting is taken away while the talk begins.
  let others: Awaited<ReturnType<typeof rig.telephony.channels>> = [];
  await until('the agent’s channel alone beside the person’s', async () => {
    others = (await rig.telephony.channels()).filter(({ channelId }) => channelId !== callId);
    return others.length === 1;
  });
  const { url, user, password } = rig.floor.asterisk.ari;
  const where = new URLSearchParams({ context: 'elsewhere', extension: 'desk', priority: '1' });
  const takenAt = Date.now();
  const answer = await fetch(
    `${url}/ari/channels/${toExchange(others[0]!.channelId)}/continue?${where.toString()}`,
    {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
    },
  );
  expect(answer.status).toBe(204);
  const { endedAt, endedBy, heard } = await traceOf(TRANSFERRED);
  expect(endedBy).toBe('asterisk');
  expect(endedAt! - takenAt).toBeLessThan(LAW_MS);
  expect(heard.firstVoicedAt).toBeUndefined();
  expect(await outcomeOf(callId)).toBe('connected');
});

test('the agent’s telephone sends no packets: the talk ends with rtp_timeout, and nobody is given that agent again', async () => {
  await agentIn('3003', true);
  const callId = await call(NO_PACKETS);
  await talks();
  const { endedBy } = await traceOf(NO_PACKETS);
  expect(endedBy).toBe('asterisk');
  expect(await outcomeOf(callId)).toBe('connected');
  await until('nobody there', async () => Object.values(await agents()).every((count) => count === 0));
  await consentTo(rig, AFTERWARDS);
  expect((await originateTo(rig, AFTERWARDS, 'sales')).placement).toBe('vetoed');
});

test.each([
  ['at once (BlindTransfer)', 'BlindTransfer', '3004', PASSED_ON[0]],
  ['after a word with a third person (Atxfer)', 'Atxfer', '3005', PASSED_ON[1]],
] as const)(
  'the agent passes the talk on %s: the person is with the third or hung up, never left alone, and counts once',
  async (_, action, agentId, number) => {
    const agent = await agentIn(agentId);
    const callId = await call(number);
    await talks();
    await until('result', async () => (await outcomeOf(callId)) !== '');
    const { ari, ami } = rig.floor.asterisk;
    const authorization = `Basic ${Buffer.from(`${ari.user}:${ari.password}`).toString('base64')}`;
    const listed = await fetch(`${ari.url}/ari/channels`, { headers: { authorization } });
    const all = (await listed.json()) as readonly { readonly id: string; readonly name: string }[];
    const desk = all.find(({ id, name }) => id !== toExchange(callId) && name.startsWith('PJSIP/'));
    const manager = openAmi(ami, openGate(undefined));
    await until('manager', () => manager.problem() === null);
    const from = Date.now();
    // An exchange that refuses has done nothing: the talk goes on.
    await manager
      .action({ action, channel: desk!.name, context: 'elsewhere', exten: 'third' })
      .catch(() => undefined);
    if (action === 'Atxfer') {
      await sleep(3_000);
      if (agent.isRunning()) await agent.hangUp();
    }
    manager.close();
    const trace = await traceOf(number);
    const thirds = await rig.floor.calls(THIRD);
    const withThird = thirds.some(({ answeredAt }) => answeredAt !== undefined && answeredAt > from);
    if (trace.endedBy === 'asterisk') {
      const agentLeftAt = action === 'Atxfer' ? from + 3_000 : from;
      expect(trace.endedAt! - agentLeftAt).toBeLessThan(LAW_MS + BUSY_MS);
    } else expect(withThird).toBe(true);
    const results = await rig.ledger.read({ callId, kinds: ['call_result'], limit: 5 });
    expect(results.map((entry) => textOf(entry, 'outcome'))).toEqual(['connected']);
  },
);
