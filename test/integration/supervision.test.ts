/** A supervisor at a talk on a real Asterisk: who hears whom, told from the packets at three telephones. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Agent } from '../../scripts/callers/agent.ts';
import { compareAudio } from '../../scripts/callers/compare-audio.ts';
import type { CallTrace } from '../../scripts/callers/heard.ts';
import { decodeMuLaw } from '../../scripts/callers/mu-law.ts';
import { renderSpeech } from '../../scripts/callers/speech.ts';
import { openAsterisk } from '../../src/adapters/asterisk/telephony.ts';
import type { CallId, SupervisorId } from '../../src/domain/ids.ts';
import type { SupervisionMode } from '../../src/domain/supervision.ts';
import type { Telephony, TelephonyEvent } from '../../src/ports/telephony.ts';
import { test } from '../support/real-asterisk.ts';
import { openRig, type Rig } from '../support/rig.ts';
import { consentTo, originateTo } from '../support/rig-calls.ts';
import { until } from '../support/wait.ts';

const SILENT = '13035550121';
const TALKS_ON = '13035550122';
const LEFT_BEHIND = '13035550123';
const KIM = 'kim' as SupervisorId;

const GOES_ON = 'My house stands on a hill and its roof is made of slate.';
const PAUSE_MS = 3_000;
const ADVICE = 'Ask about the age of the roof, then offer an appointment on Thursday afternoon at three.';

const WATCHED = `
id: watched
seller:
  id: sunrise
  name: Sunrise Solar
  callbackNumber: '+13035550100'
  registrations:
    - { state: CO, number: TEST-CO-1, from: '2026-01-01', until: '2030-12-31', source: made up for tests }
offer: heat pumps
startedOn: '2026-11-02'
zone: America/Denver
mode: progressive
consent: { mode: written }
callerIds: [{ number: '+13035550101', proofOfRight: carrier agreement, takesDoNotCallRequests: true }]
endpoint: PJSIP/{number}@carrier
recording: { enabled: true, disclosure: law }
agents: { destination: { kind: stasis }, place: CO, members: ['3001', '3002', '3003', '3004'], wrapUpSeconds: 0 }
supervisors: [kim]
`;

let rig: Rig;
const staff: Agent[] = [];

beforeAll(async () => {
  rig = await openRig({
    name: 'supervision',
    campaigns: { 'watched.yaml': WATCHED },
    people: [
      { numbers: [SILENT, LEFT_BEHIND], behaviour: { kind: 'answers' } },
      {
        numbers: [TALKS_ON],
        behaviour: { kind: 'answers', goesOn: { afterMs: PAUSE_MS, greeting: GOES_ON } },
      },
    ],
  });
  await until('exchange', async () => (await rig.running.operations.readiness()).ready);
});
afterAll(async () => {
  for (const one of staff) await one.hangUp();
  await rig.close();
});

async function callIn(extension: string, says: string | null): Promise<Agent> {
  const one = await rig.floor.callIn(extension, { says });
  staff.push(one);
  await one.answered();
  return one;
}

async function talk(number: string): Promise<CallId> {
  await until('agent ready', async () => (await watched()).agents.ready === 1);
  await consentTo(rig, number);
  const { callId } = await originateTo(rig, number, 'watched');
  await until('connected', async () => (await watched()).agents.busy === 1);
  return callId;
}

const watched = async () => {
  const { id } = rig.config.campaigns.find((campaign) => campaign.id === 'watched')!;
  return (await rig.running.operations.campaign(id))!;
};

async function supervise(callId: CallId, mode: SupervisionMode): Promise<number> {
  const before = Date.now();
  const answer = await rig.running.operations.supervise({ callId, supervisorId: KIM, mode, who: 'test' });
  expect(answer).toMatchObject({ kind: 'on' });
  return before;
}

const speech = async (text: string, voice?: 'rms'): Promise<Int16Array> =>
  decodeMuLaw(await renderSpeech(text, voice));

const heardBetween = ({ heard }: CallTrace, from: number, to: number): number =>
  heard.voicedAt.filter((at) => at >= from && at < to).length;

/** The last call of this party. */
async function lastCall(number: string): Promise<CallTrace> {
  const call = (await rig.floor.calls(number)).at(-1);
  if (call === undefined) throw new Error(`no call of ${number}`);
  return call;
}

