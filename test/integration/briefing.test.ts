/** An agent is told of the lead on a real Asterisk: the agent hears it, the person does not, and does not wait for it. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Agent } from '../../scripts/callers/agent.ts';
import { compareAudio } from '../../scripts/callers/compare-audio.ts';
import type { CallTrace } from '../../scripts/callers/heard.ts';
import { readWav } from '../../scripts/callers/wav.ts';
import { openBriefings } from '../../src/adapters/audio/spoken-briefings.ts';
import { parseBriefing } from '../../src/domain/briefing.ts';
import type { CallId } from '../../src/domain/ids.ts';
import { test } from '../support/real-asterisk.ts';
import { openRig, type Rig } from '../support/rig.ts';
import { consentTo, originateTo } from '../support/rig-calls.ts';
import { until } from '../support/wait.ts';

/** Long enough to hear all of a short briefing. */
const TALKATIVE = '13035550121';
const BRIEF = '13035550122';
const UNTOLD = '13035550123';
const RINGS_LONG = '13035550124';
const AT_ANSWER = '13035550125';
const GREETING =
  'Hello, you have reached the house of Anna Example, who is speaking, and who would like to know who is calling at this hour of the day?';
const FACTS = ['Came by the web form', 'The roof is of slate'];
const LAW_MS = 2_000;
/** The rendered words lie in packets of 20 ms; a busy machine may begin or stop one or two late. */
const STRAY_MS = 300;

const CAMPAIGN = (
  id: string,
  briefing: boolean,
  member: string,
  connect: 'at_greeting_end' | 'at_answer' = 'at_greeting_end',
): string => `
id: ${id}
seller:
  id: sunrise
  name: Sunrise Solar
  callbackNumber: '+13035550100'
  registrations:
    - { state: CO, number: TEST-CO-1, from: '2026-01-01', until: '2030-12-31', source: made up for tests }
offer: ${id} pumps
startedOn: '2026-11-02'
zone: America/Denver
mode: progressive
consent: { mode: written }
callerIds: [{ number: '+13035550101', proofOfRight: carrier agreement, takesDoNotCallRequests: true }]
endpoint: PJSIP/{number}@carrier
agents: { destination: { kind: stasis }, place: CO, members: ['${member}'], wrapUpSeconds: 0, briefing: ${briefing} }
connect: ${connect}
`;

let rig: Rig;
const staff: Agent[] = [];

beforeAll(async () => {
  rig = await openRig({
    name: 'briefing',
    campaigns: {
      'told.yaml': CAMPAIGN('told', true, '3001'),
      'untold.yaml': CAMPAIGN('untold', false, '3002'),
      'early.yaml': CAMPAIGN('early', true, '3003', 'at_answer'),
    },
    people: [
      // Rings for as long as the words take to be spoken.
      { numbers: [TALKATIVE, UNTOLD], behaviour: { kind: 'answers', ringMs: 4_000, greeting: GREETING } },
      { numbers: [BRIEF], behaviour: { kind: 'answers', ringMs: 6_000, greeting: 'Hello?' } },
      // For longer than the words take to be spoken and to be heard.
      {
        numbers: [RINGS_LONG, AT_ANSWER],
        behaviour: { kind: 'answers', ringMs: 9_000, greeting: 'Hello?' },
      },
    ],
  });
  await until('exchange', async () => (await rig.running.operations.readiness()).ready);
  for (const agent of ['agent-3001', 'agent-3002', 'agent-3003']) {
    const one = await rig.floor.callIn(agent, { says: null });
    staff.push(one);
    await one.answered();
  }
});

afterAll(async () => {
  for (const one of staff) await one.hangUp();
  await rig.close();
});

const agentsOf = async (id: string): Promise<Readonly<Record<string, number>>> => {
  const campaign = rig.config.campaigns.find((each) => each.id === id)!;
  return (await rig.running.operations.campaign(campaign.id))!.agents;
};

const heardBy = async (extension: string): Promise<CallTrace['heard']> =>
  (await rig.floor.calls(extension)).at(-1)!.heard;

interface Heard {
  readonly agent: CallTrace['heard'];
  readonly person: CallTrace['heard'];
  /** From where the law's two seconds start to the agent, by the call's own record. */
  readonly connectedAfterMs: number;
}

