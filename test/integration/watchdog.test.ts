/**
 * Calls that dialers place and hold, on a real Asterisk: a Local-channel dialer that waits as VICIdial's drop timer does, a queue with
 * nobody in it, a queue with an agent. Judged by what the person heard, by the ledger's one result and by the dialer's own end.
 */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { compareAudio } from '../../scripts/callers/compare-audio.ts';
import type { CallTrace } from '../../scripts/callers/heard.ts';
import { type AgiServer, startAgiServer } from '../../src/adapters/agi/server.ts';
import { agiScripts } from '../../src/control/agi-scripts.ts';
import { type AgentId, type CallId, parseSellerId } from '../../src/domain/ids.ts';
import { type LedgerEntry, textOf } from '../../src/domain/ledger-entry.ts';
import { must, phone } from '../support/fake-operations.ts';
import { missingAsterisk, test } from '../support/real-asterisk.ts';
import { realClock } from '../support/real-clock.ts';
import { consentTo } from '../support/rig-calls.ts';
import { openRig, type Rig } from '../support/rig.ts';
import { promptSamples, until } from '../support/wait.ts';

/** Long enough for all to be called before the first drop stands against the campaign. */
const RING_MS = 3_000;
const QUEUE_AGENT = '13035550190';
const SECOND_AGENT = '13035550191';
const THIRD_AGENT = '13035550192';
const PEOPLE = {
  waits_for_nothing: '13035550110',
  is_silent: '13035550111',
  is_in_noise: '13035550112',
  is_queued_for_nobody: '13035550113',
  is_queued_for_an_agent: '13035550114',
  hangs_up: '13035550115',
  is_said_to_be_connected: '13035550116',
  is_split_and_waits: '13035550117',
  is_split_and_gets_an_agent: '13035550118',
  is_split_and_marked_connected: '13035550119',
  is_split_and_told_to_be_connected: '13035550120',
  opts_out: '13035550109',
} as const;

const MEMBERS = Array.from({ length: 13 }, (_, index) => `30${index + 10}` as AgentId);

const CAMPAIGN = `
id: watched
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
consent: { mode: written }
callerIds: [{ number: '+13035550101', proofOfRight: carrier agreement, takesDoNotCallRequests: true }]
endpoint: PJSIP/{number}@carrier
recording: { enabled: false, disclosure: law }
agents: { place: CO, members: [${MEMBERS.map((member) => `'${member}'`).join(', ')}] }
`;

/** `waits` waits as the published drop timer does: twelve short steps and three long ones, 5.7 s, then a sound of its own. */
const DIALER = `
[dialer]
exten => _X.,1,Set(CALLERID(num)=+13035550101)
 same => n,ExecIf($["\${EXTEN}" = "${PEOPLE.is_split_and_marked_connected}"]?Set(BREAKWATER_CONNECTED=yes))
 same => n,Set(BREAKWATER_CAMPAIGN=watched)
 same => n,Set(BREAKWATER_DIAL_PREFIX=PJSIP/)
 same => n,Set(BREAKWATER_DIAL_SUFFIX=@carrier)
 same => n,Goto(\${IF($["\${EXTEN}" > "13035550116"]?breakwater-dial:breakwater-out)},\${EXTEN},1)
[held]
exten => waits,1,Answer()
 same => n,Set(STEPS=12)
 same => n,While($[\${STEPS} > 0])
 same => n,Wait(0.23)
 same => n,Set(STEPS=$[\${STEPS} - 1])
 same => n,EndWhile()
 same => n,Wait(2.97)
 same => n,Playback(breakwater/watched/opt-out-confirmation)
 same => n,Hangup()
exten => nobody,1,Queue(nobody,,,,20)
 same => n,Hangup()
exten => manned,1,Queue(manned,,,,20)
 same => n,Hangup()
exten => second,1,Queue(second,,,,20)
 same => n,Hangup()
exten => third,1,Queue(third,,,,20)
 same => n,Hangup()
exten => tells,1,Answer()
 same => n,Wait(1)
 same => n,AGI(\${BREAKWATER_AGI}/connected,call=call-${PEOPLE.is_split_and_told_to_be_connected})
 same => n,Wait(10)
exten => h,1,Set(DB(held/\${CHANNEL(uniqueid)})=ended)
[agents]
exten => _X.,1,Dial(PJSIP/\${EXTEN}@carrier)
`;

