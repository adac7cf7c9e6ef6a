/** Calls through the whole middle on a real Asterisk: what the person heard, in which order, and what the ledger says. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Agent } from '../../scripts/callers/agent.ts';
import { compareAudio } from '../../scripts/callers/compare-audio.ts';
import type { CallTrace } from '../../scripts/callers/heard.ts';
import type { CampaignStatus, OriginationAnswer } from '../../src/control/operations.ts';
import { sha256Hex } from '../../src/domain/hash-chain.ts';
import { parseAgentId, type AgentId } from '../../src/domain/ids.ts';
import { textOf, type LedgerEntry } from '../../src/domain/ledger-entry.ts';
import { NO_LEAD_FACTS } from '../../src/domain/origination.ts';
import { parsePhoneNumber, type PhoneNumber } from '../../src/domain/phone-number.ts';
import { test } from '../support/real-asterisk.ts';
import { recordingFiles } from '../../src/ports/recordings.ts';
import { openRig, type Rig } from '../support/rig.ts';
import { promptSamples, until } from '../support/wait.ts';
import { youngConsent } from '../support/written-consent.ts';

const DROPPED = '13035550110';
const OPTS_OUT = '13035550111';
const CONNECTED = '13035550112';
const IN_PENNSYLVANIA = '12155550113';
const BUSY = '13035550114';
const SHORT = '13035550115';
const SILENT = '13035550116';
const DECLINES = '13035550117';
const HANDED_OVER = '13035550118';

const QUEUE_CAMPAIGN = `
id: queue
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
agents:
  destination: { kind: dialplan, context: sales, extension: s, priority: 1, capacity: 1, connectedBy: handover }
  place: CO
  members: ['2001']
`;

let rig: Rig;
let agent: Agent | null = null;
/** Logged in, and away from the desk whenever a phone is answered. */
let leaving: Agent | null = null;

beforeAll(async () => {
  rig = await openRig({
    name: 'calls',
    campaigns: { 'queue.yaml': QUEUE_CAMPAIGN },
    // The destination is anybody's dialplan: here a queue that answers with a sound of its own.
    dialplanText:
      '[sales]\nexten => s,1,Playback(breakwater/solar/opt-out-confirmation)\n same => n,Hangup()\n',
    people: [
      { numbers: [DROPPED, CONNECTED, IN_PENNSYLVANIA, HANDED_OVER], behaviour: { kind: 'answers' } },
      { numbers: [OPTS_OUT], behaviour: { kind: 'answers', keys: [{ digit: '9', afterMs: 4_500 }] } },
      { numbers: [BUSY], behaviour: { kind: 'busy' } },
      { numbers: [SHORT], behaviour: { kind: 'answers', hangUpAfterMs: 700 } },
      { numbers: [SILENT], behaviour: { kind: 'answers', greeting: null } },
      { numbers: [DECLINES], behaviour: { kind: 'declines' } },
    ],
  });
  await until('exchange', async () => (await rig.running.operations.readiness()).ready);
  leaving = await rig.floor.callIn('agent-1001', { says: null });
  await leaving.answered();
  await until('agent ready', async () => (await solar()).agents.ready === 1);
});

afterAll(async () => {
  await agent?.hangUp();
  await leaving?.hangUp();
  await rig.close();
});

const phone = (number: string): PhoneNumber => {
  const answer = parsePhoneNumber(`+${number}`);
  if (!answer.ok) throw new Error(answer.problem);
  return answer.value;
};
const agentId = (text: string): AgentId => {
  const answer = parseAgentId(text);
  if (!answer.ok) throw new Error(answer.problem);
  return answer.value;
};

async function permitted(number: string, campaignId = 'solar'): Promise<OriginationAnswer> {
  const sellerId = rig.config.campaigns.find(({ id }) => id === 'solar')!.seller.id;
  await rig.running.operations.recordConsent(youngConsent(phone(number), sellerId));
  const answer = await originate(number, campaignId);
  expect(answer.decision).toMatchObject({ kind: 'permit' });
  expect(answer.placement).toBe('placed');
  return answer;
}

const originate = (number: string, campaignId = 'solar'): Promise<OriginationAnswer> =>
  rig.running.operations.originate({
    callId: null,
    campaignId,
    number: `+${number}`,
    callerId: null,
    lead: NO_LEAD_FACTS,
    automated: false,
    door: 'http',
    at: null,
  });

