/**
 * What calls themselves change: attempts per number, calls in flight, live answers and drops, agents.
 * A fast sum of the ledger, rebuilt from it; shared by several sidecars in its Redis form.
 * Every operation is atomic and repeat-safe by call id. Time is passed in.
 */
import type { Outcome } from '../domain/call-result.ts';
import type { DialLimits, ReachedLimit } from '../domain/dial-limits.ts';
import type { Admission, BudgetSnapshot, Tally } from '../domain/drop-budget.ts';
import type { AttemptFacts } from '../domain/facts.ts';
import type { AgentId, CallId, CampaignId, SellerId } from '../domain/ids.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';
import type { Instant, LocalDate } from '../domain/time.ts';

/** The windows a campaign counts in at an instant; computed by the caller (`control/counting-windows.ts`). */
export interface CountingWindows {
  /** Campaign-local calendar day. */
  readonly day: LocalDate;
  /** First day of the current 30-day block anchored at the campaign's start. */
  readonly blockStart: LocalDate;
  /** The last 30 calendar days including today, oldest first; for the rolling figure. */
  readonly rollingDays: readonly LocalDate[];
}

export interface ReservationRequest {
  readonly callId: CallId;
  readonly campaignId: CampaignId;
  readonly sellerId: SellerId;
  /** The seller's other campaigns, whose calls are attempts to the same numbers. */
  readonly besides: readonly CampaignId[];
  readonly number: PhoneNumber;
  readonly at: Instant;
  readonly windows: CountingWindows;
  readonly ceilingBp: number;
  readonly overDialing: 'allowed' | 'barred';
  /**
   * Whose agents may take this call when it is answered: those of every sidecar (a dialer has them), or, INVARIANT
   * (never-above-ceiling), only those who have come in at the sidecar that places it, which has no other to bridge. A line of the first
   * kind may need anybody's: it counts against the agents of every sidecar.
   */
  readonly agentsOf: 'all' | 'this_sidecar';
  /** The tightest cap of all that bind this call, already chosen by the caller. */
  readonly attempts: { readonly max: number; readonly windowHours: number };
  readonly lockoutHours: number;
  /** After this long without a result the reservation counts as a drop. */
  readonly leaseMs: number;
  /** Left out: none but the budget. */
  readonly limits?: DialLimits;
}

/** Attempts and drops of a number are remembered this long; a request MUST NOT ask for a wider window or lockout. */
export const ATTEMPTS_KEPT_HOURS = 7 * 24;

/** A settled call id is remembered at least this long; a repeat after it is the ledger's to catch (one-result-per-call). */
export const SETTLED_KEPT_HOURS = 72;

export interface CounterView {
  /** As `Counters.store`, of the server that answered this. */
  readonly store: string | null;
  /** Counts while `at - window <= placed at`, both ends included: the stricter reading of "in 24 hours". */
  readonly attempts: AttemptFacts;
  /**
   * INVARIANT (attempts-of-the-seller): true when this campaign and all of `besides` are rebuilt. Otherwise `attempts` may be too low, and
   * callers MUST take them as unknown.
   */
  readonly attemptsWhole: boolean;
  readonly snapshot: BudgetSnapshot;
  /** Agents logged in, ready or not. */
  readonly loggedIn: number;
  /** What `admits` says of the snapshot for this call. */
  readonly admission: Admission;
  /** What `reachedLimit` says of it; null also for a call that holds its reservation already. */
  readonly limit: ReachedLimit | null;
}

export type ReservationAnswer =
  /** `standing`: this call id held its reservation already, which is not this asker's to give back. */
  | { readonly kind: 'reserved'; readonly standing: boolean; readonly view: CounterView }
  /** Nothing was changed. */
  | { readonly kind: 'refused'; readonly view: CounterView }
  /** The call id has had its result already; nothing was changed and the call MUST NOT be placed again. */
  | { readonly kind: 'ended'; readonly view: CounterView };

export const AGENT_STATES = ['ready', 'promised', 'busy', 'paused', 'logged_out'] as const;
export type AgentState = (typeof AGENT_STATES)[number];

/**
 * Who says so. `here`: the agent has come in at this sidecar, which has the agent from now on. `seen`: this sidecar sees the agent on the
 * exchange; others may see the same one. `said`: the agent says so, or the dialer that has the agent; the last word holds, whichever
 * sidecar it came to, and of whoever has logged out nothing else does. `said_here`: the same of an agent who has come in here.
 * `said_before`: what was said, with what a call of ours does with the agent now: nobody else's word is taken back by it.
 */
export type AgentWord = 'here' | 'seen' | 'said' | 'said_here' | 'said_before';

/** Whether this word of an agent takes back what others have said. */
export const isLastWord = (word: AgentWord): boolean => word === 'said' || word === 'said_here';

/** How this sidecar knows the agent. */
export function knownBy(word: AgentWord): 'here' | 'seen' | 'said' {
  if (word === 'seen') return 'seen';
  return word === 'said' || word === 'said_before' ? 'said' : 'here';
}

export interface LostAgent {
  readonly campaignId: CampaignId;
  readonly agentId: AgentId;
  readonly was: AgentState;
}

