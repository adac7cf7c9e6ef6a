/** Goes every way through the small case of the drop budget, and names the first state that breaks an invariant with the way there. */
import { OUTCOMES } from '../../src/domain/call-result.ts';
import { excessAfter, type Tally } from '../../src/domain/drop-budget.ts';
import {
  beginning,
  type BudgetCase,
  type Call,
  eventsOf,
  type Floor,
  ledgerTally,
  LIVES,
  openCalls,
  overdue,
  PHASES,
  repeated,
  step,
  TODAY,
} from './budget-world.ts';
import { CAMPAIGN } from './reservations.ts';

export interface Exploration {
  readonly states: number;
  readonly steps: number;
  readonly violation: { readonly invariant: string; readonly way: readonly string[] } | null;
}

export async function explore(world: BudgetCase): Promise<Exploration> {
  const first = await beginning(world);
  const seen = new Set([codeOf(world, first)]);
  const stack: { readonly floor: Floor; readonly way: Way | null }[] = [{ floor: first, way: null }];
  let steps = 0;
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (const event of eventsOf(world, at.floor)) {
      const floor = await step(world, at.floor, event);
      steps += 1;
      const code = codeOf(world, floor);
      if (seen.has(code)) continue;
      seen.add(code);
      const way = { event: event.name, before: at.way };
      const invariant = await brokenBy(world, floor);
      if (invariant !== null) return { states: seen.size, steps, violation: { invariant, way: told(way) } };
      stack.push({ floor, way });
    }
  }
  return { states: seen.size, steps, violation: null };
}

interface Way {
  readonly event: string;
  readonly before: Way | null;
}

function told(way: Way): readonly string[] {
  const names: string[] = [];
  for (let at: Way | null = way; at !== null; at = at.before) names.unshift(at.event);
  return names;
}

async function brokenBy(world: BudgetCase, floor: Floor): Promise<string | null> {
  const days = floor.counters.campaigns.get(CAMPAIGN)?.days;
  const counted = days?.get(TODAY.day) ?? { liveAnswers: 0, drops: 0 };
  const ledger = sum(world.today, ledgerTally(floor));
  for (const today of [counted, ledger]) {
    for (const before of [NOTHING, world.earlier]) {
      const window = sum(today, before);
      const own = { ...window, drops: Math.max(0, window.drops - floor.charged) };
      // A window that began above the ceiling may stay there; it never rises.
      const start = Math.max(0, excessAfter(sum(world.today, before), 0, world.ceilingBp));
      if (excessAfter(own, 0, world.ceilingBp) > start) return 'never-above-ceiling';
    }
  }
  const settled = ledgerTally({ ...floor, calls: floor.calls.filter(({ phase }) => phase === 'counted') });
  if (!same(counted, sum(world.today, settled))) return 'counters-equal-ledger';
  const due = [...(await overdue(world, floor))].sort();
  if (due.join() !== [...openCalls(floor)].sort().join()) return 'reservation-always-settles';
  const ended = floor.calls.findIndex(({ phase }) => phase === 'counted');
  if (ended >= 0 && (await repeated(world, floor, ended)) !== 'already_settled') return 'one-result-per-call';
  return null;
}

const NOTHING: Tally = { liveAnswers: 0, drops: 0 };

const sum = (a: Tally, b: Tally): Tally => ({
  liveAnswers: a.liveAnswers + b.liveAnswers,
  drops: a.drops + b.drops,
});
const same = (a: Tally, b: Tally): boolean => a.liveAnswers === b.liveAnswers && a.drops === b.drops;

/** One number for a state and all that are like it: calls in another order, the two sidecars exchanged. */
function codeOf(world: BudgetCase, floor: Floor): number {
  return Math.min(numberOf(floor, 0), world.agents === 2 ? numberOf(floor, 1) : Infinity);
}

function numberOf({ calls, agents, lives, charged }: Floor, swap: number): number {
  const codes = calls.map((call) => callCode(call, swap)).sort((a, b) => a - b);
  let code = charged;
  const add = (digit: number, base: number): void => {
    code = code * base + digit;
  };
  for (const at of [swap, 1 - swap]) {
    add(AGENT_STATES.indexOf(agents[at] ?? 'ready'), AGENT_STATES.length);
    add(LIVES.indexOf(lives[at] ?? 'alive'), LIVES.length);
  }
  for (const each of codes) add(each, CALL_CODES);
  return code;
}

const AGENT_STATES = ['ready', 'promised', 'busy', 'logged_out'] as const;
const CALL_CODES = PHASES.length * 2 * 3 * (OUTCOMES.length + 1);

/** An outcome that counts as another one is the same. */
function callCode({ phase, by, agent, outcome }: Call, swap: number): number {
  const digit = phase === 'new' || phase === 'counted' ? 0 : by ^ swap;
  const serving = agent < 0 ? 0 : 1 + (agent ^ swap);
  const result = outcome === null ? 0 : 1 + OUTCOMES.indexOf(outcome === 'expired' ? 'dropped' : outcome);
  return ((PHASES.indexOf(phase) * 2 + digit) * 3 + serving) * (OUTCOMES.length + 1) + result;
}
