/**
 * The whole sidecar in a world of dice: persons, agents, dialers, and an exchange and stores that fail. One seed is one world; a
 * failure names its seed, and `SIM_SEED=<seed> npx vitest run --project unit test/sim` plays it again. While faults last the
 * invariants of safety hold at every step; when they are over, everything must finish.
 */
import { describe, expect, test } from 'vitest';
import { verifyLedger } from '../../src/control/verify-ledger.ts';
import type { AgentId } from '../../src/domain/ids.ts';
import { textOf } from '../../src/domain/ledger-entry.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import type { Script } from '../support/called-person.ts';
import { dice } from '../support/dice.ts';
import { openWorld, otherCampaign, personNumber, SOLAR, type World } from '../support/sim-world.ts';

const AGENTS = ['ann', 'bob', 'cleo', 'dan'] as const;
const EAR_COMMANDS: readonly string[] = ['listenBeside', 'stopListening', 'detectTalk'];
const PERSONS = 90;
const STEPS = 250;
const RECORDED = otherCampaign(SOLAR.id, {
  recording: { ...SOLAR.recording, enabled: true, disclosure: 'everywhere' },
});
/** Greeting end to message when the exchange fails as well: silence 0.5 s, dead man 0.8 s, the dialplan's own wait 0.6 s. */
const BOUND_MS = 2_000;

const scriptOf = (roll: (sides: number) => number, faults: Faults): Script => ({
  ringMs: 200 + roll(6_000),
  refuses:
    roll(5) === 0
      ? [
          { hangupCause: 17, sipStatus: 486 },
          { hangupCause: 19, sipStatus: null },
        ][roll(2)]!
      : null,
  speaks: roll(4) === 0 ? null : { afterMs: 50 + roll(1_200), forMs: 200 + roll(1_200) },
  // Without packets it needs the second ear, in noise the raised threshold: two faults at once are more than is promised.
  line:
    faults.commands || faults.disconnects ? 'clear' : (['clear', 'only_words', 'noisy'] as const)[roll(3)]!,
  patienceMs: roll(6) === 0 ? 100 + roll(2_000) : 30_000,
  key: roll(3) === 0 ? { digit: '9', afterMs: 500 + roll(7_500) } : null,
  talkMs: 500 + roll(8_000),
});

interface Faults {
  readonly disconnects: boolean;
  readonly commands: boolean;
  readonly ledger: boolean;
  readonly agents: boolean;
}

interface Played {
  readonly world: World;
  /** Permits counted only while no agent had left since: the guarantee speaks of those. */
  readonly originated: number;
}

async function play(seed: number, faults: Faults): Promise<Played> {
  const roll = dice(seed);
  // Ears that fail must not change what else happens in a seed's world.
  const earRoll = dice(seed ^ 0x5bd1e995);
  const world = await openWorld({
    campaigns: [RECORDED],
    persons: PERSONS,
    script: () => scriptOf(roll, faults),
  });
  const { exchange, clock } = world;
  const seats = new Map<string, string>();
  for (const name of AGENTS) seats.set(name, exchange.agentCallsIn(name));
  await clock.go(10);
  let healed = false;
  exchange.fault = (command) => {
    if (!faults.commands || healed) return { kind: 'none' };
    const throwDice = EAR_COMMANDS.includes(command) ? earRoll : roll;
    const face = throwDice(100);
    if (face < 3) return { kind: 'unavailable' };
    if (face < 6) return { kind: 'answer_lost' };
    return face < 15 ? { kind: 'late', ms: throwDice(700) } : { kind: 'none' };
  };
  let person = 0;
  for (let step = 0; step < STEPS; step += 1) {
    const face = roll(20);
    if (face < 8 && person < PERSONS) {
      void world.running.operations.originate(world.input(personNumber(person))).catch(() => undefined);
      person += 1;
    } else if (face === 8 && faults.disconnects) {
      exchange.disconnect();
      clock.after(200 + roll(4_000), () => exchange.connect());
    } else if (face === 9 && faults.ledger) {
      world.ledger.store.down = true;
      clock.after(roll(1_500), () => {
        world.ledger.store.down = false;
      });
    } else if (face === 10 && faults.agents) {
      const name = AGENTS[roll(AGENTS.length)]!;
      const states = ['ready', 'paused', 'ready', 'logged_out'] as const;
      await world.running.operations.setAgentState(name as AgentId, states[roll(4)]!, null);
    } else if (face === 11 && faults.agents) {
      const name = AGENTS[roll(AGENTS.length)]!;
      exchange.agentHangsUp(seats.get(name)!);
      clock.after(1_000 + roll(5_000), () => seats.set(name, exchange.agentCallsIn(name)));
    } else if (face === 12 && faults.agents) {
      void world.running.operations.pause(RECORDED.id, 'sim', 'dice').catch(() => undefined);
      clock.after(roll(2_000), () => {
        void world.running.operations.resume(RECORDED.id, 'sim', 'dice').catch(() => undefined);
      });
    }
    await clock.go(20 + roll(500));
    if (!faults.disconnects && !faults.commands && !faults.agents && !faults.ledger) {
      const { liveAnswers, drops } = (await world.tally(RECORDED)).today;
      expect(100 * drops, 'never-above-ceiling').toBeLessThanOrEqual(3 * liveAnswers);
    }
  }
  healed = true;
  await clock.go(5_000);
  exchange.connect();
  world.ledger.store.down = false;
  await clock.go(240_000);
  return { world, originated: person };
}

/** Where the two seconds are known not to hold: commands that take up to 0.7 s each add up before the message. Of 1,400 worlds: 474 ms. */
const slackOf = (faults: Faults): number => (faults.commands ? 600 : 0);

