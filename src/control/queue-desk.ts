/**
 * Members of the exchange's queues as agents of the campaigns that name those queues: keeps the counters in step with what the exchange
 * tells, and promises members to answered calls of ours. Which member then takes the call is the queue's choice; the promise stands for
 * one of them until it is known.
 * A member is ready when the exchange is known to say so: telephone free, in no queue paused, no call, no wrap-up. Everything else, and
 * everything while the exchange is not heard, is not ready.
 * INVARIANT (member-idle-once): a member counts for one campaign at a time, in however many queues the member sits.
 */
import type { Agent } from '../callflow/state.ts';
import type { AgentId, CallId, CampaignId } from '../domain/ids.ts';
import type { MonotonicMs } from '../domain/time.ts';
import type { Timer } from '../ports/clock.ts';
import type { AgentState } from '../ports/counters.ts';
import type { QueueMember, QueueTold } from '../ports/queue-floor.ts';
import type { LogFields } from '../ports/log.ts';
import type { AgentFloor, AgentPool } from './agents.ts';
import { persist } from './persist.ts';
import { recordAgentLoss } from './record-agent-loss.ts';
import type { Station } from './sidecar.ts';

/** A row may be a little older than what was heard last. */
const SETTLED_MS = 5_000;

interface Seat {
  readonly agentId: AgentId;
  /** By queue. */
  readonly memberships: Map<string, QueueMember>;
  /** Queues told of since the reading began. */
  readonly seen: Set<string>;
  /** Rung for this call, which may not be ours. */
  calledFor: string | null;
  /** Since when the member has been with a call of the queue. */
  talkingSince: MonotonicMs | null;
  wrapUp: Timer | null;
  /** Since when the member has been with a call, wrap-up included. */
  withCallSince: MonotonicMs | null;
  /** A call of ours that waits for any member; `given`: the queue has it by now. */
  promise: { readonly callId: CallId; given: boolean } | null;
  /** What the counters were told. */
  told: { readonly campaignId: CampaignId; readonly state: AgentState } | null;
  since: MonotonicMs;
}

export interface QueueDesk {
  hear(told: QueueTold): void;
  /** Who has been ready longest, in the name of whoever will take the call; null when nobody is ready. */
  promise(campaignId: CampaignId, callId: CallId): Agent | null;
  /** A member of a queue that a campaign names. */
  has(agentId: AgentId): boolean;
  /** Since when each member who counts for the campaign has been in talk or wrap-up. */
  busySince(campaignId: CampaignId): readonly MonotonicMs[];
  /** The queue has the call. */
  give(callId: CallId): void;
  /** The call needs its member no more. */
  release(callId: CallId): void;
  /** After the settings have changed. */
  followSettings(): void;
  /** Tells the counters everything again, after they were lost. */
  republish(): Promise<void>;
}

/** Of the agents who are no members: `sits` and `letGo` of `AgentPool`. */
type Others = Pick<AgentPool, 'sits' | 'letGo'>;

const NO_OTHERS: Others = { sits: () => false, letGo: () => null };