/** One call from its dial to its end; the agent was there before and stays. */
async function talk(
  number: string,
  campaign: string,
  agent: string,
  facts: readonly string[],
): Promise<Heard> {
  await until('agent ready', async () => (await agentsOf(campaign))['ready'] === 1);
  await consentTo(rig, number);
  const { callId } = await originateTo(rig, number, campaign, facts);
  await until('connected', async () => (await agentsOf(campaign))['busy'] === 1);
  await rig.telephony.hangUp(callId);
  await until('agent free', async () => (await agentsOf(campaign))['ready'] === 1);
  const [person] = await rig.floor.callsOver(number);
  const timeline = await timelineOf(callId);
  return {
    agent: await heardBy(agent),
    person: person!.heard,
    connectedAfterMs: Date.parse(timeline['connected']!) - Date.parse(timeline['clock_started']!),
  };
}

async function timelineOf(callId: CallId): Promise<Readonly<Record<string, string>>> {
  let found: Readonly<Record<string, string>> | undefined;
  await until('timeline', async () => {
    const [entry] = await rig.ledger.read({ callId, kinds: ['call_progress'], limit: 1 });
    found = entry?.body['timeline'] as Readonly<Record<string, string>> | undefined;
    return found !== undefined;
  });
  return found!;
}

/** The facts as the house's own voice says them, rendered apart from the sidecar. */
async function words(facts: readonly string[]): Promise<Int16Array> {
  const callId = 'reference' as CallId;
  const { soundsDirectory } = rig.config.asterisk;
  const reference = await openBriefings({ ...rig.config.asterisk, writer: 'reference' });
  const briefing = parseBriefing(facts);
  if (!briefing.ok || briefing.value === null) throw new Error('no briefing');
  await reference.speak(callId, briefing.value);
  return (await readWav(join(soundsDirectory, '.briefings/reference', `${callId}.wav`))).samples;
}

test('the agent hears the facts, and the person hears nothing of them', async () => {
  const { agent, person, connectedAfterMs } = await talk(TALKATIVE, 'told', 'agent-3001', FACTS);
  const told = await words(FACTS);
  expect(compareAudio(agent.samples, told, { strayMs: STRAY_MS }).matchedShare).toBeGreaterThan(0.8);
  expect(person.voicedAt).toEqual([]);
  expect(connectedAfterMs).toBeLessThan(LAW_MS);
  await until('the sound removed', async () => (await soundsLeft()).length === 0);
});

test('a person who greets shortly is connected at once, and the rest is cut off', async () => {
  // No two alike: what is heard of one is not taken for another.
  const facts = [
    'Asked for an offer in the spring and would like to hear about every price',
    'The roof is of slate and looks towards the south with one tall chimney',
    'Heats with oil today and has a tank in the cellar that leaks a little',
    'Two children and a dog named Winston who barks whenever it is thunder',
    'Prefers to talk on Fridays because the factory closes before midday then',
  ];
  const told = await words(facts);
  const { agent, person, connectedAfterMs } = await talk(BRIEF, 'told', 'agent-3001', facts);
  expect(connectedAfterMs).toBeLessThan(LAW_MS);
  expect(person.voicedAt).toEqual([]);
  const last = told.subarray((told.length * 3) / 4);
  expect(compareAudio(agent.samples, last, { strayMs: STRAY_MS }).matchedShare).toBeLessThan(0.5);
});

test.each([
  ['at the greeting end', RINGS_LONG, 'told', 'agent-3001'],
  ['at the answer', AT_ANSWER, 'early', 'agent-3003'],
])('connected %s: the agent has heard all of it while the telephone rang', async (_when, ...call) => {
  const [number, campaign, extension] = call;
  const { agent, person, connectedAfterMs } = await talk(number, campaign, extension, FACTS);
  const told = await words(FACTS);
  expect(compareAudio(agent.samples, told, { strayMs: STRAY_MS }).matchedShare).toBeGreaterThan(0.8);
  expect(person.voicedAt).toEqual([]);
  expect(connectedAfterMs).toBeLessThan(LAW_MS);
});

test('where the campaign does not say so nobody is told', async () => {
  const { agent, person } = await talk(UNTOLD, 'untold', 'agent-3002', FACTS);
  const told = await words(FACTS);
  expect(compareAudio(agent.samples, told, { strayMs: STRAY_MS }).matchedShare).toBeLessThan(0.5);
  expect(person.voicedAt).toEqual([]);
});

const soundsLeft = (): Promise<readonly string[]> =>
  readdir(join(rig.config.asterisk.soundsDirectory, '.briefings/rig'));
