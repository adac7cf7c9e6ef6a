/**
 * Every channel that is dialed under a permit of ours, from its dialing to its end. Which permit a channel carries is told as the exchange
 * sets the variable, which is before it dials: nothing needs to be asked of a channel that may be gone by then.
 * A leg whose beginning was not heard is none: whoever rings then may be the agent of a person who has answered and gone unheard.
 */
import type { AriEvent } from 'ari-client';
import { type CallId, parseCallId } from '../../domain/ids.ts';
import type { TelephonyEvent } from '../../ports/telephony.ts';
import { numberOrNull } from './ari-events.ts';
import { fromExchange, toExchange } from './channel-ids.ts';
import { isLocal, type NamedChannel } from './talk-map.ts';

export const CALL_ID_VARIABLE = 'BREAKWATER_CALL_ID';

export interface RingingLegs {
  hear(event: AriEvent): void;
  /** After a (re)connection: what is there. */
  seed(channels: readonly (NamedChannel & { readonly state: string })[]): void;
  /**
   * Under which permit a channel was dialed; null: under none. Undefined where its dialing was not heard. What its own dialplan sets later,
   * as that of a telephone that is dialed first and then dials a person, is not what it was dialed under.
   */
  permitOf(channelId: string): CallId | null | undefined;
  /** Channels that have dialed others. */
  dialers(): ReadonlySet<string>;
}

interface Leg {
  readonly callId: CallId;
  answered: boolean;
}

export function openRingingLegs(emit: (event: TelephonyEvent) => void): RingingLegs {
  /** What each channel carries, dialed or dialing. */
  const carried = new Map<string, CallId>();
  const legs = new Map<string, Leg>();
  const dialedUnder = new Map<string, CallId | null>();
  const dialers = new Set<string>();

  function noteVariable(channelId: string, variable: string, value: string): void {
    // Inherited ones are told with the underscores that let them be inherited, or without.
    if (variable.replace(/^_+/, '') !== CALL_ID_VARIABLE) return;
    const callId = parseCallId(value);
    if (callId.ok) carried.set(channelId, callId.value);
    else carried.delete(channelId);
  }

  function noteDial(event: AriEvent): void {
    const caller = event['caller'] as NamedChannel | undefined;
    const peer = event['peer'] as NamedChannel | undefined;
    if (caller !== undefined) dialers.add(caller.id);
    if (peer === undefined || isLocal(peer.name)) return;
    const status = event['dialstatus'];
    const leg = legs.get(peer.id);
    if (status === 'ANSWER' && leg !== undefined) leg.answered = true;
    if (status !== '' || dialedUnder.has(peer.id)) return;
    const callId = carried.get(peer.id);
    dialedUnder.set(peer.id, callId ?? null);
    // Of its own id: we have placed it ourselves.
    if (callId === undefined || toExchange(callId) === peer.id) return;
    legs.set(peer.id, { callId, answered: false });
    emit({ kind: 'dialer_dialed', callId, legId: fromExchange(peer.id) });
  }

  function end(id: string, how: 'answered' | 'unanswered' | 'unheard', event?: AriEvent): void {
    const leg = legs.get(id);
    legs.delete(id);
    carried.delete(id);
    dialedUnder.delete(id);
    dialers.delete(id);
    if (leg === undefined) return;
    emit({
      kind: 'dialer_leg_ended',
      callId: leg.callId,
      legId: fromExchange(id),
      how: leg.answered && how === 'unanswered' ? 'answered' : how,
      hangupCause: numberOrNull(event?.['cause']),
      sipStatus: numberOrNull(event?.['tech_cause']),
    });
  }

  return {
    hear(event) {
      const channel = event['channel'] as (NamedChannel & { readonly state: string }) | undefined;
      switch (event.type) {
        case 'ChannelVarset':
          if (channel !== undefined)
            noteVariable(channel.id, String(event['variable']), String(event['value']));
          return;
        case 'Dial':
          noteDial(event);
          return;
        case 'ChannelDestroyed':
          // Its last state tells of an answer that was not heard.
          if (channel !== undefined)
            end(channel.id, channel.state === 'Up' ? 'answered' : 'unanswered', event);
          return;
        default:
      }
    },
    seed(channels) {
      const there = new Map(channels.map(({ id, state }) => [id, state]));
      for (const [id, leg] of [...legs]) {
        const state = there.get(id);
        if (state === undefined) end(id, 'unheard');
        else leg.answered ||= state === 'Up';
      }
      for (const map of [carried, dialedUnder, dialers]) {
        for (const id of [...map.keys()]) if (!there.has(id)) map.delete(id);
      }
    },
    permitOf: (channelId) => dialedUnder.get(channelId),
    dialers: () => dialers,
  };
}
