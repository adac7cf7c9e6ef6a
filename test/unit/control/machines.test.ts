/** Calls to machines through the whole middle: what each counts as, and the evidence that the ledger and `call show` have of it. */
import { describe, expect, test, vi } from 'vitest';
import { makeDossier } from '../../../src/control/evidence/make-dossier.ts';
import { callText } from '../../../src/cli/show-call.ts';
import type { MachineDetection, OnMachine } from '../../../src/domain/machine-detection.ts';
import type { LedgerEntry } from '../../../src/domain/ledger-entry.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import type { LedgerQuery } from '../../../src/ports/ledger.ts';
import { viewEntry } from '../../../src/http/views/entry.ts';
import { ANSWERS, type Lived, type Script } from '../../support/called-person.ts';
import {
  openWorld,
  otherCampaign,
  outcomesOf,
  personNumber,
  SOLAR,
  type World,
} from '../../support/sim-world.ts';
import { writtenConsent } from '../../support/written-consent.ts';

const DETECTION: MachineDetection = {
  by: 'own',
  onMachine: 'hang_up',
  longestHumanTalkMs: 1_500,
  toneWithinMs: 1_000,
  longestMachineGreetingMs: 15_000,
  amd: {
    initialSilenceMs: 1_500,
    greetingMs: 1_500,
    afterGreetingSilenceMs: 500,
    totalAnalysisMs: 1_800,
    wordsMax: 10,
  },
  measured: { calls: 200, minutes: 30 },
};
const saying = (forMs: number, more: Partial<Script> = {}): Script => ({
  ...ANSWERS,
  speaks: { afterMs: 300, forMs },
  ...more,
});
const BOX = saying(9_000);

interface Called {
  readonly world: World;
  readonly life: Lived;
  readonly entries: readonly LedgerEntry[];
  readonly outcomes: readonly string[];
  readonly evidence: LedgerEntry['body'];
}

/** One call to somebody who behaves so, by a campaign with a detector and an agent who is there. */
async function called(script: Script, onMachine: OnMachine = 'hang_up'): Promise<Called> {
  const campaign = otherCampaign(SOLAR.id, { machineDetection: { ...DETECTION, onMachine } });
  const world = await openWorld({ campaigns: [campaign], persons: 0, script: () => script });
  const number = personNumber(0) as PhoneNumber;
  await world.running.operations.recordConsent(
    writtenConsent(number, SOLAR.seller.id, { disclosureText: 'I agree to calls with a prerecorded voice.' }),
  );
  world.exchange.connect();
  world.exchange.agentCallsIn('ann');
  await world.clock.go(3_000);
  const { callId, decision } = await world.originate(number);
  expect(decision.kind).toBe('permit');
  await world.clock.go(60_000);
  const entries = (await world.running.operations.call(callId))?.entries ?? [];
  const progress = entries.find(({ kind }) => kind === 'call_progress');
  return {
    world,
    life: world.exchange.lived.get(callId)!,
    entries,
    outcomes: outcomesOf(world.results(callId)),
    evidence: progress?.body['machine'] as LedgerEntry['body'],
  };
}

const today = async ({ world }: Called) => (await world.tally()).today;

describe('a box', () => {
  test('that is hung up on counts nowhere, and its agent is ready for others', async () => {
    const call = await called(BOX);
    expect(call.outcomes).toEqual(['machine']);
    expect(await today(call)).toEqual({ liveAnswers: 0, drops: 0 });
    expect((await call.world.tally()).agents).toMatchObject({ ready: 1, promised: 0, busy: 0 });
    expect((await call.world.tally()).inFlight).toBe(0);
    expect(call.life).toMatchObject({ messageAt: null, connectedAt: null, endedBy: 'exchange' });
    // While it talked: no greeting has ended.
    expect(call.life.endedAt! - call.life.answeredAt!).toBeLessThan(300 + 9_000);
  });

  test('has its evidence in the ledger: the talk, what decided, and by which thresholds', async () => {
    const { evidence } = await called(BOX);
    expect(evidence).toMatchObject({
      by: 'own',
      verdict: 'machine',
      rule: 'long_talk',
      waitedMs: null,
      humanSign: null,
      thresholds: { silenceMs: 500, talkThreshold: 256, noiseThreshold: 1_024, longestHumanTalkMs: 1_500 },
    });
    expect(evidence['talks']).toMatchObject([
      { by: 'channel', to: null, talkMs: null },
      { by: 'snoop', to: null, talkMs: null },
    ]);
  });

  test('gets the message behind its greeting, within the two seconds that a person would have', async () => {
    const call = await called(BOX, 'message');
    expect(call.outcomes).toEqual(['machine']);
    expect(await today(call)).toEqual({ liveAnswers: 0, drops: 0 });
    const waitedMs = call.life.messageAt! - call.life.greetingEndAt!;
    expect(waitedMs).toBeGreaterThanOrEqual(1_500);
    expect(waitedMs).toBeLessThanOrEqual(2_000);
    const source = {
      turn: () => Promise.resolve(),
      entries: (query: LedgerQuery) => call.world.ledger.read(query),
    };
    const asOf = call.world.clock.now();
    const { calls } = await makeDossier(source, { number: personNumber(0) as PhoneNumber, afterId: 0, asOf });
    expect(calls[0]?.record['messages_played']?.value).toMatchObject([{ kind: 'machine_message' }]);
    expect(calls[0]?.record['prerecorded_message']?.value).toBe(true);
  });

  test('that was a person all along presses the key under the message: a drop, and an opt-out', async () => {
    const call = await called({ ...BOX, key: { digit: '9', afterMs: 2_000 } }, 'message');
    expect(call.outcomes).toEqual(['dropped']);
    expect(await today(call)).toEqual({ liveAnswers: 1, drops: 1 });
    expect(call.evidence).toMatchObject({ verdict: 'machine', humanSign: { sign: 'key' } });
    expect(call.entries.filter(({ kind }) => kind === 'opt_out')).toHaveLength(1);
  });
});

