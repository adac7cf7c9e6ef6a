/** INVARIANT (drop-until-proven): what a dialer's log says is a result only where this sidecar has heard nothing else, and once. */
import { describe, expect, test } from 'vitest';
import type { LoggedWord } from '../../../src/control/dialer-log-words.ts';
import type { Outcome } from '../../../src/domain/call-result.ts';
import type { CallId } from '../../../src/domain/ids.ts';
import { textOf } from '../../../src/domain/ledger-entry.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { addMs } from '../../../src/domain/time.ts';
import { ANSWERS, type Script } from '../../support/called-person.ts';
import { alongside, openWorld, personNumber, type World } from '../../support/sim-world.ts';

const NUMBER = personNumber(0) as PhoneNumber;
const LEAD = '4711';
/** The longest ring, a minute more, and a round of the sweep. */
const LEASE_OVER_MS = 100_000;
/** Says hello until 1.3 s, waits, and the dialer's trunk cannot be told from an agent. */
const PATIENT: Script = { ...ANSWERS, ringMs: 500, patienceMs: 60_000, talkMs: 5_000 };

type Told = Exclude<Outcome, 'expired'>;

async function permit(world: World, callId: string, leadId = LEAD): Promise<CallId> {
  const input = world.input(NUMBER, {
    callId,
    door: 'ami',
    lead: { zip: null, state: null, leadId, lineType: 'unknown' },
  });
  const { decision } = await alongside(world.clock, world.running.operations.screen(input));
  expect(decision.kind).toBe('permit');
  return callId as CallId;
}

async function withPermit() {
  const world = await openWorld();
  // A sidecar whose exchange has just come: from here on everything is heard.
  world.exchange.disconnect();
  world.exchange.connect();
  await world.running.operations.setAgentState('ann' as never, 'ready', null);
  await world.clock.go(5_000);
  await permit(world, 'call-1');
  const decidedAt = world.clock.now();
  /** `agoMs`: it was dialed so long ago; else when it was decided. */
  const tell = (
    outcome: Told,
    { agoMs, ...changes }: Partial<LoggedWord> & { readonly agoMs?: number } = {},
  ) =>
    alongside(
      world.clock,
      world.running.operations.tellFromLog({
        name: 'V1230800000000004711',
        number: NUMBER,
        leadId: LEAD,
        dialedAt: agoMs === undefined ? decidedAt : addMs(world.clock.now(), -agoMs),
        ...changes,
        outcome,
      }),
    ).then(({ kind }) => kind);
  const results = (): readonly string[] =>
    world.results('call-1').map((entry) => `${textOf(entry, 'outcome')} ${textOf(entry, 'source')}`);
  const dials = async (script: Partial<Script> = {}) => {
    world.exchange.script(NUMBER, { ...PATIENT, ...script });
    const dialer = world.exchange.dialerCalls(NUMBER, 'call-1');
    await world.clock.go(10);
    return dialer;
  };
  return { world, tell, results, dials };
}

describe('an agent who is not to be seen on the exchange', () => {
  test('has the person as soon as the log says so: connected once, and the person is left to the dialer', async () => {
    const { world, tell, results, dials } = await withPermit();
    await dials({ talkMs: 20_000 });
    await world.clock.go(1_000);
    expect(await tell('connected')).toBe('recorded');
    expect(await tell('connected')).toBe('repeated');
    await world.clock.go(LEASE_OVER_MS);
    expect(results()).toEqual(['connected dialer_log']);
    expect((await world.tally()).today).toEqual({ liveAnswers: 1, drops: 0 });
  });

  test('comes too late where the person was taken: the drop stands', async () => {
    const { world, tell, results, dials } = await withPermit();
    await dials();
    await world.clock.go(5_000);
    expect(await tell('connected')).toBe('repeated');
    expect(results()).toEqual(['dropped watchdog']);
  });
});

