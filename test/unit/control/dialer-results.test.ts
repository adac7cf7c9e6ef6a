/** Calls that dialers place and say nothing of: what the exchange shows is their result, once; what it does not show is a drop. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createDialerResults,
  DIALER_FIRST_MS,
  type DialerResults,
  type Proven,
} from '../../../src/control/dialer-results.ts';
import type { Outcome } from '../../../src/domain/call-result.ts';
import type { CallId } from '../../../src/domain/ids.ts';
import { textOf } from '../../../src/domain/ledger-entry.ts';
import type { Ledger } from '../../../src/ports/ledger.ts';
import type { TelephonyEvent } from '../../../src/ports/telephony.ts';
import { ANSWERS, type Script } from '../../support/called-person.ts';
import type { DialersHand } from '../../support/fake-exchange.ts';
import { alongside, openWorld, personNumber, type World } from '../../support/sim-world.ts';

const LONG_MS = 60_000;
/** Rings half a second, says hello until 1.3 s, waits. */
const PATIENT: Script = { ...ANSWERS, ringMs: 500, patienceMs: LONG_MS, talkMs: 5_000 };
/** The longest ring, a minute more, and a round of the sweep. */
const LEASE_OVER_MS = 100_000;
const BUSY = { refuses: { hangupCause: 17, sipStatus: 486 } } as const;

interface Dialed {
  readonly world: World;
  readonly callId: CallId;
  readonly dialer: DialersHand;
  results(): readonly string[];
  reports(outcome: Outcome): Promise<string>;
}

async function permitted(): Promise<{ readonly world: World; readonly callId: CallId }> {
  const world = await openWorld();
  return { world, callId: await permittedIn(world) };
}

async function permittedIn(world: World): Promise<CallId> {
  await world.running.operations.setAgentState('ann' as never, 'ready', null);
  await world.clock.go(10);
  const input = world.input(personNumber(0), { callId: 'lead-1', door: 'http' });
  const { decision, callId } = await alongside(world.clock, world.running.operations.screen(input));
  expect(decision.kind).toBe('permit');
  return callId;
}

const resultsOf = (world: World, callId: CallId): readonly string[] =>
  world.results(callId).map((entry) => `${textOf(entry, 'outcome')} ${textOf(entry, 'source')}`);

async function dialed(script: Partial<Script> = {}): Promise<Dialed> {
  const { world, callId } = await permitted();
  world.exchange.script(personNumber(0), { ...PATIENT, ...script });
  const dialer = world.exchange.dialerCalls(personNumber(0), callId);
  // What the exchange tells takes a moment.
  await world.clock.go(10);
  return {
    world,
    callId,
    dialer,
    results: () => resultsOf(world, callId),
    reports: (outcome) => {
      const report = { callId, campaignId: null, outcome, hangupCause: null, sipStatus: null } as const;
      return world.running.operations.reportResult({ ...report, source: 'http' });
    },
  };
}