describe('a person', () => {
  test.each([
    ['says hello', saying(600), { verdict: 'human', rule: 'short_talk', waitedMs: 500 }],
    ['has a long greeting', saying(1_900), { verdict: 'human', rule: 'short_talk' }],
    [
      'sends nothing but words',
      saying(600, { line: 'only_words' }),
      { verdict: 'human', rule: 'short_talk' },
    ],
    ['stands in noise', saying(600, { line: 'noisy' }), { verdict: 'undecided', rule: 'noise' }],
    ['says nothing', { ...ANSWERS, speaks: null }, { verdict: 'undecided', rule: 'no_speech' }],
  ] as const)('who %s gets the agent, and counts', async (_, script, evidence) => {
    const call = await called(script);
    expect(call.outcomes).toEqual(['connected']);
    expect(await today(call)).toEqual({ liveAnswers: 1, drops: 0 });
    expect(call.evidence).toMatchObject(evidence);
  });

  test('without packets is no machine even when the ear that hears silence is refused', async () => {
    const campaign = otherCampaign(SOLAR.id, { machineDetection: DETECTION });
    const world = await openWorld({
      campaigns: [campaign],
      persons: 1,
      script: () => saying(600, { line: 'only_words' }),
    });
    world.exchange.fault = (command) => ({ kind: command === 'listenBeside' ? 'unavailable' : 'none' });
    world.exchange.connect();
    world.exchange.agentCallsIn('ann');
    await world.clock.go(3_000);
    const { callId } = await world.originate(personNumber(0));
    await world.clock.go(60_000);
    expect(outcomesOf(world.results(callId))).not.toContain('machine');
  });
});