export function createQueueDesk(
  station: Station,
  floor: Pick<AgentFloor, 'handled' | 'changed'>,
  others: Others = NO_OTHERS,
): QueueDesk {
  const { clock, counters, log } = station;
  const seats = new Map<AgentId, Seat>();
  const pending = new Map<AgentId, Promise<void>>();
  /** False until a reading is whole. */
  let known = false;
  /** Rows of a reading come in. */
  let reading = false;
  /** Calls of the queue may have begun and ended unheard. */
  let afterGap = true;
  const warned = new Set<string>();

  const campaignOfQueue = (queue: string): CampaignId | null => {
    for (const { id, agents } of station.inForce().campaigns.values())
      if (agents.queues?.includes(queue) === true) return id;
    return null;
  };

  /** INVARIANT (agent-idle-once): who has a telephone at ours, or may come in to one, is counted by that. */
  const isOurs = (agentId: AgentId): boolean =>
    others.sits(agentId) ||
    [...station.inForce().campaigns.values()].some(({ agents }) => agents.members.includes(agentId));

  const followed = ({ memberships }: Seat): readonly QueueMember[] =>
    [...memberships.values()].filter(({ queue }) => campaignOfQueue(queue) !== null);

  const warnOnce = (key: string, fields: LogFields, message: string): void => {
    if (warned.has(key)) return;
    warned.add(key);
    log.warn(fields, message);
  };

  /** The one campaign the member counts for: the one of before where that still holds, else the first by id. */
  function campaignOf(seat: Seat): CampaignId | null {
    const ids = [...new Set(followed(seat).flatMap(({ queue }) => campaignOfQueue(queue) ?? []))].sort();
    const [first = null] = ids;
    const { agentId, told } = seat;
    if (isOurs(agentId)) {
      warnOnce(agentId, { agentId }, 'queue member has the id of an agent of ours: not counted');
      return null;
    }
    if (ids.length > 1) {
      const fields = { agentId, campaigns: ids.join(' ') };
      warnOnce(agentId, fields, 'member of queues of several campaigns counts for one of them');
    }
    return told !== null && told.state !== 'logged_out' && ids.includes(told.campaignId)
      ? told.campaignId
      : first;
  }

  function stateOf(seat: Seat): AgentState {
    const members = followed(seat);
    if (!known || members.length === 0 || members.some(({ device }) => device === 'absent'))
      return 'logged_out';
    if (seat.promise !== null) return seat.promise.given ? 'busy' : 'promised';
    const engaged = seat.talkingSince !== null || seat.calledFor !== null || seat.wrapUp !== null;
    if (engaged || members.some(({ device }) => device === 'in_use')) return 'busy';
    return members.some(({ paused }) => paused) ? 'paused' : 'ready';
  }

  /** The exchange says that the member is gone; it is not our settings that have let the member go. */
  const isLost = (seat: Seat, campaignId: CampaignId | null, state: AgentState): boolean =>
    known && state === 'logged_out' && (campaignId !== null || seat.memberships.size === 0);

  function noteCall(seat: Seat, campaignId: CampaignId | null): void {
    if (seat.talkingSince !== null) seat.withCallSince ??= seat.talkingSince;
    if (seat.withCallSince === null || seat.talkingSince !== null || seat.wrapUp !== null) return;
    if (campaignId !== null) floor.handled([campaignId], clock.monotonic() - seat.withCallSince);
    seat.withCallSince = null;
  }

  function publish(seat: Seat): void {
    const { agentId } = seat;
    const campaignId = campaignOf(seat);
    noteCall(seat, campaignId);
    const before = seat.told;
    const state = campaignId === null ? 'logged_out' : stateOf(seat);
    if (before === null ? campaignId === null : before.campaignId === campaignId && before.state === state)
      return;
    // What a dialer has reported of the same agent, when nobody knew of the member: the exchange tells from now on.
    const gone = before === null ? others.letGo(agentId) : null;
    if (gone !== null) pending.set(agentId, gone);
    if (state === 'ready' || before === null) seat.since = clock.monotonic();
    seat.told = campaignId === null ? null : { campaignId, state };
    const left = before !== null && before.campaignId !== campaignId ? before.campaignId : null;
    const written = write(seat, left);
    if (before === null || !isLost(seat, campaignId, state)) return;
    const loss = { agentId, campaigns: [before.campaignId], was: before.state, why: 'member_gone' } as const;
    void written.then(() => recordAgentLoss(station, loss));
  }

  /** One member's states reach the counters in order; only the newest matters when they were away. */
  function write(seat: Seat, left: CampaignId | null): Promise<void> {
    const { agentId } = seat;
    const set = (campaignId: CampaignId, state: () => AgentState): Promise<void> =>
      persist(station, `state of queue member ${agentId}`, () =>
        counters.setAgent(campaignId, agentId, state(), 'seen'),
      ).then(() => floor.changed([campaignId]));
    const done = (pending.get(agentId) ?? Promise.resolve()).then(async () => {
      if (left !== null && seat.told?.campaignId !== left) await set(left, () => 'logged_out');
      const now = seat.told?.campaignId;
      if (now === undefined) return;
      await set(now, () => (seat.told?.campaignId === now ? seat.told.state : 'logged_out'));
    });
    pending.set(agentId, done);
    return done;
  }

  const publishAll = (): void => {
    for (const seat of seats.values()) publish(seat);
  };

  function seatOf(agentId: AgentId): Seat {
    const found = seats.get(agentId);
    if (found !== undefined) return found;
    const seat: Seat = {
      agentId,
      memberships: new Map(),
      seen: new Set(),
      calledFor: null,
      talkingSince: null,
      wrapUp: null,
      withCallSince: null,
      promise: null,
      told: null,
      since: clock.monotonic(),
    };
    seats.set(agentId, seat);
    return seat;
  }

  function noteMember(member: QueueMember): void {
    const seat = seatOf(member.agentId);
    const isNew = !seat.memberships.has(member.queue);
    seat.memberships.set(member.queue, member);
    seat.seen.add(member.queue);
    if (reading) compare(seat, member, isNew);
    publish(seat);
  }

  /** What the exchange says of a member's call against what we have heard of it. */
  function compare(seat: Seat, member: QueueMember, isNew: boolean): void {
    const now = clock.monotonic();
    if (member.inCall) seat.talkingSince ??= now;
    else if (member.device === 'free') {
      const isOver = seat.talkingSince !== null && (afterGap || now - seat.talkingSince > SETTLED_MS);
      const since = sinceLastCall(member);
      // A row may overtake the event that tells the end: the whole wrap-up where the clocks say nothing.
      if (isOver) {
        beginWrapUp(seat, since ?? 0);
        seat.talkingSince = null;
      } else if (afterGap && isNew) beginWrapUp(seat, since);
    }
  }

  /** Seconds since the queue's last call to the member, by our clock; null when it says nothing of now. */
  function sinceLastCall({ lastCallAt }: QueueMember): number | null {
    const seconds = Math.floor(clock.now() / 1_000) - lastCallAt;
    return lastCallAt > 0 && Math.abs(seconds) < 3_600 ? Math.max(0, seconds) : null;
  }

  /** `sinceSeconds`: null where nothing says that there was a call. */
  function beginWrapUp(seat: Seat, sinceSeconds: number | null): void {
    const campaignId = campaignOf(seat);
    const campaign = campaignId === null ? undefined : station.inForce().campaigns.get(campaignId);
    const longest = Math.max(
      campaign?.agents.wrapUpSeconds ?? 0,
      ...followed(seat).map(({ wrapUpSeconds }) => wrapUpSeconds),
    );
    const leftMs = sinceSeconds === null ? 0 : (longest - sinceSeconds) * 1_000;
    seat.wrapUp?.cancel();
    seat.wrapUp = null;
    if (leftMs <= 0) return;
    const timer = clock.after(leftMs, () => {
      if (seat.wrapUp !== timer) return;
      seat.wrapUp = null;
      publish(seat);
    });
    seat.wrapUp = timer;
  }

  function forget(agentId: AgentId, queue: string): void {
    const seat = seats.get(agentId);
    if (seat === undefined) return;
    seat.memberships.delete(queue);
    publish(seat);
  }

  /** Nobody is rung for this call any more. */
  function endRinging(callId: string): void {
    for (const seat of seats.values()) {
      if (seat.calledFor !== callId) continue;
      seat.calledFor = null;
      publish(seat);
    }
  }

  function release(callId: string): void {
    for (const seat of seats.values()) {
      if (seat.promise?.callId !== callId) continue;
      seat.promise = null;
      publish(seat);
    }
  }

  function tellMissing(queues: readonly string[]): void {
    for (const { id, agents } of station.inForce().campaigns.values()) {
      for (const queue of agents.queues ?? []) {
        if (queues.includes(queue)) continue;
        const fields = { campaignId: id, queue };
        warnOnce(`${id} ${queue}`, fields, 'the exchange has no such queue: it has no agents');
      }
    }
  }

  function hear(told: QueueTold): void {
    switch (told.kind) {
      case 'lost':
        known = false;
        reading = false;
        afterGap = true;
        publishAll();
        return;
      case 'reading':
        reading = true;
        for (const seat of seats.values()) seat.seen.clear();
        return;
      case 'member':
        noteMember(told.member);
        return;
      case 'read':
        known = true;
        reading = false;
        for (const seat of seats.values()) {
          for (const queue of seat.memberships.keys())
            if (!seat.seen.has(queue)) seat.memberships.delete(queue);
          // Rung before the gap: the device says whether it still is.
          if (afterGap) seat.calledFor = null;
        }
        afterGap = false;
        tellMissing(told.queues);
        publishAll();
        return;
      case 'removed':
        forget(told.agentId, told.queue);
        return;
      case 'called': {
        const seat = seatOf(told.agentId);
        seat.calledFor = told.callId;
        publish(seat);
        return;
      }
      case 'not_taken': {
        const seat = seatOf(told.agentId);
        if (seat.calledFor === told.callId) seat.calledFor = null;
        publish(seat);
        return;
      }
      case 'connected': {
        const seat = seatOf(told.agentId);
        seat.talkingSince = clock.monotonic();
        if (seat.promise?.callId === told.callId) seat.promise = null;
        publish(seat);
        endRinging(told.callId);
        // The call has its member: whoever stood for it is free again.
        release(told.callId);
        return;
      }
      case 'completed': {
        const seat = seatOf(told.agentId);
        seat.talkingSince = null;
        beginWrapUp(seat, 0);
        release(told.callId);
        publish(seat);
        return;
      }
      case 'caller_left':
        endRinging(told.callId);
        return;
      default:
        told satisfies never;
    }
  }

  return {
    hear,
    promise(campaignId, callId) {
      const [seat] = [...seats.values()]
        .filter(({ told }) => told?.campaignId === campaignId && told.state === 'ready')
        .sort((a, b) => a.since - b.since);
      if (seat === undefined) return null;
      seat.promise = { callId, given: false };
      publish(seat);
      return { agentId: seat.agentId, channelId: null, queuedFor: callId };
    },
    give(callId) {
      for (const seat of seats.values()) {
        if (seat.promise?.callId !== callId) continue;
        seat.promise.given = true;
        publish(seat);
      }
    },
    busySince: (campaignId) =>
      [...seats.values()].flatMap(({ told, withCallSince }) =>
        told?.campaignId === campaignId && withCallSince !== null ? [withCallSince] : [],
      ),
    has: (agentId) => (seats.get(agentId)?.told ?? null) !== null,
    release,
    followSettings: publishAll,
    async republish() {
      await Promise.all([...seats.values()].map((seat) => write(seat, null)));
    },
  };
}
