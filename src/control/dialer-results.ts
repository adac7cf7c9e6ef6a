/**
 * Results of calls that dialers place, from what the exchange shows of them: an agent bridged in time, a person who hung up before the two
 * seconds were over, telephones that nobody answered, originations that came to nothing. The dialer's own word comes first, so each waits a moment for it.
 * INVARIANT (drop-until-proven): whatever is not shown from beginning to end - an answer without an agent, a leg that ended unheard or before
 * a gap in what is heard, a call of an earlier life - has no result here. The dialer reports it, or its lease runs out and it is a drop.
 */
import { unansweredOutcome } from '../callflow/outcome.ts';
import type { CallResult, Outcome } from '../domain/call-result.ts';
import type { CallId } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import type { Timer } from '../ports/clock.ts';
import type { TelephonyEvent } from '../ports/telephony.ts';
import { recordedPermitOf } from './known-permit.ts';
import { persist } from './persist.ts';
import { settleCall } from './settle-call.ts';
import { type Station, underRuling } from './sidecar.ts';

/** So long the dialer may still say itself what became of a call, or dial another leg of it: the next trunk comes within milliseconds. */
export const DIALER_FIRST_MS = 3_000;
/** Less than the bound of an AGI answer. */
const PROOF_WITHIN_MS = 250;
/** More than ever ring at one sidecar; the lease has the oldest. */
const KEPT_AT_MOST = 10_000;
/** What Asterisk calls a leg that its own side has given up, where it says nothing. */
const NORMAL_CLEARING = 16;

/** What is heard of a call itself. */
export type Proven = 'connected' | 'hung_up';

/** `not_all`: the exchange was not listened to in all the time since; `unanswered`: nor is an answer among what was heard. */
export type Heard = 'not_all' | 'answered' | 'unanswered';

export interface DialerResults {
  hear(event: TelephonyEvent): void;
  prove(callId: CallId, outcome: Proven): void;
  /**
   * What is proven of a call that has no result yet; null: nothing. Waits a moment for it: a dialplan whose line was taken out of the talk
   * ends as the agent comes, and may report before we have heard of the agent.
   */
  proofOf(callId: CallId): Promise<Proven | null>;
  /** Of a call that was permitted then and has no result yet. */
  heardOf(callId: CallId, since: Instant): Heard;
  /** The dialer has said it, or somebody else has. */
  told(callId: CallId): void;
  /** Results that wait for the dialer's word, or are being written. */
  pending(): number;
  stop(): void;
}

interface Dialed {
  /** Those that are there. */
  readonly legs: Set<string>;
  /** By whichever leg, or nobody can tell: what the others come to says nothing, nor does what is dialed later. */
  perhapsAnswered: boolean;
}

type LegEnd = TelephonyEvent & { readonly kind: 'dialer_leg_ended' };
type Failed = TelephonyEvent & { readonly kind: 'dialer_origination_failed' };
type Cause = Pick<CallResult, 'hangupCause' | 'sipStatus'>;

/** Of a number of the North American plan, however a trunk wants it dialed. */
const NATIONAL_DIGITS = 10;
const NO_CAUSE: Cause = { hangupCause: null, sipStatus: null };

/**
 * What a result stands on: what was heard of the call itself, or that nothing else of it was heard in all its time. `channel`: what was to be
 * dialed must be the person's telephone; null: it is known to be.
 */
type Shown = 'itself' | { readonly nothingDialed: true; readonly channel: string | null };

