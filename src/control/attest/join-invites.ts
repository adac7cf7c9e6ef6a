/**
 * Brings together what the exchange says of a channel it has made (call, trunk) and the INVITE that was seen to leave, by Call-ID.
 * Either may come first. What has no other half within a few seconds is let go; a channel without its INVITE is told.
 */
import type { MonotonicMs } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SeenInvite } from '../../ports/signalling-tap.ts';

/** A channel that the exchange has made to call somebody. */
export interface DialedLeg {
  /** What the channel is known by: the call id where we have placed it. */
  readonly channelId: string;
  readonly trunk: string;
  readonly sipCallId: string;
}

export interface Joining {
  leg(leg: DialedLeg): void;
  invite(invite: SeenInvite): void;
}

/** Both come within milliseconds; the events of a busy exchange may be late. */
export const JOIN_WITHIN_MS = 5_000;
const SWEEP_EVERY_MS = 1_000;
/** Of either kind; then the oldest go first. INVITEs of calls to us never find a leg. */
const WAITING_MAX = 20_000;

interface Waiting<T> {
  readonly value: T;
  readonly since: MonotonicMs;
}

export function createJoining(
  clock: Pick<Clock, 'monotonic' | 'after'>,
  hears: {
    readonly joined: (leg: DialedLeg, invite: SeenInvite) => void;
    readonly unseen: (leg: DialedLeg) => void;
  },
): Joining {
  const legs = new Map<string, Waiting<DialedLeg>>();
  const invites = new Map<string, Waiting<SeenInvite>>();
  let sweeping = false;

  function expire<T>(waiting: Map<string, Waiting<T>>, letGo: (value: T) => void): void {
    const oldest = clock.monotonic() - JOIN_WITHIN_MS;
    for (const [key, { value, since }] of waiting) {
      if (since > oldest && waiting.size <= WAITING_MAX) return;
      waiting.delete(key);
      letGo(value);
    }
  }

  function letGo(): void {
    expire(legs, hears.unseen);
    expire(invites, () => undefined);
  }

  function sweep(): void {
    letGo();
    sweeping = legs.size + invites.size > 0;
    if (sweeping) clock.after(SWEEP_EVERY_MS, sweep);
  }

  function keep<T>(waiting: Map<string, Waiting<T>>, key: string, value: T): void {
    // The first counts: a call that is challenged sends a second INVITE under the same Call-ID.
    if (!waiting.has(key)) waiting.set(key, { value, since: clock.monotonic() });
    // Without a timer of its own: in a flood each INVITE would start one more, and none of them ever ends.
    if (waiting.size > WAITING_MAX) letGo();
    if (sweeping) return;
    sweeping = true;
    clock.after(SWEEP_EVERY_MS, sweep);
  }

  return {
    leg(leg) {
      const seen = invites.get(leg.sipCallId);
      if (seen === undefined) {
        keep(legs, leg.sipCallId, leg);
        return;
      }
      invites.delete(leg.sipCallId);
      hears.joined(leg, seen.value);
    },
    invite(invite) {
      const waiting = legs.get(invite.sipCallId);
      if (waiting === undefined) {
        keep(invites, invite.sipCallId, invite);
        return;
      }
      legs.delete(invite.sipCallId);
      hears.joined(waiting.value, invite);
    },
  };
}
