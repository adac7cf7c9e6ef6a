/**
 * A third person at a talk: a snoop channel on one side of it and the listener's own channel, in a mixing bridge of their own.
 * With `whisper=out` the snooped channel alone hears the listener; without, nobody does (measured: voiced packets at three legs).
 * A snoop channel enters the application by itself and can be put into a bridge only then. It ends with the channel it listens to.
 */
import type { AriClient, AriEvent } from 'ari-client';
import type { Log } from '../../ports/log.ts';
import {
  OVERHEARING_PREFIX,
  type Overhearing,
  TelephonyRefused,
  TelephonyUnavailable,
} from '../../ports/telephony.ts';
import type { AriConnection } from './ari-connection.ts';
import { toExchange } from './channel-ids.ts';

export interface ThirdEars {
  overhear(bridgeId: string, what: Overhearing): Promise<void>;
  stop(bridgeId: string): Promise<void>;
  /** True for an event of a snoop channel of ours: nobody else has any use for it. */
  hear(event: AriEvent): boolean;
  /** Takes down what a life before this one has left of these channels and bridges; answers which bridges. */
  sweep(channelIds: readonly string[], bridgeIds: readonly string[]): Promise<readonly string[]>;
}

/** Asterisk lets a snoop channel in within a few milliseconds. */
const ENTERS_WITHIN_MS = 1_000;

export function openThirdEars(ari: Pick<AriConnection, 'command'>, application: string, log: Log): ThirdEars {
  const prefix = `${application}-third-`;
  const standing = new Set<string>();
  const entering = new Map<string, () => void>();
  const snoopOf = (bridgeId: string): string => `${prefix}${bridgeId}`;

  async function unlessRefused(what: string, run: (client: AriClient) => Promise<unknown>): Promise<void> {
    try {
      await ari.command(what, run);
    } catch (error) {
      // It is gone already, which is what was wanted.
      if (!(error instanceof TelephonyRefused)) throw error;
    }
  }

  const entered = (snoopId: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        entering.delete(snoopId);
        reject(new TelephonyUnavailable(`third ear: not in within ${ENTERS_WITHIN_MS} ms`));
      }, ENTERS_WITHIN_MS);
      entering.set(snoopId, () => {
        clearTimeout(timer);
        entering.delete(snoopId);
        resolve();
      });
    });

  async function takeDown(bridgeId: string): Promise<void> {
    await unlessRefused('hang up third ear', (client) =>
      client.channels.hangup({ channelId: snoopOf(bridgeId) }),
    );
    await unlessRefused('destroy bridge', (client) => client.bridges.destroy({ bridgeId }));
  }

  return {
    async overhear(bridgeId, { listenerChannelId, channelId, speaks }) {
      const snoopId = snoopOf(bridgeId);
      standing.add(bridgeId);
      await ari.command('create bridge', (client) =>
        client.bridges.createWithId({ bridgeId, type: 'mixing', name: bridgeId }),
      );
      // Waited for from before the command: the channel may be in before its answer is.
      const isIn = entered(snoopId);
      await Promise.all([
        isIn,
        ari
          .command('third ear', (client) =>
            client.channels.snoopChannelWithId({
              channelId: toExchange(channelId),
              snoopId,
              spy: 'both',
              whisper: speaks ? 'out' : 'none',
              app: application,
            }),
          )
          .catch((error: unknown) => {
            entering.get(snoopId)?.();
            throw error;
          }),
      ]);
      await ari.command('add to bridge', (client) =>
        client.bridges.addChannel({ bridgeId, channel: `${snoopId},${toExchange(listenerChannelId)}` }),
      );
    },
    async stop(bridgeId) {
      standing.delete(bridgeId);
      await takeDown(bridgeId);
    },
    hear(event) {
      const id = (event['channel'] as { readonly id: string } | undefined)?.id;
      if (id === undefined || !id.startsWith(prefix)) return false;
      if (event.type === 'StasisStart') entering.get(id)?.();
      return true;
    },
    async sweep(channelIds, bridgeIds) {
      const left = new Set(
        channelIds.filter((id) => id.startsWith(prefix)).map((id) => id.slice(prefix.length)),
      );
      for (const id of bridgeIds) if (id.startsWith(OVERHEARING_PREFIX)) left.add(id);
      const unknown = [...left].filter((bridgeId) => !standing.has(bridgeId));
      for (const bridgeId of unknown) {
        await takeDown(bridgeId).catch((error: unknown) => {
          log.warn({ bridgeId, problem: String(error) }, 'third ear of an earlier life not taken down');
        });
      }
      return unknown;
    },
  };
}
