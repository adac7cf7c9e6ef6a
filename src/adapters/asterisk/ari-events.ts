/** ARI events to events of the telephony port. Unknown and foreign events are nothing. */
import type { AriEvent } from 'ari-client';
import { parseAgentId, parseSupervisorId, type CallId } from '../../domain/ids.ts';
import type { AmdReport } from '../../domain/machine-detection.ts';
import { trunkOfChannel } from '../../domain/trunk.ts';
import type { TelephonyEvent } from '../../ports/telephony.ts';
import { fromExchange } from './channel-ids.ts';

interface ChannelShape {
  readonly id: string;
  readonly state: string;
  readonly name?: string;
  /** Of a PJSIP channel: the Call-ID. */
  readonly protocol_id?: string;
}

/**
 * Every channel may be a call of ours: control ignores the ids it does not follow. `callOf`: the call that a channel is known by.
 * `lateMs`: how late the event is told.
 */
export function translate(
  event: AriEvent,
  callOf: (exchangeId: string) => CallId,
  lateMs: number,
): readonly TelephonyEvent[] {
  const channel = event['channel'] as ChannelShape | undefined;
  const peer = event['peer'] as ChannelShape | undefined;
  const callId = callOf((channel ?? peer)?.id ?? '');
  return [...ofCall(event, callId, channel, lateMs), ...ofChannel(event, channel)];
}

/** What happens to a call. */
function ofCall(
  event: AriEvent,
  callId: CallId,
  channel: ChannelShape | undefined,
  lateMs: number,
): readonly TelephonyEvent[] {
  switch (event.type) {
    case 'Dial':
      return dialEvent(event, callId, lateMs);
    case 'ChannelStateChange':
      return channel?.state === 'Up' ? [{ kind: 'answered', callId, lateMs }] : [];
    case 'StasisStart':
      return channel === undefined || !isCall(event)
        ? []
        : [{ kind: 'entered', callId, lateMs, ...lookedAt(event) }];
    case 'StasisEnd':
      return channel === undefined ? [] : [{ kind: 'left', callId }];
    case 'ChannelTalkingStarted':
      return channel === undefined ? [] : [{ kind: 'talk_started', callId, by: 'channel' }];
    case 'ChannelTalkingFinished':
      return channel === undefined
        ? []
        : [
            {
              kind: 'talk_finished',
              callId,
              by: 'channel',
              talkMs: Number(event['duration']),
            },
          ];
    case 'ChannelDtmfReceived':
      return channel === undefined ? [] : [{ kind: 'digit', callId, digit: String(event['digit']) }];
    case 'ChannelHangupRequest':
      return channel === undefined
        ? []
        : [{ kind: 'hangup_requested', callId, bySide: event['soft'] === true ? 'exchange' : 'person' }];
    case 'ChannelUserevent':
      return event['eventname'] === REFUSED_EVENT ? refusedIn(event, callId, channel) : [];
    case 'ChannelDestroyed':
      return channel === undefined
        ? []
        : [
            {
              kind: 'ended',
              callId,
              hangupCause: numberOrNull(event['cause']),
              sipStatus: numberOrNull(event['tech_cause']),
            },
          ];
    default:
      return [];
  }
}

/** What happens to an agent, a supervisor, a bridge or a playback. */
function ofChannel(event: AriEvent, channel: ChannelShape | undefined): readonly TelephonyEvent[] {
  switch (event.type) {
    case 'Dial':
      return legDialed(event);
    case 'StasisStart':
      return channel === undefined ? [] : staffArrived(event, channel);
    // Also of a channel that lives on: transferred by its telephone, or redirected by somebody else.
    case 'StasisEnd':
    case 'ChannelDestroyed':
      return channel === undefined ? [] : [{ kind: 'agent_left', channelId: fromExchange(channel.id) }];
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

/** The first word of a call that is being dialed; before it the channel has no Call-ID yet. */
function legDialed({ dialstatus, peer }: AriEvent): readonly TelephonyEvent[] {
  const { id, name = '', protocol_id: sipCallId = '' } = (peer ?? { id: '' }) as ChannelShape;
  const trunk = trunkOfChannel(name);
  return dialstatus !== '' || trunk === null || sipCallId === ''
    ? []
    : [{ kind: 'leg_dialed', channelId: fromExchange(id), trunk, sipCallId }];
}

/** What `breakwater-refused` of the dialplan tells: `SIP 603 Network Blocked`. */
const REFUSED_EVENT = 'BreakwaterRefused';

function refusedIn(
  event: AriEvent,
  callId: CallId,
  channel: ChannelShape | undefined,
): readonly TelephonyEvent[] {
  const told = event['userevent'] as Readonly<Record<string, string>> | undefined;
  const [, status, phrase = ''] = /^SIP (6\d\d)(?: (.*))?$/.exec(told?.['tech'] ?? '') ?? [];
  return status === undefined || callId === ''
    ? []
    : [
        {
          kind: 'refused',
          callId,
          sipStatus: Number(status),
          phrase: phrase.slice(0, 200),
          sipCallId: channel?.protocol_id ?? null,
        },
      ];
}

export const numberOrNull = (value: unknown): number | null =>
  typeof value === 'number' && value > 0 ? value : null;

function dialEvent(event: AriEvent, callId: CallId, lateMs: number): readonly TelephonyEvent[] {
  if (event['peer'] === undefined) return [];
  const status = event['dialstatus'];
  if (status === 'RINGING' || status === 'PROGRESS') return [{ kind: 'ringing', callId }];
  return status === 'ANSWER' ? [{ kind: 'answered', callId, lateMs }] : [];
}

const argsOf = (event: AriEvent): readonly string[] => (event['args'] as readonly string[] | undefined) ?? [];

/** `Stasis(breakwater,call,CALL,STATUS,CAUSE)` is one whose answer `AMD()` has looked at. */
function lookedAt(event: AriEvent): { readonly amd?: AmdReport } {
  const [, , status = '', cause = ''] = argsOf(event);
  return status === '' ? {} : { amd: { status, cause } };
}

/** `Stasis(breakwater,call)` is a called party. */
const isCall = (event: AriEvent): boolean => argsOf(event)[0] === 'call';

/** `Stasis(breakwater,agent,ID)` is an agent who has come in, `Stasis(breakwater,supervisor,ID)` a supervisor. */
function staffArrived(event: AriEvent, channel: ChannelShape): readonly TelephonyEvent[] {
  const [role, id] = argsOf(event);
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