/** `settled`: a call has its result from here. */
export function createDialerResults(
  station: Station,
  settled: (callId: CallId) => void = () => undefined,
): DialerResults {
  const dialed = new Map<CallId, Dialed>();
  const waiting = new Map<CallId, Timer>();
  const proven = new Map<CallId, Proven>();
  /** Who asks for a proof that may be on its way. */
  const asking = new Map<CallId, () => void>();
  let writing = 0;
  /** Since when nothing that is dialed has gone unheard; null while it does. */
  let heardSince: Instant | null = null;

  function forget(callId: CallId): void {
    dialed.delete(callId);
    cancel(callId);
  }

  function cancel(callId: CallId): void {
    waiting.get(callId)?.cancel();
    waiting.delete(callId);
    proven.delete(callId);
  }

  /** The exchange is not listened to: what is dialed next under a call that waits may be answered, and nobody here would know. */
  function missed(): void {
    for (const callId of [...waiting.keys()]) {
      if (proven.has(callId)) continue;
      const call = dialed.get(callId);
      if (call !== undefined) call.perhapsAnswered = true;
      cancel(callId);
    }
  }

  function begins({ callId, legId }: TelephonyEvent & { kind: 'dialer_dialed' }): void {
    const call = dialed.get(callId) ?? { legs: new Set<string>(), perhapsAnswered: false };
    call.legs.add(legId);
    note(callId, call);
    // The leg before was not the last one.
    if (!call.perhapsAnswered) cancel(callId);
  }

  function note(callId: CallId, call: Dialed): void {
    dialed.set(callId, call);
    for (const oldest of dialed.keys()) {
      if (dialed.size <= KEPT_AT_MOST) return;
      dialed.delete(oldest);
    }
  }

  function answered(callId: CallId): void {
    const call = dialed.get(callId);
    if (call?.perhapsAnswered === true) return;
    // Also where its dialing was not heard: whoever is dialed from now on is no person but an agent.
    if (call === undefined) note(callId, { legs: new Set(), perhapsAnswered: true });
    else call.perhapsAnswered = true;
    if (!proven.has(callId)) cancel(callId);
  }

  function ends({ callId, legId, how, ...cause }: LegEnd): void {
    const call = dialed.get(callId);
    if (call === undefined) return;
    call.legs.delete(legId);
    if (how !== 'unanswered') answered(callId);
    if (call.legs.size > 0 || call.perhapsAnswered) return;
    later(callId, unansweredOutcome(cause.hangupCause ?? NORMAL_CLEARING, cause.sipStatus), cause);
  }

  /** Where a leg was seen, the legs tell. */
  function failed({ callId, why, channel }: Failed): void {
    if (dialed.has(callId) || proven.has(callId)) return;
    // What may be another channel takes nothing back.
    if (channel !== undefined && waiting.has(callId)) return;
    later(callId, why, NO_CAUSE, { nothingDialed: true, channel: channel ?? null });
  }

  function later(callId: CallId, outcome: Outcome, cause: Cause, shown: Shown = 'itself'): void {
    waiting.get(callId)?.cancel();
    const timer = station.clock.after(DIALER_FIRST_MS, () => {
      if (waiting.get(callId) !== timer) return;
      forget(callId);
      writing += 1;
      void write(callId, outcome, cause, shown).finally(() => {
        writing -= 1;
      });
    });
    waiting.set(callId, timer);
  }

  /** A store that is away delays it; until it is back the call is in flight, a possible drop. */
  async function write(callId: CallId, outcome: Outcome, cause: Cause, shown: Shown): Promise<void> {
    const sidecar = underRuling(station);
    const known = await persist(station, { what: 'permit', callId }, () => recordedPermitOf(sidecar, callId));
    if (known?.decision.kind !== 'permit' || known.placedBy !== 'dialer') return;
    // The other sidecar's exchange may show more of it.
    if (known.writer !== station.ledger.writer) return;
    if (shown !== 'itself') {
      // What was dialed in a gap may have been answered.
      const isWhole = heardSince !== null && known.decidedAt >= heardSince;
      if (!isWhole || dialed.has(callId)) return;
      if (shown.channel?.includes(known.number.slice(-NATIONAL_DIGITS)) === false) return;
    }
    const [told] = await persist(station, { what: 'result', callId }, () =>
      station.ledger.read({ callId, kinds: ['call_result'], limit: 1 }),
    );
    if (told !== undefined) return;
    await settleCall(sidecar, known.campaign, known.number, {
      ...{ callId, campaignId: known.campaign.id, outcome, endedAt: station.clock.now() },
      ...{ ...cause, source: 'events' },
    });
    settled(callId);
  }

  return {
    hear(event) {
      switch (event.kind) {
        case 'dialer_dialed':
          begins(event);
          return;
        case 'dialer_leg_ended':
          ends(event);
          return;
        case 'dialer_answered':
          answered(event.callId);
          return;
        case 'dialer_origination_failed':
          failed(event);
          return;
        case 'connection':
          heardSince = event.up ? station.clock.now() : null;
          missed();
          return;
        default:
      }
    },
    prove(callId, outcome) {
      // What was proven first stands: of an agent who was there the person hangs up later.
      if (waiting.has(callId)) return;
      later(callId, outcome, NO_CAUSE);
      proven.set(callId, outcome);
      asking.get(callId)?.();
    },
    async proofOf(callId) {
      if (!proven.has(callId) && dialed.has(callId)) {
        await new Promise<void>((resolve) => {
          station.clock.after(PROOF_WITHIN_MS, resolve);
          asking.set(callId, resolve);
        });
        asking.delete(callId);
      }
      return proven.get(callId) ?? null;
    },
    heardOf(callId, since) {
      if (heardSince === null || since < heardSince) return 'not_all';
      return dialed.get(callId)?.perhapsAnswered === true ? 'answered' : 'unanswered';
    },
    told: forget,
    pending: () => waiting.size + writing,
    stop() {
      for (const callId of [...waiting.keys()]) cancel(callId);
    },
  };
}