describe('AMD() of the exchange', () => {
  /** Answered, and looked at by the exchange with an agent ready; nothing has been waited for yet. */
  async function answered(script: Script, onMachine: OnMachine = 'hang_up') {
    const campaign = otherCampaign(SOLAR.id, {
      machineDetection: { ...DETECTION, by: 'asterisk', onMachine },
      mode: 'progressive',
    });
    const world = await openWorld({ campaigns: [campaign], persons: 0, script: () => script });
    const number = personNumber(0) as PhoneNumber;
    const disclosureText = 'I agree to calls with a prerecorded voice.';
    await world.running.operations.recordConsent(writtenConsent(number, SOLAR.seller.id, { disclosureText }));
    world.exchange.connect();
    world.exchange.agentCallsIn('ann');
    await world.clock.go(3_000);
    const originate = vi.spyOn(world.exchange, 'originate');
    const { callId } = await world.originate(number);
    await world.clock.go(script.ringMs + 20);
    return {
      world,
      callId,
      life: world.exchange.lived.get(callId)!,
      variables: originate.mock.calls[0]![0].variables,
    };
  }
  const HUMAN = { status: 'HUMAN', cause: 'HUMAN-500-500' };
  const MACHINE = { status: 'MACHINE', cause: 'LONGGREETING-1500-1500' };
  const NOT_SURE = { status: 'NOTSURE', cause: 'TOOLONG-1800' };

  test('is to hear what is louder than noise', async () => {
    const { variables } = await answered({ ...ANSWERS, amd: { ...HUMAN, afterMs: 1_300 } });
    expect(variables['BREAKWATER_AMD']).toBe('1500,1500,500,1800,120,50,10,1024,1500');
  });

  test.each([
    ['could not tell', { ...NOT_SURE, afterMs: 1_800 }],
    ['heard nobody', { status: 'MACHINE', cause: 'INITIALSILENCE-1500-1500', afterMs: 1_500 }],
  ])('%s, and the bridge hangs: the message comes within two seconds of the answer', async (_, amd) => {
    const { world, callId, life } = await answered({ ...ANSWERS, amd });
    world.exchange.fault = (command) => (command === 'bridge' ? { kind: 'late', ms: 900 } : { kind: 'none' });
    await world.clock.go(60_000);
    expect(life.messageAt! - life.answeredAt!).toBeLessThanOrEqual(2_000);
    expect(outcomesOf(world.results(callId))).toEqual(['dropped']);
  });

  test('heard a person out: the switch leaves the connection its time', async () => {
    const speaks = { afterMs: 200, forMs: 800 };
    const { world, callId } = await answered({ ...ANSWERS, speaks, amd: { ...HUMAN, afterMs: 1_500 } });
    world.exchange.fault = (command) => (command === 'bridge' ? { kind: 'late', ms: 800 } : { kind: 'none' });
    await world.clock.go(60_000);
    expect(outcomesOf(world.results(callId))).toEqual(['connected']);
  });

  test('a misjudged person in noise hears the message as soon as one in silence', async () => {
    const amd = { ...MACHINE, afterMs: 1_700 };
    const { world, life } = await answered({ ...ANSWERS, line: 'noisy', amd }, 'message');
    await world.clock.go(60_000);
    expect(life.messageAt! - (life.answeredAt! + amd.afterMs)).toBeLessThanOrEqual(2_000);
  });

  const TALKS_ON = { ...MACHINE, afterMs: 1_250 };

  test.each([
    ['stops while it decides', 1_100],
    ['stops as it has decided', 1_040],
    ['talks on for a second', 2_000],
  ])('called a machine a person who %s: the agent comes, within two seconds', async (_, forMs) => {
    const speaks = { afterMs: 200, forMs };
    const { world, callId, life } = await answered({ ...ANSWERS, speaks, amd: TALKS_ON });
    await world.clock.go(60_000);
    expect(outcomesOf(world.results(callId))).toEqual(['connected']);
    expect(life.connectedAt! - life.greetingEndAt!).toBeLessThanOrEqual(2_000);
    const [progress] = await world.ledger.read({ callId, kinds: ['call_progress'], limit: 1 });
    const { verdict, amd } = progress?.body['machine'] as unknown as { verdict: string; amd: unknown };
    expect(verdict).not.toBe('machine');
    expect(amd).toEqual(MACHINE);
  });

  test('called a machine what talks on and on: it is hung up on, and counts nowhere', async () => {
    const speaks = { afterMs: 200, forMs: 9_000 };
    const { world, callId, life } = await answered({ ...ANSWERS, speaks, amd: TALKS_ON });
    await world.clock.go(60_000);
    expect(outcomesOf(world.results(callId))).toEqual(['machine']);
    expect(life).toMatchObject({ messageAt: null, connectedAt: null, endedBy: 'exchange' });
    expect(await world.tally()).toMatchObject({ today: { liveAnswers: 0, drops: 0 } });
  });

  test('a key pressed while it looks is kept: the opt-out is in the ledger', async () => {
    const { world, callId } = await answered({ ...ANSWERS, amd: { ...HUMAN, afterMs: 1_300 } });
    world.exchange.presses(callId, '9');
    await world.clock.go(60_000);
    const entries = (await world.running.operations.call(callId))?.entries ?? [];
    expect(entries.filter(({ kind }) => kind === 'opt_out')).toHaveLength(1);
    expect(outcomesOf(world.results(callId))).toEqual(['dropped']);
  });
});

test('a person who was taken for a machine while the exchange was going away stays a drop', async () => {
  const campaign = otherCampaign(SOLAR.id, { machineDetection: DETECTION });
  const world = await openWorld({ campaigns: [campaign], persons: 1, script: () => saying(3_500) });
  world.exchange.connect();
  world.exchange.agentCallsIn('ann');
  await world.clock.go(3_000);
  const { callId } = await world.originate(personNumber(0));
  // The verdict is due 3.8 s after the answer; the switch brings the person to the message before that.
  await world.clock.go(ANSWERS.ringMs + 3_000);
  world.exchange.disconnect();
  await world.clock.go(5_000);
  world.exchange.connect();
  await world.clock.go(60_000);
  expect(world.exchange.lived.get(callId)).toMatchObject({ messagesHeard: 1 });
  expect(outcomesOf(world.results(callId))).toEqual(['dropped']);
});

test('a campaign without a detector writes no evidence', async () => {
  const world = await openWorld({ persons: 1, script: () => BOX });
  world.exchange.connect();
  world.exchange.agentCallsIn('ann');
  await world.clock.go(3_000);
  const { callId } = await world.originate(personNumber(0));
  await world.clock.go(60_000);
  const entries = (await world.running.operations.call(callId))?.entries ?? [];
  expect(entries.find(({ kind }) => kind === 'call_progress')?.body).not.toHaveProperty('machine');
});

test('`call show` tells the verdict, what decided and the talk it stands on', async () => {
  const { life, entries } = await called(BOX);
  const text = callText({ call_id: life.callId, state: 'settled', entries: entries.map(viewEntry) });
  expect(text).toMatch(/verdict +machine by own: long_talk; .*longestHumanTalkMs/);
  expect(text).toMatch(/talk +not told to have ended, heard by channel/);
  const hello = await called(saying(600));
  const greeted = callText({ call_id: 'x', state: 'settled', entries: hello.entries.map(viewEntry) });
  expect(greeted).toMatch(/verdict +human by own: short_talk, the person waited 500 ms/);
  expect(greeted).toMatch(/talk +600 ms, heard by channel/);
});
