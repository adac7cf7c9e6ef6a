/** Calls that dialers hold, on a fake exchange and clock: to the millisecond when the person is taken, what is recorded, and by whom. */
import { describe, expect, test } from 'vitest';
import type { LedgerEntry } from '../../../src/domain/ledger-entry.ts';
import { textOf } from '../../../src/domain/ledger-entry.ts';
import { openMemoryLedger } from '../../../src/adapters/memory/ledger.ts';
import { startSidecar } from '../../../src/control/start-sidecar.ts';
import type { CallId, WriterId } from '../../../src/domain/ids.ts';
import { type Ledger, LedgerUnavailable } from '../../../src/ports/ledger.ts';
import { ANSWERS, type Lived, type Script } from '../../support/called-person.ts';
import type { DialersHand } from '../../support/fake-exchange.ts';
import { alongside, openWorld, personNumber, SOLAR, type World } from '../../support/sim-world.ts';

/** As long as one may wait between the end of the greeting and the message. */
const TWO_SECONDS = SOLAR.connectWithinMs;
/** From the take to the first word: the command, the channel's way to us, the switch, the playback. */
const ON_ITS_WAY_MS = 20;
const LONG_MS = 60_000;
const PATIENT: Script = { ...ANSWERS, ringMs: 500, patienceMs: LONG_MS, talkMs: 5_000 };

interface Held {
  readonly world: World;
  readonly callId: CallId;
  readonly dialer: DialersHand;
  readonly life: Lived;
  results(): readonly string[];
}

/** A call that a dialer has got a permit for and has placed; it is answered half a second later. */
async function held(
  script: Partial<Script> = {},
  path?: 'breakwater-dial',
  answerToldLateMs = 0,
): Promise<Held> {
  const world = await openWorld();
  world.exchange.answerToldLateMs = answerToldLateMs;
  const number = personNumber(0);
  await world.running.operations.setAgentState('ann' as never, 'ready', null);
  await world.clock.go(10);
  const input = world.input(number, { callId: 'lead-1', door: 'agi' });
  const { decision, callId } = await alongside(world.clock, world.running.operations.screen(input));
  expect(decision.kind).toBe('permit');
  world.exchange.script(number, { ...PATIENT, ...script });
  const dialer = world.exchange.dialerCalls(number, callId, path);
  return {
    world,
    callId,
    dialer,
    life: world.exchange.lived.get(callId)!,
    results: () =>
      world.results(callId).map((entry) => `${textOf(entry, 'outcome')} ${textOf(entry, 'source')}`),
  };
}

const progress = ({ world, callId }: Held): LedgerEntry | undefined =>
  world.ledger.store.entries.find(
    (entry) => entry.kind === 'call_progress' && entry.body['callId'] === callId,
  );
const moments = (call: Held): Readonly<Record<string, string>> =>
  (progress(call)?.body['timeline'] ?? {}) as Readonly<Record<string, string>>;

describe('a person whom a dialer lets wait', () => {
  test.each([
    ['after a hello', {}],
    ['who sends only words', { line: 'only_words' }],
    ['in noise, after a word', { line: 'noisy', speaks: { afterMs: 100, forMs: 200 } }],
    ['in noise', { line: 'noisy' }],
  ] as const)(
    '%s hears the message within two seconds of the greeting, and late in them',
    async (_, script) => {
      const call = await held(script);
      await call.world.clock.go(20_000);
      const waited = call.life.messageAt! - call.life.greetingEndAt!;
      expect(waited).toBeLessThanOrEqual(TWO_SECONDS);
      expect(call.life.messagesHeard).toBe(1);
      expect(call.results()).toEqual(['dropped watchdog']);
      expect(call.life.endedBy).toBe('exchange');
    },
  );

  test('has as long as the law gives, but for what the taking needs', async () => {
    const call = await held();
    await call.world.clock.go(20_000);
    const waited = call.life.messageAt! - call.life.greetingEndAt!;
    expect(waited).toBeGreaterThanOrEqual(TWO_SECONDS - 500);
    expect(waited).toBeLessThanOrEqual(TWO_SECONDS - 500 + 20 + ON_ITS_WAY_MS);
  });

  test('and who says nothing hears it within two seconds of the answer', async () => {
    const call = await held({ speaks: null });
    await call.world.clock.go(20_000);
    expect(call.life.messageAt! - call.life.answeredAt!).toBeLessThanOrEqual(TWO_SECONDS);
    expect(call.results()).toEqual(['dropped watchdog']);
  });

  test('and who says nothing hears it within them also where we were told of the answer late', async () => {
    const call = await held({ speaks: null }, undefined, 700);
    await call.world.clock.go(20_000);
    expect(call.life.messageAt! - call.life.answeredAt!).toBeLessThanOrEqual(TWO_SECONDS);
    expect(moments(call)['answered']! < moments(call)['watched']!).toBe(true);
  });

  test('can opt out under the message, not before', async () => {
    const call = await held({ key: { digit: '9', afterMs: 1_000 } });
    await call.world.clock.go(20_000);
    const kinds = call.world.ledger.store.entries.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'opt_out')).toHaveLength(1);
    expect(call.life.endedAt! - call.life.keyAt!).toBeLessThan(100);
  });

  test('is heard by us although the sidecar dies with the take on its way: the dialplan plays', async () => {
    const call = await held();
    call.world.exchange.fault = (command) => {
      if (command === 'take') call.world.clock.after(2, () => call.world.exchange.disconnect());
      return { kind: 'none' };
    };
    await call.world.clock.go(8_000);
    expect(call.life.messageAt! - call.life.greetingEndAt!).toBeLessThanOrEqual(TWO_SECONDS);
    expect(call.life.messagesHeard).toBe(1);
    expect(call.results()).toEqual(['dropped watchdog']);
  });

  test('is asked for again when the exchange does not give the channel', async () => {
    const call = await held();
    let refusals = 3;
    call.world.exchange.fault = (command) =>
      command === 'take' && (refusals -= 1) >= 0 ? { kind: 'unavailable' } : { kind: 'none' };
    await call.world.clock.go(30_000);
    expect(call.life.messagesHeard).toBe(1);
    expect(call.results()).toEqual(['dropped watchdog']);
  });
});