const solar = async (): Promise<CampaignStatus> => {
  const status = await rig.running.operations.campaign(
    rig.config.campaigns.find(({ id }) => id === 'solar')!.id,
  );
  if (status === null) throw new Error('no campaign `solar`');
  return status;
};

/** Waits for the last entry of the call. */
async function entriesOf(answer: OriginationAnswer): Promise<readonly LedgerEntry[]> {
  let entries: readonly LedgerEntry[] = [];
  await until('end of the call in the ledger', async () => {
    entries = (await rig.running.operations.call(answer.callId))?.entries ?? [];
    return entries.some((entry) => entry.kind === 'call_progress');
  });
  return entries;
}

const outcomeOf = (entries: readonly LedgerEntry[]): string[] =>
  entries.filter((entry) => entry.kind === 'call_result').map((entry) => textOf(entry, 'outcome'));

const timelineOf = (entries: readonly LedgerEntry[]): Readonly<Record<string, string>> =>
  entries.find((entry) => entry.kind === 'call_progress')!.body['timeline'] as Readonly<
    Record<string, string>
  >;

const shareHeard = async (call: CallTrace, prompt: string): Promise<number> =>
  compareAudio(call.heard.samples, await promptSamples(rig, 'solar', prompt)).matchedShare;

/** An agent is there when the call is placed and with somebody else when it is answered. */
async function whileAgentLeaves(number: string): Promise<{ answer: OriginationAnswer; call: CallTrace }> {
  await rig.running.operations.setAgentState(agentId('1001'), 'ready', null);
  const answer = await permitted(number);
  await rig.running.operations.setAgentState(agentId('1001'), 'busy', null);
  const [call] = await rig.floor.callsOver(number);
  return { answer, call: call! };
}

describe('without an agent at the greeting end', () => {
  test('the person hears the whole message after the greeting, and it is one drop', async () => {
    const { answer, call } = await whileAgentLeaves(DROPPED);
    expect(await shareHeard(call, 'safe-harbor')).toBeGreaterThan(0.9);
    expect(call.heard.firstVoicedAt).toBeGreaterThan(call.spoken.lastVoicedAt!);
    const entries = await entriesOf(answer);
    expect(outcomeOf(entries)).toEqual(['dropped']);
    const progress = entries.find((entry) => entry.kind === 'call_progress')!;
    expect(textOf(progress, 'greetingEndSource')).toBe('talk_end');
    const status = await solar();
    expect(status.today.drops).toBeGreaterThanOrEqual(1);
  });

  test('a silent person hears it as well', async () => {
    const { answer, call } = await whileAgentLeaves(SILENT);
    expect(await shareHeard(call, 'safe-harbor')).toBeGreaterThan(0.9);
    const entries = await entriesOf(answer);
    expect(
      textOf(
        entries.find((entry) => entry.kind === 'call_progress')!,
        'greetingEndSource',
      ),
    ).toBe('no_speech');
  });

  test('the opt-out key stops the message, is durable before the hang-up, and vetoes the next call', async () => {
    const { answer, call } = await whileAgentLeaves(OPTS_OUT);
    expect(call.keys.map((key) => key.digit)).toEqual(['9']);
    expect(call.endedBy).toBe('asterisk');
    expect(await shareHeard(call, 'safe-harbor')).toBeLessThan(0.7);
    const entries = await entriesOf(answer);
    expect(entries.map((entry) => entry.kind)).toEqual([
      'decision',
      'call_result',
      'opt_out',
      'call_progress',
    ]);
    const { opt_out_durable: durable, hang_up_requested: hangUp } = timelineOf(entries);
    expect(Date.parse(durable!)).toBeLessThanOrEqual(Date.parse(hangUp!));
    await rig.running.operations.setAgentState(agentId('1001'), 'ready', null);
    const next = await originate(OPTS_OUT);
    expect(next.decision).toMatchObject({
      kind: 'veto',
      reasons: [
        { code: 'on_internal_list' },
        ...Array.from(
          { length: next.decision.kind === 'veto' ? next.decision.reasons.length - 1 : 0 },
          () => expect.anything() as unknown,
        ),
      ],
    });
    await rig.running.operations.setAgentState(agentId('1001'), 'paused', null);
  });
});

