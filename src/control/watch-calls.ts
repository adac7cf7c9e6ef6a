/**
 * The watchdog over calls that dialers place under our permits: from the answer on each is followed like a call of our own, by the
 * same machine; it takes the person from the dialer when no agent has been bridged in time.
 */
import type { Campaign } from '../domain/campaign.ts';
import type { Obligation } from '../domain/decision.ts';
import type { CallId } from '../domain/ids.ts';
import { textOf } from '../domain/ledger-entry.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';
import type { Prompts } from '../ports/prompts.ts';
import type { TelephonyEvent } from '../ports/telephony.ts';
import { SWITCH_OFF } from './dead-man.ts';
import { messageOf } from './deadline.ts';
import type { Follower } from './follow-call.ts';
import { permitOf } from './known-permit.ts';
import { lengthsOf, planOf } from './place-call.ts';
import { type Station, underRuling } from './sidecar.ts';

/** A call that a dialer may place. */
export interface DialerCall {
  readonly callId: CallId;
  readonly campaign: Campaign;
  readonly number: PhoneNumber;
  readonly obligations: readonly Obligation[];
  readonly prompts: Prompts;
}

type Answered = TelephonyEvent & { readonly kind: 'dialer_answered' };

export interface Watch {
  /** Kept until it is answered: the clock must not wait for the ledger then. */
  permitted(call: DialerCall): void;
  /** A call that has its result before it was answered is over. */
  settled(callId: CallId): void;
  hear(event: TelephonyEvent): void;
}

/** More calls than ever ring at one sidecar; of an older one the ledger is asked. */
const KEPT_AT_MOST = 10_000;
/** Between two looks at a ledger that does not answer. */
const LOOK_AGAIN_MS = 250;
/** A person who has waited for a minute has found somebody, or has gone. */
const LOOKS_MAX = 240;

export function createWatch(station: Station, follower: Follower): Watch {
  const kept = new Map<string, DialerCall>();
  /** What happens to a call while the ledger is asked whose it is. */
  const meanwhile = new Map<string, TelephonyEvent[]>();

  function begin(
    { callId, campaign, number, obligations, prompts }: DialerCall,
    { missed, deadMan, lateMs = 0 }: Answered,
  ): void {
    const plan = planOf(campaign, obligations, lengthsOf(prompts, campaign.id), {
      heldBy: 'dialer',
      deadMan,
    });
    follower.begin({ callId, campaign, number, plan, prompts }, { kind: 'with_dialer' });
    follower.tell(callId, missed ? { kind: 'greeting_missed' } : { kind: 'answered', lateMs });
  }

  /** Null when the call is none of ours: of another sidecar, placed by ourselves, vetoed, or it has a result that is no talk. */
  async function inLedger(callId: CallId): Promise<DialerCall | 'connected' | null> {
    const known = await permitOf(underRuling(station), callId);
    if (known?.decision.kind !== 'permit' || known.placedBy !== 'dialer') return null;
    if (known.writer !== station.ledger.writer) return null;
    const [result] = await station.ledger.read({ callId, kinds: ['call_result'], limit: 1 });
    if (result !== undefined) return textOf(result, 'outcome') === 'connected' ? 'connected' : null;
    const { campaign, number, prompts, decision } = known;
    return { callId, campaign, number, obligations: decision.obligations, prompts };
  }

  /** Asks until the ledger answers or the call is over: nobody else watches over the person. */
  async function asSoonAsKnown(
    callId: CallId,
    events: readonly TelephonyEvent[],
  ): Promise<DialerCall | 'connected' | null> {
    for (let look = 1; ; look += 1) {
      try {
        return await inLedger(callId);
      } catch (error) {
        if (look === LOOKS_MAX) throw error;
        if (look === 1) {
          station.log.error({ callId, problem: messageOf(error) }, "a dialer's call cannot be watched yet");
        }
      }
      await new Promise<void>((wake) => void station.clock.after(LOOK_AGAIN_MS, wake));
      if (events.some(({ kind }) => kind === 'ended')) return null;
    }
  }

  async function lookUp(answer: Answered): Promise<void> {
    const { callId } = answer;
    const askedAt = station.clock.monotonic();
    const events: TelephonyEvent[] = [];
    meanwhile.set(callId, events);
    try {
      const call = await asSoonAsKnown(callId, events);
      if (call === 'connected') {
        // Said as the telephone was answered, and we heard of the answer behind it: the dialplan's switch is on, and nobody follows.
        if (answer.deadMan) await station.telephony.setVariables(callId, SWITCH_OFF);
        return;
      }
      if (call === null || follower.follows(callId)) return;
      // The two seconds run while the ledger is asked.
      const lateMs = (answer.lateMs ?? 0) + station.clock.monotonic() - askedAt;
      begin(call, { ...answer, lateMs });
      for (const event of events) follower.hear(event);
    } catch (error) {
      station.log.error({ callId, problem: messageOf(error) }, "a dialer's call cannot be watched");
    } finally {
      meanwhile.delete(callId);
    }
  }

  function answered(answer: Answered): void {
    const { callId } = answer;
    if (follower.follows(callId) || meanwhile.has(callId)) return;
    const call = kept.get(callId);
    kept.delete(callId);
    if (call === undefined) void lookUp(answer);
    else begin(call, answer);
  }

  return {
    permitted(call) {
      kept.set(call.callId, call);
      for (const oldest of kept.keys()) {
        if (kept.size <= KEPT_AT_MOST) return;
        kept.delete(oldest);
      }
    },
    settled: (callId) => void kept.delete(callId),
    hear(event) {
      if (event.kind === 'dialer_answered') answered(event);
      else if ('callId' in event) meanwhile.get(event.callId)?.push(event);
    },
  };
}
