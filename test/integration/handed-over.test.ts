/**
 * People handed over to real queues: whom nobody takes hears the message in time and is one drop, whom somebody takes stays untouched,
 * also when the talk goes on to a third person. Judged from the packets at each telephone, and by the ledger and the counters.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ManagerMessage } from 'asterisk-manager';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { CallTrace } from '../../scripts/callers/heard.ts';
import { compareAudio } from '../../scripts/callers/compare-audio.ts';
import { type AmiConnection, openAmi } from '../../src/adapters/asterisk/ami-connection.ts';
import { toExchange } from '../../src/adapters/asterisk/channel-ids.ts';
import { openGate } from '../../src/adapters/asterisk/tenure.ts';
import type { AgentId, CallId } from '../../src/domain/ids.ts';
import { textOf } from '../../src/domain/ledger-entry.ts';
import { missingAsterisk, test } from '../support/real-asterisk.ts';
import { consentTo, originateTo } from '../support/rig-calls.ts';
import { openRig, type Rig } from '../support/rig.ts';
import { promptSamples, until } from '../support/wait.ts';

const LAW_MS = 2_000;
/** The machine of these tests is busy. */
const PATIENCE_MS = 40_000;

const ALONE = '13035550160';
const SILENT = '13035550161';
const SERVED = '13035550162';
const RACING = ['13035550163', '13035550164', '13035550165'] as const;
const PASSED_ON = { blind: '13035550166', attended: '13035550167' } as const;
const LEFT_BY_THE_PLACE = '13035550168';
const DESK = '13035550170';
const SLOW_DESK = '13035550171';
const THIRD = '13035550172';
const THIRD_WITH_A_WORD = '13035550174';
const RINGS_ON = '13035550173';
const TALK_MS = 18_000;
/** The talk with the third is heard from what the third says then. */
const SPEAKS_AGAIN_MS = 7_000;
/** With the message, the time for a key behind it, and some. */
const MESSAGE_MS = 25_000;

const campaign = (id: string, extension: string, agents: string): string => `
id: ${id}
seller:
  id: sunrise
  name: Sunrise Solar
  callbackNumber: '+13035550100'
  registrations:
    - { state: CO, number: TEST-CO-1, from: '2026-01-01', until: '2030-12-31', source: made up for tests }
offer: ${id} of heaters
startedOn: '2026-11-02'
zone: America/Denver
mode: progressive
consent: { mode: written }
callerIds: [{ number: '+13035550101', proofOfRight: carrier agreement, takesDoNotCallRequests: true }]
endpoint: PJSIP/{number}@carrier
recording: { enabled: false, disclosure: law }
agents:
  place: CO
  wrapUpSeconds: 0
  destination: { kind: dialplan, context: queues, extension: ${extension} }
${agents}`;

const CAMPAIGNS = {
  'rings.yaml': campaign('rings', 'rings', '  queues: [rings]\n'),
  'manned.yaml': campaign('manned', 'manned', "  members: ['2001']\n"),
  'racing.yaml': campaign('racing', 'racing', "  members: ['2002']\n"),
  'closed.yaml': campaign('closed', 'closed', "  members: ['2003']\n"),
};

const RINGING_MEMBER = `Local/${RINGS_ON}@desks/n`;

/** The desk's own channel is what sits in the bridge with the person, as with members at their telephones. */
const DIALPLAN = `
[queues]
exten => rings,1,Queue(rings,,,,30)
 same => n,Hangup()
exten => manned,1,Queue(manned,t,,,30)
 same => n,Hangup()
exten => racing,1,Queue(racing,,,,30)
 same => n,Hangup()
exten => closed,1,Wait(0.2)
 same => n,Hangup()
[desks]
exten => _X.,1,Wait(\${IF($["\${EXTEN}" = "${SLOW_DESK}"]?0.45:0)})
 same => n,Dial(PJSIP/\${EXTEN}@carrier,20)
`;

const QUEUES = `[general]
[rings]
strategy = ringall
timeout = 20
member => ${RINGING_MEMBER}
[manned]
strategy = ringall
member => PJSIP/${DESK}@carrier,0,desk,Custom:desk
[racing]
strategy = ringall
member => Local/${SLOW_DESK}@desks/n,0,slow,Custom:slow
`;

