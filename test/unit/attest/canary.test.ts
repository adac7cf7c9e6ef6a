/** Calls to a number of our own: when they are placed, what they prove, and what the next call hears of it. */
import { expect, test } from 'vitest';
import { openMemoryLedger } from '../../../src/adapters/memory/ledger.ts';
import type { CanaryRun } from '../../../src/control/canary-desk.ts';
import type { ArrivedCall, CanarySettings } from '../../../src/domain/canary.ts';
import type { Campaign } from '../../../src/domain/campaign.ts';
import type { WriterId } from '../../../src/domain/ids.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { addMs, formatInstant, HOUR_MS, MINUTE_MS } from '../../../src/domain/time.ts';
import { ANSWERS } from '../../support/called-person.ts';
import { alongside, openWorld, personNumber, SOLAR, type World } from '../../support/sim-world.ts';

const [CALLER_ID = '' as PhoneNumber] = SOLAR.callerIds.map(({ number }) => number);
const OWN = '+13035550150' as PhoneNumber;
const OTHER = '+13035550151' as PhoneNumber;

const SETTINGS: CanarySettings = {
  numbers: [OWN],
  everyHours: 12,
  retryMinutes: 30,
  minutesBetween: 5,
  callsPerDayMax: 10,
  arrivesWithinSeconds: 30,
  words: [],
};
const DEMANDING: Campaign = {
  ...SOLAR,
  mode: 'preview',
  attestation: { minimum: 'A', maxAgeHours: 24, ways: ['seen_there'] },
};
/** The far end rings on and on: nobody answers a canary. */
const RINGS = { ...ANSWERS, ringMs: 120_000 };

async function open(more: Partial<CanarySettings> = {}): Promise<World> {
  const world = await openWorld({
    campaigns: [DEMANDING],
    canary: { ...SETTINGS, ...more },
    script: () => RINGS,
    persons: 5,
  });
  world.exchange.connect();
  world.exchange.agentCallsIn('ann');
  return world;
}

const of = (world: World, kind: string) =>
  world.ledger.store.entries.filter((entry) => entry.kind === kind).map(({ body }) => body);

const arrives = (world: World, more: Partial<ArrivedCall>): 'known' | 'unknown' =>
  world.running.operations.callers.canaryArrived({
    callerId: CALLER_ID,
    calledNumber: OWN.slice(1),
    identities: [],
    date: '',
    from: '',
    asserted: '',
    verifyResult: '',
    attestation: '',
    echo: '',
    ...more,
  });

const verstat = (level: string) => ({ asserted: `<tel:${CALLER_ID};verstat=TN-Validation-Passed-${level}>` });

async function reasons(world: World): Promise<readonly string[]> {
  const { decision } = await alongside(
    world.clock,
    world.running.operations.decide(world.input(personNumber(1))),
  );
  const codes = decision.kind === 'veto' ? decision.reasons.map(({ code }) => code) : [];
  return codes.filter((code) => code.startsWith('attestation'));
}

test('a canary is in the ledger, rings our number, and confirms what came back', async () => {
  const world = await open();
  const originate = world.exchange.originate.bind(world.exchange);
  const purposes: unknown[] = [];
  world.exchange.originate = (call) => {
    purposes.push(call.purpose);
    return originate(call);
  };
  expect(await reasons(world)).toEqual(['attestation_unconfirmed']);
  await world.clock.go(6_000);
  expect(of(world, 'canary_placed')).toMatchObject([{ callerId: CALLER_ID, trunk: 'carrier', called: OWN }]);
  expect(world.exchange.timesCalled(OWN)).toBe(1);
  // Should somebody answer, the exchange hangs up: no agent and no message is for a canary.
  expect(purposes).toEqual(['canary']);
  expect(arrives(world, verstat('A'))).toBe('known');
  await world.clock.go(10);
  expect(of(world, 'canary_result')).toMatchObject([{ outcome: 'arrived', level: 'A', alarm: null }]);
  expect(of(world, 'attestation_recorded')).toMatchObject([
    { callerId: CALLER_ID, trunk: 'carrier', level: 'A', way: 'seen_there' },
  ]);
  expect(await reasons(world)).toEqual([]);
  // Nobody's call: no decision, no result, nothing counted.
  expect([...of(world, 'decision'), ...of(world, 'call_result'), ...of(world, 'call_progress')]).toEqual([]);
  expect((await world.tally(DEMANDING)).inFlight).toBe(0);
});