describe('a call that nobody answers', () => {
  test.each([
    ['is busy', BUSY, 'busy events'],
    ['is declined', { refuses: { hangupCause: 21, sipStatus: 603 } }, 'failed events'],
    ['rings until the end', { ringMs: LONG_MS }, 'no_answer events'],
  ] as const)('%s: the result, and its line is free', async (_, script, result) => {
    const call = await dialed(script);
    await call.world.clock.go(40_000);
    expect(call.results()).toEqual([result]);
    expect(await call.world.tally()).toMatchObject({ inFlight: 0, today: { liveAnswers: 0, drops: 0 } });
  });

  test('waits for the dialer’s own word, and keeps the cause of the leg', async () => {
    const call = await dialed(BUSY);
    await call.world.clock.go(500 + DIALER_FIRST_MS - 100);
    expect(call.results()).toEqual([]);
    await call.world.clock.go(200);
    expect(call.world.results(call.callId)[0]?.body).toMatchObject({ hangupCause: 17, sipStatus: 486 });
    expect(await call.reports('no_answer')).toBe('repeated');
    expect(call.results()).toEqual(['busy events']);
  });

  test('is not left by an end that waits for no talk, until its result is written', async () => {
    const call = await dialed(BUSY);
    await call.world.clock.go(600);
    let left = false;
    void call.world.running.drain(600_000);
    void call.world.running.leaveTalks().then(() => (left = true));
    await call.world.clock.go(DIALER_FIRST_MS - 500);
    expect([left, call.results()]).toEqual([false, []]);
    await call.world.clock.go(1_500);
    expect([left, call.results()]).toEqual([true, ['busy events']]);
  });

  test('and that the dialer tells of first is what the dialer says', async () => {
    const call = await dialed(BUSY);
    await call.world.clock.go(1_000);
    expect(await call.reports('machine')).toBe('recorded');
    await call.world.clock.go(20_000);
    expect(call.results()).toEqual(['machine http']);
  });

  test('is given up by the dialer: not answered', async () => {
    const call = await dialed({ ringMs: 10_000 });
    await call.world.clock.go(3_000);
    call.dialer.hangsUp();
    await call.world.clock.go(10_000);
    expect(call.results()).toEqual(['no_answer events']);
  });

  test('while the ledger is away gets its result when the ledger is back', async () => {
    const call = await dialed(BUSY);
    let away = true;
    const append = call.world.sidecar.ledger.append.bind(call.world.sidecar.ledger);
    Object.assign(call.world.sidecar.ledger, {
      append: (draft: never) => (away ? Promise.reject(new Error('away')) : append(draft)),
    });
    await call.world.clock.go(20_000);
    expect(call.results()).toEqual([]);
    away = false;
    await call.world.clock.go(5_000);
    expect(call.results()).toEqual(['busy events']);
  });
});

describe('an answered call', () => {
  test('with an agent in time is connected, a moment after it', async () => {
    const call = await dialed();
    await call.world.clock.go(2_000);
    call.dialer.bridgesAgent();
    await call.world.clock.go(DIALER_FIRST_MS - 100);
    expect(call.results()).toEqual([]);
    await call.world.clock.go(200);
    expect(call.results()).toEqual(['connected events']);
    // The end of the talk is no second result.
    await call.world.clock.go(LEASE_OVER_MS);
    expect(call.results()).toEqual(['connected events']);
    expect((await call.world.tally()).today).toEqual({ liveAnswers: 1, drops: 0 });
  });

  test('whose agent may be the dialer’s own trunk proves nothing: the dialer says it, or it is a drop', async () => {
    const call = await dialed();
    await call.world.clock.go(2_000);
    call.dialer.bridgesAgent(false);
    await call.world.clock.go(20_000);
    expect(call.results()).toEqual([]);
    await call.world.clock.go(LEASE_OVER_MS);
    expect(call.results()).toEqual(['expired lease']);
    expect((await call.world.tally()).today).toEqual({ liveAnswers: 1, drops: 1 });
  });

  test.each([
    ['in the greeting', 700],
    ['while an agent is waited for', 1_500],
  ])('and whose person hangs up %s is no drop', async (_, patienceMs) => {
    const call = await dialed({ patienceMs });
    await call.world.clock.go(20_000);
    expect(call.results()).toEqual(['hung_up events']);
    expect((await call.world.tally()).today).toEqual({ liveAnswers: 1, drops: 0 });
  });

  test('that the dialer hangs up on is a drop, unless the dialer says what it was', async () => {
    const call = await dialed();
    await call.world.clock.go(1_400);
    call.dialer.hangsUp();
    await call.world.clock.go(20_000);
    expect(call.results()).toEqual([]);
    await call.world.clock.go(LEASE_OVER_MS);
    expect(call.results()).toEqual(['expired lease']);
  });

  test('that was taken for want of an agent is the drop it was, whatever is seen later', async () => {
    const call = await dialed();
    await call.world.clock.go(500 + 800 + 1_900);
    call.dialer.bridgesAgent();
    await call.world.clock.go(LEASE_OVER_MS);
    expect(call.results()).toEqual(['dropped watchdog']);
  });
});

