/**
 * Counters of one process: maps, no await, so every operation is atomic by nature. The default without `REDIS_URL`.
 * Starts as not rebuilt: until `rebuild` has run for a campaign, its snapshot says so.
 */
import { assertInvariant } from '../../domain/assert.ts';
import { countsOf, type Outcome } from '../../domain/call-result.ts';
import { NO_DIAL_LIMITS, reachedLimit } from '../../domain/dial-limits.ts';
import { admits, type Tally } from '../../domain/drop-budget.ts';
import type { AgentId, CallId, CampaignId } from '../../domain/ids.ts';
import { HOUR_MS, SECOND_MS, type Instant, type LocalDate } from '../../domain/time.ts';
import {
  type AgentState,
  ATTEMPTS_KEPT_HOURS,
  type CampaignTally,
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

interface Call {
  readonly campaignId: CampaignId;
  /** Key of the person for the seller; null for a call nobody reserved. */
  readonly person: string | null;
  readonly leaseUntil: number;
  settledAt: Instant | null;
  /** Generation of the campaign's tally the call is counted in. */
  generation: number;
}

interface CampaignCounts {
  rebuilt: boolean;
  generation: number;
  readonly days: Map<LocalDate, { liveAnswers: number; drops: number }>;
  readonly inFlight: Set<CallId>;
  /** Lines opened within the last second, where a limit asks for it. */
  readonly opened: Map<CallId, Instant>;
  readonly agents: Map<AgentId, Exclude<AgentState, 'logged_out'>>;
  /** How many of `agents` are in each state: every decision asks, and there may be a thousand. */
  readonly states: { ready: number; promised: number; busy: number; paused: number };
}

interface Person {
  /** Call id to the instant the call was placed. */
  readonly attempts: Map<CallId, Instant>;
  droppedAt: Instant | null;
}

const personKey = (request: Pick<ReservationRequest, 'sellerId' | 'number'>): string =>
  `${request.sellerId} ${request.number}`;

export function memoryCounters(): Counters {
  const campaigns = new Map<CampaignId, CampaignCounts>();
  const persons = new Map<string, Person>();
  /** In flight and recently settled, oldest settlement first among the settled. */
  const calls = new Map<CallId, Call>();
  const settledOrder = new Map<CallId, Instant>();
  let closed = false;

  const campaignOf = (id: CampaignId): CampaignCounts => {
    let found = campaigns.get(id);
    if (found === undefined) {
      found = {
        rebuilt: false,
        generation: 0,
        days: new Map(),
        inFlight: new Set(),
        opened: new Map(),
        agents: new Map(),
        states: { ready: 0, promised: 0, busy: 0, paused: 0 },
      };
      campaigns.set(id, found);
    }
    return found;
  };

  const personOf = (key: string): Person => {
    let found = persons.get(key);
    if (found === undefined) persons.set(key, (found = { attempts: new Map(), droppedAt: null }));
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
    const { states } = campaign;
    const snapshot = {
      windows: [
        sumOf(campaign, [windows.day]),
        sumOf(
          campaign,
          windows.rollingDays.filter((day) => day >= windows.blockStart),
        ),
      ],
      inFlight: campaign.inFlight.size - (campaign.inFlight.has(request.callId) ? 1 : 0),
      ready: states.ready + states.promised,
      promised: states.promised,
      rebuilt: campaign.rebuilt,
    };
    const loggedIn = campaign.agents.size;
    const admission = admits(snapshot, request.ceilingBp, request.overDialing, loggedIn);
    return {
      attempts: { placed, windowHours: attempts.windowHours, droppedAt: locked ? dropped : null },
      attemptsWhole: campaign.rebuilt && request.besides.every((id) => campaigns.get(id)?.rebuilt === true),
      snapshot,
      loggedIn,
      admission,
      limit: limitOf(request, campaign, {
        lines: campaign.inFlight.size + 1,
        overdial: admission.admitted && admission.overdial,
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

  const open = (request: ReservedCall, campaign: CampaignCounts, leaseUntil: number): Call => {
    const person = personOf(personKey(request));
    for (const [callId, at] of person.attempts) {
      if (at < request.at - ATTEMPTS_KEPT_HOURS * HOUR_MS) person.attempts.delete(callId);
    }
    person.attempts.set(request.callId, request.at);
    forgetPersons(request.at);
    campaign.inFlight.add(request.callId);
    const call: Call = {
      campaignId: request.campaignId,
      person: personKey(request),
      leaseUntil,
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
      return known.settledAt === null
        ? { kind: 'reserved', standing: true, view: seen }
        : { kind: 'ended', view: seen };
    }
    const { placed, droppedAt } = seen.attempts;
    if (placed >= request.attempts.max || droppedAt !== null || !seen.admission.admitted) {
      return { kind: 'refused', view: seen };
    }
    if (seen.limit !== null) return { kind: 'refused', view: seen };
    noteOpened(request);
    open(request, campaignOf(request.campaignId), request.at + request.leaseMs);
    return { kind: 'reserved', standing: false, view: seen };
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
    const oldest = windows.rollingDays[0];
    for (const known of campaign.days.keys()) {
      if (oldest !== undefined && known < oldest && campaign.rebuilt) campaign.days.delete(known);
    }
    campaign.inFlight.delete(callId);
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

  const settle: Counters['settle'] = (callId, campaignId, outcome, at, windows) =>
    attempt((): Settlement => {
      const known = calls.get(callId);
      if (known !== undefined && known.settledAt !== null) return 'already_settled';
      const call = known ?? { campaignId, person: null, leaseUntil: at, settledAt: null, generation: 0 };
      count(callId, call, outcome, at, windows);
      return known === undefined ? 'unscreened' : 'settled';
    });

  const release = (callId: CallId): void => {
    const call = calls.get(callId);
    if (call === undefined || call.settledAt !== null) return;
    calls.delete(callId);
    campaignOf(call.campaignId).inFlight.delete(callId);
    if (call.person !== null) persons.get(call.person)?.attempts.delete(callId);
  };

  const expireLeases: Counters['expireLeases'] = (campaignId, at, windows) =>
    attempt(() => {
      const due = [...campaignOf(campaignId).inFlight].filter(
        (callId) => (calls.get(callId)?.leaseUntil ?? 0) <= at,
      );
      for (const callId of due) {
        const call = calls.get(callId);
        if (call !== undefined) count(callId, call, 'expired', at, windows);
      }
      return due;
    });

  /** One step of a rebuild: idempotent by call id, so live traffic may go on beside it. */
  const restore = ({ request, outcome }: RebuildStep, campaign: CampaignCounts, now: Instant): void => {
    const known = calls.get(request.callId);
    if (known?.settledAt != null && known.generation === campaign.generation) {
      personOf(personKey(request)).attempts.set(request.callId, request.at);
      return;
    }
    const lease = known?.settledAt === null ? known.leaseUntil : request.at + request.leaseMs;
    const call = open(request, campaign, lease);
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
    return {
      today: sumOf(campaign, [windows.day]),
      block: sumOf(
        campaign,
        windows.rollingDays.filter((day) => day >= windows.blockStart),
      ),
      rolling: sumOf(campaign, windows.rollingDays),
      inFlight: campaign.inFlight.size,
      agents: { ...campaign.states },
      rebuilt: campaign.rebuilt,
    };
  };

  const attempt = <T>(work: () => T): Promise<T> =>
    new Promise((resolve) => {
      if (closed) throw new CountersUnavailable('the counters are closed');
      resolve(work());
    });

  return {
    peek: (request) => attempt(() => view(request)),
    reserve: (request) => attempt(() => reserve(request)),
    release: (callId) => attempt(() => release(callId)),
    settle,
    expireLeases,
    setAgent: (campaignId, agentId, state) =>
      attempt(() => {
        const { agents, states } = campaignOf(campaignId);
        const before = agents.get(agentId);
        if (before !== undefined) states[before] -= 1;
        if (state === 'logged_out') agents.delete(agentId);
        else {
          agents.set(agentId, state);
          states[state] += 1;
        }
      }),
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

function sumOf(campaign: CampaignCounts, days: readonly LocalDate[]): Tally {
  let liveAnswers = 0;
  let drops = 0;
  for (const day of days) {
    const counts = campaign.days.get(day);
    liveAnswers += counts?.liveAnswers ?? 0;
    drops += counts?.drops ?? 0;
  }
  return { liveAnswers, drops };
}
