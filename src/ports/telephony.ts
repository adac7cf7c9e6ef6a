/**
 * The telephone exchange as control sees it. Channel id = call id for calls we originate; no other channel's id is a call id.
 * Commands resolve when the exchange has accepted them; what then happens comes back as events, which may be late,
 * repeated, reordered or missing after a lost connection.
 */
import type { Ear } from '../domain/ear.ts';
import type { AgentId, CallId, SupervisorId } from '../domain/ids.ts';
import type { AmdReport } from '../domain/machine-detection.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';

export type TelephonyEvent =
  | { readonly kind: 'ringing'; readonly callId: CallId }
  /** `lateMs`: how long ago that was, where the exchange's word of it was held up on its way; left out: just now. */
  | { readonly kind: 'answered'; readonly callId: CallId; readonly lateMs?: number }
  /** The answered channel is under our control (StasisStart). `amd`: what the exchange has found, where the call asked it to look. */
  | {
      readonly kind: 'entered';
      readonly callId: CallId;
      readonly lateMs?: number;
      readonly amd?: AmdReport;
    }
  /** Told by the call's channel, and by the ear beside it where there is one. */
  | { readonly kind: 'talk_started'; readonly callId: CallId; readonly by: Ear }
  /**
   * Sent `silenceMs` after the last talk; like `digit` also while the dialplan has the call. The channel never tells it of a person
   * whose side stops sending packets.
   */
  | {
      readonly kind: 'talk_finished';
      readonly callId: CallId;
      readonly by: Ear;
      readonly talkMs: number;
    }
  | { readonly kind: 'digit'; readonly callId: CallId; readonly digit: string }
  /**
   * A dialer's own call under this permit has been answered; from here on its channel goes by the call id. `missed`: it was answered
   * before we (re)connected. The dialer holds it: of the commands below only `listenBeside`, `stopListening`, `detectTalk`, `take`
   * and `hangUp` are for it, until `entered`; `deadMan`: and `setVariables`, because the dialplan has a switch on it.
   */
  | {
      readonly kind: 'dialer_answered';
      readonly callId: CallId;
      readonly missed: boolean;
      readonly deadMan: boolean;
      /** How long ago that was, where it is known. */
      readonly lateMs?: number;
    }
  /**
   * A dialer dials under this permit: a telephone rings from now on. More than one leg may be dialed for one call, at once or one after
   * the other; an agent who is dialed from the person's channel is one too.
   */
  | { readonly kind: 'dialer_dialed'; readonly callId: CallId; readonly legId: string }
  /**
   * Such a leg is gone. `unheard`: it ended while the connection was lost, and nobody can tell how. Cause and status are those of the
   * leg; null where the exchange does not know.
   */
  | {
      readonly kind: 'dialer_leg_ended';
      readonly callId: CallId;
      readonly legId: string;
      readonly how: 'answered' | 'unanswered' | 'unheard';
      readonly hangupCause: number | null;
      readonly sipStatus: number | null;
    }
  /**
   * An origination that its dialer has named after this call has failed: the channel it was to make has not been answered, and may never
   * have been there. Nothing tells it of a line of the exchange, behind which a telephone may have been answered all the same.
   */
  | {
      readonly kind: 'dialer_origination_failed';
      readonly callId: CallId;
      readonly why: 'busy' | 'no_answer' | 'failed';
      /**
       * What was to be dialed, where only the id that its channel was to have names the call: a telephone of the dialer's own may be given
       * the same. Left out: the dialer has named the call itself.
       */
      readonly channel?: string;
    }
  /**
   * The person of such a call, or of one that was handed over to be bridged, is bridged with somebody. Of the first it is told again
   * as often as it is found to be so. `proven`: it is not only whoever has dialed, which may be an agent's telephone, and may be the
   * trunk of a dialer whose agents nobody here can see.
   */
  | { readonly kind: 'agent_reached'; readonly callId: CallId; readonly proven: boolean }
  /**
   * Somebody is hanging the channel up; tells a hang-up from a rescue by the dialplan when `left` follows. `bySide`: whose word it is,
   * the person's own (the far end has said so), or that of us, the dialplan or another program; behind a hang-up of the person that is
   * told as well.
   */
  | {
      readonly kind: 'hangup_requested';
      readonly callId: CallId;
      readonly bySide: 'person' | 'exchange';
    }
  /** The channel has left our control and runs the dialplan or is going (StasisEnd). */
  | { readonly kind: 'left'; readonly callId: CallId }
  | {
      readonly kind: 'ended';
      readonly callId: CallId;
      readonly hangupCause: number | null;
      readonly sipStatus: number | null;
    }
  /** A channel has left a bridge of ours; `remaining` sit in it alone. */
  | {
      readonly kind: 'bridge_left';
      readonly bridgeId: string;
      readonly remaining: readonly string[];
    }
  | { readonly kind: 'playback_started'; readonly playbackId: string }
  | { readonly kind: 'playback_finished'; readonly playbackId: string; readonly failed: boolean }
  /** `paused`: the agent was here before us and had said so, or it cannot be known. */
  | {
      readonly kind: 'agent_arrived';
      readonly agentId: AgentId;
      readonly channelId: string;
      readonly paused: boolean;
    }
  | { readonly kind: 'supervisor_arrived'; readonly supervisorId: SupervisorId; readonly channelId: string }
  /** Told of every channel that has ended or left our control, an agent's, a supervisor's or any other; of most twice. */
  | { readonly kind: 'agent_left'; readonly channelId: string }
  /** A channel to somebody has been made on a trunk; its INVITE leaves at once. `channelId`: the call id where we have placed it. */
  | {
      readonly kind: 'leg_dialed';
      readonly channelId: string;
      readonly trunk: string;
      readonly sipCallId: string;
    }
  /** The final response to a call that a network has refused (6xx), before `ended`; its headers the exchange does not tell. */
  | {
      readonly kind: 'refused';
      readonly callId: CallId;
      readonly sipStatus: number;
      readonly phrase: string;
      /** Null where the exchange does not tell it. */
      readonly sipCallId: string | null;
    }
  /** True after each (re)connect: events in between are lost, so the listener must reconcile. */
  | { readonly kind: 'connection'; readonly up: boolean }
  /** Behind `connection` down: another sidecar controls our calls from now on, and we never will again. */
  | { readonly kind: 'replaced' };

