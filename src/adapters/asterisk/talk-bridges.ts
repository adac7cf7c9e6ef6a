/**
 * The bridges of talks, and what the exchange must know of them to end a talk without us. Each of the two channels carries the
 * bridge's id and the other's channel (`BREAKWATER_TALK`). When one is gone, `breakwater-alone` of the dialplan looks at the other a
 * second later, and hangs it up unless that talk is over for it (`BREAKWATER_PARTED` names the bridge): then we are alive and answer
 * for it. The name of the bridge in both makes a word that comes late harmless to the next talk.
 */
import type { AriClient } from 'ari-client';
import { TelephonyRefused, type Telephony } from '../../ports/telephony.ts';
import type { AriConnection } from './ari-connection.ts';
import { toExchange } from './channel-ids.ts';

export type TalkBridges = Pick<Telephony, 'bridge' | 'joinBridge' | 'leaveBridge' | 'destroyBridge'>;

const TALK_VARIABLE = 'BREAKWATER_TALK';
const PARTED_VARIABLE = 'BREAKWATER_PARTED';

/** `:` is in no id of the house, nor in the exchange's own. */
const talkWith = (bridgeId: string, exchangeId: string): string => `${bridgeId}:${exchangeId}`;

export function openTalkBridges(ari: Pick<AriConnection, 'command'>): TalkBridges {
  const write = (channelId: string, variable: string, value: string): Promise<unknown> =>
    ari.command(`set ${variable}`, (client: AriClient) =>
      client.channels.setChannelVar({ channelId, variable, value }),
    );

  /** A channel that is gone needs no word; of one that is not told the exchange takes it that we are dead. */
  async function part(bridgeId: string, exchangeIds: readonly string[]): Promise<void> {
    await Promise.allSettled(exchangeIds.map((id) => write(id, PARTED_VARIABLE, bridgeId)));
  }

  async function unlessRefused(run: () => Promise<unknown>): Promise<void> {
    try {
      await run();
    } catch (error) {
      // It is gone already, or in another bridge: which is what was wanted.
      if (!(error instanceof TelephonyRefused)) throw error;
    }
  }

  async function put(bridgeId: string, exchangeIds: readonly string[]): Promise<void> {
    const begun = await Promise.allSettled([
      ari.command('create bridge', (client) =>
        client.bridges.createWithId({ bridgeId, type: 'mixing', name: bridgeId }),
      ),
      // INVARIANT (known-before-heard): from the first moment of the talk the exchange can end it alone.
      ...exchangeIds.flatMap((id) =>
        exchangeIds
          .filter((other) => other !== id)
          .map((other) => write(id, TALK_VARIABLE, talkWith(bridgeId, other))),
      ),
    ]);
    for (const each of begun) if (each.status === 'rejected') throw each.reason;
    await ari.command('add to bridge', (client) =>
      client.bridges.addChannel({ bridgeId, channel: exchangeIds.join(',') }),
    );
  }

  return {
    async bridge(bridgeId, channelIds) {
      const exchangeIds = channelIds.map(toExchange);
      try {
        await put(bridgeId, exchangeIds);
      } catch (error) {
        // Not waited for: the person is to hear the message.
        void part(bridgeId, exchangeIds);
        throw error;
      }
    },
    async joinBridge(bridgeId, channelId) {
      await ari.command('join bridge', (client) =>
        client.bridges.addChannel({ bridgeId, channel: toExchange(channelId) }),
      );
    },
    leaveBridge: (bridgeId, channelId) =>
      unlessRefused(() =>
        ari.command('leave bridge', (client) =>
          client.bridges.removeChannel({ bridgeId, channel: toExchange(channelId) }),
        ),
      ),
    destroyBridge: (bridgeId) =>
      unlessRefused(async () => {
        const { channels } = await ari.command('members of bridge', (client) =>
          client.bridges.get({ bridgeId }),
        );
        await Promise.all([
          part(bridgeId, channels),
          ari.command('destroy bridge', (client) => client.bridges.destroy({ bridgeId })),
        ]);
      }),
  };
}
