/**
 * Supervisors at live talks: they come in by telephone, ask through a door, and hear, whisper or join.
 * INVARIANT (no-ear-without-entry): a third ear is set only when its entry is durable.
 * INVARIANT (no-ear-before-disclosure): nor where a disclosure is due and has not been heard to its end.
 */
import type { CallId, CampaignId, SupervisorId } from '../domain/ids.ts';
import type { SupervisionEnd, SupervisionMode, SupervisionRefusal } from '../domain/supervision.ts';
import { formatInstant, type Instant } from '../domain/time.ts';
import { OVERHEARING_PREFIX, type TelephonyEvent } from '../ports/telephony.ts';
import { messageOf } from './deadline.ts';
import type { Follower, Talk } from './follow-call.ts';
import { persist } from './persist.ts';
import type { Station } from './sidecar.ts';

/** A supervisor who has come in, and where the supervisor is now. */
export interface SupervisorStatus {
  readonly supervisorId: SupervisorId;
  readonly at: {
    readonly callId: CallId;
    readonly campaignId: CampaignId;
    readonly mode: SupervisionMode;
    readonly since: Instant;
  } | null;
}

export type Supervised =
  | { readonly kind: 'on'; readonly since: Instant }
  | { readonly kind: 'refused'; readonly because: SupervisionRefusal };

export interface SupervisionRequest {
  readonly callId: CallId;
  readonly supervisorId: SupervisorId;
  readonly mode: SupervisionMode;
  /** Name of the token that asked. */
  readonly who: string;
}

export interface Supervision {
  /** Into the talk, or into another mode or talk. Rejects when the ledger cannot be written: then nobody is let in. */
  supervise(request: SupervisionRequest): Promise<Supervised>;
  /** False when the supervisor was at no talk. */
  release(supervisorId: SupervisorId, who: string): Promise<boolean>;
  supervisors(): readonly SupervisorStatus[];
  hear(event: TelephonyEvent): void;
}

interface Session {
  readonly sessionId: string;
  readonly talk: Talk;
  readonly mode: SupervisionMode;
  readonly since: Instant;
}

interface Seat {
  readonly supervisorId: SupervisorId;
  readonly channelId: string;
  session: Session | null;
  /** What is asked of one supervisor is done one after the other. */
  turn: Promise<unknown>;
}