describe('is not believed, and the call is left to its lease', () => {
  test.each(['connected', 'hung_up'] as const)('%s, of a call that nobody has answered', async (outcome) => {
    const { world, tell, results, dials } = await withPermit();
    await dials({ ringMs: 60_000 });
    expect(await tell(outcome)).toBe('not_believed');
    expect(results()).toEqual([]);
    await world.clock.go(1_000);
    expect(results()).toEqual([]);
  });

  test.each(['no_answer', 'busy', 'failed', 'hung_up'] as const)(
    '%s, of a person who answered',
    async (outcome) => {
      const { world, tell, results, dials } = await withPermit();
      await dials();
      await world.clock.go(1_000);
      expect(await tell(outcome)).toBe('not_believed');
      expect(results()).toEqual([]);
    },
  );

  test.each(['connected', 'machine', 'no_answer', 'busy', 'failed', 'hung_up'] as const)(
    '%s, when the exchange was not listened to in between',
    async (outcome) => {
      const { world, tell, results } = await withPermit();
      world.exchange.disconnect();
      await world.clock.go(2_000);
      world.exchange.connect();
      await world.clock.go(1_000);
      expect(await tell(outcome)).toBe('not_believed');
      await world.clock.go(LEASE_OVER_MS);
      expect(results()).toEqual(['expired lease']);
    },
  );

  test.each(['connected', 'machine', 'no_answer'] as const)('%s, of an earlier life', async (outcome) => {
    const { world, tell, results } = await withPermit();
    await world.clock.go(500);
    world.restart();
    await world.clock.go(2_000);
    expect(await tell(outcome)).toBe('not_believed');
    expect(results()).toEqual([]);
  });
});

describe('is believed', () => {
  test('a drop at any time: that is no favour', async () => {
    const { world, tell, results } = await withPermit();
    world.exchange.disconnect();
    await world.clock.go(2_000);
    expect(await tell('dropped')).toBe('recorded');
    expect(results()).toEqual(['dropped dialer_log']);
    expect((await world.tally()).today).toEqual({ liveAnswers: 1, drops: 1 });
  });

  test.each(['no_answer', 'busy', 'failed', 'machine'] as const)(
    '%s, where nothing else was heard',
    async (outcome) => {
      const { world, tell, results } = await withPermit();
      await world.clock.go(2_000);
      expect(await tell(outcome)).toBe('recorded');
      await world.clock.go(LEASE_OVER_MS);
      expect(results()).toEqual([`${outcome} dialer_log`]);
    },
  );

  test('a machine that answered', async () => {
    const { world, tell, results, dials } = await withPermit();
    await dials();
    await world.clock.go(900);
    expect(await tell('machine')).toBe('recorded');
    expect(results()).toEqual(['machine dialer_log']);
  });
});

describe('which call is meant', () => {
  test.each([
    ['another lead', { leadId: '4712' }],
    ['another number', { number: personNumber(1) as PhoneNumber }],
    ['a call before it', { agoMs: 40_000 }],
    ['one of last year, by the same code', { agoMs: 365 * 86_400_000 }],
  ] as const)('%s is not', async (_what, changes) => {
    const { world, tell, results } = await withPermit();
    await world.clock.go(2_000);
    expect(await tell('no_answer', changes)).toBe('unknown');
    expect(results()).toEqual([]);
  });

  test('two decisions of one lead within the moment: neither', async () => {
    const { world, tell } = await withPermit();
    await world.clock.go(2_000);
    await tell('busy');
    const again = world.input(NUMBER, {
      callId: 'call-2',
      door: 'ami',
      lead: { zip: null, state: null, leadId: LEAD, lineType: 'unknown' },
    });
    await alongside(world.clock, world.running.operations.screen(again));
    expect(await tell('no_answer')).toBe('unknown');
    expect(world.results('call-2')).toEqual([]);
  });

  test('a vetoed call has no result', async () => {
    const world = await openWorld();
    const number = '+13035550199' as PhoneNumber;
    const lead = { zip: null, state: null, leadId: LEAD, lineType: 'unknown' } as const;
    const input = world.input(number, { callId: 'vetoed', door: 'ami', lead });
    const { decision } = await alongside(world.clock, world.running.operations.screen(input));
    expect(decision.kind).toBe('veto');
    const dialedAt = world.clock.now();
    const word = { name: 'V', number, leadId: LEAD, dialedAt, outcome: 'dropped' } as const;
    expect(await alongside(world.clock, world.running.operations.tellFromLog(word))).toEqual({
      kind: 'unknown',
    });
    expect(world.results('vetoed')).toEqual([]);
  });
});