const QUEUES = `[general]
[nobody]
strategy = ringall
[manned]
strategy = ringall
member => Local/${QUEUE_AGENT}@agents/n
[second]
strategy = ringall
member => Local/${SECOND_AGENT}@agents/n
[third]
strategy = ringall
member => Local/${THIRD_AGENT}@agents/n
`;

/** A greeting longer than a second is listened to for noise first. */
const TALK = ['talk_end', 'voice_end'] as const;

let rig: Rig;
let agi: AgiServer;

const callOf = (number: string): CallId => `call-${number}` as CallId;

/** The far half of the Local channel has the call id as its unique id, and so it is the permit's. */
async function dial(number: string, held: string): Promise<void> {
  const { url, user, password } = rig.floor.asterisk.ari;
  const query = new URLSearchParams({
    endpoint: `Local/${number}@dialer`,
    context: 'held',
    extension: held,
    priority: '1',
    channelId: `dialer-${number}`,
    otherChannelId: callOf(number),
  });
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const response = await fetch(`${url}/ari/channels?${query.toString()}`, {
    method: 'POST',
    headers: { authorization },
  });
  expect(response.status, await response.text()).toBe(200);
}

interface Seen {
  readonly call: CallTrace;
  /** The share of the safe-harbor message that was heard. */
  readonly message: number;
  /** Outcome and source. */
  readonly results: readonly string[];
  readonly timeline: Readonly<Record<string, string>>;
  readonly clock: string;
}

async function seen(number: string): Promise<Seen> {
  let entries: readonly LedgerEntry[] = [];
  await until(
    `end of the call to ${number} in the ledger`,
    async () => {
      entries = (await rig.running.operations.call(callOf(number)))?.entries ?? [];
      const kinds = entries.map(({ kind }) => kind);
      return kinds.includes('call_progress') && kinds.includes('call_result');
    },
    40_000,
  );
  const [call] = await rig.floor.callsOver(number);
  const progress = entries.find(({ kind }) => kind === 'call_progress')!.body;
  const message = compareAudio(call!.heard.samples, await promptSamples(rig, 'watched', 'safe-harbor'));
  return {
    call: call!,
    message: message.matchedShare,
    results: entries
      .filter(({ kind }) => kind === 'call_result')
      .map((entry) => `${textOf(entry, 'outcome')} ${textOf(entry, 'source')}`),
    timeline: progress['timeline'] as Seen['timeline'],
    clock: textOf(
      entries.find(({ kind }) => kind === 'call_progress')!,
      'greetingEndSource',
    ),
  };
}

const endOfDialer = async (number: string): Promise<string> =>
  rig.floor.asterisk.cli(`database get held dialer-${number}`);