describe('a dialplan that knows of an answer and of nothing else', () => {
  const says = async ({ world, callId }: Dialed, unsaid: boolean): Promise<string> => {
    const report = { callId, campaignId: null, hangupCause: null, sipStatus: null, source: 'agi' } as const;
    const { operations } = world.running;
    return alongside(world.clock, operations.reportResult({ ...report, outcome: 'dropped', unsaid }));
  };

  test('reports as the agent comes: the agent stands', async () => {
    const call = await dialed();
    await call.world.clock.go(2_000);
    call.world.clock.after(100, () => call.dialer.bridgesAgent());
    expect(await says(call, true)).toBe('recorded');
    expect(call.results()).toEqual(['connected events']);
  });

  test('and sees no agent reports a drop, a moment later', async () => {
    const call = await dialed();
    await call.world.clock.go(2_000);
    expect(await says(call, true)).toBe('recorded');
    expect(call.results()).toEqual(['dropped agi']);
  });

  test('is not meant where the dialer says that it was a drop', async () => {
    const call = await dialed();
    await call.world.clock.go(2_000);
    call.dialer.bridgesAgent();
    await call.world.clock.go(100);
    expect(await says(call, false)).toBe('recorded');
    expect(call.results()).toEqual(['dropped agi']);
  });
});

describe('a connection that was lost', () => {
  test('while the telephone rang takes nothing away when it still rings', async () => {
    const call = await dialed({ ringMs: 8_000, ...BUSY });
    call.world.exchange.disconnect();
    await call.world.clock.go(3_000);
    call.world.exchange.connect();
    await call.world.clock.go(20_000);
    expect(call.results()).toEqual(['busy events']);
  });

  test('and in which the call ended leaves it to the dialer, and to the lease', async () => {
    const call = await dialed({ ringMs: 2_000, ...BUSY });
    call.world.exchange.disconnect();
    await call.world.clock.go(5_000);
    call.world.exchange.connect();
    await call.world.clock.go(20_000);
    expect(call.results()).toEqual([]);
    await call.world.clock.go(LEASE_OVER_MS);
    expect(call.results()).toEqual(['expired lease']);
  });

  test('and in which an agent came proves nothing of the two seconds', async () => {
    const call = await dialed();
    await call.world.clock.go(700);
    call.world.exchange.disconnect();
    await call.world.clock.go(200);
    call.dialer.bridgesAgent();
    await call.world.clock.go(400);
    call.world.exchange.connect();
    await call.world.clock.go(LEASE_OVER_MS + 20_000);
    expect(call.results()).toEqual(['expired lease']);
  });

  test('by a restart leaves what rang before to the dialer, and to the lease', async () => {
    const call = await dialed({ ringMs: 8_000, ...BUSY });
    call.world.restart();
    await call.world.clock.go(20_000);
    expect(call.results()).toEqual([]);
    await call.world.clock.go(LEASE_OVER_MS);
    expect(call.results()).toEqual(['expired lease']);
  });
});

type Heard =
  { readonly kind: 'told' } | { readonly kind: 'prove'; readonly outcome: Proven } | TelephonyEvent;
const CALL = 'lead-1' as CallId;
const NO_CAUSE = { hangupCause: 17, sipStatus: 486 } as const;
const dials = (legId: string): TelephonyEvent => ({ kind: 'dialer_dialed', callId: CALL, legId });
const ends = (legId: string, how: 'answered' | 'unanswered' | 'unheard' = 'unanswered'): TelephonyEvent => ({
  kind: 'dialer_leg_ended',
  callId: CALL,
  legId,
  how,
  ...NO_CAUSE,
});
const UP: TelephonyEvent = { kind: 'connection', up: true };
const DOWN: TelephonyEvent = { kind: 'connection', up: false };
const ANSWERED: TelephonyEvent = { kind: 'dialer_answered', callId: CALL, missed: false, deadMan: false };

/** The results alone, told by hand, beside a sidecar that hears nothing of it. */
async function byHand(before?: TelephonyEvent) {
  const world = await openWorld();
  const results = createDialerResults(world.sidecar);
  if (before !== undefined) results.hear(before);
  const callId = await permittedIn(world);
  return {
    world,
    results,
    hear: (heard: Heard): void => {
      if (heard.kind === 'told') results.told(callId);
      else if (heard.kind === 'prove') results.prove(callId, heard.outcome);
      else results.hear(heard);
    },
    found: () => resultsOf(world, callId),
  };
}