export interface OutgoingCall {
  readonly callId: CallId;
  /** Complete dial string, for example `PJSIP/15551230001@carrier`. */
  readonly endpoint: string;
  readonly callerId: PhoneNumber;
  readonly ringAtMostSeconds: number;
  /** Channel variables; names without blanks, values without control characters (checked, header injection). */
  readonly variables: Readonly<Record<string, string>>;
  /** A call to a number of our own: whoever answers it is hung up on at once. Left out: a call to a person. */
  readonly purpose?: 'canary';
}

export interface DialplanPlace {
  readonly context: string;
  readonly extension: string;
  readonly priority: number;
}

export interface TalkDetection {
  /** Silence that ends talk. */
  readonly silenceMs: number;
  /** Mean sample magnitude that counts as talk. */
  readonly threshold: number;
}

/** Ids of such bridges MUST begin so: a later life of the sidecar knows by it what to take down. */
export const OVERHEARING_PREFIX = 'supervision-';

/** A third person at a talk: hears both sides of it on one channel of it. */
export interface Overhearing {
  /** Under our control and in no bridge. */
  readonly listenerChannelId: string;
  /** The channel that is listened to, both what it says and what it hears. */
  readonly channelId: string;
  /** This channel hears the listener; the other side of its talk does not. */
  readonly speaks: boolean;
}

/** Variable on the channel of a person who was handed over to be bridged: how long that may take, in seconds, or BRIDGED. */
export const BRIDGED_WITHIN_VARIABLE = 'BREAKWATER_BRIDGED_WITHIN';
export const BRIDGED = 'bridged';

/** Variable on an agent's channel that outlives a sidecar: what the agent last said. */
export const AGENT_STATE_VARIABLE = 'BREAKWATER_AGENT_STATE';

export class TelephonyUnavailable extends Error {
  override readonly name = 'TelephonyUnavailable';
  readonly code = 'telephony_unavailable';
}

/** The exchange answered and said no; `status` is its HTTP-like status where it has one. */
export class TelephonyRefused extends Error {
  override readonly name = 'TelephonyRefused';
  readonly code = 'telephony_refused';
  readonly status: number | null;
  constructor(message: string, status: number | null) {
    super(message);
    this.status = status;
  }
}

export interface LiveChannel {
  readonly channelId: string;
  /** True when the channel is up (answered). */
  readonly up: boolean;
  /** True when it sits in our Stasis application. */
  readonly inStasis: boolean;
}

/** What the dialplan recorded by itself while no sidecar was there. */
export interface FallbackRecord {
  readonly callId: string;
  readonly what: 'dropped' | 'opt_out';
  /** Seconds since 1970 by the exchange's clock; null when what stands there is no number. */
  readonly atEpochSeconds: number | null;
}

