/**
 * Second ears: snoop channels with talk detection of their own. A snoop channel enters the application by itself, and only then
 * takes a variable. It ends with the channel it listens to; one that nobody here knows of is hung up.
 */
import type { AriClient, AriEvent } from 'ari-client';
import type { CallId } from '../../domain/ids.ts';
import type { Log } from '../../ports/log.ts';
import { TelephonyRefused, type TalkDetection, type TelephonyEvent } from '../../ports/telephony.ts';
import type { AriConnection } from './ari-connection.ts';
import { fromExchange, toExchange } from './channel-ids.ts';

export interface SnoopEars {
  /** Beside the channel of this id on the exchange, which is the call's. */
  listen(callId: CallId, channelId: string, detection: TalkDetection): Promise<void>;
  /** Changes what an ear counts as talk; nothing where there is none. */
  retune(callId: CallId, detection: TalkDetection): Promise<void>;
  stop(callId: CallId): Promise<void>;
  /** What an event of an ear means; null for an event of any other channel. */
  hear(event: AriEvent): readonly TelephonyEvent[] | null;
  /** Hangs up, of these channels, the ears of a life before this one. */
  sweep(channelIds: readonly string[]): Promise<void>;
}

/** As `TALK_DETECT(set)` takes it: milliseconds of silence, then the magnitude of talk. */
export const talkDetect = ({ silenceMs, threshold }: TalkDetection): string => `${silenceMs},${threshold}`;

export function openSnoopEars(ari: Pick<AriConnection, 'command'>, application: string, log: Log): SnoopEars {
  const prefix = `${application}-ear-`;
  const wanted = new Map<string, TalkDetection>();
  const earOf = (callId: string): string => toExchange(`${prefix}${callId}`);
  const callOf = (channelId: string): CallId => fromExchange(channelId).slice(prefix.length) as CallId;

  async function hangUp(channelId: string): Promise<void> {
    try {
      await ari.command('hang up ear', (client: AriClient) => client.channels.hangup({ channelId }));
    } catch (error) {
      // It goes with its call; what a lost connection leaves behind is made up for by `sweep`.
      if (error instanceof TelephonyRefused) return;
      log.warn({ callId: callOf(channelId), channelId, problem: String(error) }, 'ear not hung up');
    }
  }

  async function arm(channelId: string): Promise<void> {
    const detection = wanted.get(channelId);
    // No longer wanted, or never by us: it came in after all.
    if (detection === undefined) return hangUp(channelId);
    try {
      const value = talkDetect(detection);
      await ari.command('arm ear', (client) =>
        client.channels.setChannelVar({ channelId, variable: 'TALK_DETECT(set)', value }),
      );
    } catch (error) {
      log.warn({ callId: callOf(channelId), channelId, problem: String(error) }, 'ear cannot hear');
      await hangUp(channelId);
    }
  }

  return {
    async listen(callId, channelId, detection) {
      const snoopId = earOf(callId);
      wanted.set(snoopId, detection);
      try {
        await ari.command('listen beside', (client) =>
          client.channels.snoopChannelWithId({ channelId, snoopId, spy: 'in', app: application }),
        );
      } catch (error) {
        // An answer that was only lost: the ear comes in and is kept, or is hung up by `stop`.
        if (error instanceof TelephonyRefused) wanted.delete(snoopId);
        throw error;
      }
    },
    async retune(callId, detection) {
      const snoopId = earOf(callId);
      if (!wanted.has(snoopId)) return;
      wanted.set(snoopId, detection);
      await arm(snoopId);
    },
    async stop(callId) {
      const channelId = earOf(callId);
      if (wanted.delete(channelId)) await hangUp(channelId);
    },
    hear(event) {
      const id = (event['channel'] as { readonly id: string } | undefined)?.id;
      if (id === undefined || !id.startsWith(prefix)) return null;
      const callId = callOf(id);
      switch (event.type) {
        case 'StasisStart':
          void arm(id);
          return [];
        case 'ChannelDestroyed':
          wanted.delete(id);
          return [];
        case 'ChannelTalkingStarted':
          return [{ kind: 'talk_started', callId, by: 'snoop' }];
        case 'ChannelTalkingFinished':
          return [{ kind: 'talk_finished', callId, by: 'snoop', talkMs: Number(event['duration']) }];
        default:
          return [];
      }
    },
    async sweep(channelIds) {
      const left = channelIds.filter((id) => id.startsWith(prefix) && !wanted.has(id));
      await Promise.all(left.map(hangUp));
    },
  };
}