test('a level that has fallen is an alarm, and the next call is vetoed', async () => {
  const world = await open();
  await world.clock.go(6_000);
  arrives(world, verstat('A'));
  await world.clock.go(12 * HOUR_MS + 10_000);
  expect(of(world, 'canary_placed')).toHaveLength(2);
  const from = world.clock.now();
  arrives(world, verstat('B'));
  expect(await reasons(world)).toEqual(['attestation_below_minimum']);
  expect(world.clock.now() - from).toBeLessThan(1_000);
  await world.clock.go(10);
  expect(of(world, 'canary_result').at(-1)).toMatchObject({ level: 'B', before: 'A', alarm: 'fell' });
  expect(of(world, 'attestation_alarm')).toMatchObject([
    { callerId: CALLER_ID, trunk: 'carrier', level: 'B', before: 'A' },
  ]);
  // INVARIANT (lowered-at-once): what binds the next decision is written before anything is told.
  expect(world.ledger.store.entries.slice(-3).map(({ kind }) => kind)).toEqual([
    'attestation_recorded',
    'canary_result',
    'attestation_alarm',
  ]);
  // And so it stays until a canary shows better.
  await world.clock.go(30 * MINUTE_MS);
  arrives(world, verstat('A'));
  await world.clock.go(10);
  expect(await reasons(world)).toEqual([]);
});

test('a canary that does not come back lowers the record at once, and says who called meanwhile', async () => {
  const world = await open();
  await world.clock.go(6_000);
  arrives(world, verstat('A'));
  await world.clock.go(12 * HOUR_MS + 10_000);
  expect(arrives(world, { callerId: '+13035550177', ...verstat('A') })).toBe('unknown');
  await world.clock.go(31_000);
  expect(of(world, 'canary_result').at(-1)).toMatchObject({
    outcome: 'missing',
    level: 'none',
    alarm: 'missing',
  });
  expect(of(world, 'attestation_alarm')[0]?.['problem']).toContain('+13035550177');
  expect(await reasons(world)).toEqual(['attestation_unconfirmed']);
});

test('a canary that a network blocks is a blocking signal and is missing without a wait', async () => {
  const world = await open();
  world.exchange.script(OWN, { ...ANSWERS, ringMs: 100, refuses: { hangupCause: 21, sipStatus: 608 } });
  await world.clock.go(6_000);
  expect(of(world, 'canary_result')).toMatchObject([
    { outcome: 'refused', sipStatus: 608, level: 'none', alarm: 'missing' },
  ]);
  expect(of(world, 'blocking_signal')).toMatchObject([
    { callerId: CALLER_ID, trunk: 'carrier', signal: 'rejected' },
  ]);
});

test('busy, as our own dialplan says when one has come back, is no refusal: it may have come where another sidecar is asked', async () => {
  const world = await open();
  world.exchange.script(OWN, { ...ANSWERS, ringMs: 100, refuses: { hangupCause: 17, sipStatus: 486 } });
  await world.clock.go(8_000);
  expect(of(world, 'canary_placed')).toHaveLength(1);
  expect(of(world, 'canary_result')).toEqual([]);
  await world.clock.go(30_000);
  expect(of(world, 'canary_result')).toMatchObject([{ outcome: 'missing', sipStatus: null }]);
});

test('one that the exchange does not take proves nothing, for or against', async () => {
  const world = await open();
  await world.clock.go(6_000);
  arrives(world, verstat('A'));
  await world.clock.go(HOUR_MS);
  world.exchange.fault = (command) => ({ kind: command === 'originate' ? 'unavailable' : 'none' });
  await alongside(
    world.clock,
    world.running.operations.runCanaries({ callerId: CALLER_ID, trunk: 'carrier' }),
  );
  await world.clock.go(10);
  expect(of(world, 'canary_result').at(-1)).toMatchObject({ outcome: 'unplaced', level: null, alarm: null });
  expect(await reasons(world)).toEqual([]);
});

test('without an exchange none is placed, by schedule or by hand', async () => {
  const world = await open();
  world.exchange.disconnect();
  await world.clock.go(60_000);
  expect(of(world, 'canary_placed')).toEqual([]);
  const runs = await alongside(
    world.clock,
    world.running.operations.runCanaries({ callerId: CALLER_ID, trunk: null }),
  );
  expect(runs).toMatchObject([{ kind: 'refused', why: 'not_ready' }]);
});

