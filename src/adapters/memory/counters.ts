/**
 * Counters of one process: maps, no await, so every operation is atomic by nature. The default without `REDIS_URL`.
 * Starts as not rebuilt: until `rebuild` has run for a campaign, its snapshot says so.
 */
import { assertInvariant } from '../../domain/assert.ts';
import { countsOf, type Outcome } from '../../domain/call-result.ts';
import { NO_DIAL_LIMITS, reachedLimit } from '../../domain/dial-limits.ts';
import { type Admit, admits, type BudgetSnapshot } from '../../domain/drop-budget.ts';
import type { CallId, CampaignId } from '../../domain/ids.ts';
import { HOUR_MS, SECOND_MS, type Instant } from '../../domain/time.ts';
import {
  ATTEMPTS_KEPT_HOURS,
  type CampaignTally,
  type Claim,
  type Counters,
  type CounterView,
  CountersUnavailable,
  type CountingWindows,
  type RebuildStep,
  type ReservationAnswer,
  type ReservationRequest,
  type ReservedCall,
  SETTLED_KEPT_HOURS,
  type Settlement,
} from '../../ports/counters.ts';
import { type FloorsOf, tellOfAgent } from './agent-book.ts';
import {
  type Call,
  type CampaignCounts,
  type CounterState,
  DOOMED,
  emptyCampaign,
  emptyCounterState,
  emptyFloor,
  exposedElsewhere,
  type Floor,
  ownFloor,
  type Person,
  sumOf,
} from './counter-state.ts';

/** Days that are remembered. By number, not by date: a clock that jumps ahead and back takes none away that still counts. */
const DAYS_KEPT = 130;

export interface MemoryCountersOptions {
  /** Shared with the counters of other sidecars; default: a state of its own. */
  readonly state?: CounterState;
  /** Which of these sidecars this is. */
  readonly sidecar?: string;
  /** Default: `admits`. */
  readonly admission?: Admit;
}

/** Here nothing is in doubt: how many have asked says enough. */
const CLAIM = 'counted' as Claim;

const personKey = (request: Pick<ReservationRequest, 'sellerId' | 'number'>): string =>
  `${request.sellerId} ${request.number}`;

