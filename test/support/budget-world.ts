/**
 * The small case of the drop budget, whole: a few calls and agents, two sidecars on shared counters (the production ones, in process),
 * a ledger, and everything that may happen next. `explore-budget.ts` goes every way.
 */
import {
  copyCounterState,
  type CounterState,
  emptyCampaign,
  emptyCounterState,
} from '../../src/adapters/memory/counter-state.ts';
import { memoryCounters } from '../../src/adapters/memory/counters.ts';
import { countsOf, type Outcome } from '../../src/domain/call-result.ts';
import type { Admit, Tally } from '../../src/domain/drop-budget.ts';
import type { CallId } from '../../src/domain/ids.ts';
import { addMs } from '../../src/domain/time.ts';
import type { AgentState, Counters, ReservationRequest } from '../../src/ports/counters.ts';
import { agent, CAMPAIGN, NOON, request, windowsAt } from './reservations.ts';

export interface BudgetCase {
  readonly ceilingBp: number;
  readonly calls: number;
  /** Agent `i` has come in at sidecar `i % 2`. */
  readonly agents: number;
  readonly agentsOf: ReservationRequest['agentsOf'];
  /** Lost agents, dead sidecars and lost results; without them not one drop may be charged to anything but the budget. */
  readonly faults: boolean;
  readonly today: Tally;
  /** Of the block before today. */
  readonly earlier: Tally;
  readonly admission: Admit;
}

/** `ringing`: from the reservation on. `told`: the result stands in the ledger and not yet in the counters. */
export const PHASES = ['new', 'ringing', 'answered', 'told', 'counted'] as const;
export type Phase = (typeof PHASES)[number];
/** `silent`: its process is dead, and its agents still count. */
export const LIVES = ['alive', 'silent', 'buried'] as const;

export interface Call {
  readonly phase: Phase;
  readonly by: number;
  /** The agent promised to it, or -1. */
  readonly agent: number;
  readonly outcome: Outcome | null;
}

export interface Floor {
  readonly calls: readonly Call[];
  readonly agents: readonly Exclude<AgentState, 'paused'>[];
  readonly lives: readonly (typeof LIVES)[number][];
  /** Drops that a fault may make, which no admission could know of. */
  readonly charged: number;
  readonly counters: CounterState;
}

export interface Event {
  readonly name: string;
  readonly isFault: boolean;
  readonly next: (draft: Draft) => Promise<void>;
}

/** One step on the way: what may be changed is a copy. */
interface Draft {
  readonly calls: Call[];
  readonly agents: Exclude<AgentState, 'paused'>[];
  readonly lives: (typeof LIVES)[number][];
  readonly of: (sidecar: number) => Counters;
}

export const TODAY = windowsAt(NOON);
/** Each call of its own number, made once. */
const REQUESTS = Array.from({ length: 8 }, (_, index) => request(`call-${index}`));

const NEW: Call = { phase: 'new', by: 0, agent: -1, outcome: null };
const LATER = addMs(NOON, 3_600_000);
const idOf = (index: number): CallId => `call-${index}` as CallId;
const isOpen = ({ phase }: Call): boolean => phase === 'ringing' || phase === 'answered';

export async function beginning(world: BudgetCase): Promise<Floor> {
  const state = emptyCounterState();
  const campaign = { ...emptyCampaign(), rebuilt: true };
  campaign.days.set(TODAY.day, { ...world.today });
  campaign.days.set(TODAY.blockStart, { ...world.earlier });
  state.campaigns.set(CAMPAIGN, campaign);
  for (let index = 0; index < world.agents; index += 1) {
    await countersOf(world, state, index % 2).setAgent(CAMPAIGN, agent(`a${index}`), 'ready');
  }
  return {
    calls: Array.from({ length: world.calls }, () => NEW),
    agents: Array.from({ length: world.agents }, () => 'ready'),
    lives: ['alive', 'alive'],
    charged: 0,
    counters: state,
  };
}

const countersOf = ({ admission }: BudgetCase, state: CounterState, sidecar: number): Counters =>
  memoryCounters({ state, sidecar: `sidecar-${sidecar}`, admission });