describe('a person whom a dialer', () => {
  test('bridges with an agent in time is left alone', async () => {
    const call = await held();
    await call.world.clock.go(500 + 800 + 1_500);
    call.dialer.bridgesAgent();
    await call.world.clock.go(20_000);
    expect(call.life.messageAt).toBeNull();
    expect(moments(call)).toHaveProperty('agent_reached');
    // The dialer has said nothing: what the exchange showed is the result, and no watchdog's.
    expect(call.results()).toEqual(['connected events']);
  });

  test('bridges too late has gone: a drop, counted once, whatever is reported', async () => {
    const call = await held();
    await call.world.clock.go(500 + 800 + 1_900);
    call.dialer.bridgesAgent();
    const report = { callId: call.callId, campaignId: null, hangupCause: null, sipStatus: null } as const;
    expect(
      await call.world.running.operations.reportResult({ ...report, outcome: 'connected', source: 'agi' }),
    ).toBe('repeated');
    await call.world.clock.go(20_000);
    expect(call.life.connectedAt).toBeNull();
    expect(call.results()).toEqual(['dropped watchdog']);
    expect((await call.world.tally()).today.drops).toBe(1);
  });

  test('says to be connected is left to it', async () => {
    const call = await held();
    await call.world.clock.go(900);
    const report = { callId: call.callId, campaignId: null, hangupCause: null, sipStatus: null } as const;
    await call.world.running.operations.reportResult({ ...report, outcome: 'connected', source: 'http' });
    await call.world.clock.go(20_000);
    expect(call.life.messageAt).toBeNull();
    expect(call.results()).toEqual(['connected http']);
  });

  test("hangs up on, or who hangs up, is the dialer's to report", async () => {
    const call = await held();
    await call.world.clock.go(1_400);
    call.dialer.hangsUp();
    await call.world.clock.go(20_000);
    expect(call.life.messageAt).toBeNull();
    expect(call.results()).toEqual([]);
    expect(progress(call)).toBeDefined();
  });
});

describe('a person whom a dialer holds by `breakwater-dial`', () => {
  test.each([
    ['after a hello', {}],
    ['who says nothing', { speaks: null }],
    ['in noise', { line: 'noisy' }],
  ] as const)('%s hears the message once, and in time', async (_, script) => {
    const call = await held(script, 'breakwater-dial');
    await call.world.clock.go(20_000);
    const since = call.life.greetingEndAt ?? call.life.answeredAt!;
    expect(call.life.messageAt! - since).toBeLessThanOrEqual(TWO_SECONDS);
    expect(call.life.messagesHeard).toBe(1);
    expect(call.results()).toEqual(['dropped watchdog']);
  });

  test('and bridges in time talks on: the switch is disarmed', async () => {
    const call = await held({}, 'breakwater-dial');
    await call.world.clock.go(500 + 800 + 1_500);
    call.dialer.bridgesAgent();
    await call.world.clock.go(20_000);
    expect(call.life.messageAt).toBeNull();
    expect(call.life.endedBy).toBe('person');
  });

  test('and says to be connected before we have heard of the answer talks on: the switch is disarmed', async () => {
    const call = await held({}, 'breakwater-dial');
    await call.world.clock.go(490);
    const report = { callId: call.callId, campaignId: null, hangupCause: null, sipStatus: null } as const;
    await call.world.running.operations.reportResult({ ...report, outcome: 'connected', source: 'agi' });
    await call.world.clock.go(15_000);
    expect(call.life.answeredAt).not.toBeNull();
    expect(call.life.messageAt).toBeNull();
    expect(call.results()).toEqual(['connected agi']);
  });

  test.each([
    ['at the answer', 510],
    ['in the greeting', 1_100],
    ['as the greeting ends', 1_310],
    ['while the dialer is waited for', 2_400],
    ['as the person is taken', 2_798],
  ])('hears the message in time when the sidecar dies %s', async (_, afterMs) => {
    const call = await held({}, 'breakwater-dial');
    await call.world.clock.go(afterMs);
    call.world.exchange.disconnect();
    await call.world.clock.go(20_000);
    expect(call.life.messagesHeard).toBe(1);
    expect(call.life.messageAt! - call.life.greetingEndAt!).toBeLessThanOrEqual(TWO_SECONDS);
    expect(call.world.exchange.records.map(({ what }) => what)).toEqual(['dropped']);
  });
});