describe('legs of one call', () => {
  test.each([
    ['one trunk after the other', [dials('a'), ends('a'), dials('b')], []],
    ['the last of them', [dials('a'), ends('a'), dials('b'), ends('b')], ['busy events']],
    ['at once, one still rings', [dials('a'), dials('b'), ends('a')], []],
    ['one answered, the others were called off', [dials('a'), dials('b'), ANSWERED, ends('b')], []],
    ['one had been answered, as its end tells', [dials('a'), ends('a', 'answered')], []],
    ['one ended unheard', [dials('a'), dials('b'), ends('a', 'unheard'), ends('b')], []],
    ['an agent’s behind the answered one', [dials('a'), ANSWERED, dials('agent'), ends('agent')], []],
    ['what is dialed behind its end', [dials('a'), ends('a', 'answered'), dials('b'), ends('b')], []],
    ['what is dialed behind an end unheard', [dials('a'), ends('a', 'unheard'), dials('b'), ends('b')], []],
    ['the beginning was not heard', [ends('a')], []],
    ['an agent’s behind an answer that was missed', [ANSWERED, dials('agent'), ends('agent')], []],
    [
      'the next trunk’s may be dialed, and answered, while nothing is heard',
      [dials('a'), ends('a'), DOWN],
      [],
    ],
    ['nor does the gap’s end bring it back', [dials('a'), ends('a'), DOWN, UP], []],
    ['and what ends behind the gap is not all', [dials('a'), ends('a'), DOWN, UP, dials('c'), ends('c')], []],
    ['one that rings on behind the gap is', [dials('a'), DOWN, UP, ends('a')], ['busy events']],
    [
      'a talk that was proven stands',
      [{ kind: 'prove', outcome: 'connected' }, DOWN, UP],
      ['connected events'],
    ],
  ] as const)('%s', async (_, events, expected) => {
    const { world, hear, found } = await byHand();
    for (const event of events) hear(event);
    await world.clock.go(10_000);
    expect(found()).toEqual(expected);
  });

  const NOBODYS = 'nobody-s' as CallId;

  async function busy(results: DialerResults, world: World, callId: CallId): Promise<readonly string[]> {
    for (const event of [dials('x'), ends('x')]) results.hear({ ...event, callId } as TelephonyEvent);
    await world.clock.go(10_000);
    return resultsOf(world, callId);
  }

  test('of a call that nobody knows, and of a vetoed one, come to nothing', async () => {
    const { world, results } = await byHand();
    const input = world.input('+13035550199', { callId: 'vetoed', door: 'http' });
    const { decision, callId } = await alongside(world.clock, world.running.operations.screen(input));
    expect(decision.kind).toBe('veto');
    expect(await busy(results, world, callId)).toEqual([]);
    expect(await busy(results, world, NOBODYS)).toEqual([]);
  });

  test('of another sidecar’s permit are for the other to tell', async () => {
    const { world } = await byHand();
    const ledger = Object.create(world.sidecar.ledger, { writer: { value: 'other' } }) as Ledger;
    expect(await busy(createDialerResults({ ...world.sidecar, ledger }), world, CALL)).toEqual([]);
    expect(await busy(createDialerResults(world.sidecar), world, CALL)).toEqual(['busy events']);
  });

  test('whose result waits are pending until it is written, and nothing is written behind a stop', async () => {
    const { world, results, hear, found } = await byHand();
    hear(dials('a'));
    hear(ends('a'));
    expect(results.pending()).toBe(1);
    results.stop();
    expect(results.pending()).toBe(0);
    await world.clock.go(10_000);
    expect(found()).toEqual([]);
  });
});