/** Asterisk's attended transfer by AMI presses the keys of the feature. */
const FEATURES = `[general]
transferdigittimeout = 1
[featuremap]
atxfer => *2
`;

let rig: Rig;
let manager: AmiConnection;

beforeAll(async () => {
  if (missingAsterisk !== undefined) return;
  rig = await openRig({
    name: 'handed-over',
    campaigns: CAMPAIGNS,
    dialplanText: DIALPLAN,
    extraFiles: { 'queues.conf': QUEUES, 'musiconhold.conf': '', 'features.conf': FEATURES },
    people: [
      { numbers: [ALONE, ...RACING, LEFT_BY_THE_PLACE], behaviour: { kind: 'answers' } },
      { numbers: [SILENT], behaviour: { kind: 'answers', greeting: null } },
      {
        numbers: [SERVED, PASSED_ON.blind, PASSED_ON.attended],
        behaviour: { kind: 'answers', hangUpAfterMs: TALK_MS },
      },
      { numbers: [DESK], behaviour: { kind: 'answers', ringMs: 50 } },
      { numbers: [SLOW_DESK], behaviour: { kind: 'answers', ringMs: 300 } },
      { numbers: [THIRD], behaviour: { kind: 'answers', ringMs: 200 } },
      {
        numbers: [THIRD_WITH_A_WORD],
        behaviour: {
          ...{ kind: 'answers', ringMs: 200 },
          goesOn: { afterMs: SPEAKS_AGAIN_MS, greeting: 'So what can I do for you?' },
        },
      },
      { numbers: [RINGS_ON], behaviour: { kind: 'rings' } },
    ],
  });
  manager = openAmi(rig.floor.asterisk.ami, openGate(undefined));
  await until('exchange', async () => (await rig.running.operations.readiness()).ready, PATIENCE_MS);
  await until('manager', () => manager.problem() === null, PATIENCE_MS);
  for (const device of ['desk', 'slow'])
    await rig.floor.asterisk.cli(`devstate change Custom:${device} NOT_INUSE`);
  for (const number of [ALONE, SILENT, SERVED, ...RACING, ...Object.values(PASSED_ON), LEFT_BY_THE_PLACE])
    await consentTo(rig, number);
}, 120_000);
afterAll(async () => {
  if (missingAsterisk !== undefined) return;
  manager.close();
  await rig.close();
});

const statusOf = async (id: string) => {
  const found = rig.config.campaigns.find((each) => each.id === id)!;
  return (await rig.running.operations.campaign(found.id))!;
};
const readyIn = (id: string): Promise<void> =>
  until(`agent of ${id}`, async () => (await statusOf(id)).agents.ready === 1, PATIENCE_MS);
const isReady = async (id: string, agentId: string): Promise<void> => {
  await rig.running.operations.setAgentState(agentId as AgentId, 'ready', null);
  await readyIn(id);
};

async function call(number: string, campaignId: string): Promise<CallId> {
  const { callId, placement, decision } = await originateTo(rig, number, campaignId);
  expect(placement, JSON.stringify(decision)).toBe('placed');
  return callId;
}

const traceOf = async (number: string): Promise<CallTrace> => (await rig.floor.callsOver(number))[0]!;

interface Books {
  /** Outcome and source of each result. */
  readonly results: readonly string[];
  readonly timeline: Readonly<Record<string, string>>;
  /** What the ledger has of the campaign, and what is counted: drops of live answers. */
  readonly ledger: string;
  readonly counted: string;
}

async function booksOf(callId: CallId, campaignId: string): Promise<Books> {
  await until(
    'end of the call in the ledger',
    async () => (await rig.ledger.read({ callId, kinds: ['call_progress'], limit: 1 })).length === 1,
    PATIENCE_MS,
  );
  const found = rig.config.campaigns.find(({ id }) => id === campaignId)!;
  const all = await rig.ledger.read({ campaignId: found.id, kinds: ['call_result'], limit: 100 });
  const outcomes = all.map((entry) => textOf(entry, 'outcome'));
  const live = outcomes.filter((each) => ['connected', 'dropped', 'hung_up'].includes(each)).length;
  const [progress] = await rig.ledger.read({ callId, kinds: ['call_progress'], limit: 1 });
  const { drops, liveAnswers } = (await statusOf(campaignId)).block;
  return {
    results: all
      .filter((entry) => textOf(entry, 'callId') === callId)
      .map((entry) => `${textOf(entry, 'outcome')} ${textOf(entry, 'source')}`),
    timeline: progress!.body['timeline'] as Readonly<Record<string, string>>,
    ledger: `${outcomes.filter((each) => each === 'dropped').length} of ${live}`,
    counted: `${drops} of ${liveAnswers}`,
  };
}