async function conclude({ world }: Played, faults: Faults): Promise<void> {
  const { entries } = world.ledger.store;
  const permits = entries.filter((entry) => entry.kind === 'decision' && entry.body['verdict'] === 'permit');
  const results = new Map<string, string[]>();
  for (const result of world.results()) {
    const callId = textOf(result, 'callId');
    results.set(callId, [...(results.get(callId) ?? []), textOf(result, 'outcome')]);
  }
  // one-result-per-call
  for (const permit of permits) {
    expect(
      results.get(textOf(permit, 'callId')),
      `one-result-per-call ${textOf(permit, 'callId')}`,
    ).toHaveLength(1);
  }
  const permitted = new Set(permits.map((permit) => textOf(permit, 'callId')));
  let counted = { liveAnswers: 0, drops: 0 };
  for (const life of world.exchange.lived.values()) {
    const about = JSON.stringify({ ...life, outcome: results.get(life.callId) });
    // permit-before-originate
    expect(permitted.has(life.callId), `permit-before-originate ${about}`).toBe(true);
    expect(life.endedAt, `every call ends ${about}`).not.toBeNull();
    if (life.answeredAt === null) continue;
    // answered-then-connected-or-safe-harbor
    const from = life.greetingEndAt ?? life.answeredAt;
    const served = Math.min(life.connectedAt ?? Infinity, life.messageAt ?? Infinity);
    const stayed = life.endedAt! - from;
    if (stayed > BOUND_MS + 100) {
      expect(served - from, `answered-then-connected-or-safe-harbor ${about}`).toBeLessThanOrEqual(
        BOUND_MS + slackOf(faults),
      );
    }
    if (served === Infinity) expect(life.endedBy, `nobody is hung up on unserved ${about}`).toBe('person');
    // A person who heard the message and no agent is a drop, whatever we could not hear.
    const outcome = results.get(life.callId)?.[0] ?? '';
    if (life.messageAt !== null && life.connectedAt === null) {
      expect(['dropped', 'expired'], `a drop is counted ${about}`).toContain(outcome);
    }
    expect(['connected', 'dropped', 'expired', 'hung_up'], `a live answer is counted ${about}`).toContain(
      outcome,
    );
    // disclosure-before-recording
    if (life.recordedAt !== null) {
      expect(life.disclosedAt, `disclosure-before-recording ${about}`).not.toBeNull();
      expect(life.disclosedAt!, `disclosure-before-recording ${about}`).toBeLessThanOrEqual(life.recordedAt);
    }
    // suppression-before-hang-up, and no request is lost
    if (life.keyAt !== null) {
      const { internalRequest } = await world.sidecar.records.standing({
        number: life.number as PhoneNumber,
        sellerId: SOLAR.seller.id,
        callerId: null,
      });
      expect(internalRequest, `no opt-out is lost ${about}`).not.toBeNull();
    }
  }
  for (const outcomes of results.values()) {
    const [outcome] = outcomes;
    const drop = outcome === 'dropped' || outcome === 'expired';
    if (drop || outcome === 'connected' || outcome === 'hung_up')
      counted = { ...counted, liveAnswers: counted.liveAnswers + 1 };
    if (drop) counted = { ...counted, drops: counted.drops + 1 };
  }
  // counters-equal-ledger
  const tally = await world.tally(RECORDED);
  expect(tally.today, 'counters-equal-ledger').toEqual(counted);
  expect(tally.inFlight, 'reservation-always-settles').toBe(0);
  // promised-agents-come-back
  expect(tally.agents, 'promised-agents-come-back').toMatchObject({ promised: 0, busy: 0 });
  expect(await world.running.drain(0), 'no call is followed for ever').toBe(0);
  // chain-unbroken
  expect(await verifyLedger(entries), 'chain-unbroken').toMatchObject({ ok: true });
}

const only = process.env['SIM_SEED'];
const seeds = (first: number, count: number): readonly number[] =>
  only === undefined ? Array.from({ length: count }, (_, index) => first + index) : [Number(only)];

const NO_FAULTS: Faults = { disconnects: false, commands: false, ledger: false, agents: false };
const COMMANDS: Faults = { ...NO_FAULTS, commands: true };
const EVERYTHING: Faults = { disconnects: true, commands: true, ledger: true, agents: true };

/** Worlds in which a play command was lost when the switch had already been set for the message: it came up to 10 s late. */
const LOST_PLAYS: readonly [number, Faults][] = [
  ...[333, 628, 678].map((seed): [number, Faults] => [seed, COMMANDS]),
  ...[51, 445, 1_098].map((seed): [number, Faults] => [seed, EVERYTHING]),
];

describe('a message whose command is lost', () => {
  test.each(LOST_PLAYS)('seed %i', { timeout: 60_000 }, async (seed, faults) => {
    await conclude(await play(seed, faults), faults);
  });
});

describe.each([
  ['nothing fails', NO_FAULTS, 1, 8],
  ['agents come and go', { ...NO_FAULTS, agents: true }, 101, 12],
  ['the ledger is away now and then', { ...NO_FAULTS, ledger: true }, 201, 8],
  ['the exchange is away now and then', { ...NO_FAULTS, disconnects: true }, 301, 15],
  ['commands fail, are late, or lose their answer', COMMANDS, 401, 15],
  ['all at once', EVERYTHING, 501, 22],
] as const)('%s', (_name, faults, first, count) => {
  test.each(seeds(first, count))('seed %i', { timeout: 60_000 }, async (seed) => {
    const played = await play(seed, faults);
    await conclude(played, faults);
    expect(played.world.exchange.lived.size, 'the world was not empty').toBeGreaterThan(
      faults.agents ? 3 : 10,
    );
  });
});
