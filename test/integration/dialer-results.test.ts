/**
 * Calls that a dialer places under our permits and says nothing of, on a real Asterisk: what the exchange shows is their one result. Dialed
 * straight by AMI and by ARI, by a Local channel without our hangup handler, and with it.
 */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type AmiConnection, openAmi } from '../../src/adapters/asterisk/ami-connection.ts';
import { openGate } from '../../src/adapters/asterisk/tenure.ts';
import type { AgentId, CallId } from '../../src/domain/ids.ts';
import { type LedgerEntry, textOf } from '../../src/domain/ledger-entry.ts';
import { NO_LEAD_FACTS } from '../../src/domain/origination.ts';
import { missingAsterisk, test } from '../support/real-asterisk.ts';
import { originateNamed } from '../support/named-originate.ts';
import { consentTo } from '../support/rig-calls.ts';
import { openRig, type Rig } from '../support/rig.ts';
import { until } from '../support/wait.ts';

const AGENT = '13035550190';
const TRUNK = '13035550191';
const PEOPLE = {
  busy: '13035550110',
  declines: '13035550111',
  never_answers: '13035550112',
  gets_an_agent: '13035550113',
  hangs_up: '13035550114',
  is_hung_up_on: '13035550115',
  is_told_of: '13035550116',
  is_reached_on_the_second_trunk: '13035550117',
  is_busy_on_both_trunks: '13035550118',
  talks_to_whoever_dialed: '13035550119',
  busy_behind_a_line: '13035550120',
  has_no_trunk: '13035550121',
  has_no_trunk_and_no_name: '13035550122',
  has_no_trunk_behind_a_line: '13035550123',
  has_another_trunk: '13035550124',
  is_busy_and_named: '13035550125',
} as const;
const MEMBERS = Array.from({ length: 20 }, (_, index) => `30${index + 10}` as AgentId);
/** A dialer waits so long for the answer. */
const RING_SECONDS = 4;
const WITHIN_MS = 60_000;

const CAMPAIGN = `
id: unsaid
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

/** A dialer's own dialplan: nothing of it reports anything. */
const DIALER = `
[held]
exten => agent,1,Dial(PJSIP/${AGENT}@carrier)
exten => waits,1,Wait(60)
exten => brief,1,Wait(0.4)
 same => n,Hangup()
[lines]
exten => _X.,1,Dial(PJSIP/\${EXTEN}@carrier,${RING_SECONDS})
 same => n,Hangup()
[no-trunk]
exten => _X.,1,Dial(PJSIP/\${EXTEN}@nowhere,${RING_SECONDS})
 same => n,Hangup()
[two-trunks]
exten => _X.,1,Dial(PJSIP/${PEOPLE.declines}@carrier,${RING_SECONDS})
 same => n,Dial(PJSIP/\${EXTEN}@carrier,${RING_SECONDS})
 same => n,Hangup()
[trunk]
exten => _X.,1,Set(__BREAKWATER_CALL_ID=call-\${EXTEN})
 same => n,Dial(PJSIP/\${EXTEN}@carrier,20)