export function memoryCounters(options: MemoryCountersOptions = {}): Counters {
  const { state = emptyCounterState(), sidecar = 'this', admission = admits } = options;
  const { campaigns, agents, persons, calls, settledOrder } = state;
  let closed = false;

  const campaignOf = (id: CampaignId): CampaignCounts => {
    let found = campaigns.get(id);
    if (found === undefined) campaigns.set(id, (found = emptyCampaign()));
    return found;
  };

  const floorOf = (campaign: CampaignCounts, owner: string | null): Floor => {
    let found = campaign.floorOf.get(owner);
    if (found === undefined) campaign.floorOf.set(owner, (found = emptyFloor()));
    return found;
  };

  const floorsOf: FloorsOf = (campaignId, owner) => {
    const campaign = campaignOf(campaignId);
    return [campaign.floor, floorOf(campaign, owner)];
  };

  const takeOff = (callId: CallId, call: Call): void => {
    const campaign = campaignOf(call.campaignId);
    if (!campaign.inFlight.delete(callId)) return;
    campaign.floor.inFlight -= 1;
    floorOf(campaign, call.owner).inFlight -= 1;
  };

  const personOf = (key: string): Person => {
    let found = persons.get(key);
    if (found === undefined) persons.set(key, (found = { key, attempts: new Map(), droppedAt: null }));
    return found;
  };

  /** Looks at the two persons longest not looked at: the map stays as large as the numbers called within the kept hours. */
  const forgetPersons = (at: Instant): void => {
    const oldest = at - ATTEMPTS_KEPT_HOURS * HOUR_MS;
    for (const [key, person] of [...take(persons, 2)]) {
      persons.delete(key);
      const live =
        (person.droppedAt ?? 0) >= oldest || [...person.attempts.values()].some((placed) => placed >= oldest);
      if (live) persons.set(key, person);
    }
  };

  const view = (request: ReservationRequest): CounterView => {
    const { at, attempts, windows } = request;
    assertInvariant(
      attempts.windowHours <= ATTEMPTS_KEPT_HOURS,
      'attempts-kept',
      String(attempts.windowHours),
    );
    const campaign = campaignOf(request.campaignId);
    const person = persons.get(personKey(request));
    const from = at - attempts.windowHours * HOUR_MS;
    let placed = 0;
    for (const [callId, placedAt] of person?.attempts ?? []) {
      if (callId !== request.callId && placedAt >= from) placed += 1;
    }
    const dropped = person?.droppedAt ?? null;
    const locked = dropped !== null && dropped >= at - request.lockoutHours * HOUR_MS;
    const mine = request.agentsOf === 'all' ? campaign.floor : ownFloor(campaign, sidecar);
    const standing = campaign.inFlight.has(request.callId) ? calls.get(request.callId) : undefined;
    const isMine = request.agentsOf === 'all' || standing?.owner === sidecar || standing?.owner === null;
    const snapshot: BudgetSnapshot = {
      windows: [
        sumOf(campaign, [windows.day]),
        sumOf(
          campaign,
          windows.rollingDays.filter((day) => day >= windows.blockStart),
        ),
      ],
      inFlight: mine.inFlight - (standing !== undefined && isMine ? 1 : 0),
      ready: mine.ready + mine.promised,
      promised: mine.promised,
      rebuilt: campaign.rebuilt,
      ...(request.agentsOf === 'all' ? {} : { exposedElsewhere: exposedElsewhere(campaign, sidecar) }),
    };
    const loggedIn = mine.ready + mine.promised + mine.busy + mine.paused;
    const admitted = admission(snapshot, request.ceilingBp, request.overDialing, loggedIn);
    return {
      store: null,
      attempts: { placed, windowHours: attempts.windowHours, droppedAt: locked ? dropped : null },
      attemptsWhole: campaign.rebuilt && request.besides.every((id) => campaigns.get(id)?.rebuilt === true),
      snapshot,
      loggedIn,
      admission: admitted,
      limit: limitOf(request, campaign, {
        lines: campaign.inFlight.size + 1,
        overdial: admitted.admitted && admitted.overdial,
      }),
    };
  };

  const limitOf = (
    { callId, at, limits = NO_DIAL_LIMITS }: ReservationRequest,
    { inFlight, opened }: CampaignCounts,
    line: { readonly lines: number; readonly overdial: boolean },
  ): CounterView['limit'] => {
    if (inFlight.has(callId)) return null;
    const openedLastSecond =
      limits.callsPerSecondMax === null
        ? 0
        : [...opened.values()].filter((each) => each > at - SECOND_MS).length;
    return reachedLimit(limits, { ...line, openedLastSecond });
  };

  /** The last second of the lines that a limit counts. */
  const noteOpened = ({ callId, campaignId, at, limits = NO_DIAL_LIMITS }: ReservationRequest): void => {
    if (limits.callsPerSecondMax === null) return;
    const { opened } = campaignOf(campaignId);
    for (const [id, openedAt] of opened) if (openedAt <= at - SECOND_MS) opened.delete(id);
    opened.set(callId, at);
  };

  const open = (
    request: ReservedCall,
    campaign: CampaignCounts,
    leaseUntil: number,
    owner: string | null,
  ): Call => {
    const person = personOf(personKey(request));
    for (const [callId, at] of person.attempts) {
      if (at < request.at - ATTEMPTS_KEPT_HOURS * HOUR_MS) person.attempts.delete(callId);
    }
    person.attempts.set(request.callId, request.at);
    forgetPersons(request.at);
    if (!campaign.inFlight.has(request.callId)) {
      campaign.inFlight.add(request.callId);
      campaign.floor.inFlight += 1;
      floorOf(campaign, owner).inFlight += 1;
    }
    const call: Call = {
      campaignId: request.campaignId,
      person: person.key,
      leaseUntil,
      owner,
      claims: 1,
      settledAt: null,
      generation: campaign.generation,
    };
    calls.set(request.callId, call);
    return call;
  };

  const reserve = (request: ReservationRequest): ReservationAnswer => {
    const seen = view(request);
    const known = calls.get(request.callId);
    if (known !== undefined) {
      if (known.settledAt !== null) return { kind: 'ended', view: seen };
      known.claims += 1;
      return { kind: 'reserved', standing: true, claim: CLAIM, view: seen };
    }
    const { placed, droppedAt } = seen.attempts;
    if (placed >= request.attempts.max || droppedAt !== null || !seen.admission.admitted) {
      return { kind: 'refused', view: seen };
    }
    if (seen.limit !== null) return { kind: 'refused', view: seen };
    noteOpened(request);
    // A line for which any sidecar's agent may be needed is none's in particular.
    const holder = request.agentsOf === 'all' ? null : sidecar;
    open(request, campaignOf(request.campaignId), request.at + request.leaseMs, holder);
    return { kind: 'reserved', standing: false, claim: CLAIM, view: seen };
  };

  const count = (
    callId: CallId,
    call: Call,
    outcome: Outcome,
    at: Instant,
    windows: CountingWindows,
  ): void => {
    const campaign = campaignOf(call.campaignId);
    const { liveAnswers, drops } = countsOf(outcome);
    const day = campaign.days.get(windows.day) ?? { liveAnswers: 0, drops: 0 };
    day.liveAnswers += liveAnswers;
    day.drops += drops;
    campaign.days.set(windows.day, day);
    if (campaign.days.size > DAYS_KEPT)
      campaign.days.delete([...campaign.days.keys()].sort()[0] ?? windows.day);
    takeOff(callId, call);
    call.settledAt = at;
    call.generation = campaign.generation;
    calls.set(callId, call);
    settledOrder.delete(callId);
    settledOrder.set(callId, at);
    if (drops === 1 && call.person !== null) {
      const person = personOf(call.person);
      if (person.droppedAt === null || at > person.droppedAt) person.droppedAt = at;
    }
    forgetSettled(at);
  };

  const forgetSettled = (at: Instant): void => {
    for (const [callId, settledAt] of settledOrder) {
      if (settledAt >= at - SETTLED_KEPT_HOURS * HOUR_MS) break;
      settledOrder.delete(callId);
      calls.delete(callId);
    }
  };

  const settle: Counters['settle'] = (callId, campaignId, outcome, at, windows, person) =>
    attempt((): Settlement => {
      const known = calls.get(callId);
      if (known !== undefined && known.settledAt !== null) return 'already_settled';
      const call = known ?? {
        ...{ campaignId, person: person === null ? null : personKey(person) },
        ...{ leaseUntil: at, owner: null, claims: 1, settledAt: null, generation: 0 },
      };
      count(callId, call, outcome, at, windows);
      return known === undefined ? 'unscreened' : 'settled';
    });

  const release = (callId: CallId): void => {
    const call = calls.get(callId);
    if (call === undefined || call.settledAt !== null) return;
    takeOff(callId, call);
    calls.delete(callId);
    if (call.person !== null) persons.get(call.person)?.attempts.delete(callId);
  };

  const withdraw = (callId: CallId): void => {
    const call = calls.get(callId);
    if (call === undefined) return;
    call.claims -= 1;
    if (call.claims <= 0) release(callId);
  };

  const hold = (callId: CallId, holder: string): void => {
    const call = calls.get(callId);
    if (call === undefined || call.settledAt !== null || call.owner === DOOMED) return;
    const campaign = campaignOf(call.campaignId);
    floorOf(campaign, call.owner).inFlight -= 1;
    floorOf(campaign, holder).inFlight += 1;
    call.owner = holder;
  };

  const overdue: Counters['overdue'] = (campaignId, at) =>
    attempt(() =>
      [...campaignOf(campaignId).inFlight].filter((callId) => (calls.get(callId)?.leaseUntil ?? 0) <= at),
    );

  /** One step of a rebuild: idempotent by call id, so live traffic may go on beside it. */
  const restore = ({ request, outcome }: RebuildStep, campaign: CampaignCounts, now: Instant): void => {
    const known = calls.get(request.callId);
    if (known?.settledAt != null && known.generation === campaign.generation) {
      personOf(personKey(request)).attempts.set(request.callId, request.at);
      return;
    }
    const lease = known?.settledAt === null ? known.leaseUntil : request.at + request.leaseMs;
    const call = open(request, campaign, lease, known?.settledAt === null ? known.owner : null);
    call.claims = Infinity;
    if (outcome !== null) {
      count(request.callId, call, outcome.outcome, outcome.at, outcome.windows);
      if (outcome.at < now - SETTLED_KEPT_HOURS * HOUR_MS) {
        calls.delete(request.callId);
        settledOrder.delete(request.callId);
      }
    }
    if (request.at < now - ATTEMPTS_KEPT_HOURS * HOUR_MS) {
      persons.get(personKey(request))?.attempts.delete(request.callId);
    }
  };

  const tally = (campaignId: CampaignId, windows: CountingWindows): CampaignTally => {
    const campaign = campaignOf(campaignId);
    const { ready, promised, busy, paused } = campaign.floor;
    return {
      today: sumOf(campaign, [windows.day]),
      block: sumOf(
        campaign,
        windows.rollingDays.filter((day) => day >= windows.blockStart),
      ),
      rolling: sumOf(campaign, windows.rollingDays),
      inFlight: campaign.inFlight.size,
      agents: { ready, promised, busy, paused },
      rebuilt: campaign.rebuilt,
    };
  };

  const attempt = <T>(work: () => T): Promise<T> =>
    new Promise((resolve) => {
      if (closed) throw new CountersUnavailable('the counters are closed');
      resolve(work());
    });

  return {
    store: () => null,
    peek: (request) => attempt(() => view(request)),
    reserve: (request) => attempt(() => reserve(request)),
    withdraw: (callId) => attempt(() => withdraw(callId)),
    release: (callId) => attempt(() => release(callId)),
    doom: (callId) => attempt(() => hold(callId, DOOMED)),
    adopt: (callId) => attempt(() => hold(callId, sidecar)),
    settle,
    overdue,
    setAgent: (campaignId, agentId, to, word = 'here') =>
      attempt(() => tellOfAgent(agents, floorsOf, { campaignId, agentId, state: to, teller: sidecar, word })),
    // They are gone with their process, and so are these counters.
    onAgentsLost: () => undefined,
    tally: (campaignId, _at, windows) => attempt(() => tally(campaignId, windows)),
    async rebuild(campaignId, steps, now) {
      const campaign = await attempt(() => campaignOf(campaignId));
      campaign.rebuilt = false;
      campaign.generation += 1;
      campaign.days.clear();
      const { generation } = campaign;
      for await (const step of steps) {
        if (campaign.generation !== generation) throw new CountersUnavailable('another rebuild took over');
        restore(step, campaign, now);
      }
      campaign.rebuilt = true;
    },
    forget: (campaignId) => attempt(() => void (campaignOf(campaignId).rebuilt = false)),
    ping: () => attempt(() => undefined),
    close() {
      closed = true;
      return Promise.resolve();
    },
  };
}

function* take<T>(items: Iterable<T>, max: number): Generator<T> {
  let taken = 0;
  for (const item of items) {
    if (taken === max) return;
    taken += 1;
    yield item;
  }
}