describe('an origination that failed', () => {
  const fails = (why: 'busy' | 'no_answer' | 'failed' = 'failed'): TelephonyEvent => ({
    kind: 'dialer_origination_failed',
    callId: CALL,
    why,
  });
  /** Known by the id that its channel was to have. */
  const failsTo = (channel: string): TelephonyEvent => ({ ...fails(), channel }) as TelephonyEvent;

  test.each([
    ['and was to be the person', [failsTo(`PJSIP/${personNumber(0).slice(1)}@carrier`)], ['failed events']],
    [
      'and was to be the person, as the trunk dials',
      [failsTo(`SIP/carrier/9${personNumber(0).slice(2)}`)],
      ['failed events'],
    ],
    ['and was to be a telephone of the dialer', [failsTo('PJSIP/agent-7')], []],
    ['and was to be somebody else', [failsTo(`PJSIP/${personNumber(1).slice(1)}@carrier`)], []],
    ['before a telephone of the dialer', [fails('busy'), failsTo('PJSIP/agent-7')], ['busy events']],
    ['and shows nothing else', [fails()], ['failed events']],
    ['as the telephone was busy', [fails('busy')], ['busy events']],
    ['as nobody answered', [fails('no_answer')], ['no_answer events']],
    ['twice', [fails(), fails()], ['failed events']],
    ['and another trunk rings', [fails(), dials('a')], []],
    ['and another trunk is busy', [fails(), dials('a'), ends('a')], ['busy events']],
    ['as its leg tells better', [dials('a'), ends('a'), fails()], ['busy events']],
    ['while a leg rings', [dials('a'), fails()], []],
    ['though a leg was answered', [dials('a'), ANSWERED, ends('a', 'answered'), fails()], []],
    ['though an answer was missed', [ANSWERED, fails()], []],
    ['before an answer that was missed', [fails(), ANSWERED], []],
    ['and the dialer says it', [fails(), { kind: 'told' }], []],
    ['behind a proof', [{ kind: 'prove', outcome: 'connected' }, fails()], ['connected events']],
    ['while nothing is heard', [DOWN, fails()], []],
    ['before nothing is heard', [fails(), DOWN], []],
  ] as const)('%s', async (_, events, expected) => {
    const { world, hear, found } = await byHand(UP);
    for (const event of events) hear(event);
    await world.clock.go(10_000);
    expect(found()).toEqual(expected);
  });

  test('waits for the dialer’s own word, and for the next failure', async () => {
    const { world, hear, found } = await byHand(UP);
    hear(fails());
    await world.clock.go(DIALER_FIRST_MS - 100);
    hear(fails('no_answer'));
    await world.clock.go(DIALER_FIRST_MS - 100);
    expect(found()).toEqual([]);
    await world.clock.go(200);
    expect(found()).toEqual(['no_answer events']);
  });

  test('of a call that was permitted before the exchange was heard has no result: it may have been answered', async () => {
    const { world, hear, found } = await byHand(UP);
    await world.clock.go(1_000);
    for (const event of [DOWN, UP, fails()]) hear(event);
    await world.clock.go(10_000);
    expect(found()).toEqual([]);
  });

  test('frees its line in a whole sidecar, and is told of once', async () => {
    const world = await openWorld();
    world.exchange.tells(UP);
    await world.clock.go(10);
    const callId = await permittedIn(world);
    world.exchange.tells({ kind: 'dialer_origination_failed', callId, why: 'failed' });
    await world.clock.go(10_000);
    expect(resultsOf(world, callId)).toEqual(['failed events']);
    expect(await world.tally()).toMatchObject({ inFlight: 0, today: { liveAnswers: 0, drops: 0 } });
    await world.clock.go(LEASE_OVER_MS);
    expect(resultsOf(world, callId)).toEqual(['failed events']);
  });
});

test('over any order of events: one result at most, and none without a live answer once somebody has answered', async () => {
  const heard = fc.constantFrom<Heard>(
    ...['a', 'b'].flatMap((leg) => [dials(leg), ends(leg), ends(leg, 'answered'), ends(leg, 'unheard')]),
    ANSWERED,
    { kind: 'prove', outcome: 'connected' },
    { kind: 'prove', outcome: 'hung_up' },
    { kind: 'told' },
    { kind: 'connection', up: true },
    { kind: 'connection', up: false },
    { kind: 'dialer_origination_failed', callId: CALL, why: 'failed' },
  );
  const step = fc.record({ heard, waitMs: fc.constantFrom(0, 0, 500, DIALER_FIRST_MS + 100) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 10 }), async (steps) => {
      const { world, hear, found } = await byHand({ kind: 'connection', up: true });
      let answered = false;
      for (const { heard: each, waitMs } of steps) {
        // A result that is due stands before what is heard then.
        if (found().length > 0) return;
        if (each.kind === 'told') answered = false;
        answered ||= each === ANSWERED;
        hear(each);
        await world.clock.go(waitMs);
        expect(found().length).toBeLessThanOrEqual(1);
        if (answered) expect(found().join()).not.toMatch(/busy|no_answer|failed/);
      }
      await world.clock.go(10_000);
      expect(found().length).toBeLessThanOrEqual(1);
      if (answered) expect(found().join()).not.toMatch(/busy|no_answer|failed/);
    }),
    { numRuns: 60 },
  );
});
