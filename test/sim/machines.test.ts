/**
 * A campaign that looks for machines in a world of dice: people and boxes, agents, and an exchange whose commands fail. One seed is
 * one world; `SIM_SEED=<seed> npx vitest run --project unit test/sim` plays it again.
 */
import { describe, expect, test } from 'vitest';
import { verifyLedger } from '../../src/control/verify-ledger.ts';
import type { MachineDetection } from '../../src/domain/machine-detection.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import type { Script } from '../support/called-person.ts';
import { dice } from '../support/dice.ts';
import {
  openWorld,
  otherCampaign,
  outcomesOf,
  personNumber,
  SOLAR,
  type World,
} from '../support/sim-world.ts';
import { writtenConsent } from '../support/written-consent.ts';

const PERSONS = 60;
const LONGEST_HUMAN_TALK_MS = 1_500;
const DETECTION: MachineDetection = {
  by: 'own',
  onMachine: 'hang_up',
  longestHumanTalkMs: LONGEST_HUMAN_TALK_MS,
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
/** The law's two seconds, and what commands that are 0.7 s late add up to. */
const BOUND_MS = 2_000;
const LATE_COMMANDS_MS = 600;

const scriptOf = (roll: (sides: number) => number, faults: Faults): Script => ({
  ringMs: 200 + roll(3_000),
  refuses: null,
  speaks:
    roll(6) === 0 ? null : { afterMs: 50 + roll(1_200), forMs: 200 + roll(roll(2) === 0 ? 1_700 : 9_000) },
  // Without packets it needs the second ear, in noise the raised threshold: two faults at once are more than is promised.
  line: anyOf(faults) ? 'clear' : (['clear', 'clear', 'only_words', 'noisy'] as const)[roll(4)]!,
  patienceMs: 60_000,
  key: roll(4) === 0 ? { digit: '9', afterMs: 500 + roll(4_000) } : null,
  talkMs: 500 + roll(6_000),
});

interface Faults {
  /** Commands fail or are late. */
  readonly commands: boolean;
  /** The exchange is away now and then. */
  readonly disconnects: boolean;
}
const NO_FAULTS: Faults = { commands: false, disconnects: false };
const COMMANDS: Faults = { ...NO_FAULTS, commands: true };
const DISCONNECTS: Faults = { ...NO_FAULTS, disconnects: true };
const anyOf = ({ commands, disconnects }: Faults): boolean => commands || disconnects;

interface Played {
  readonly world: World;
  readonly scripts: ReadonlyMap<string, Script>;
  readonly onMachine: 'hang_up' | 'message';
}

async function play(seed: number, onMachine: 'hang_up' | 'message', faults: Faults): Promise<Played> {
  const roll = dice(seed);
  const campaign = otherCampaign(SOLAR.id, { machineDetection: { ...DETECTION, onMachine } });
  const world = await openWorld({ campaigns: [campaign], persons: 0 });
  const { exchange, clock, running } = world;
  const scripts = new Map<string, Script>();
  for (let person = 0; person < PERSONS; person += 1) {
    const number = personNumber(person) as PhoneNumber;
    const disclosureText = 'I agree to calls with a prerecorded voice.';
    await running.operations.recordConsent(writtenConsent(number, SOLAR.seller.id, { disclosureText }));
    const script = scriptOf(roll, faults);
    scripts.set(number, script);
    exchange.script(number, script);
  }
  exchange.connect();
  for (const name of ['ann', 'bob', 'cleo', 'dan']) exchange.agentCallsIn(name);
  await clock.go(3_000);
  exchange.fault = () => {
    if (!faults.commands) return { kind: 'none' };
    const face = roll(100);
    if (face < 4) return { kind: 'unavailable' };
    return face < 12 ? { kind: 'late', ms: roll(700) } : { kind: 'none' };
  };
  for (let person = 0; person < PERSONS; person += 1) {
    void running.operations.originate(world.input(personNumber(person))).catch(() => undefined);
    if (faults.disconnects && roll(3) === 0) {
      await clock.go(roll(3_000));
      exchange.disconnect();
      clock.after(50 + roll(roll(2) === 0 ? 300 : 4_000), () => exchange.connect());
    }
    await clock.go(200 + roll(2_500));
  }
  exchange.fault = () => ({ kind: 'none' });
  await clock.go(240_000);
  return { world, scripts, onMachine };
}

async function conclude({ world, scripts, onMachine }: Played, faults: Faults): Promise<void> {
  let machines = 0;
  for (const life of world.exchange.lived.values()) {
    const { speaks } = scripts.get(life.number)!;
    const outcomes = outcomesOf(world.results(life.callId));
    const about = JSON.stringify({ ...life, speaks, outcomes });
    expect(outcomes, `one-result-per-call ${about}`).toHaveLength(1);
    expect(life.endedAt, `every call ends ${about}`).not.toBeNull();
    if (outcomes[0] === 'machine') machines += 1;
    if ((speaks?.forMs ?? 0) <= LONGEST_HUMAN_TALK_MS)
      expect(outcomes, `no person is a machine ${about}`).not.toContain('machine');
    if (life.keyAt !== null) expect(outcomes, `machines press no keys ${about}`).not.toContain('machine');
    if (onMachine === 'hang_up' && life.messagesHeard > 0)
      expect(outcomes, `whoever hears the message was dropped ${about}`).not.toContain('machine');
    if (life.answeredAt === null) continue;
    const served = Math.min(life.connectedAt ?? Infinity, life.messageAt ?? Infinity);
    // Nobody is left in silence: an agent, a message, or the end of the call while they still talked.
    const silentFrom = life.greetingEndAt ?? life.answeredAt;
    const waitedMs = Math.min(served, life.endedAt!) - silentFrom;
    expect(waitedMs, `served-in-time ${about}`).toBeLessThanOrEqual(
      BOUND_MS + (faults.commands ? LATE_COMMANDS_MS : 100),
    );
    if (served === Infinity && life.endedBy === 'exchange')
      expect(outcomes, `only machines are hung up on ${about}`).toEqual(['machine']);
  }
  // Where commands fail, or come late, fewer boxes are found: undecided is human.
  if (!anyOf(faults)) expect(machines, 'the world had boxes').toBeGreaterThan(0);
  const all = outcomesOf(world.results());
  const drops = all.filter((outcome) => outcome === 'dropped' || outcome === 'expired').length;
  const liveAnswers =
    drops + all.filter((outcome) => outcome === 'connected' || outcome === 'hung_up').length;
  const tally = await world.tally();
  expect(tally.today, 'counters-equal-ledger').toEqual({ liveAnswers, drops });
  expect(tally.inFlight, 'reservation-always-settles').toBe(0);
  expect(tally.agents, 'promised-agents-come-back').toMatchObject({ promised: 0, busy: 0 });
  expect(await verifyLedger(world.ledger.store.entries), 'chain-unbroken').toMatchObject({ ok: true });
}

const only = process.env['SIM_SEED'];
const seeds = (first: number, count: number): readonly number[] =>
  only === undefined ? Array.from({ length: count }, (_, index) => first + index) : [Number(only)];

describe.each([
  ['machines are hung up on', 'hang_up', NO_FAULTS, 1],
  ['machines get a message', 'message', NO_FAULTS, 101],
  ['machines are hung up on, commands fail or are late', 'hang_up', COMMANDS, 201],
  ['machines get a message, commands fail or are late', 'message', COMMANDS, 301],
  ['machines are hung up on, the exchange is away now and then', 'hang_up', DISCONNECTS, 401],
  ['machines get a message, the exchange is away now and then', 'message', DISCONNECTS, 501],
] as const)('%s', (_name, onMachine, faults, first) => {
  test.each(seeds(first, 8))('seed %i', { timeout: 60_000 }, async (seed) => {
    await conclude(await play(seed, onMachine, faults), faults);
  });
});
