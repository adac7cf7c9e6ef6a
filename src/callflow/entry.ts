/**
 * The call comes into our hands: from the answer straight away, or when `AMD()` of the exchange has looked at the answer. That takes up
 * to two seconds, and whoever presses a key meanwhile is a person with a wish, whatever `AMD()` has made of it.
 */
import { type AmdReport, verdictOfAmd } from '../domain/machine-detection.ts';
import { doubt } from './doubted.ts';
import { endGreeting, enterGreeting, LISTEN, optOutEarly, START_HEARTBEAT } from './greeting.ts';
import { foundMachine, waitForTone } from './machine.ts';
import type { CallEffect, CallEvent, CallPlan, CallState, GreetingEnd, MachinePlan, Step } from './state.ts';

/** `amd` is missing where the exchange has not looked; `keys` were pressed since the answer. */
export function enter(
  plan: CallPlan,
  { amd, lateMs = 0 }: CallEvent & { kind: 'entered' },
  keys: string,
): Step {
  const human: readonly CallEffect[] =
    keys === '' || plan.machine === null ? [] : [{ do: 'note_verdict', verdict: 'human', rule: 'key' }];
  if (keys.includes(plan.optOutDigit)) return noted(human, optOutEarly(plan, null));
  if (plan.machine?.by !== 'asterisk') return noted(human, enterWithoutAmd(plan, lateMs, keys));
  if (amd !== undefined) return enterAfterAmd(plan, plan.machine, amd, human);
  // The exchange lacks `AMD()`, or the call was found again after a restart.
  return noted(human.length > 0 ? human : [NOT_SURE], enterGreeting(plan, lateMs));
}

const NOT_SURE: CallEffect = { do: 'note_verdict', verdict: 'undecided', rule: 'amd_not_sure' };

const noted = (notes: readonly CallEffect[], { state, effects }: Step): Step => ({
  state,
  effects: [...notes, ...effects],
});

function enterWithoutAmd(plan: CallPlan, lateMs: number, keys: string): Step {
  const { state, effects } = enterGreeting(plan, lateMs);
  return { state: keys === '' ? state : pressedBefore(state), effects };
}

const pressedBefore = (state: CallState): CallState =>
  state.kind === 'greeting' ? { ...state, hearing: { ...state.hearing, perhapsMachine: false } } : state;

/** There is no greeting left to wait for, unless a machine's. */
function enterAfterAmd(
  plan: CallPlan,
  machine: MachinePlan,
  amd: AmdReport,
  human: readonly CallEffect[],
): Step {
  const { verdict, rule } = verdictOfAmd(amd);
  if (verdict === 'machine' && human.length === 0) return leaveToMachine(plan, machine);
  const notes: readonly CallEffect[] = human.length > 0 ? human : [{ do: 'note_verdict', verdict, rule }];
  const { state, effects } = endGreeting(plan, null, endBehindAmd(amd));
  // Behind the note of how it ended: the switch is set by it.
  return { state, effects: [...notes, ...effects, START_HEARTBEAT] };
}

function endBehindAmd(amd: AmdReport): GreetingEnd {
  if (verdictOfAmd(amd).verdict === 'human') return 'amd_human';
  return amd.cause.startsWith('INITIALSILENCE') ? 'no_speech' : 'amd_not_sure';
}

/**
 * Its talk may have ended while nobody listened: until an ear tells of it, it counts as over. Noise would be talk without end: the
 * channel's ear is to hear a voice above it only.
 */
function leaveToMachine(plan: CallPlan, machine: MachinePlan): Step {
  if (machine.onMachine === 'hang_up') return doubt(plan, machine);
  const found = foundMachine(machine, null, 'amd_machine');
  return {
    state: { kind: 'machine', doing: 'pauses', hangingUp: false },
    effects: [
      { do: 'note_speech' },
      LISTEN,
      { do: 'raise_threshold' },
      ...found.effects,
      ...waitForTone(plan),
    ],
  };
}