test('of two sidecars on one exchange either may be asked about the canaries of the other', async () => {
  const world = await open();
  const { ledger, clock } = world;
  const other = openMemoryLedger({ writer: 'other' as WriterId, clock, store: ledger.store });
  await clock.go(6_000);
  const [ours] = of(world, 'canary_placed');
  const canaryId = ours?.['callId'] as string;
  // Ours came where the other is asked.
  await other.append({
    kind: 'canary_result',
    dedupeKey: canaryId,
    body: { ...ours, outcome: 'arrived', level: 'A', before: null, alarm: null, findings: [] },
  });
  await clock.go(60_000);
  expect(of(world, 'canary_result')).toHaveLength(1);
  expect(of(world, 'attestation_alarm')).toEqual([]);
  // And theirs comes here; a start of ours meanwhile takes it for nothing.
  await other.append({
    kind: 'canary_placed',
    dedupeKey: 'theirs',
    body: {
      ...{ callId: 'canary-theirs', callerId: CALLER_ID, trunk: 'carrier', called: OTHER, by: 'hand' },
      until: formatInstant(addMs(clock.now(), 30_000)),
    },
  });
  world.restart();
  await clock.go(1_000);
  expect(of(world, 'canary_result')).toHaveLength(1);
  expect(arrives(world, { calledNumber: OTHER, ...verstat('B') })).toBe('known');
  await clock.go(10);
  expect(of(world, 'canary_result').at(-1)).toMatchObject({
    callId: 'canary-theirs',
    level: 'B',
    before: 'A',
  });
  expect(await reasons(world)).toEqual(['attestation_below_minimum']);
});

test('two sidecars that want the same canary in the same minute place one', async () => {
  // Nothing else holds ours back.
  const world = await open({ minutesBetween: 0 });
  const { ledger, clock } = world;
  const other = openMemoryLedger({ writer: 'other' as WriterId, clock, store: ledger.store });
  await other.append({
    kind: 'canary_placed',
    dedupeKey: `${CALLER_ID} carrier ${Math.floor(clock.now() / MINUTE_MS)}`,
    body: {
      ...{ callId: 'canary-theirs', callerId: CALLER_ID, trunk: 'west', called: OTHER, by: 'schedule' },
      until: formatInstant(addMs(clock.now(), 30_000)),
    },
  });
  await clock.go(8_000);
  expect(world.exchange.timesCalled(OWN)).toBe(0);
  expect(of(world, 'canary_placed')).toHaveLength(1);
});

test('somebody who calls the number when no canary is out is nobody’s canary', async () => {
  const world = await open();
  expect(arrives(world, verstat('A'))).toBe('unknown');
  await world.clock.go(6_000);
  expect(arrives(world, { calledNumber: OTHER, ...verstat('A') })).toBe('unknown');
  expect(arrives(world, verstat('A'))).toBe('known');
  // Told twice it is one.
  expect(arrives(world, verstat('A'))).toBe('known');
  await world.clock.go(10);
  expect(of(world, 'canary_result')).toHaveLength(1);
  expect(of(world, 'attestation_recorded')).toHaveLength(1);
});

test.each([
  ['while the first is looked at', null],
  ['a moment after the first', 5_000],
])('a canary that comes by two ways, %s: the lower look counts', async (_, laterMs) => {
  const world = await open();
  await world.clock.go(6_000);
  expect(arrives(world, verstat('A'))).toBe('known');
  if (laterMs !== null) await world.clock.go(laterMs);
  expect(arrives(world, verstat('C'))).toBe('known');
  expect(arrives(world, verstat('B'))).toBe('known');
  await world.clock.go(100);
  expect(of(world, 'attestation_recorded').map(({ level }) => level)).toEqual(['A', 'C']);
  expect(of(world, 'attestation_alarm')).toMatchObject([{ level: 'C', before: 'A' }]);
  expect(of(world, 'canary_result')).toHaveLength(1);
  expect(await reasons(world)).toEqual(['attestation_below_minimum']);
  // After its time nobody's call is that canary any more.
  await world.clock.go(31_000);
  expect(arrives(world, verstat('C'))).toBe('unknown');
});

