/** VICIdial's loops on a simulated floor: inputs each second, level each 15 s, drop figures each minute, lines each 2.5 s. */
import { countsOf } from '../domain/call-result.ts';
import type { FloorView } from '../pacing/floor-view.ts';
import { withoutAgent } from '../pacing/patience.ts';
import type { Policy } from './policy.ts';
import { droppedPercent, linesToPlace, nextLevel, type VicidialSettings } from './vicidial.ts';
import { HOUR_MS, MINUTE_MS } from './worlds.ts';

/** The greatest common step of its loops. */
const STEP_MS = 500;
const STEPS = { input: 2, lines: 5, level: 30, drops: 120 };
const INPUTS_KEPT = 15;
/** The floors of the worlds open then. */
const OPENS_AT_HOUR = 9;

interface Today {
  calls: number;
  answers: number;
  drops: number;
}

const nothing = (): Today => ({ calls: 0, answers: 0, drops: 0 });

export function vicidialPolicy(settings: VicidialSettings): Policy {
  let level = 1;
  let steps = 0;
  let today = nothing();
  /** As of the last count, and of the one before. */
  let counted = nothing();
  let countedBefore = nothing();
  let inputs: { readonly difference: number; readonly agents: number }[] = [];

  function update(view: FloorView): void {
    const mean = (of: (input: (typeof inputs)[number]) => number): number =>
      inputs.reduce((sum, input) => sum + of(input), 0) / Math.max(1, inputs.length);
    const callsLastMinute = counted.calls - countedBefore.calls;
    const dropsLastMinute = counted.drops - countedBefore.drops;
    level = nextLevel(level, settings, {
      difference: mean(({ difference }) => difference),
      agents: mean(({ agents }) => agents),
      callsToday: counted.calls,
      droppedPercent: droppedPercent(counted.drops, counted.answers),
      callsLastMinute,
      droppedPercentLastMinute: droppedPercent(dropsLastMinute, callsLastMinute),
      serverTime: serverTime(view.nowMs),
    });
  }

  return {
    name: `vicidial-${settings.method}`,
    guarded: false,
    looks: STEP_MS,
    learn: () => undefined,
    settled(outcome) {
      const { liveAnswers, drops } = countsOf(outcome);
      today.calls += 1;
      today.answers += liveAnswers;
      today.drops += drops;
    },
    dayBegins() {
      // Its figures are those of the day; the level itself stands in the database overnight.
      [today, counted, countedBefore] = [nothing(), nothing(), nothing()];
      inputs = [];
      steps = 0;
    },
    linesNow(view) {
      steps += 1;
      const waiting = withoutAgent(view);
      if (steps % STEPS.input === 0) {
        inputs.push({ difference: view.idle - waiting, agents: view.agentsTaking });
        if (inputs.length > INPUTS_KEPT) inputs.shift();
      }
      if (steps % STEPS.drops === 0) [countedBefore, counted] = [counted, { ...today }];
      if (steps % STEPS.level === 0) update(view);
      if (steps % STEPS.lines !== 0) return 0;
      const withAgents = view.agentsTaking - view.idle;
      const ringing = view.ringingSinceMs.length;
      return linesToPlace(level, settings, {
        ready: view.idle,
        agents: view.agentsTaking,
        ringing,
        waiting,
        withAgents,
      });
    },
  };
}

/** Hours and minutes in one number, as it reads them: 1130. */
function serverTime(nowMs: number): number {
  const minutes = Math.floor(nowMs / MINUTE_MS) + OPENS_AT_HOUR * (HOUR_MS / MINUTE_MS);
  return (Math.floor(minutes / 60) % 24) * 100 + (minutes % 60);
}