export interface CampaignTally {
  readonly today: Tally;
  readonly block: Tally;
  readonly rolling: Tally;
  readonly inFlight: number;
  readonly agents: Readonly<Record<Exclude<AgentState, 'logged_out'>, number>>;
  readonly rebuilt: boolean;
}

/** Whom a seller has called: attempts and the rest after a drop are counted for the two together. */
export type CalledPerson = Pick<ReservationRequest, 'sellerId' | 'number'>;

export type Settlement = 'settled' | 'already_settled' | 'unscreened';

/** What of a reservation outlives its decision. */
export type ReservedCall = Pick<
  ReservationRequest,
  'callId' | 'campaignId' | 'sellerId' | 'number' | 'at' | 'leaseMs'
>;

/** One settled call or reservation as the ledger tells it; for rebuilding. */
export interface RebuildStep {
  readonly request: ReservedCall;
  /** Null: permitted, no result yet. */
  readonly outcome: {
    readonly outcome: Outcome;
    readonly at: Instant;
    readonly windows: CountingWindows;
  } | null;
}

export class CountersUnavailable extends Error {
  override readonly name = 'CountersUnavailable';
  readonly code = 'counters_unavailable';
}

export interface Counters {
  /**
   * The store that keeps the counters now; another one after each restart and failover, which may have lost the last writes. Null: this
   * process itself, shared with nobody. Throws `CountersUnavailable` while there is no connection.
   */
  store(): string | null;
  /** What `reserve` would see; changes nothing. */
  peek(request: ReservationRequest): Promise<CounterView>;
  /**
   * Checks attempts, lockout, budget and limits and, if all hold, counts the attempt and puts the call in flight: one atomic step.
   * The same call id again answers `reserved` without counting twice. After `CountersUnavailable` nothing stays reserved
   * once the store answers again.
   */
  reserve(request: ReservationRequest): Promise<ReservationAnswer>;
  /** The call was never placed: the attempt and the place in flight are given back. Unknown or settled ids: nothing. */
  release(callId: CallId): Promise<void>;
  /**
   * No agent will come for this call, and its result is on its way through the ledger: who becomes free meanwhile is not there for it.
   * Sent at once, before any agent's next state. Unknown or settled ids: nothing.
   */
  doom(callId: CallId): Promise<void>;
  /**
   * This sidecar has the call in its hands from now on, whoever reserved it: it takes one of the agents who have come in here. To be
   * sent before anything is reserved for those. Doomed, unknown or settled ids: nothing.
   */
  adopt(callId: CallId): Promise<void>;
  /**
   * Counts the outcome once per call id, takes the call out of flight, starts the lockout on a drop. A call id without a
   * reservation answers `unscreened` and is counted against the campaign too, and a drop starts the lockout of `person` where it is
   * known: a live answer is a live answer. The result MUST stand in the ledger before, so that a rebuild running beside it cannot miss it. While the campaign is not rebuilt
   * `unscreened` proves nothing: the reservation may have been lost with the store.
   */
  settle(
    callId: CallId,
    campaignId: CampaignId,
    outcome: Outcome,
    at: Instant,
    windows: CountingWindows,
    person: CalledPerson | null,
  ): Promise<Settlement>;
  /**
   * Reservations of the campaign whose lease has run out at `at`; of very many those that ran out first. Changes nothing: INVARIANT
   * (reservation-always-settles), the caller writes `expired` into the ledger for each, and then settles by what stands there.
   */
  overdue(campaignId: CampaignId, at: Instant): Promise<readonly CallId[]>;
  /**
   * INVARIANT (idle-never-too-many): an agent counts as long as the sidecar that has told of it lives; where several sidecars share the
   * counters, those of one that shows no life for about ten seconds are taken out.
   * INVARIANT (agent-idle-once): an agent counts in one campaign and for one sidecar, whoever tells of the agent, and in the most occupied
   * of the states that are told: for whoever has the agent, else for whoever has told last, unless lines of another who tells of
   * the agent may ring for them.
   * `word`: left out, `here`.
   */
  setAgent(campaignId: CampaignId, agentId: AgentId, state: AgentState, word?: AgentWord): Promise<void>;
  /** Of agents whose sidecar is gone, each once, by the sidecar that has taken them out; they do not count any more. */
  onAgentsLost(listener: (lost: readonly LostAgent[]) => void): void;
  tally(campaignId: CampaignId, at: Instant, windows: CountingWindows): Promise<CampaignTally>;
  /**
   * Replaces the campaign's tallies by what the ledger says; until it has finished, `snapshot.rebuilt` is false. Steps are
   * applied once per call id, so reservations and results may go on meanwhile: `steps` MUST read the ledger only when pulled.
   * Reservations in flight, attempts and drops of numbers are added to, never taken away: the error is on the strict side.
   * `now` tells which attempts and call ids are still worth remembering. Rejects while another sidecar rebuilds the campaign: it is
   * to be asked again whether anything is left to do.
   */
  rebuild(campaignId: CampaignId, steps: AsyncIterable<RebuildStep>, now: Instant): Promise<void>;
  /** Not believed any more, as after a loss, until `rebuild` has run to its end. */
  forget(campaignId: CampaignId): Promise<void>;
  /** Rejects when the store does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
