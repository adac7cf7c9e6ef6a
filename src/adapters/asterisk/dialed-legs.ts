/**
 * Calls that are not in our hands: those that a dialer places under a permit of ours, and our own that were handed over to a place in
 * the dialplan. Which channel is the person's, and is somebody bridged with it? The permit's call id comes to the called channel as an inherited variable (`breakwater-veto` sets it so). A Local half is a line, never the person.
 * What is dialed and how it ends unanswered is told in `ringing-legs.ts`.
 */
import type { AriClient, AriEvent } from 'ari-client';
import { type CallId, parseCallId } from '../../domain/ids.ts';
import type { Log } from '../../ports/log.ts';
import { TelephonyRefused, type TelephonyEvent } from '../../ports/telephony.ts';
import type { AriConnection } from './ari-connection.ts';
import { fromExchange, toExchange } from './channel-ids.ts';
import { CALL_ID_VARIABLE, openRingingLegs } from './ringing-legs.ts';
import { isLocal, type ListedBridge, type NamedChannel, openTalkMap } from './talk-map.ts';

export interface DialedLegs {
  /** The exchange's id of the channel that a call goes by: its leg, or the channel that we know by this id. */
  channelOf(callId: string): string;
  /** What a channel of the exchange is known by: its call, or what stands for its id. */
  callOf(exchangeId: string): CallId;
  /** True while the dialer holds the call. */
  isHeld(callId: string): boolean;
  /** A call of ours goes to a place in the dialplan: it is told once when somebody is bridged with it. */
  handOver(callId: CallId): void;
  /** To be told of every event, before it is translated; `lateMs`: how late it is told. */
  hear(event: AriEvent, lateMs: number): void;
  /** To be told behind that: the channel of an ended call goes by its own id again. */
  forget(event: AriEvent): void;
  /** After a (re)connection: what is there, and which calls were answered meanwhile. */
  seed(channels: readonly ListedChannel[], bridges: readonly ListedBridge[]): Promise<void>;
}

export interface ListedChannel extends NamedChannel {
  readonly state: string;
  readonly dialplan: { readonly app_name: string; readonly app_data: string };
}

interface Leg {
  readonly callId: CallId;
  readonly channelId: string;
  held: boolean;
}

/** Set by `breakwater-dial`, which gives the person's channel a switch of its own. */
const SPLIT_VARIABLE = 'BREAKWATER_DIALER';
/** Each asking has the bound of a command; behind a new connection every channel is looked at anew. */
const ASKED_AT_MOST = 4;

