/**
 * What the counters in process remember. Several `memoryCounters` may share one state, as several sidecars share one Redis server;
 * a copy lets an exploration go on from one state in many ways.
 */
import type { Tally } from '../../domain/drop-budget.ts';
import type { AgentId, CallId, CampaignId } from '../../domain/ids.ts';
import type { Instant, LocalDate } from '../../domain/time.ts';
import type { AgentState } from '../../ports/counters.ts';
import type { BookedAgent } from './agent-book.ts';

export interface Call {
  readonly campaignId: CampaignId;
  /** Key of the person for the seller; null for a call of nobody known. */
  readonly person: string | null;
  readonly leaseUntil: number;
  /** The sidecar that holds the reservation; null: not known any more; `DOOMED`: no agent is there for it, whoever becomes free. */
  owner: string | null;
  /** How many askers stand on the reservation; infinite when a permit in the ledger does. */
  claims: number;
  settledAt: Instant | null;
  /** Generation of the campaign's tally the call is counted in. */
  generation: number;
}

/** Holds the calls that wait for nothing but their result: a sidecar without agents. */
export const DOOMED = '!';

export type PresentState = Exclude<AgentState, 'logged_out'>;

/** Agents by state and calls in flight. */
export interface Floor {
  ready: number;
  promised: number;
  busy: number;
  paused: number;
  inFlight: number;
}

export const emptyFloor = (): Floor => ({ ready: 0, promised: 0, busy: 0, paused: 0, inFlight: 0 });

export interface CampaignCounts {
  rebuilt: boolean;
  generation: number;
  readonly days: Map<LocalDate, { liveAnswers: number; drops: number }>;
  readonly inFlight: Set<CallId>;
  /** Lines opened within the last second, where a limit asks for it. */
  readonly opened: Map<CallId, Instant>;
  /** Sums of all sidecars: every decision asks, and there may be a thousand agents. */
  readonly floor: Floor;
  /** The same of each sidecar; calls in flight that nobody knows the holder of are under null. */
  readonly floorOf: Map<string | null, Floor>;
}

export interface Person {
  /** What it is known by, for its calls to share: one text for each number, not one for each call. */
  readonly key: string;
  /** Call id to the instant the call was placed. */
  readonly attempts: Map<CallId, Instant>;
  droppedAt: Instant | null;
}

export interface CounterState {
  readonly campaigns: Map<CampaignId, CampaignCounts>;
  readonly agents: Map<AgentId, BookedAgent>;
  readonly persons: Map<string, Person>;
  /** In flight and recently settled. */
  readonly calls: Map<CallId, Call>;
  /** Oldest settlement first. */
  readonly settledOrder: Map<CallId, Instant>;
}

export const emptyCounterState = (): CounterState => ({
  campaigns: new Map(),
  agents: new Map(),
  persons: new Map(),
  calls: new Map(),
  settledOrder: new Map(),
});

export const emptyCampaign = (): CampaignCounts => ({
  rebuilt: false,
  generation: 0,
  days: new Map(),
  inFlight: new Set(),
  opened: new Map(),
  floor: emptyFloor(),
  floorOf: new Map(),
});

/** Shares nothing that changes with the original. */
export function copyCounterState(state: CounterState): CounterState {
  const campaigns = new Map<CampaignId, CampaignCounts>();
  for (const [id, campaign] of state.campaigns) {
    campaigns.set(id, {
      ...campaign,
      days: copyOf(campaign.days),
      inFlight: new Set(campaign.inFlight),
      opened: new Map(campaign.opened),
      floor: { ...campaign.floor },
      floorOf: copyOf(campaign.floorOf),
    });
  }
  const persons = new Map<string, Person>();
  for (const [key, { attempts, droppedAt }] of state.persons) {
    persons.set(key, { key, attempts: new Map(attempts), droppedAt });
  }
  const agents = new Map<AgentId, BookedAgent>();
  for (const [id, { words, place }] of state.agents) agents.set(id, { words: new Map(words), place });
  const { calls, settledOrder } = state;
  return { campaigns, agents, persons, calls: copyOf(calls), settledOrder: new Map(settledOrder) };
}

function copyOf<K, V extends object>(map: ReadonlyMap<K, V>): Map<K, V> {
  const copy = new Map<K, V>();
  for (const [key, value] of map) copy.set(key, { ...value });
  return copy;
}

/** What this sidecar has, and the calls in flight that may be its own. */
export function ownFloor(campaign: CampaignCounts, sidecar: string): Floor {
  const own = campaign.floorOf.get(sidecar) ?? emptyFloor();
  return { ...own, inFlight: own.inFlight + (campaign.floorOf.get(null)?.inFlight ?? 0) };
}

export function exposedElsewhere(campaign: CampaignCounts, sidecar: string): number {
  let exposed = 0;
  for (const [owner, { inFlight, ready }] of campaign.floorOf) {
    if (owner !== sidecar && owner !== null) exposed += Math.max(0, inFlight - ready);
  }
  return exposed;
}

export function sumOf(campaign: CampaignCounts, days: readonly LocalDate[]): Tally {
  let liveAnswers = 0;
  let drops = 0;
  for (const day of days) {
    const counts = campaign.days.get(day);
    liveAnswers += counts?.liveAnswers ?? 0;
    drops += counts?.drops ?? 0;
  }
  return { liveAnswers, drops };
}