export interface Telephony {
  /** Why calls cannot be placed now, or null when they can. */
  problem(): string | null;
  /** MUST be safe to repeat: an existing channel with this call id answers `duplicate` and rings nobody twice. */
  originate(call: OutgoingCall): Promise<'placed' | 'duplicate'>;
  /**
   * Like `play`, `bridge`, `handOver` and `rescue` refused of a channel that is not under our control. A channel that plays takes what is
   * written only when the playback has ended; the answer comes then, or is given up before.
   */
  setVariables(channelId: string, variables: Readonly<Record<string, string>>): Promise<void>;
  /** Written at once, also while the channel plays; refused only of a channel that is gone. */
  setAtOnce(channelId: string, variables: Readonly<Record<string, string>>): Promise<void>;
  /**
   * Sets a second ear beside the call's channel, which hears a person fall silent also when no packets come any more. Its talk is
   * told under the call's id as heard by `snoop`. It ends with `stopListening`, with the call, or at the next (re)connect of a
   * sidecar that does not know it; it is listed among the channels. Refused of a channel that is gone.
   */
  listenBeside(callId: CallId, detection: TalkDetection): Promise<void>;
  /** An ear that is gone, or never was, is not an error. */
  stopListening(callId: CallId): Promise<void>;
  /** Changes what the call's own channel counts as talk; of a call that a dialer holds, what the ear beside it does. */
  detectTalk(callId: CallId, detection: TalkDetection): Promise<void>;
  /** Plays a sound (`sound:...` media) to one channel under a playback id of ours. */
  play(channelId: string, playbackId: string, media: string): Promise<void>;
  /** Also one that plays to a bridge. It has then finished, not failed; one that is gone is not an error. */
  stopPlayback(playbackId: string): Promise<void>;
  /**
   * Brings two channels together. The id MUST be new. Refused while a channel is missing; what was begun then wants `destroyBridge`.
   * Should one of them end and we neither destroy the bridge nor hang up the other within a second, the exchange hangs it up: nobody
   * is left alone in silence when we are dead.
   */
  bridge(bridgeId: string, channelIds: readonly string[]): Promise<void>;
  /** Puts one more channel into a bridge that stands. */
  joinBridge(bridgeId: string, channelId: string): Promise<void>;
  /** It stays under our control. Not an error where bridge or channel are gone, or the channel was never in it. */
  leaveBridge(bridgeId: string, channelId: string): Promise<void>;
  /**
   * Resolves when the listener hears, under a bridge id of ours that MUST be new. Refused while a channel is missing; what was begun
   * then wants `stopOverhearing`. It ends with that, and at the next (re)connect of a sidecar that does not know it; when a channel
   * of it ends, the rest of it stays until then.
   */
  overhear(bridgeId: string, what: Overhearing): Promise<void>;
  /** The listener stays under our control. What is gone, or never was, is not an error. */
  stopOverhearing(bridgeId: string): Promise<void>;
  playToBridge(bridgeId: string, playbackId: string, media: string): Promise<void>;
  /** Its channels stay under our control, and the exchange leaves them to us. A bridge that is gone is not an error. */
  destroyBridge(bridgeId: string): Promise<void>;
  /**
   * Mixed and per-direction files named after `fileBase` in the exchange's monitor directory. Both ends hear a beep every
   * `beepSeconds`; 0 is never.
   */
  startRecording(channelId: string, fileBase: string, beepSeconds: number): Promise<void>;
  stopRecording(channelId: string): Promise<void>;
  /**
   * Takes the channel of a call that a dialer holds, or that was handed over to be bridged, out of whatever is done with it there:
   * `entered` follows, and the dialer's side is hung up. Where we are not there to take it the dialplan plays the message. Refused of a
   * channel that is gone, and of a call handed over that is with somebody or has come to the message by itself.
   */
  take(callId: CallId): Promise<void>;
  /** Whether the dialplan has such a place; asked of a channel that is under our control. */
  hasPlace(channelId: string, place: DialplanPlace): Promise<boolean>;
  /**
   * Lets the channel go on at a place of somebody else's. Its dead-man switch stays armed until the exchange itself turns it off on
   * the way there. Where there is no such place the exchange plays the message and notes a drop. `isStill` is asked when nothing but
   * the last command is left: should it say no, the channel stays where it is, and the answer is false.
   * `bridgedWithinMs`: the exchange looks so long afterwards, and whoever is with nobody then hears the message and is noted as a drop,
   * unless BRIDGED_WITHIN_VARIABLE says meanwhile that there was somebody; `agent_reached` tells of it. Null: nobody looks, and nothing
   * is told.
   */
  handOver(
    channelId: string,
    to: DialplanPlace,
    bridgedWithinMs: number | null,
    isStill: () => boolean,
  ): Promise<boolean>;
  /** Lets the dialplan play the message, at once, and note the drop, however far we had said that we were. */
  rescue(channelId: string): Promise<void>;
  /** Tells of an agent or a supervisor as when they came in; false when the channel is nobody's of the house, or gone. */
  announceStaff(channelId: string): Promise<boolean>;
  /** A channel that is already gone is not an error. */
  hangUp(channelId: string): Promise<void>;
  channels(): Promise<readonly LiveChannel[]>;
  fallbackRecords(): Promise<readonly FallbackRecord[]>;
  /** Only after the record is durable in the ledger. A record that is gone is not an error: another sidecar may have taken it. */
  clearFallbackRecord(record: FallbackRecord): Promise<void>;
  /** Keeps an opt-out in the exchange's own durable store while the ledger is away; comes back by `fallbackRecords`. */
  keepOptOut(channelId: string, atEpochSeconds: number): Promise<void>;
  listen(listener: (event: TelephonyEvent) => void): void;
  close(): Promise<void>;
}