test('after a restart the schedule goes on where it was, and what was on its way is lost without a word against it', async () => {
  const world = await open();
  await world.clock.go(6_000);
  world.restart();
  await world.clock.go(1_000);
  expect(of(world, 'canary_result')).toMatchObject([{ outcome: 'lost', level: null, alarm: null }]);
  expect(of(world, 'attestation_recorded')).toEqual([]);
  expect(of(world, 'canary_placed')).toHaveLength(1);
  await world.clock.go(31 * MINUTE_MS);
  expect(of(world, 'canary_placed')).toHaveLength(2);
});

test('asked for by hand: at once, with the result', async () => {
  const world = await open();
  await world.clock.go(6_000);
  arrives(world, verstat('A'));
  await world.clock.go(1_000);
  const runs: readonly CanaryRun[] = await alongside(
    world.clock,
    world.running.operations.runCanaries({ callerId: CALLER_ID, trunk: null }),
  );
  expect(runs).toMatchObject([{ kind: 'placed' }]);
  // One number, and one on its way to it: what came could be either.
  expect(
    await alongside(world.clock, world.running.operations.runCanaries({ callerId: null, trunk: null })),
  ).toMatchObject([{ kind: 'refused', why: 'numbers_are_busy' }]);
  arrives(world, verstat('A'));
  const [run] = runs;
  const result = run?.kind === 'placed' ? await alongside(world.clock, run.result) : null;
  expect(result).toMatchObject({ outcome: 'arrived', level: 'A', alarm: null });
  for (const none of [
    { callerId: OTHER, trunk: null },
    { callerId: null, trunk: 'west' },
  ]) {
    expect(await alongside(world.clock, world.running.operations.runCanaries(none))).toEqual([]);
  }
});

/** What another sidecar on the same ledger writes when it places one. */
async function placedElsewhere(world: World, trunk: string): Promise<void> {
  const { clock, ledger } = world;
  const other = openMemoryLedger({ writer: 'other' as WriterId, clock, store: ledger.store });
  await other.append({
    kind: 'canary_placed',
    body: {
      ...{ callId: `canary-${trunk}`, callerId: CALLER_ID, trunk, called: OWN, by: 'schedule' },
      until: formatInstant(addMs(clock.now(), 30_000)),
    },
  });
  await other.close();
  await clock.go(1);
}

test('two of one caller ID by two trunks to one number: what comes back confirms neither', async () => {
  const world = await open();
  await world.clock.go(6_000);
  await placedElsewhere(world, 'west');
  expect(arrives(world, verstat('A'))).toBe('unknown');
  await world.clock.go(31_000);
  expect(of(world, 'canary_result')).toMatchObject([{ trunk: 'carrier', outcome: 'missing', level: 'none' }]);
  expect(of(world, 'attestation_recorded').map(({ level }) => level)).toEqual(['none']);
});

test('a canary of a sidecar that is gone: in its time it is seen, long after it is lost, and its number is free again', async () => {
  const world = await open({ everyHours: 1 });
  await world.clock.go(6_000);
  arrives(world, verstat('A'));
  await world.clock.go(10);
  await placedElsewhere(world, 'west');
  await world.clock.go(89_000);
  // Somebody else with that caller ID, an hour later it would have been.
  await world.clock.go(8_000);
  expect(arrives(world, verstat('A'))).toBe('unknown');
  expect(of(world, 'canary_result').at(-1)).toMatchObject({ trunk: 'west', outcome: 'lost', level: null });
  expect(of(world, 'attestation_recorded')).toMatchObject([{ trunk: 'carrier' }]);
  await world.clock.go(HOUR_MS);
  expect(of(world, 'canary_placed')).toHaveLength(3);
});

test('asked for twice at once over two trunks: one number takes one', async () => {
  const west: Campaign = { ...DEMANDING, id: 'west' as Campaign['id'], endpoint: 'PJSIP/{number}@west' };
  const world = await openWorld({
    campaigns: [DEMANDING, west],
    canary: { ...SETTINGS, minutesBetween: 1_440 },
    script: () => RINGS,
  });
  world.exchange.connect();
  await world.clock.go(6_000);
  arrives(world, verstat('A'));
  await world.clock.go(1_000);
  const { operations } = world.running;
  const runs = await alongside(
    world.clock,
    Promise.all(['carrier', 'west'].map((trunk) => operations.runCanaries({ callerId: CALLER_ID, trunk }))),
  );
  expect(runs.flat()).toMatchObject([{ kind: 'placed' }, { kind: 'refused', why: 'numbers_are_busy' }]);
});