const shareOfMessage = async ({ heard }: CallTrace, campaignId: string): Promise<number> =>
  compareAudio(heard.samples, await promptSamples(rig, campaignId, 'safe-harbor')).matchedShare;

/** From the person's last word, or from the answer of somebody who says none, to the first word they hear. */
const waited = ({ heard, spoken, answeredAt }: CallTrace): number =>
  (heard.firstVoicedAt ?? Infinity) - (spoken.lastVoicedAt ?? answeredAt ?? 0);

describe('a queue whose one member does not answer', () => {
  test.each([
    ['says hello', ALONE],
    ['says nothing', SILENT],
  ])(
    'the person who %s hears the message in time, is one drop, and the member is free',
    async (_, number) => {
      await readyIn('rings');
      const callId = await call(number, 'rings');
      const trace = await traceOf(number);
      expect(await shareOfMessage(trace, 'rings')).toBeGreaterThan(0.9);
      expect(waited(trace)).toBeLessThan(LAW_MS);
      expect(trace.endedBy).toBe('asterisk');
      const { results, timeline, ledger, counted } = await booksOf(callId, 'rings');
      expect(results).toEqual(['dropped ari']);
      expect(counted).toBe(ledger);
      expect(Object.keys(timeline)).toEqual(
        expect.arrayContaining(['handed_over', 'take_requested', 'message_started']),
      );
      expect(timeline).not.toHaveProperty('connected');
      // The telephone that was rung is not rung any more, and nothing is left for a later life to note.
      expect(await rig.telephony.fallbackRecords()).toEqual([]);
      for (const ringing of await rig.floor.calls(RINGS_ON)) expect(ringing.answeredAt).toBeUndefined();
      await readyIn('rings');
    },
  );
});

describe('a queue whose member answers in time', () => {
  test('the person is connected, and the talk is left alone', async () => {
    await isReady('manned', '2001');
    const callId = await call(SERVED, 'manned');
    const trace = await traceOf(SERVED);
    expect(trace.endedBy).toBe('party');
    expect(waited(trace)).toBeLessThan(LAW_MS);
    expect(await shareOfMessage(trace, 'manned')).toBeLessThan(0.1);
    const { results, timeline, ledger, counted } = await booksOf(callId, 'manned');
    expect(results).toEqual(['connected ari']);
    expect(counted).toBe(ledger);
    expect(timeline).toHaveProperty('connected');
    expect(timeline).not.toHaveProperty('take_requested');
  });

  test('or just when the person is taken: a talk or the message, and no member is left with nobody', async () => {
    for (const number of RACING) {
      await isReady('racing', '2002');
      const callId = await call(number, 'racing');
      const talkOrMessage = async (): Promise<boolean> =>
        (await rig.ledger.read({ callId, kinds: ['call_result'], limit: 1 })).length === 1;
      await until('result', talkOrMessage, PATIENCE_MS);
      const [result] = await rig.ledger.read({ callId, kinds: ['call_result'], limit: 1 });
      const withinMs = textOf(result!, 'outcome') === 'connected' ? 2_500 : MESSAGE_MS;
      // Who is still there then talks.
      const hasEnded = async (): Promise<boolean> =>
        (await rig.floor.calls(number))[0]?.endedAt !== undefined;
      await until('end', hasEnded, withinMs).catch(() => rig.telephony.hangUp(callId));
      const trace = await traceOf(number);
      const share = await shareOfMessage(trace, 'racing');
      const { results, ledger, counted } = await booksOf(callId, 'racing');
      expect(counted).toBe(ledger);
      expect(waited(trace)).toBeLessThan(LAW_MS);
      if (share < 0.1) {
        // A talk that began as the person was to be taken is not broken up; it may be a drop in the books.
        expect(results).toHaveLength(1);
        expect(results[0]).toMatch(/^(connected|dropped) ari$/);
        continue;
      }
      expect(share).toBeGreaterThan(0.9);
      expect(results).toEqual(['dropped ari']);
      const desks = await rig.floor.calls(SLOW_DESK);
      if (desks.at(-1)?.answeredAt === undefined) continue;
      const over = (await rig.floor.callsOver(SLOW_DESK, desks.length)).at(-1)!;
      expect(over.endedAt! - over.answeredAt!).toBeLessThan(LAW_MS);
    }
  }, 180_000);
});