export function openDialedLegs(
  ari: Pick<AriConnection, 'command'>,
  emit: (event: TelephonyEvent) => void,
  log: Log,
): DialedLegs {
  const byCall = new Map<string, Leg>();
  const byChannel = new Map<string, Leg>();
  const handedOver = new Set<CallId>();
  const map = openTalkMap();
  const ringing = openRingingLegs(emit);

  function add(callId: CallId, channelId: string, held: boolean): void {
    const leg: Leg = { callId, channelId, held };
    byCall.set(callId, leg);
    byChannel.set(channelId, leg);
  }

  function tellReached(): void {
    for (const { callId, channelId, held } of byChannel.values()) {
      if (!held || !map.hearsSomebody(channelId)) continue;
      emit({
        kind: 'agent_reached',
        callId,
        proven: map.hearsSomebody(channelId, ringing.dialers()),
      });
    }
    for (const callId of handedOver) {
      if (!map.hearsSomebody(toExchange(callId))) continue;
      handedOver.delete(callId);
      emit({ kind: 'agent_reached', callId, proven: true });
    }
  }

  /** Empty when the channel has no such variable, or is gone; an exchange that does not say is asked again, nobody else watches the call. */
  async function variableOf(channelId: string, variable: string): Promise<string> {
    for (let asked = 1; ; asked += 1) {
      try {
        const { value } = await ari.command(`read ${variable}`, (client: AriClient) =>
          client.channels.getChannelVar({ channelId, variable }),
        );
        return value;
      } catch (error) {
        if (error instanceof TelephonyRefused) return '';
        if (asked < ASKED_AT_MOST) continue;
        log.warn(
          { channelId, problem: String(error) },
          'cannot tell under which permit a channel was dialed',
        );
        return '';
      }
    }
  }

  /** `lateMs`: null where the answer was missed. */
  async function answered({ id, name }: NamedChannel, lateMs: number | null): Promise<void> {
    const askedAt = performance.now();
    if (isLocal(name) || byChannel.has(id)) return;
    const known = ringing.permitOf(id);
    if (known === null) return;
    const [permit, dialer] = await Promise.all([
      known ?? variableOf(id, CALL_ID_VARIABLE),
      variableOf(id, SPLIT_VARIABLE),
    ]);
    const callId = parseCallId(permit);
    // Of its own id: we have placed it ourselves. A second leg of one call is not the person's.
    if (!callId.ok || toExchange(callId.value) === id || byCall.has(callId.value)) return;
    add(callId.value, id, true);
    const told = { kind: 'dialer_answered', callId: callId.value, deadMan: dialer !== '' } as const;
    // To ask the exchange whose call it is takes its time too.
    if (lateMs === null) emit({ ...told, missed: true });
    else emit({ ...told, missed: false, lateMs: Math.round(lateMs + performance.now() - askedAt) });
    tellReached();
  }

  return {
    channelOf: (callId) => byCall.get(callId)?.channelId ?? toExchange(callId),
    callOf: (exchangeId) => byChannel.get(exchangeId)?.callId ?? (fromExchange(exchangeId) as CallId),
    isHeld: (callId) => byCall.get(callId)?.held ?? false,
    handOver: (callId) => void handedOver.add(callId),
    hear(event, lateMs) {
      map.hear(event);
      ringing.hear(event);
      const channel = event['channel'] as NamedChannel | undefined;
      if (event.type === 'Dial' && event['dialstatus'] === 'ANSWER') {
        const peer = event['peer'] as NamedChannel | undefined;
        if (peer !== undefined) void answered(peer, lateMs);
      }
      if (event.type === 'StasisStart' && channel !== undefined) {
        const [role, id] = (event['args'] as readonly string[] | undefined) ?? [];
        handedOver.delete(fromExchange(channel.id) as CallId);
        enter(channel.id, role, id);
      }
      if (event.type === 'ChannelEnteredBridge') tellReached();
    },
    forget(event) {
      const channel = event['channel'] as NamedChannel | undefined;
      if (event.type === 'ChannelDestroyed') handedOver.delete(fromExchange(channel?.id ?? '') as CallId);
      const leg = event.type === 'ChannelDestroyed' ? byChannel.get(channel?.id ?? '') : undefined;
      if (leg === undefined) return;
      byChannel.delete(leg.channelId);
      byCall.delete(leg.callId);
    },
    async seed(channels, bridges) {
      map.seed(channels, bridges);
      ringing.seed(channels);
      const there = new Set(channels.map(({ id }) => id));
      for (const { callId, channelId } of [...byCall.values()]) {
        if (there.has(channelId)) continue;
        byCall.delete(callId);
        byChannel.delete(channelId);
      }
      for (const callId of handedOver) if (!there.has(toExchange(callId))) handedOver.delete(callId);
      for (const { id, dialplan } of channels) {
        const [, role, callId] = dialplan.app_data.split(',');
        if (dialplan.app_name === 'Stasis') enter(id, role, callId);
      }
      const outside = channels.filter(
        ({ state, dialplan }) => state === 'Up' && dialplan.app_name !== 'Stasis',
      );
      await Promise.all(outside.map((channel) => answered(channel, null)));
      tellReached();
    },
  };

  /** `Stasis(breakwater,call,CALL)` of a channel that was taken; without a call id the channel's own is meant. */
  function enter(channelId: string, role: string | undefined, id: string | undefined): void {
    const callId = parseCallId(id ?? '');
    if (role !== 'call' || !callId.ok || toExchange(callId.value) === channelId) return;
    add(callId.value, channelId, false);
  }
}