export function createSupervision(station: Station, follower: Pick<Follower, 'talkOf'>): Supervision {
  const { ledger, telephony, clock, log } = station;
  const seats = new Map<SupervisorId, Seat>();

  function inTurn<T>(seat: Seat, work: () => Promise<T>): Promise<T> {
    const done = seat.turn.then(work);
    seat.turn = done.catch(() => undefined);
    return done;
  }

  function refusalOf(talk: Talk | null, supervisorId: SupervisorId): SupervisionRefusal | null {
    if (talk === null) return 'not_talking';
    if (!talk.campaign.supervisors.includes(supervisorId)) return 'not_a_supervisor';
    if (!talk.campaign.recording.enabled) return 'no_disclosure';
    return talk.awaitsDisclosure ? 'disclosure_not_heard' : null;
  }

  async function letIn(seat: Seat, { callId, mode, who }: SupervisionRequest): Promise<Supervised> {
    const { supervisorId } = seat;
    await leave(seat, 'changed', who);
    const talk = follower.talkOf(callId);
    const refusal = refusalOf(talk, supervisorId);
    if (refusal !== null || talk === null) return { kind: 'refused', because: refusal ?? 'not_talking' };
    const since = clock.now();
    const sessionId = station.newCallId();
    await ledger.append({
      kind: 'supervision_started',
      dedupeKey: sessionId,
      body: {
        sessionId,
        callId,
        campaignId: talk.campaign.id,
        number: talk.number,
        agentId: talk.agentId,
        supervisorId,
        mode,
        who,
        startedAt: formatInstant(since),
      },
    });
    seat.session = { sessionId, talk, mode, since };
    // Either may have gone while the entry was being written.
    if (seats.get(supervisorId) !== seat) return ended(seat, 'supervisor_left', 'supervisor_absent');
    if (follower.talkOf(callId) === null) return ended(seat, 'call_ended', 'not_talking');
    try {
      await connect(seat, seat.session);
    } catch (error) {
      log.warn({ callId, supervisorId, problem: messageOf(error) }, 'supervisor not let in');
      return ended(seat, 'exchange_failed', 'exchange_failed');
    }
    return { kind: 'on', since };
  }

  async function ended(
    seat: Seat,
    because: SupervisionEnd,
    refusal: SupervisionRefusal,
  ): Promise<Supervised> {
    await leave(seat, because, null);
    return { kind: 'refused', because: refusal };
  }

  /** New for each session: the channel of the one before may still be ending. */
  const overhearingOf = (sessionId: string): string => `${OVERHEARING_PREFIX}${sessionId}`;

  function connect(seat: Seat, { sessionId, talk, mode }: Session): Promise<void> {
    if (mode === 'barge') return telephony.joinBridge(talk.bridgeId, seat.channelId);
    return telephony.overhear(overhearingOf(sessionId), {
      listenerChannelId: seat.channelId,
      channelId: mode === 'whisper' ? talk.agentChannelId : talk.callId,
      speaks: mode === 'whisper',
    });
  }

  /** Out of whatever talk the supervisor is at. The end is recorded also when the exchange does not answer. */
  async function leave(seat: Seat, because: SupervisionEnd, who: string | null): Promise<boolean> {
    const { session } = seat;
    if (session === null) return false;
    seat.session = null;
    const { sessionId, talk, mode } = session;
    try {
      if (mode === 'barge') await telephony.leaveBridge(talk.bridgeId, seat.channelId);
      else await telephony.stopOverhearing(overhearingOf(sessionId));
    } catch (error) {
      // INVARIANT (no-ear-without-entry): who cannot be taken out of a talk is hung up; a channel that is gone hears nothing.
      const { supervisorId } = seat;
      log.warn({ callId: talk.callId, supervisorId, problem: messageOf(error) }, 'supervisor not taken out');
      await telephony.hangUp(seat.channelId).catch(() => undefined);
    }
    const endedAt = formatInstant(clock.now());
    // Not waited for: the supervisor may be wanted at another talk, and the entry is written when the ledger can be.
    void persist(station, { what: 'end of a supervision', callId: talk.callId }, () =>
      ledger.append({
        kind: 'supervision_ended',
        dedupeKey: sessionId,
        body: {
          sessionId,
          callId: talk.callId,
          campaignId: talk.campaign.id,
          number: talk.number,
          supervisorId: seat.supervisorId,
          mode,
          because,
          who,
          endedAt,
        },
      }),
    );
    return true;
  }

  const leaveIn = (seat: Seat, because: SupervisionEnd): void => {
    void inTurn(seat, () => leave(seat, because, null));
  };

  return {
    supervise(request) {
      const seat = seats.get(request.supervisorId);
      if (seat === undefined) return Promise.resolve({ kind: 'refused', because: 'supervisor_absent' });
      return inTurn(seat, () => letIn(seat, request));
    },
    async release(supervisorId, who) {
      const seat = seats.get(supervisorId);
      return seat === undefined ? false : inTurn(seat, () => leave(seat, 'asked', who));
    },
    supervisors: () =>
      [...seats.values()].map(({ supervisorId, session }) => ({
        supervisorId,
        at:
          session === null
            ? null
            : {
                callId: session.talk.callId,
                campaignId: session.talk.campaign.id,
                mode: session.mode,
                since: session.since,
              },
      })),
    hear(event) {
      switch (event.kind) {
        case 'supervisor_arrived': {
          const { supervisorId, channelId } = event;
          const before = seats.get(supervisorId);
          if (before?.channelId === channelId) return;
          if (before !== undefined) leaveIn(before, 'supervisor_left');
          seats.set(supervisorId, { supervisorId, channelId, session: null, turn: Promise.resolve() });
          return;
        }
        case 'agent_left':
          for (const seat of seats.values()) {
            if (seat.channelId !== event.channelId) continue;
            seats.delete(seat.supervisorId);
            leaveIn(seat, 'supervisor_left');
          }
          return;
        case 'ended':
          for (const seat of seats.values()) {
            if (seat.session?.talk.callId === event.callId) leaveIn(seat, 'call_ended');
          }
          return;
        case 'connection':
          // What became of talk and supervisor meanwhile is not known: nobody listens on unseen.
          if (event.up) for (const seat of seats.values()) leaveIn(seat, 'connection_lost');
          return;
        default:
      }
    },
  };
}
