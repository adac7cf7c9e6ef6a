/** ARI events to events of the telephony port. Unknown and foreign events are nothing. */
import type { AriEvent } from 'ari-client';
import { parseAgentId, parseSupervisorId, type CallId } from '../../domain/ids.ts';
import type { TelephonyEvent } from '../../ports/telephony.ts';
import { fromExchange } from './channel-ids.ts';

interface ChannelShape {
  readonly id: string;
  readonly state: string;
}

/** Every channel may be a call of ours: control ignores the ids it does not follow. */
export function translate(event: AriEvent): readonly TelephonyEvent[] {
  const channel = event['channel'] as ChannelShape | undefined;
  switch (event.type) {
    case 'Dial':
      return dialEvent(event);
    case 'ChannelStateChange':
      return channel?.state === 'Up' ? [{ kind: 'answered', callId: callId(channel) }] : [];
    case 'StasisStart':
      return channel === undefined ? [] : stasisStart(event, channel);
    case 'StasisEnd':
      return channel === undefined ? [] : [{ kind: 'left', callId: callId(channel) }];
    case 'ChannelTalkingStarted':
      return channel === undefined ? [] : [{ kind: 'talk_started', callId: callId(channel), by: 'channel' }];
    case 'ChannelTalkingFinished':
      return channel === undefined
        ? []
        : [
            {
              kind: 'talk_finished',
              callId: callId(channel),
              by: 'channel',
              talkMs: Number(event['duration']),
            },
          ];
    case 'ChannelDtmfReceived':
      return channel === undefined
        ? []
        : [{ kind: 'digit', callId: callId(channel), digit: String(event['digit']) }];
    case 'ChannelHangupRequest':
      return channel === undefined ? [] : [{ kind: 'hangup_requested', callId: callId(channel) }];
    case 'ChannelDestroyed':
      return channel === undefined
        ? []
        : [
            {
              kind: 'ended',
              callId: callId(channel),
              hangupCause: numberOrNull(event['cause']),
              sipStatus: numberOrNull(event['tech_cause']),
            },
            { kind: 'agent_left', channelId: fromExchange(channel.id) },
          ];
    case 'ChannelLeftBridge': {
      const bridge = event['bridge'] as
        { readonly id: string; readonly channels: readonly string[] } | undefined;
      return bridge === undefined
        ? []
        : [{ kind: 'bridge_left', bridgeId: bridge.id, remaining: bridge.channels.map(fromExchange) }];
    }
    case 'PlaybackStarted':
    case 'PlaybackFinished':
      return playbackEvent(event);
    default:
      return [];
  }
}

const callId = (channel: ChannelShape): CallId => fromExchange(channel.id) as CallId;

const numberOrNull = (value: unknown): number | null =>
  typeof value === 'number' && value > 0 ? value : null;

function dialEvent(event: AriEvent): readonly TelephonyEvent[] {
  const peer = event['peer'] as ChannelShape | undefined;
  if (peer === undefined) return [];
  const status = event['dialstatus'];
  if (status === 'RINGING' || status === 'PROGRESS') return [{ kind: 'ringing', callId: callId(peer) }];
  return status === 'ANSWER' ? [{ kind: 'answered', callId: callId(peer) }] : [];
}

/**
 * `Stasis(breakwater,call)` is a called party, `Stasis(breakwater,agent,ID)` an agent who has come in, `Stasis(breakwater,supervisor,ID)`
 * a supervisor.
 */
function stasisStart(event: AriEvent, channel: ChannelShape): readonly TelephonyEvent[] {
  const [role, id] = (event['args'] as readonly string[] | undefined) ?? [];
  if (role === 'call') return [{ kind: 'entered', callId: callId(channel) }];
  if (role === 'supervisor') {
    const supervisorId = parseSupervisorId(id ?? '');
    return supervisorId.ok
      ? [
          {
            kind: 'supervisor_arrived',
            supervisorId: supervisorId.value,
            channelId: fromExchange(channel.id),
          },
        ]
      : [];
  }
  if (role !== 'agent') return [];
  const agentId = parseAgentId(id ?? '');
  return agentId.ok
    ? [{ kind: 'agent_arrived', agentId: agentId.value, channelId: fromExchange(channel.id), paused: false }]
    : [];
}

function playbackEvent(event: AriEvent): readonly TelephonyEvent[] {
  const playback = event['playback'] as { readonly id: string; readonly state: string } | undefined;
  if (playback === undefined) return [];
  return event.type === 'PlaybackStarted'
    ? [{ kind: 'playback_started', playbackId: playback.id }]
    : [{ kind: 'playback_finished', playbackId: playback.id, failed: playback.state === 'failed' }];
}
