/** Plans of calls for tests of the call machine: what a campaign with its defaults asks for. */
import type { CallEffect, CallEvent, CallPlan, CallState, MachinePlan } from '../../src/callflow/state.ts';
import { INITIAL_STATE, step } from '../../src/callflow/step.ts';

/** Our own detector, which hangs up on a machine. */
export const MACHINE_PLAN: MachinePlan = {
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
  messageMs: 9_000,
};

/** A call of ours for an agent who talks to us; no detector, no disclosure, no recording. */
export const CALL_PLAN: CallPlan = {
  heldBy: 'sidecar',
  deadMan: true,
  silenceMs: 500,
  talkThreshold: 256,
  noiseThreshold: 1_024,
  longestGreetingMs: 4_000,
  connectAt: 'at_greeting_end',
  connectWithinMs: 2_000,
  waitForAgentMs: 0,
  messageMs: 6_000,
  optOutDigit: '9',
  destination: { kind: 'stasis' },
  disclose: false,
  record: false,
  refusalDigit: null,
  machine: null,
};

/** What the machine says to these events, one after the other. */
export function playOn(plan: CallPlan, events: readonly CallEvent[], from: CallState = INITIAL_STATE) {
  let state = from;
  const effects: CallEffect[] = [];
  for (const event of events) {
    const next = step(state, event, plan);
    state = next.state;
    effects.push(...next.effects);
  }
  return { state, effects, names: effects.map((effect) => effect.do) };
}
