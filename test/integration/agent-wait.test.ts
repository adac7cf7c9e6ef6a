/** People who wait a moment for an agent, on a real Asterisk: what they hear, and when, measured on the wire. */
import { afterAll, beforeAll, expect } from 'vitest';
import type { Agent } from '../../scripts/callers/agent.ts';
import { compareAudio } from '../../scripts/callers/compare-audio.ts';
import type { CallTrace } from '../../scripts/callers/heard.ts';
import type { AgentId, CallId } from '../../src/domain/ids.ts';
import { type LedgerEntry, textOf } from '../../src/domain/ledger-entry.ts';
import type { TelephonyEvent } from '../../src/ports/telephony.ts';
import { missingAsterisk, test } from '../support/real-asterisk.ts';
import { openRig, type Rig } from '../support/rig.ts';
import { consentTo, originateTo } from '../support/rig-calls.ts';
import { promptSamples, until } from '../support/wait.ts';

const SERVED = '13035550171';
const IN_VAIN = '13035550172';
const ORPHANED = '13035550173';
const ANN = '4001' as AgentId;

/** The longest that 2,000 ms leave room for, less some for a busy machine's tests. */
const WAIT_MS = 1_200;
const LAW_MS = 2_000;

const CAMPAIGN = `
id: patient
seller:
  id: sunrise
  name: Sunrise Solar
  callbackNumber: '+13035550100'
  registrations:
    - { state: CO, number: TEST-CO-1, from: '2026-01-01', until: '2030-12-31', source: made up for tests }
offer: battery storage
startedOn: '2026-11-02'
zone: America/Denver
mode: progressive
waitForAgentMs: ${WAIT_MS}
consent: { mode: written }
callerIds: [{ number: '+13035550101', proofOfRight: carrier agreement, takesDoNotCallRequests: true }]
endpoint: PJSIP/{number}@carrier
recording: { enabled: false, disclosure: law }
agents: { place: CO, members: ['${ANN}'], wrapUpSeconds: 0 }
`;

let rig: Rig;
let agent: Agent;

beforeAll(async () => {
  if (missingAsterisk !== undefined) return;
  rig = await openRig({
    name: 'wait',
    campaigns: { 'patient.yaml': CAMPAIGN },
    people: [{ numbers: [SERVED, IN_VAIN, ORPHANED], behaviour: { kind: 'answers' } }],
  });
  await until('exchange', async () => (await rig.running.operations.readiness()).ready);
  agent = await rig.floor.callIn(`agent-${ANN}`);
  await agent.answered();
  await ready();
  for (const number of [SERVED, IN_VAIN, ORPHANED]) await consentTo(rig, number);
});

afterAll(async () => {
  if (missingAsterisk !== undefined) return;
  await agent.hangUp();
  await rig.close();
});

const say = (state: 'ready' | 'busy'): Promise<void> =>
  rig.running.operations.setAgentState(ANN, state, null);

async function ready(): Promise<void> {
  const { id } = rig.config.campaigns.find((campaign) => campaign.id === 'patient')!;
  await until('agent ready', async () => (await rig.running.operations.campaign(id))?.agents.ready === 1);
}

/** Rings while the agent is free, and is answered while she is not. Resolves `afterMs` behind the end of the greeting. */
async function greeted(number: string, afterMs: number): Promise<CallId> {
  const answer = await originateTo(rig, number, 'patient');
  expect(answer.decision.kind).toBe('permit');
  await say('busy');
  await new Promise<void>((resolve) => {
    rig.telephony.listen((event: TelephonyEvent) => {
      if (event.kind === 'talk_finished' && event.callId === answer.callId) setTimeout(resolve, afterMs);
    });
  });
  return answer.callId;
}

async function entriesOf(callId: CallId): Promise<readonly LedgerEntry[]> {
  let entries: readonly LedgerEntry[] = [];
  await until(
    'end of the call in the ledger',
    async () => {
      entries = (await rig.running.operations.call(callId))?.entries ?? [];
      return entries.some(({ kind }) => kind === 'call_progress');
    },
    40_000,
  );
  return entries;
}

const outcomes = (entries: readonly LedgerEntry[]): readonly string[] =>
  entries.filter(({ kind }) => kind === 'call_result').map((entry) => textOf(entry, 'outcome'));

const messageHeard = async ({ heard }: CallTrace): Promise<number> =>
  compareAudio(heard.samples, await promptSamples(rig, 'patient', 'safe-harbor')).matchedShare;

const gapMs = ({ heard, spoken }: CallTrace): number => heard.firstVoicedAt! - spoken.lastVoicedAt!;

test('an agent becomes free: the person hears her, within the two seconds', async () => {
  // Told 500 ms behind the last word; the wait is over 700 ms later.
  const callId = await greeted(SERVED, 350);
  expect(outcomes((await rig.running.operations.call(callId))!.entries)).toEqual([]);
  await say('ready');
  await until('talk', async () =>
    outcomes((await rig.running.operations.call(callId))!.entries).includes('connected'),
  );
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await agent.hangUp();
  const [call] = await rig.floor.callsOver(SERVED);
  expect(await messageHeard(call!)).toBeLessThan(0.2);
  expect(gapMs(call!)).toBeGreaterThan(700);
  expect(gapMs(call!)).toBeLessThanOrEqual(LAW_MS);
});

test('nobody does: the message when the wait is over, within the two seconds', async () => {
  agent = await rig.floor.callIn(`agent-${ANN}`);
  await agent.answered();
  await ready();
  const callId = await greeted(IN_VAIN, 0);
  expect(outcomes(await entriesOf(callId))).toEqual(['dropped']);
  const [call] = await rig.floor.callsOver(IN_VAIN);
  expect(await messageHeard(call!)).toBeGreaterThan(0.9);
  expect(gapMs(call!)).toBeGreaterThan(WAIT_MS - 200);
  expect(gapMs(call!)).toBeLessThanOrEqual(LAW_MS);
  await say('ready');
  await ready();
});

test('the sidecar is gone while the person waits: the message by the dialplan, within the two seconds', async () => {
  await greeted(ORPHANED, 250);
  rig.running.stop();
  await rig.telephony.close();
  const [call] = await rig.floor.callsOver(ORPHANED);
  expect(await messageHeard(call!)).toBeGreaterThan(0.9);
  expect(gapMs(call!)).toBeGreaterThan(1_000);
  expect(gapMs(call!)).toBeLessThanOrEqual(LAW_MS);
});