test('a place that hangs up on the person without an agent is a drop', async () => {
  await isReady('closed', '2003');
  const callId = await call(LEFT_BY_THE_PLACE, 'closed');
  expect((await traceOf(LEFT_BY_THE_PLACE)).endedBy).toBe('asterisk');
  const { results, ledger, counted } = await booksOf(callId, 'closed');
  expect(results).toEqual(['dropped ari']);
  expect(counted).toBe(ledger);
});

describe('a talk in a queue that the agent passes on to a third person', () => {
  const channels = (): Promise<readonly ManagerMessage[]> =>
    manager.list({ action: 'CoreShowChannels' }, 'CoreShowChannel', 'CoreShowChannelsComplete');

  /** By name; the desk is the one that is not the person's. */
  async function deskOf(callId: CallId): Promise<string> {
    let desk: string | undefined;
    await until(
      'desk',
      async () => {
        const all = await channels();
        const person = all.find((each) => each['uniqueid'] === toExchange(callId));
        const bridge = (person?.['bridgeid'] ?? '') as string;
        const other = all.find((each) => each['bridgeid'] === bridge && each !== person);
        desk = bridge === '' || other === undefined ? undefined : String(other['channel']);
        return desk !== undefined;
      },
      PATIENCE_MS,
    );
    return desk!;
  }

  async function talking(number: string): Promise<{ callId: CallId; desk: string }> {
    await isReady('manned', '2001');
    const callId = await call(number, 'manned');
    const desk = await deskOf(callId);
    await until('result', async () => {
      return (await rig.ledger.read({ callId, kinds: ['call_result'], limit: 1 })).length === 1;
    });
    return { callId, desk };
  }

  /** The third has answered, the agent is out of it, and the person goes on until they hang up themselves. */
  async function expectPassedOn(number: string, callId: CallId, from: number): Promise<void> {
    const trace = await traceOf(number);
    expect(trace.endedBy).toBe('party');
    expect(trace.heard.voicedAt.some((at) => at > from)).toBe(true);
    expect(await shareOfMessage(trace, 'manned')).toBeLessThan(0.1);
    const { results, ledger, counted } = await booksOf(callId, 'manned');
    expect(results).toEqual(['connected ari']);
    expect(counted).toBe(ledger);
  }

  test('at once (BlindTransfer): the person reaches the third, and counts once', async () => {
    const { callId, desk } = await talking(PASSED_ON.blind);
    const from = Date.now();
    await manager.action({ action: 'BlindTransfer', channel: desk, context: 'desks', exten: THIRD });
    await expectPassedOn(PASSED_ON.blind, callId, from);
    const [third] = await rig.floor.callsOver(THIRD);
    expect(third!.answeredAt! - from).toBeLessThan(LAW_MS);
  });

  test('after a word with the third (Atxfer): the same, when the agent leaves', async () => {
    const { callId, desk } = await talking(PASSED_ON.attended);
    await manager.action({ action: 'Atxfer', channel: desk, context: 'desks', exten: THIRD_WITH_A_WORD });
    const third = async () => (await rig.floor.calls(THIRD_WITH_A_WORD))[0];
    await until('third', async () => (await third())?.answeredAt !== undefined, PATIENCE_MS);
    await sleep(2_000); // they have a word
    await manager.action({ action: 'Hangup', channel: desk, cause: '16' });
    await expectPassedOn(PASSED_ON.attended, callId, Date.now());
  });
});