beforeAll(async () => {
  if (missingAsterisk !== undefined) return;
  const answers = { kind: 'answers', ringMs: RING_MS } as const;
  rig = await openRig({
    name: 'watchdog',
    campaigns: { 'watched.yaml': CAMPAIGN },
    dialplanText: DIALER,
    extraFiles: { 'queues.conf': QUEUES, 'musiconhold.conf': '' },
    people: [
      { numbers: [PEOPLE.waits_for_nothing, PEOPLE.is_queued_for_nobody], behaviour: answers },
      { numbers: [PEOPLE.is_silent], behaviour: { ...answers, greeting: null } },
      { numbers: [PEOPLE.is_in_noise], behaviour: { ...answers, line: 'noisy' } },
      {
        numbers: [
          PEOPLE.is_queued_for_an_agent,
          PEOPLE.is_split_and_gets_an_agent,
          PEOPLE.is_split_and_marked_connected,
          PEOPLE.is_split_and_told_to_be_connected,
        ],
        behaviour: { ...answers, hangUpAfterMs: 7_000 },
      },
      { numbers: [PEOPLE.is_split_and_waits], behaviour: answers },
      { numbers: [PEOPLE.opts_out], behaviour: { ...answers, keys: [{ digit: '9', afterMs: 6_500 }] } },
      { numbers: [PEOPLE.hangs_up], behaviour: { ...answers, hangUpAfterMs: 1_400 } },
      { numbers: [PEOPLE.is_said_to_be_connected], behaviour: answers },
      { numbers: [QUEUE_AGENT, SECOND_AGENT, THIRD_AGENT], behaviour: { kind: 'answers', ringMs: 700 } },
    ],
  });
  agi = await startAgiServer({
    host: '127.0.0.1',
    port: 0,
    scripts: agiScripts(rig.running.operations),
    clock: realClock,
    observe: () => undefined,
  });
  await rig.floor.asterisk.cli(`dialplan set global BREAKWATER_AGI agi://127.0.0.1:${agi.port}`);
  const { operations } = rig.running;
  await until('exchange', async () => (await operations.readiness()).ready);
  for (const number of Object.values(PEOPLE)) await consentTo(rig, number);
  await Promise.all(MEMBERS.map((id) => operations.setAgentState(id, 'ready', null)));
  await Promise.all([
    dial(PEOPLE.waits_for_nothing, 'waits'),
    dial(PEOPLE.is_silent, 'waits'),
    dial(PEOPLE.is_in_noise, 'waits'),
    dial(PEOPLE.is_queued_for_nobody, 'nobody'),
    dial(PEOPLE.is_queued_for_an_agent, 'manned'),
    dial(PEOPLE.hangs_up, 'waits'),
    dial(PEOPLE.is_said_to_be_connected, 'waits'),
    dial(PEOPLE.is_split_and_waits, 'waits'),
    dial(PEOPLE.is_split_and_gets_an_agent, 'second'),
    dial(PEOPLE.is_split_and_marked_connected, 'third'),
    dial(PEOPLE.is_split_and_told_to_be_connected, 'tells'),
    dial(PEOPLE.opts_out, 'waits'),
  ]);
  const said = callOf(PEOPLE.is_said_to_be_connected);
  await until(
    'answer',
    async () => (await rig.floor.calls(PEOPLE.is_said_to_be_connected))[0]?.status === 200,
  );
  await operations.reportResult({
    callId: said,
    campaignId: null,
    outcome: 'connected',
    hangupCause: null,
    sipStatus: null,
    source: 'http',
  });
});

afterAll(async () => {
  if (missingAsterisk !== undefined) return;
  await agi.close();
  await rig.close();
});

