/** Keeps the graph of channels and bridges that ARI events tell of. Names are Asterisk's: `Local/x@y-1;1` and `;2` are one line. */
import type { AriEvent } from 'ari-client';
import { hearsSomebody, type TalkChannel } from '../../domain/talk-graph.ts';

export interface NamedChannel {
  readonly id: string;
  readonly name: string;
}

export interface ListedBridge {
  readonly id: string;
  readonly bridge_type: string;
  readonly channels: readonly string[];
}

export interface TalkMap {
  hear(event: AriEvent): void;
  /** What there is now, after events may have been lost. */
  seed(channels: readonly NamedChannel[], bridges: readonly ListedBridge[]): void;
  /** Other than those `besides`. */
  hearsSomebody(channelId: string, besides?: ReadonlySet<string>): boolean;
}

/** Behind these technologies of a channel's name there is nobody. */
const DEVICES = new Set([
  ...['Snoop', 'Announcer', 'Recorder', 'CBAnn', 'CBRec', 'ConfBridgeRecorder', 'Bridge', 'Surrogate'],
  ...['AsyncGoto', 'UnicastRTP', 'MulticastRTP', 'Message', 'Phantom'],
]);

/** Who waits in a holding bridge (parked, an agent before a call) hears nobody in it. */
const HOLDING = 'holding';

const HALF = /^(Local\/.*);([12])$/s;

export const isLocal = (name: string): boolean => name.startsWith('Local/');

export function openTalkMap(): TalkMap {
  const names = new Map<string, string>();
  const ids = new Map<string, string>();
  const channels = new Map<string, TalkChannel>();
  const bridges = new Map<string, Set<string>>();

  function add({ id, name }: NamedChannel): void {
    if (names.get(id) === name) return;
    names.set(id, name);
    ids.set(name, id);
    const half = HALF.exec(name);
    if (half === null) {
      const device = isLocal(name) || DEVICES.has(name.slice(0, name.indexOf('/')));
      channels.set(id, { kind: device ? 'device' : 'party' });
      return;
    }
    // The second half is told of after the first.
    const other = ids.get(`${half[1] ?? ''};${half[2] === '1' ? '2' : '1'}`);
    if (other === undefined) {
      channels.set(id, { kind: 'device' });
      return;
    }
    channels.set(id, { kind: 'half', other });
    channels.set(other, { kind: 'half', other: id });
  }

  function remove(id: string): void {
    const name = names.get(id);
    if (name !== undefined && ids.get(name) === id) ids.delete(name);
    names.delete(id);
    channels.delete(id);
    for (const members of bridges.values()) members.delete(id);
  }

  return {
    hear(event) {
      const channel = event['channel'] as NamedChannel | undefined;
      const bridge = event['bridge'] as ListedBridge | undefined;
      if (channel !== undefined) add(channel);
      switch (event.type) {
        case 'ChannelEnteredBridge':
        case 'ChannelLeftBridge':
          if (bridge !== undefined && bridge.bridge_type !== HOLDING)
            bridges.set(bridge.id, new Set(bridge.channels));
          return;
        case 'BridgeDestroyed':
          if (bridge !== undefined) bridges.delete(bridge.id);
          return;
        case 'ChannelDestroyed':
          if (channel !== undefined) remove(channel.id);
          return;
        default:
      }
    },
    seed(listed, listedBridges) {
      for (const map of [names, ids, channels, bridges]) map.clear();
      for (const channel of listed) add(channel);
      for (const { id, bridge_type: type, channels: members } of listedBridges) {
        if (type !== HOLDING) bridges.set(id, new Set(members));
      }
    },
    hearsSomebody: (channelId, besides) => hearsSomebody({ channels, bridges }, channelId, besides),
  };
}