export async function step(world: BudgetCase, floor: Floor, event: Event): Promise<Floor> {
  let state = floor.counters;
  const draft: Draft = {
    calls: [...floor.calls],
    agents: [...floor.agents],
    lives: [...floor.lives],
    of(sidecar) {
      if (state === floor.counters) state = copyCounterState(state);
      return countersOf(world, state, sidecar);
    },
  };
  await event.next(draft);
  const { calls, agents, lives } = draft;
  const next = { calls, agents, lives, charged: floor.charged, counters: state };
  if (!event.isFault) return next;
  const more = Math.max(0, atRisk(world, next) - atRisk(world, floor));
  return { ...next, charged: Math.min(world.calls, floor.charged + more) };
}

/** Drops in the ledger, and calls that are on their way without an agent for them. */
function atRisk(world: BudgetCase, floor: Floor): number {
  const pools = world.agentsOf === 'all' ? [[0, 1]] : [[0], [1]];
  let exposed = 0;
  for (const pool of pools) {
    const waiting = floor.calls.filter(
      (call) =>
        isOpen(call) && pool.includes(call.by) && (call.agent < 0 || floor.lives[call.by] !== 'alive'),
    ).length;
    const ready = floor.agents.filter(
      (state, index) => state === 'ready' && pool.includes(index % 2) && canServe(world, floor, index),
    ).length;
    exposed += Math.max(0, waiting - ready);
  }
  return ledgerTally(floor).drops + exposed;
}

/** Agents who came in at a sidecar that is dead serve nobody; those of a dialer do. */
const canServe = ({ agentsOf }: BudgetCase, { lives }: Floor, index: number): boolean =>
  agentsOf === 'all' || lives[index % 2] === 'alive';

/** What the ledger says of the calls of this floor. */
export function ledgerTally({ calls }: Floor): Tally {
  let liveAnswers = 0;
  let drops = 0;
  for (const { outcome } of calls) {
    if (outcome === null) continue;
    const counts = countsOf(outcome);
    liveAnswers += counts.liveAnswers;
    drops += counts.drops;
  }
  return { liveAnswers, drops };
}

export const openCalls = ({ calls }: Floor): readonly CallId[] =>
  calls.flatMap((call, index) => (isOpen(call) || call.phase === 'told' ? [idOf(index)] : []));

export const overdue = (world: BudgetCase, { counters }: Floor): Promise<readonly CallId[]> =>
  countersOf(world, counters, 0).overdue(CAMPAIGN, LATER);

/** A second word about a call that has had its result. */
export const repeated = (world: BudgetCase, { counters }: Floor, index: number): Promise<string> =>
  countersOf(world, copyCounterState(counters), 0).settle(
    idOf(index),
    CAMPAIGN,
    'connected',
    NOON,
    TODAY,
    null,
  );