`;

let rig: Rig;
let ami: AmiConnection;

const callOf = (number: string): CallId => `call-${number}` as CallId;
const permit = (number: string): string => `__BREAKWATER_CALL_ID=${callOf(number)}`;

/** As a dialer does it that has got a permit over HTTP. */
async function originate(number: string, held: string): Promise<void> {
  await ami.action({
    action: 'Originate',
    channel: `PJSIP/${number}@carrier`,
    context: 'held',
    exten: held,
    priority: '1',
    timeout: String(RING_SECONDS * 1_000),
    async: 'true',
    variable: permit(number),
  });
}

/** Under an ActionID that names the permit. */
const originateByName = (number: string, channel: string): Promise<void> =>
  originateNamed(rig.floor.asterisk.ami, `breakwater:${callOf(number)}`, {
    ...{ channel, context: 'held', exten: 'waits', priority: '1' },
    timeout: String(RING_SECONDS * 1_000),
    variable: permit(number),
  });

async function originateBehindALine(number: string, context: string, held = 'waits'): Promise<void> {
  await ami.action({
    action: 'Originate',
    channel: `Local/${number}@${context}`,
    context: 'held',
    exten: held,
    priority: '1',
    async: 'true',
    variable: permit(number),
  });
}

const entriesOf = async (number: string): Promise<readonly LedgerEntry[]> =>
  (await rig.running.operations.call(callOf(number)))?.entries ?? [];
const resultsOf = async (number: string): Promise<readonly string[]> =>
  (await entriesOf(number))
    .filter(({ kind }) => kind === 'call_result')
    .map((entry) => `${textOf(entry, 'outcome')} ${textOf(entry, 'source')}`);
async function settled(number: string): Promise<readonly string[]> {
  await until(`result of ${number}`, async () => (await resultsOf(number)).length > 0, WITHIN_MS);
  return resultsOf(number);
}

beforeAll(async () => {
  if (missingAsterisk !== undefined) return;
  const answers = { kind: 'answers', ringMs: 300 } as const;
  rig = await openRig({
    name: 'dialer-results',
    campaigns: { 'unsaid.yaml': CAMPAIGN },
    dialplanText: DIALER,
    people: [
      {
        numbers: [
          PEOPLE.busy,
          PEOPLE.is_busy_and_named,
          PEOPLE.is_busy_on_both_trunks,
          PEOPLE.busy_behind_a_line,
        ],
        behaviour: { kind: 'busy' },
      },
      { numbers: [PEOPLE.declines], behaviour: { kind: 'declines' } },
      { numbers: [PEOPLE.never_answers], behaviour: { kind: 'rings' } },
      {
        numbers: [
          PEOPLE.gets_an_agent,
          PEOPLE.has_another_trunk,
          PEOPLE.is_reached_on_the_second_trunk,
          PEOPLE.talks_to_whoever_dialed,
        ],
        behaviour: { ...answers, hangUpAfterMs: 6_000 },
      },
      { numbers: [PEOPLE.hangs_up], behaviour: { ...answers, hangUpAfterMs: 700 } },
      { numbers: [PEOPLE.is_hung_up_on, PEOPLE.is_told_of], behaviour: answers },
      { numbers: [AGENT, TRUNK], behaviour: { kind: 'answers', ringMs: 200 } },
    ],
  });
  ami = openAmi(rig.floor.asterisk.ami, openGate(undefined));
  const { operations } = rig.running;
  await until('exchange', async () => (await operations.readiness()).ready);
  await until('manager', () => ami.problem() === null);
  for (const number of Object.values(PEOPLE)) await consentTo(rig, number);
  await Promise.all(MEMBERS.map((id) => operations.setAgentState(id, 'ready', null)));
  for (const number of Object.values(PEOPLE)) {
    const { decision } = await operations.screen({
      callId: callOf(number),
      campaignId: 'unsaid',
      number: `+${number}`,
      callerId: null,
      lead: NO_LEAD_FACTS,
      automated: false,
      door: 'http',
      at: null,
    });
    expect(decision, JSON.stringify(decision)).toMatchObject({ kind: 'permit' });
  }
  await Promise.all([
    originate(PEOPLE.busy, 'waits'),
    originate(PEOPLE.declines, 'waits'),
    originate(PEOPLE.never_answers, 'waits'),
    originate(PEOPLE.gets_an_agent, 'agent'),
    originate(PEOPLE.hangs_up, 'waits'),
    originate(PEOPLE.is_hung_up_on, 'brief'),
    originate(PEOPLE.is_told_of, 'agent'),
    originateBehindALine(PEOPLE.busy_behind_a_line, 'lines'),
    originateBehindALine(PEOPLE.is_reached_on_the_second_trunk, 'two-trunks', 'agent'),
    originateBehindALine(PEOPLE.is_busy_on_both_trunks, 'two-trunks'),
    originateByName(PEOPLE.has_no_trunk, `PJSIP/${PEOPLE.has_no_trunk}@nowhere`),
    ami.action({
      action: 'Originate',
      channel: `PJSIP/${PEOPLE.has_no_trunk_and_no_name}@nowhere`,
      ...{ context: 'held', exten: 'waits', priority: '1', async: 'true' },
      variable: permit(PEOPLE.has_no_trunk_and_no_name),
    }),
    originateByName(PEOPLE.has_no_trunk_behind_a_line, `Local/${PEOPLE.has_no_trunk_behind_a_line}@no-trunk`),
    originateByName(PEOPLE.has_another_trunk, `PJSIP/${PEOPLE.has_another_trunk}@nowhere`).then(() =>
      originate(PEOPLE.has_another_trunk, 'agent'),
    ),
    originateByName(PEOPLE.is_busy_and_named, `PJSIP/${PEOPLE.is_busy_and_named}@carrier`),
    // The dialer is somebody's telephone or trunk: bridged with the person as soon as the person answers.
    ami.action({
      action: 'Originate',
      channel: `PJSIP/${TRUNK}@carrier`,
      context: 'trunk',
      exten: PEOPLE.talks_to_whoever_dialed,
      priority: '1',
      async: 'true',
    }),
  ]);
  await until('answer', async () => (await rig.floor.calls(PEOPLE.is_told_of))[0]?.status === 200, WITHIN_MS);
  await operations.reportResult({
    ...{ callId: callOf(PEOPLE.is_told_of), campaignId: null, hangupCause: null, sipStatus: null },
    ...{ outcome: 'machine', source: 'http' },
  });
});

afterAll(async () => {
  if (missingAsterisk !== undefined) return;
  ami.close();
  await rig.close();
});

describe('a call of which the dialer says nothing', () => {
  test.for([
    ['is busy', PEOPLE.busy, 'busy events'],
    ['is declined', PEOPLE.declines, 'failed events'],
    ['rings until the dialer gives up', PEOPLE.never_answers, 'no_answer events'],
    ['is busy behind a line of the exchange', PEOPLE.busy_behind_a_line, 'busy events'],
    ['is busy on the last of two trunks', PEOPLE.is_busy_on_both_trunks, 'busy events'],
    ['is bridged with an agent in time', PEOPLE.gets_an_agent, 'connected events'],
    [
      'is reached by the second trunk, and gets an agent',
      PEOPLE.is_reached_on_the_second_trunk,
      'connected events',
    ],
    [
      'has no trunk to be dialed on, as the origination of its name tells',
      PEOPLE.has_no_trunk,
      'failed events',
    ],
    ['has another trunk after that one', PEOPLE.has_another_trunk, 'connected events'],
    ['is busy, and has its name', PEOPLE.is_busy_and_named, 'busy events'],
    ['is hung up by the person at once', PEOPLE.hangs_up, 'hung_up events'],
  ] as const)('and that %s has that result, once', async ([, number, result]) => {
    expect(await settled(number)).toEqual([result]);
  });

  test('has the cause and the status of the leg', async () => {
    await settled(PEOPLE.busy);
    const [result] = (await entriesOf(PEOPLE.busy)).filter(({ kind }) => kind === 'call_result');
    expect(result?.body).toMatchObject({ hangupCause: 17, sipStatus: 486 });
  });

  test('and whose late word comes is repeated', async () => {
    await settled(PEOPLE.busy);
    const report = {
      callId: callOf(PEOPLE.busy),
      campaignId: null,
      hangupCause: null,
      sipStatus: null,
    } as const;
    const { operations } = rig.running;
    expect(await operations.reportResult({ ...report, outcome: 'no_answer', source: 'http' })).toBe(
      'repeated',
    );
    expect(await resultsOf(PEOPLE.busy)).toEqual(['busy events']);
  });
});

test('what the dialer said first stands, whatever is seen behind it', async () => {
  await settled(PEOPLE.gets_an_agent);
  expect(await settled(PEOPLE.is_told_of)).toEqual(['machine http']);
});

describe('a drop until it is proven otherwise:', () => {
  test('the dialer hangs up on somebody who waits', async () => {
    await settled(PEOPLE.never_answers);
    expect(await resultsOf(PEOPLE.is_hung_up_on)).toEqual([]);
  });

  test('nobody is to be seen but the telephone that was dialed first and has dialed the person', async () => {
    await settled(PEOPLE.never_answers);
    await until(
      'end of the talk',
      async () =>
        (await entriesOf(PEOPLE.talks_to_whoever_dialed)).some(({ kind }) => kind === 'call_progress'),
      WITHIN_MS,
    );
    expect(await resultsOf(PEOPLE.talks_to_whoever_dialed)).toEqual([]);
  });

  test.for([
    ['without its name', PEOPLE.has_no_trunk_and_no_name],
    ['behind a line of the exchange', PEOPLE.has_no_trunk_behind_a_line],
  ] as const)('an origination %s that fails before there is a channel', async ([, number]) => {
    for (const other of [PEOPLE.has_no_trunk, PEOPLE.never_answers]) await settled(other);
    expect(await resultsOf(number)).toEqual([]);
  });

  test('so four lines stay in flight', async () => {
    for (const number of [PEOPLE.never_answers, PEOPLE.gets_an_agent, PEOPLE.has_another_trunk])
      await settled(number);
    const campaign = rig.config.campaigns.find(({ id }) => id === 'unsaid')!;
    await until(
      'four in flight',
      async () => (await rig.running.operations.campaign(campaign.id))?.inFlight === 4,
      WITHIN_MS,
    );
  });
});
