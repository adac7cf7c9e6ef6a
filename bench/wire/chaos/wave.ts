/** One wave of the chaos: people of all kinds are called while something is killed or stalled. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  allOver,
  consent,
  expectCall,
  type HeardCall,
  inBatches,
  place,
  plainScript,
  readyAgents,
  setAgents,
  untilReady,
  type WireCall,
} from '../calls.ts';
import { type Dice, diceOf } from '../dice.ts';
import { note } from '../figures.ts';
import type { Script } from '../script.ts';
import { DROPS, TALKS, type WireWorld } from '../world.ts';
import { drawFaults, type Fault, type FaultKind, heal, suffer, tellFault } from './faults.ts';

export interface ChaosWave {
  readonly wave: number;
  readonly startedAt: number;
  readonly faults: readonly Fault[];
  readonly calls: readonly HeardCall[];
}

/** The agents leave, then the persons begin to answer; counted from the start of the wave. */
const AGENTS_LEAVE_MS = 2_000;
const ANSWERS_FROM_MS = 3_000;
const ANSWERS_WITHIN_MS = 3_000;
/** The last message is over by then. */
const FAULTS_UNTIL_MS = 13_000;
/** After everything runs again: a phone that does not ring by then will not. */
const RINGS_WITHIN_MS = 6_000;

export async function chaosWave(
  world: WireWorld,
  wave: number,
  options: {
    readonly seed: number;
    readonly atOnce: number;
    readonly kinds: readonly [FaultKind, ...FaultKind[]];
  },
): Promise<ChaosWave> {
  const dice = diceOf(options.seed * 1_000 + wave);
  const talking = world.phones.length;
  const numbers = world.numbers.take(options.atOnce);
  const scripts = numbers.map((number, index) =>
    index < talking ? talker(number, dice) : person(number, dice),
  );
  for (const { number, key } of scripts) if (key !== null) world.numbers.spend(number);
  const answerAfter = scripts.map(() => dice.between(0, ANSWERS_WITHIN_MS));
  const faults = drawFaults(dice, options.kinds, FAULTS_UNTIL_MS);

  await heal(world);
  await consent(world, numbers);
  await readyAgents(world, options.atOnce - talking);
  await untilReady(world, TALKS, talking);
  const calls = await Promise.all(
    scripts.map((script, index) => expectCall(world, index < talking ? TALKS : DROPS, script)),
  );
  const startedAt = performance.timeOrigin + performance.now();
  const suffering = Promise.all(faults.map((fault) => suffer(world, fault)));
  // Refusals and lost answers are part of it: what counts is what the person lived through.
  const placing = inBatches(calls, (call) => place(world, call).catch(() => undefined), calls.length);
  const leaving = sleep(AGENTS_LEAVE_MS)
    .then(() => setAgents(world, options.atOnce, 'logged_out'))
    .catch(() => undefined);
  await sleep(ANSWERS_FROM_MS);
  calls.forEach(({ expected }, index) => {
    world.listener.answer(expected.script.number, answerAfter[index] ?? 0);
  });
  await Promise.all([suffering, placing, leaving]);
  await heal(world);
  const ringing = await untilTheyRing(world, calls);
  const heard = await allOver(world, ringing);
  const refused = [...new Set(calls.filter((call) => !ringing.includes(call)).map(whyNot))];
  note(
    `chaos: wave ${wave}, ${heard.length} answered of ${calls.length}; ${faults.map(tellFault).join(' ')}; ${refused.join(', ')}`,
  );
  return { wave, startedAt, faults, calls: heard };
}

/** Why a phone did not ring, as far as the sidecar said anything. */
const whyNot = ({ answer }: WireCall): string =>
  answer === null
    ? 'no answer'
    : `${answer.verdict} ${answer.reasons.map(({ code, detail }) => `${code} ${JSON.stringify(detail)}`).join(' ')} ${answer.placement} ${answer.problem ?? ''}`;

async function untilTheyRing(world: WireWorld, calls: readonly WireCall[]): Promise<readonly WireCall[]> {
  const rings = Promise.all(calls.map(({ expected }) => expected.ringing));
  await Promise.race([rings, sleep(RINGS_WITHIN_MS, undefined, { ref: false })]);
  const silent = calls.filter(({ expected }) => !expected.state.ringing);
  for (const { expected } of silent) world.listener.hangUp(expected.script.number);
  return calls.filter((call) => !silent.includes(call));
}

function person(number: string, dice: Dice): Script {
  const plain = { ...plainScript(number), speakAfterMs: Math.round(dice.between(100, 900)) };
  const kind = dice.next();
  if (kind < 0.7) return plain;
  if (kind < 0.8) {
    return { ...plain, key: { digit: '9', afterMs: dice.between(200, 6_000), since: 'voice' } };
  }
  if (kind < 0.9) return { ...plain, speaks: false };
  return { ...plain, hangUp: { afterMs: dice.between(200, 7_000), since: 'answer' } };
}

const talker = (number: string, dice: Dice): Script => ({
  ...plainScript(number),
  hangUp: { afterMs: dice.between(1_000, 6_000), since: 'voice' },
});
