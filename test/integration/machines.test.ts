/**
 * People and answering machines, called by campaigns that look for machines, on one real Asterisk: judged by what each heard, in
 * order, and by the one result and the evidence in the ledger. Recorded voices of one speech program: nothing is claimed about how
 * often a detector is right.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Agent } from '../../scripts/callers/agent.ts';
import type { Behaviour } from '../../scripts/callers/behaviour.ts';
import { compareAudio } from '../../scripts/callers/compare-audio.ts';
import type { CallTrace } from '../../scripts/callers/heard.ts';
import type { OriginationAnswer } from '../../src/control/operations.ts';
import type { ConnectTime } from '../../src/domain/connect-times.ts';
import type { AgentId } from '../../src/domain/ids.ts';
import { type LedgerEntry, textOf } from '../../src/domain/ledger-entry.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { missingAsterisk, test } from '../support/real-asterisk.ts';
import { openRig, type Rig } from '../support/rig.ts';
import { originateTo } from '../support/rig-calls.ts';
import { promptSamples, until } from '../support/wait.ts';
import { youngConsent } from '../support/written-consent.ts';

/** Without a pause as long as the one that ends a greeting. */
const BOX =
  'You have reached the voice mail box of the Example family who are not able to take your call right now so please leave your name and your number after the tone';
/** As long as a person may talk, and shorter than a box does. */
const LONG_HELLO = 'Hello this is the Example residence';

interface Seen {
  readonly call: CallTrace;
  /** Share of each message that was heard. */
  readonly safeHarbor: number;
  readonly machineMessage: number;
  readonly outcomes: readonly string[];
  readonly evidence: Evidence;
  readonly timeline: Readonly<Record<string, string>>;
  readonly connectTime: ConnectTime | undefined;
  readonly optOuts: number;
}

interface Evidence {
  readonly by: string;
  readonly verdict: string;
  readonly rule: string;
  readonly humanSign: { readonly sign: string } | null;
  readonly amd: { readonly status: string; readonly cause: string } | null;
  readonly talks: readonly { readonly talkMs: number | null }[];
}

interface Callee {
  readonly who: string;
  /** Nobody is there who could be abandoned. */
  readonly isMachine?: true;
  readonly campaign: keyof typeof CAMPAIGNS;
  readonly behaviour: Partial<Behaviour & { kind: 'answers' }>;
  check(seen: Seen): void;
}

/** 47 CFR 64.1200(a)(7): an agent or the message so long after the greeting. */
const LAW_MS = 2_000;

/** What whoever is no machine gets: as without a detector, behind their greeting and in time. */
function served(seen: Seen): void {
  const { call } = seen;
  noMachine(seen);
  if (call.spoken.lastVoicedAt !== undefined)
    expect(call.heard.firstVoicedAt).toBeGreaterThan(call.spoken.lastVoicedAt);
  expect(waitedMs(call)).toBeLessThan(LAW_MS);
}

function noMachine({ safeHarbor, outcomes, evidence }: Seen): void {
  expect(outcomes).toEqual(['dropped']);
  expect(evidence.verdict).not.toBe('machine');
  expect(safeHarbor).toBeGreaterThan(0.9);
}

/** From the last word to the first of the message, by the packets; from the answer where nobody spoke. */
const waitedMs = ({ heard, spoken, answeredAt }: CallTrace): number =>
  heard.firstVoicedAt! - (spoken.lastVoicedAt ?? answeredAt!);