describe('a sidecar that was away', () => {
  test('at the answer takes the person when it is back', async () => {
    const call = await held();
    call.world.exchange.disconnect();
    await call.world.clock.go(3_000);
    call.world.exchange.connect();
    await call.world.clock.go(100);
    expect(call.life.messageAt).not.toBeNull();
    await call.world.clock.go(20_000);
    expect(call.results()).toEqual(['dropped watchdog']);
  });

  test('does not take a person who has found an agent meanwhile', async () => {
    const call = await held();
    call.world.exchange.disconnect();
    await call.world.clock.go(1_000);
    call.dialer.bridgesAgent();
    await call.world.clock.go(2_000);
    call.world.exchange.connect();
    await call.world.clock.go(20_000);
    expect(call.life.messageAt).toBeNull();
    expect(call.results()).toEqual([]);
  });

  test('and started anew knows the call by the ledger', async () => {
    const call = await held();
    call.world.restart();
    await call.world.clock.go(20_000);
    expect(call.life.messageAt! - call.life.greetingEndAt!).toBeLessThanOrEqual(TWO_SECONDS);
    expect(call.results()).toEqual(['dropped watchdog']);
  });

  test('and finds the ledger away asks again until it knows the call, and takes the person then', async () => {
    const call = await held();
    const { world } = call;
    let isAway = true;
    world.running.stop();
    const ledger: Ledger = {
      ...world.sidecar.ledger,
      read: (query) =>
        isAway ? Promise.reject(new LedgerUnavailable('away')) : world.sidecar.ledger.read(query),
    };
    const other = startSidecar({ ...world.sidecar, ledger });
    await world.clock.go(2_000);
    expect(call.life.messageAt).toBeNull();
    isAway = false;
    await world.clock.go(1_000);
    expect(call.life.messageAt).not.toBeNull();
    other.stop();
  });

  test('and asks no more about a call that is over', async () => {
    const call = await held();
    const { world } = call;
    let reads = 0;
    world.running.stop();
    const ledger: Ledger = {
      ...world.sidecar.ledger,
      read: (query) => {
        if (query.callId !== call.callId) return world.sidecar.ledger.read(query);
        reads += 1;
        return Promise.reject(new LedgerUnavailable('away'));
      },
    };
    const other = startSidecar({ ...world.sidecar, ledger });
    await world.clock.go(2_000);
    call.dialer.hangsUp();
    await world.clock.go(1_000);
    const asked = reads;
    expect(asked).toBeGreaterThan(1);
    await world.clock.go(10_000);
    // Whoever writes its result asks now and then; each quarter of a second would be forty times.
    expect(reads - asked).toBeLessThan(10);
    other.stop();
  });

  test('takes a taken call back when it died behind the take, and plays the message', async () => {
    const call = await held();
    // The channel has come to us, and there was nobody: the switch was not fast enough.
    call.world.exchange.fault = (command) => {
      if (command === 'play') call.world.clock.after(0, () => call.world.restart());
      return command === 'play' && call.life.messageAt === null ? { kind: 'late', ms: 5 } : { kind: 'none' };
    };
    await call.world.clock.go(30_000);
    expect(call.life.messagesHeard).toBeGreaterThanOrEqual(1);
    expect(call.results()).toEqual(['dropped watchdog']);
  });
});

test('a ringing call of a dialer is not taken for one of ours', async () => {
  const call = await held({ ringMs: 10_000 });
  await call.world.clock.go(5_000);
  expect(await call.world.running.drain(0)).toBe(0);
  call.dialer.hangsUp();
  await call.world.clock.go(5_000);
  expect(call.results()).toEqual(['no_answer events']);
});

test("a call that another sidecar has permitted is the other's", async () => {
  const call = await held();
  const { world } = call;
  world.running.stop();
  const writer = 'other' as WriterId;
  const ledger = openMemoryLedger({ writer, clock: world.clock, store: world.ledger.store });
  const other = startSidecar({ ...world.sidecar, ledger, records: ledger.records });
  await world.clock.go(20_000);
  expect(call.life.messageAt).toBeNull();
  other.stop();
});

test('a call that has its result before it is answered is not watched', async () => {
  const call = await held();
  const report = { callId: call.callId, campaignId: null, hangupCause: null, sipStatus: null } as const;
  await call.world.running.operations.reportResult({ ...report, outcome: 'no_answer', source: 'agi' });
  call.world.restart();
  await call.world.clock.go(20_000);
  expect(call.life.messageAt).toBeNull();
  expect(call.results()).toEqual(['no_answer agi']);
});