export function eventsOf(world: BudgetCase, floor: Floor): readonly Event[] {
  const events: Event[] = [];
  const { calls, agents, lives } = floor;
  const alive = [0, 1].filter((sidecar) => lives[sidecar] === 'alive');
  const happen = (name: string, next: Event['next'], isFault = false): void =>
    void events.push({ name, isFault, next });

  // Calls are alike: the first new one stands for all.
  const fresh = calls.findIndex(({ phase }) => phase === 'new');
  if (fresh >= 0) {
    for (const by of alive) {
      happen(`reserve ${fresh} by ${by}`, async (draft) => {
        const { ceilingBp, agentsOf } = world;
        const { kind } = await draft.of(by).reserve({ ...REQUESTS[fresh]!, ceilingBp, agentsOf });
        if (kind === 'reserved') draft.calls[fresh] = { ...NEW, phase: 'ringing', by };
      });
    }
  }
  for (const [index, call] of calls.entries()) {
    const { phase, by } = call;
    const change = (to: Partial<Call>) => (draft: Draft) => {
      draft.calls[index] = { ...call, ...to };
      return Promise.resolve();
    };
    const isHeld = lives[by] === 'alive';
    if (phase === 'ringing' && isHeld) {
      happen(`release ${index}`, async (draft) => {
        await draft.of(by).release(idOf(index));
        draft.calls[index] = NEW;
      });
      happen(`fail ${index}`, change({ phase: 'told', outcome: 'failed' }));
      happen(`answer ${index}`, (draft) => promise(world, floor, draft, index, 'answered'));
    }
    if (phase === 'answered' && isHeld) {
      if (call.agent >= 0) {
        happen(`connect ${index}`, async (draft) => {
          await setAgent(draft, call.agent, 'busy');
          draft.calls[index] = { ...call, phase: 'told', agent: -1, outcome: 'connected' };
        });
      } else if (readyFor(world, floor, by) >= 0) {
        happen(`serve ${index}`, (draft) => promise(world, floor, draft, index, 'answered'));
      } else {
        happen(`drop ${index}`, async (draft) => {
          await draft.of(by).doom(idOf(index));
          draft.calls[index] = { ...call, phase: 'told', outcome: 'dropped' };
        });
      }
    }
    // By its own sidecar, or by any that finds it overdue and sees what stands in the ledger.
    if (phase === 'told') {
      for (const counter of alive) {
        happen(`count ${index} by ${counter}`, async (draft) => {
          const outcome = call.outcome ?? 'expired';
          await draft.of(counter).settle(idOf(index), CAMPAIGN, outcome, NOON, TODAY, null);
          draft.calls[index] = { ...call, phase: 'counted', by: 0 };
        });
      }
    }
    if (world.faults && isOpen(call) && alive.length > 0) {
      const expire = async (draft: Draft): Promise<void> => {
        if (call.agent >= 0) await setAgent(draft, call.agent, 'busy');
        await draft.of(call.by).doom(idOf(index));
        draft.calls[index] = { ...call, phase: 'told', agent: -1, outcome: 'expired' };
      };
      happen(`expire ${index}`, expire, true);
    }
  }
  for (const [index, state] of agents.entries()) {
    if (state === 'busy') happen(`agent ${index} free`, (draft) => setAgent(draft, index, 'ready'));
    if (state === 'logged_out') happen(`agent ${index} in`, (draft) => setAgent(draft, index, 'ready'));
    if (world.faults && state !== 'logged_out') {
      const lose = async (draft: Draft): Promise<void> => {
        await setAgent(draft, index, 'logged_out');
        for (const [at, call] of draft.calls.entries())
          if (call.agent === index) draft.calls[at] = { ...call, agent: -1 };
      };
      happen(`agent ${index} lost`, lose, true);
    }
  }
  if (world.faults && alive.length === 2) {
    for (const sidecar of alive) {
      const die = (draft: Draft): Promise<void> => {
        draft.lives[sidecar] = 'silent';
        return Promise.resolve();
      };
      happen(`sidecar ${sidecar} dies`, die, true);
    }
  }
  for (const [sidecar, life] of lives.entries()) {
    if (life !== 'silent') continue;
    happen(
      `sidecar ${sidecar} is buried`,
      async (draft) => {
        draft.lives[sidecar] = 'buried';
        for (let index = sidecar; index < agents.length; index += 2)
          await setAgent(draft, index, 'logged_out');
        for (const [at, call] of draft.calls.entries())
          if (call.agent >= 0 && call.agent % 2 === sidecar) draft.calls[at] = { ...call, agent: -1 };
      },
      true,
    );
  }
  return events.filter(({ name }) => isPossible(floor, name));
}

/** Nothing is said of an agent by a dead sidecar. */
const isPossible = ({ lives }: Floor, name: string): boolean => {
  const index = /^agent (\d)/.exec(name)?.[1];
  return index === undefined || lives[Number(index) % 2] === 'alive';
};

const readyFor = (world: BudgetCase, floor: Floor, by: number): number =>
  floor.agents.findIndex(
    (state, index) =>
      state === 'ready' && canServe(world, floor, index) && (world.agentsOf === 'all' || index % 2 === by),
  );

async function promise(
  world: BudgetCase,
  floor: Floor,
  draft: Draft,
  index: number,
  phase: Phase,
): Promise<void> {
  const call = floor.calls[index] ?? NEW;
  const found = readyFor(world, floor, call.by);
  if (found >= 0) await setAgent(draft, found, 'promised');
  draft.calls[index] = { ...call, phase, agent: found };
}

async function setAgent(draft: Draft, index: number, state: Floor['agents'][number]): Promise<void> {
  draft.agents[index] = state;
  await draft.of(index % 2).setAgent(CAMPAIGN, agent(`a${index}`), state);
}