describe('a call that ends by itself', () => {
  test.each([
    [BUSY, 'busy'],
    [DECLINES, 'failed'],
    [SHORT, 'hung_up'],
  ])('to %s is %s', async (number, outcome) => {
    await rig.running.operations.setAgentState(agentId('1001'), 'ready', null);
    const entries = await entriesOf(await permitted(number));
    expect(outcomeOf(entries)).toEqual([outcome]);
    const status = await solar();
    expect(status.inFlight).toBe(0);
    await rig.running.operations.setAgentState(agentId('1001'), 'paused', null);
  });
});

describe('agents in the dialplan', () => {
  test('a ready line gets the call at the greeting end, and is free again after it', async () => {
    await rig.running.operations.setAgentState(agentId('2001'), 'ready', null);
    const answer = await permitted(HANDED_OVER, 'queue');
    const [call] = await rig.floor.callsOver(HANDED_OVER);
    expect(await shareHeard(call!, 'opt-out-confirmation')).toBeGreaterThan(0.9);
    expect(call!.heard.firstVoicedAt).toBeGreaterThan(call!.spoken.lastVoicedAt!);
    const entries = await entriesOf(answer);
    expect(outcomeOf(entries)).toEqual(['connected']);
    const { id } = rig.config.campaigns.find((campaign) => campaign.id === 'queue')!;
    await until('line free', async () => (await rig.running.operations.campaign(id))!.agents.ready === 1);
  });
});

describe('with an agent in the house', () => {
  beforeAll(async () => {
    agent = await rig.floor.callIn('agent-1002');
    await agent.answered();
    await until('agent ready', async () => (await solar()).agents.ready === 1);
  });

  test('the person hears the agent and no message, the talk is recorded from the start where no disclosure is due', async () => {
    const answer = await permitted(CONNECTED);
    await until('connected', async () => (await solar()).agents.busy === 1);
    await sleep(1_500); // they talk
    await rig.telephony.hangUp(answer.callId);
    const [call] = await rig.floor.callsOver(CONNECTED);
    expect(await shareHeard(call!, 'safe-harbor')).toBeLessThan(0.1);
    expect(call!.heard.firstVoicedAt).toBeGreaterThan(call!.spoken.lastVoicedAt!);
    const entries = await entriesOf(answer);
    expect(outcomeOf(entries)).toEqual(['connected']);
    await until('agent free again', async () => (await solar()).agents.ready === 1);
  });

  test('where both must consent the disclosure is heard before recording starts', async () => {
    // A listening agent, so that what is heard is the disclosure alone.
    await agent!.hangUp();
    agent = await rig.floor.callIn('agent-1003', { says: null });
    await agent.answered();
    await until('agent ready', async () => (await solar()).agents.ready === 1);
    const answer = await permitted(IN_PENNSYLVANIA);
    let entries: readonly LedgerEntry[] = [];
    const file = join(rig.floor.asterisk.monitorDirectory, recordingFiles(answer.callId)[0]);
    await until('recording', () => existsSync(file), 20_000);
    await rig.telephony.hangUp(answer.callId);
    const [call] = await rig.floor.callsOver(IN_PENNSYLVANIA);
    expect(await shareHeard(call!, 'disclosure')).toBeGreaterThan(0.9);
    entries = await entriesOf(answer);
    await until('recording in the ledger', async () => {
      entries = (await rig.running.operations.call(answer.callId))!.entries;
      return entries.some((entry) => entry.kind === 'recording_stored');
    });
    const recording = entries.find((entry) => entry.kind === 'recording_stored')!;
    expect(recording.body['gapMs']).toBeGreaterThanOrEqual(0);
    expect(Date.parse(textOf(recording, 'disclosureFinishedAt'))).toBeLessThanOrEqual(
      Date.parse(textOf(recording, 'recordingStartedAt')),
    );
    await until('hash of the recording', async () => {
      entries = (await rig.running.operations.call(answer.callId))!.entries;
      return entries.some((entry) => entry.kind === 'recording_hashed');
    });
    const { recordings } = await rig.running.operations.evidence(answer.request.number!, 0);
    const found = recordings.find((each) => each.call_id === answer.callId)!;
    expect(found.files.map(({ file: name, sha256 }) => [name, sha256])).toEqual(
      recordingFiles(answer.callId).map((name) => [
        name,
        sha256Hex(readFileSync(join(rig.floor.asterisk.monitorDirectory, name))),
      ]),
    );
  });
});