test('the supervisor is heard by nobody, then by the agent alone, then by both, then by nobody', async () => {
  const supervisor = await callIn('supervisor-kim', ADVICE);
  const agent = await callIn('agent-3001', null);
  await until('supervisor', () => rig.running.operations.supervisors().length === 1);
  const callId = await talk(SILENT);
  await sleep(600); // the greeting's last packets are through
  const listenAt = await supervise(callId, 'listen');
  await sleep(1_500);
  const whisperAt = await supervise(callId, 'whisper');
  await sleep(2_500);
  const bargeAt = await supervise(callId, 'barge');
  await sleep(2_500);
  const leftAt = Date.now();
  expect(await rig.running.operations.release(KIM, 'test')).toBe(true);
  await sleep(1_500);
  const endAt = Date.now();
  const [person, colleague] = [await lastCall(SILENT), await lastCall('agent-3001')];
  const SETTLED_MS = 200;
  expect(heardBetween(person, listenAt, bargeAt)).toBe(0);
  expect(heardBetween(colleague, listenAt, whisperAt)).toBe(0);
  expect(heardBetween(colleague, whisperAt + SETTLED_MS, bargeAt)).toBeGreaterThan(20);
  expect(heardBetween(person, bargeAt + SETTLED_MS, leftAt)).toBeGreaterThan(20);
  expect(heardBetween(colleague, bargeAt + SETTLED_MS, leftAt)).toBeGreaterThan(20);
  expect(heardBetween(person, leftAt + SETTLED_MS, endAt)).toBe(0);
  expect(heardBetween(colleague, leftAt + SETTLED_MS, endAt)).toBe(0);
  await rig.telephony.hangUp(callId);
  await rig.floor.callsOver(SILENT);
  await agent.hangUp();
  await supervisor.hangUp();
  await until('supervisor gone', () => rig.running.operations.supervisors().length === 0);
});

test('the supervisor hears the person', async () => {
  const supervisor = await callIn('supervisor-kim', null);
  const agent = await callIn('agent-3002', null);
  await until('supervisor', () => rig.running.operations.supervisors().length === 1);
  const callId = await talk(TALKS_ON);
  await supervise(callId, 'listen');
  const words = await speech(GOES_ON);
  await sleep(PAUSE_MS + words.length / 8);
  await rig.telephony.hangUp(callId);
  await rig.floor.callsOver(TALKS_ON);
  const { heard } = await lastCall('supervisor-kim');
  expect(compareAudio(heard.samples, words).matchedShare).toBeGreaterThan(0.8);
  await agent.hangUp();
  await supervisor.hangUp();
  await until('supervisor gone', () => rig.running.operations.supervisors().length === 0);
});

test('and the agent, also while whispering', async () => {
  const supervisor = await callIn('supervisor-kim', null);
  const agent = await callIn('agent-3003', ADVICE);
  await until('supervisor', () => rig.running.operations.supervisors().length === 1);
  const callId = await talk(SILENT);
  const words = await speech(ADVICE, 'rms');
  const firstHalf = words.subarray(0, words.length / 2);
  for (const mode of ['listen', 'whisper'] as const) {
    const from = await supervise(callId, mode);
    // Said over and over: whatever the moment, the first half comes within twice its length.
    await sleep((2 * words.length) / 8);
    const { heard } = await lastCall('supervisor-kim');
    const since = heard.samples.subarray(Math.max(0, (from - heard.startedAt!) * 8));
    expect(compareAudio(since, firstHalf).matchedShare, mode).toBeGreaterThan(0.8);
  }
  await rig.telephony.hangUp(callId);
  await agent.hangUp();
  await supervisor.hangUp();
  await until('supervisor gone', () => rig.running.operations.supervisors().length === 0);
});

test('a supervisor and an ear that an earlier life has left are found by the next one', async () => {
  await callIn('supervisor-kim', null);
  await callIn('agent-3004', null);
  await until('supervisor', () => rig.running.operations.supervisors().length === 1);
  const callId = await talk(LEFT_BEHIND);
  await supervise(callId, 'listen');
  const ears = async (telephony: Telephony): Promise<number> =>
    (await telephony.channels()).filter(({ channelId }) => channelId.includes('-third-')).length;
  expect(await ears(rig.telephony)).toBe(1);
  const told: TelephonyEvent[] = [];
  const { ari, ami } = rig.floor.asterisk;
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const next = openAsterisk({ ari: { ...ari, application: 'breakwater' }, ami, log });
  next.listen((event) => void told.push(event));
  try {
    await until('told of the supervisor', () => told.some(({ kind }) => kind === 'supervisor_arrived'));
    await until('the ear taken away', async () => (await ears(next)) === 0);
  } finally {
    await next.close();
  }
});