const CALLEES: readonly Callee[] = [
  {
    who: 'a box is hung up on while it talks, and hears nothing',
    isMachine: true,
    campaign: 'hangs-up',
    behaviour: { greeting: BOX },
    check({ call, outcomes, evidence, timeline }) {
      expect(outcomes).toEqual(['machine']);
      expect(evidence).toMatchObject({ by: 'own', verdict: 'machine', rule: 'long_talk', humanSign: null });
      expect(call.heard.voicedAt).toEqual([]);
      expect(call.endedBy).toBe('asterisk');
      expect(timeline).toHaveProperty('machine_verdict');
      expect(timeline).not.toHaveProperty('message_requested');
    },
  },
  {
    who: 'a person who says hello hears the message',
    campaign: 'hangs-up',
    behaviour: {},
    check(seen) {
      served(seen);
      expect(seen.evidence).toMatchObject({ verdict: 'human', rule: 'short_talk' });
      expect(seen.evidence.talks[0]!.talkMs).toBeGreaterThan(0);
    },
  },
  {
    who: 'a person with a long greeting hears it behind that',
    campaign: 'hangs-up',
    behaviour: { greeting: LONG_HELLO },
    check: served,
  },
  {
    who: 'somebody who sends nothing but words is no machine for falling silent',
    campaign: 'hangs-up',
    behaviour: { line: 'only_words' },
    check: served,
  },
  {
    who: 'silence is no machine',
    campaign: 'hangs-up',
    behaviour: { greeting: null },
    check(seen) {
      served(seen);
      expect(seen.evidence).toMatchObject({ verdict: 'undecided', rule: 'no_speech' });
    },
  },
  {
    who: 'noise is no machine',
    campaign: 'hangs-up',
    behaviour: { greeting: null, line: 'noisy' },
    check({ safeHarbor, outcomes, evidence }) {
      expect(outcomes).toEqual(['dropped']);
      expect(evidence.verdict).toBe('undecided');
      expect(safeHarbor).toBeGreaterThan(0.9);
    },
  },
  {
    who: 'a box gets its own message behind its greeting',
    isMachine: true,
    campaign: 'tells',
    behaviour: { greeting: BOX },
    check({ call, safeHarbor, machineMessage, outcomes, evidence }) {
      expect(outcomes).toEqual(['machine']);
      expect(evidence).toMatchObject({ verdict: 'machine', humanSign: null });
      expect(machineMessage).toBeGreaterThan(0.9);
      expect(safeHarbor).toBeLessThan(0.9);
      expect(call.heard.firstVoicedAt).toBeGreaterThan(call.spoken.lastVoicedAt!);
    },
  },
  {
    who: 'a person who was taken for a box presses the key: a drop, and an opt-out',
    campaign: 'tells',
    behaviour: { greeting: BOX, keys: [{ digit: '9', afterMs: 16_000 }] },
    check({ call, outcomes, evidence, optOuts }) {
      expect(outcomes).toEqual(['dropped']);
      expect(evidence).toMatchObject({ verdict: 'machine', humanSign: { sign: 'key' } });
      expect(optOuts).toBe(1);
      expect(call.endedBy).toBe('asterisk');
    },
  },
  {
    who: 'Asterisk takes a box for one',
    isMachine: true,
    campaign: 'asks-asterisk',
    behaviour: { greeting: BOX, speakAfterMs: 40 },
    check({ call, outcomes, evidence }) {
      expect(outcomes).toEqual(['machine']);
      expect(evidence).toMatchObject({ by: 'asterisk', verdict: 'machine', amd: { status: 'MACHINE' } });
      expect(call.heard.voicedAt).toEqual([]);
    },
  },
  {
    who: 'Asterisk takes a long greeting for a box, and our ears hear that it ends',
    campaign: 'asks-asterisk',
    behaviour: { greeting: LONG_HELLO, speakAfterMs: 40 },
    check(seen) {
      served(seen);
      expect(seen.evidence).toMatchObject({
        verdict: 'human',
        rule: 'short_talk',
        amd: { status: 'MACHINE' },
      });
    },
  },
  {
    who: 'Asterisk takes hello for a person',
    campaign: 'asks-asterisk',
    behaviour: { greeting: 'Hello' },
    check(seen) {
      served(seen);
      expect(seen.evidence).toMatchObject({ verdict: 'human', amd: { status: 'HUMAN' } });
    },
  },
  {
    who: 'Asterisk takes silence for a machine, and we do not',
    campaign: 'asks-asterisk',
    behaviour: { greeting: null },
    check(seen) {
      served(seen);
      expect(seen.evidence).toMatchObject({ verdict: 'undecided', amd: { status: 'MACHINE' } });
    },
  },
  {
    who: 'Asterisk takes nobody for a machine who says hello in ordinary noise',
    campaign: 'asks-asterisk',
    behaviour: { greeting: 'Hello', line: 'noisy' },
    check: noMachine,
  },
  {
    who: 'Asterisk takes nobody for a machine who says a whole sentence',
    campaign: 'asks-asterisk',
    behaviour: { greeting: 'Hello, John speaking.' },
    // Its last word is still being said when the time of AMD() is over.
    check: noMachine,
  },
  {
    who: 'Asterisk is deaf to somebody who sends nothing but words',
    campaign: 'asks-asterisk',
    behaviour: { greeting: 'Hello', line: 'only_words' },
    check(seen) {
      served(seen);
    },
  },
  {
    who: 'a box that Asterisk finds gets its own message behind its greeting',
    isMachine: true,
    campaign: 'asks-and-tells',
    behaviour: { greeting: BOX, speakAfterMs: 40 },
    check({ call, safeHarbor, machineMessage, outcomes, evidence, timeline }) {
      expect(outcomes).toEqual(['machine']);
      expect(evidence).toMatchObject({ by: 'asterisk', verdict: 'machine', amd: { status: 'MACHINE' } });
      expect(evidence.humanSign).toBe(null);
      expect(machineMessage).toBeGreaterThan(0.9);
      expect(safeHarbor).toBeLessThan(0.9);
      expect(call.heard.firstVoicedAt).toBeGreaterThan(call.spoken.lastVoicedAt!);
      expect(timeline).not.toHaveProperty('message_requested');
    },
  },
  {
    who: 'a person that Asterisk finds hears the message for people, of a campaign that tells machines another',
    campaign: 'asks-and-tells',
    behaviour: { greeting: 'Hello' },
    check(seen) {
      served(seen);
      expect(seen.evidence).toMatchObject({ verdict: 'human', amd: { status: 'HUMAN' } });
      expect(seen.machineMessage).toBeLessThan(0.9);
    },
  },
  {
    who: 'a person that Asterisk finds gets the agent in time',
    campaign: 'asks-and-greets',
    behaviour: { greeting: 'Hello', hangUpAfterMs: 8_000 },
    check({ call, outcomes, evidence, connectTime }) {
      expect(outcomes).toEqual(['connected']);
      expect(evidence).toMatchObject({ verdict: 'human', amd: { status: 'HUMAN' } });
      expect(call.heard.firstVoicedAt).toBeGreaterThan(call.spoken.lastVoicedAt!);
      expect(waitedMs(call)).toBeLessThan(LAW_MS);
      // As the sidecar has measured it: the verdict first, and no later than the person heard somebody.
      expect(connectTime).toMatchObject({ by: 'asterisk' });
      expect(connectTime!.togetherMs).toBeGreaterThanOrEqual(connectTime!.detectorMs!);
      expect(connectTime!.togetherMs).toBeLessThan(LAW_MS);
    },
  },
  {
    who: 'a person who says hello gets the agent',
    campaign: 'greeted',
    behaviour: { hangUpAfterMs: 8_000 },
    check({ call, outcomes, evidence }) {
      expect(outcomes).toEqual(['connected']);
      expect(evidence).toMatchObject({ verdict: 'human', rule: 'short_talk' });
      expect(call.heard.voicedAt.length).toBeGreaterThan(0);
    },
  },
];