describe('a person whom a dialer', () => {
  test.for([
    ['lets wait', PEOPLE.waits_for_nothing, TALK],
    ['lets wait, silent', PEOPLE.is_silent, ['no_speech']],
    ['lets wait, in noise', PEOPLE.is_in_noise, [...TALK, 'noise']],
    ['queues for nobody', PEOPLE.is_queued_for_nobody, TALK],
    ['holds by `breakwater-dial` and lets wait', PEOPLE.is_split_and_waits, TALK],
  ] as const)('%s hears the message, once, and the dialer sees a hang-up', async ([, number, clocks]) => {
    const { call, message, results, clock, timeline } = await seen(number);
    expect(message).toBeGreaterThan(0.9);
    expect(results).toEqual(['dropped watchdog']);
    expect(clocks).toContain(clock);
    // Nothing of the dialer's own drop sound; our hang-up, behind the message.
    const ownSound = await promptSamples(rig, 'watched', 'opt-out-confirmation');
    expect(compareAudio(call.heard.samples, ownSound).matchedShare).toBeLessThan(0.5);
    expect(call.endedBy).toBe('asterisk');
    expect(await endOfDialer(number)).toContain('ended');
    expect(Date.parse(timeline['take_requested']!)).toBeGreaterThan(Date.parse(timeline['clock_started']!));
  });

  test.for([
    ['', PEOPLE.is_queued_for_an_agent],
    [' by `breakwater-dial`', PEOPLE.is_split_and_gets_an_agent],
    [' by `breakwater-dial`, its own channel marked,', PEOPLE.is_split_and_marked_connected],
  ] as const)('connects%s with an agent of a queue hears no message', async ([, number]) => {
    const { call, message, results, timeline } = await seen(number);
    expect(message).toBeLessThan(0.5);
    expect(timeline).toHaveProperty('agent_reached');
    expect(timeline).not.toHaveProperty('take_requested');
    expect(call.endedBy).toBe('party');
    // Nobody has told the person's channel of the agent, and the exchange has shown it.
    expect(results).toEqual(['connected events']);
  });

  test('holds by `breakwater-dial` and tells of by the `connected` script is left to it, as connected', async () => {
    const { call, message, results, timeline } = await seen(PEOPLE.is_split_and_told_to_be_connected);
    expect(message).toBeLessThan(0.5);
    expect(results).toEqual(['connected agi']);
    expect(timeline).not.toHaveProperty('take_requested');
    // The switch is off for good: nothing ends the talk but the person.
    expect(call.endedBy).toBe('party');
  });

  test('lets wait, who presses the key under the message, hears no more of it and is not called again', async () => {
    const { call, message, results } = await seen(PEOPLE.opts_out);
    expect(message).toBeGreaterThan(0.1);
    expect(message).toBeLessThan(0.9);
    // Playback stops within a frame of the key's last packet; half a second for a busy machine.
    expect(call.heard.lastVoicedAt).toBeLessThan(call.keys[0]!.lastAt + 500);
    expect(call.endedBy).toBe('asterisk');
    expect(results).toEqual(['dropped watchdog']);
    const entries = (await rig.running.operations.call(callOf(PEOPLE.opts_out)))?.entries ?? [];
    expect(entries.filter(({ kind }) => kind === 'opt_out')).toHaveLength(1);
    const { internalRequest } = await rig.ledger.records.standing({
      number: phone(`+${PEOPLE.opts_out}`),
      sellerId: must(parseSellerId('sunrise')),
      callerId: null,
    });
    expect(internalRequest).not.toBeNull();
  });

  test('says to be connected is left to it', async () => {
    const { message, results, timeline } = await seen(PEOPLE.is_said_to_be_connected);
    expect(message).toBeLessThan(0.5);
    expect(results).toEqual(['connected http']);
    expect(timeline).not.toHaveProperty('take_requested');
  });

  test('lets wait, and who hangs up in time, is no drop', async () => {
    const { message, results, timeline } = await seen(PEOPLE.hangs_up);
    expect(message).toBeLessThan(0.5);
    // The dialplan knows of an answer and of nothing else; the exchange has shown who hung up.
    expect(results).toEqual(['hung_up events']);
    expect(timeline).not.toHaveProperty('take_requested');
  });

  test('had, and who was taken, counts as one drop whatever the dialer reports later', async () => {
    const { operations } = rig.running;
    await seen(PEOPLE.waits_for_nothing);
    const late = { campaignId: null, hangupCause: null, sipStatus: null, source: 'http' } as const;
    const callId = callOf(PEOPLE.waits_for_nothing);
    expect(await operations.reportResult({ ...late, callId, outcome: 'connected' })).toBe('repeated');
    const campaign = rig.config.campaigns.find(({ id }) => id === 'watched')!;
    for (const number of Object.values(PEOPLE)) await seen(number);
    // Six were taken.
    expect((await operations.campaign(campaign.id))?.today.drops).toBe(6);
  });
});

test('no channel is left, neither of a call nor of an ear', async () => {
  for (const number of Object.values(PEOPLE)) await seen(number);
  await until('an empty exchange', async () => (await rig.telephony.channels()).length === 0);
});