const EVERYBODY = CALLEES.map((callee, index) => ({ ...callee, number: `130355501${index + 40}` }));
const RING_MS = 3_000;
const CAMPAIGNS = {
  // The greetings may be long: on a busy machine a box is heard to pause, and is asked about later.
  'hangs-up': 'greeting: { longestMs: 8000 }\nmachineDetection: { by: own }',
  tells:
    "greeting: { longestMs: 8000 }\nmachineDetection: { by: own, onMachine: message, tollFreeNumber: '+18005550100' }",
  // Shorter than the default, with which AMD() hardly finds a box before it must let the person go.
  'asks-asterisk': 'machineDetection: { by: asterisk, amd: { greetingMs: 1000 } }',
  'asks-and-tells':
    "machineDetection: { by: asterisk, amd: { greetingMs: 1000 }, onMachine: message, tollFreeNumber: '+18005550100' }",
  'asks-and-greets': 'machineDetection: { by: asterisk, amd: { greetingMs: 1000 } }',
  greeted: 'machineDetection: { by: own }',
} as const;
/** Those whose agent is there. */
const STAYING: Readonly<Record<string, string>> = { greeted: '4001', 'asks-and-greets': '4002' };
/** One for each call; their lines are there when the calls are placed, and gone when they are answered. */
const leaving = (campaign: string): readonly AgentId[] =>
  EVERYBODY.flatMap((each, index) =>
    each.campaign === campaign && STAYING[campaign] === undefined ? [`30${index + 10}` as AgentId] : [],
  );
const membersOf = (campaign: string): readonly string[] => {
  const staying = STAYING[campaign];
  return staying === undefined ? leaving(campaign) : [staying];
};

const campaignYaml = (id: keyof typeof CAMPAIGNS): string => `
id: ${id}
seller:
  id: sunrise
  name: Sunrise Solar
  callbackNumber: '+13035550100'
  registrations:
    - { state: CO, number: TEST-CO-1, from: '2026-01-01', until: '2030-12-31', source: made up for tests }
offer: offer of ${id}
startedOn: '2026-11-02'
zone: America/Denver
mode: progressive
consent: { mode: written }
callerIds: [{ number: '+13035550101', proofOfRight: carrier agreement, takesDoNotCallRequests: true }]
endpoint: PJSIP/{number}@carrier
recording: { enabled: false, disclosure: law }
agents: { place: CO, members: [${membersOf(id)
  .map((member) => `'${member}'`)
  .join(', ')}] }
${CAMPAIGNS[id]}
`;

let rig: Rig;
const loggedIn: Agent[] = [];
const calls = new Map<string, OriginationAnswer>();
const AT_ONCE = 3;
const BETWEEN_MS = RING_MS + 2_500;

async function entriesOf(number: string): Promise<readonly LedgerEntry[]> {
  const { callId } = calls.get(number)!;
  let entries: readonly LedgerEntry[] = [];
  await until(
    'end of the call in the ledger',
    async () => {
      entries = (await rig.running.operations.call(callId))?.entries ?? [];
      return entries.some((entry) => entry.kind === 'call_progress');
    },
    60_000,
  );
  return entries;
}

async function seen({ number, campaign }: (typeof EVERYBODY)[number]): Promise<Seen> {
  const entries = await entriesOf(number);
  const call = (await rig.floor.callsOver(number))[0]!;
  const progress = entries.find((entry) => entry.kind === 'call_progress')!.body;
  const share = async (name: string): Promise<number> =>
    compareAudio(call.heard.samples, await promptSamples(rig, campaign, name)).matchedShare;
  return {
    call,
    safeHarbor: await share('safe-harbor'),
    machineMessage: campaign.endsWith('tells') ? await share('machine-message') : 0,
    outcomes: entries
      .filter((entry) => entry.kind === 'call_result')
      .map((entry) => textOf(entry, 'outcome')),
    evidence: progress['machine'] as unknown as Evidence,
    timeline: progress['timeline'] as Seen['timeline'],
    connectTime: entries.find((entry) => entry.kind === 'call_result')?.body['connectTime'] as unknown as
      ConnectTime | undefined,
    optOuts: entries.filter(({ kind }) => kind === 'opt_out').length,
  };
}

beforeAll(async () => {
  if (missingAsterisk !== undefined) return;
  rig = await openRig({
    name: 'machines',
    campaigns: Object.fromEntries(
      (Object.keys(CAMPAIGNS) as (keyof typeof CAMPAIGNS)[]).map((id) => [`${id}.yaml`, campaignYaml(id)]),
    ),
    people: EVERYBODY.map(({ number, behaviour }) => ({
      numbers: [number],
      behaviour: { ...behaviour, kind: 'answers', ringMs: RING_MS },
    })),
  });
  const { operations } = rig.running;
  await until('exchange', async () => (await operations.readiness()).ready);
  for (const [name, member] of Object.entries(STAYING)) {
    const agent = await rig.floor.callIn(`agent-${member}`);
    loggedIn.push(agent);
    await agent.answered();
    const { id } = rig.config.campaigns.find((each) => each.id === name)!;
    await until(`agent of ${name} ready`, async () => (await operations.campaign(id))?.agents.ready === 1);
  }
  const { seller } = rig.config.campaigns[0]!;
  for (const { number } of EVERYBODY) {
    await operations.recordConsent(
      youngConsent(`+${number}` as PhoneNumber, seller.id, {
        disclosureText: 'I agree to be called by an autodialer and with a prerecorded voice.',
      }),
    );
  }
  const agents = EVERYBODY.flatMap(({ campaign }) => leaving(campaign));
  // A few at a time: what each of them is taken for is asked here, not how many answers in one second this machine bears.
  for (let from = 0; from < EVERYBODY.length; from += AT_ONCE) {
    const some = EVERYBODY.slice(from, from + AT_ONCE);
    await Promise.all(agents.map((id) => operations.setAgentState(id, 'ready', null)));
    const answers = await Promise.all(some.map(({ number, campaign }) => originateTo(rig, number, campaign)));
    await Promise.all(agents.map((id) => operations.setAgentState(id, 'paused', null)));
    some.forEach(({ number }, index) => calls.set(number, answers[index]!));
    await sleep(BETWEEN_MS);
  }
  // What was heard is compared in this process: a sidecar beside it would stall, and the dialplan take its calls.
  for (const { number } of EVERYBODY) await entriesOf(number);
});

afterAll(async () => {
  if (missingAsterisk !== undefined) return;
  for (const agent of loggedIn) await agent.hangUp();
  await rig.close();
});

describe('with a detector', () => {
  test.for(EVERYBODY)('$who', async (callee) => {
    expect(calls.get(callee.number)).toMatchObject({ decision: { kind: 'permit' }, placement: 'placed' });
    callee.check(await seen(callee));
  });
});

test('only people count, whatever they were taken for', async () => {
  const { operations } = rig.running;
  for (const id of Object.keys(CAMPAIGNS)) {
    const campaign = rig.config.campaigns.find((each) => each.id === id)!;
    const people = EVERYBODY.filter((each) => each.campaign === id && each.isMachine !== true);
    await until('all results counted', async () => (await operations.campaign(campaign.id))?.inFlight === 0);
    expect((await operations.campaign(campaign.id))?.today).toEqual({
      liveAnswers: people.length,
      drops: STAYING[id] === undefined ? people.length : 0,
    });
  }
});
