/**
 * One call as a state machine, in prose:
 * dialing -> ringing -> answered (the person is there, not yet in our hands) -> greeting (we listen for its end) ->
 * awaiting agent (`agent-wait.ts`) -> connecting -> connected | handed over | safe harbor -> closing (we hung up) -> ended.
 * To a place in the dialplan: handing over -> awaiting bridge (`hand-over.ts`) -> handed over | taken -> safe harbor.
 * A call that a dialer holds is only watched: with the dialer -> greeting -> awaiting the dialer -> taken -> safe harbor
 * (`watched.ts`); while the dialer holds it its result is the dialer's, and ours to prove where the dialer says nothing.
 * What the exchange calls a machine, and would be hung up on, is `doubted` first: our own ears must hear the talk go on (`doubted.ts`).
 * A call whose answer is taken for a machine's leaves the greeting for `machine` (`machine.ts`): hung up on, or its greeting is heard
 * out and a message left; a sign of a person makes it a drop. Its result waits for its end.
 * `rescued`: the dialplan took the call back because we were too slow; it plays the message by itself.
 * INVARIANT (one-result-per-call): on every path exactly one `settle` effect is emitted; of a watched call that is never taken, none.
 * INVARIANT (answered-then-connected-or-safe-harbor): an answered call that is not hung up by the person, and whose person does
 * not opt out before, reaches one of both.
 */
import type { Outcome } from '../domain/call-result.ts';
import type { AgentDestination, ConnectAt } from '../domain/campaign.ts';
import type { Ear } from '../domain/ear.ts';
import type { AgentId, CallId } from '../domain/ids.ts';
import type {
  AmdReport,
  HumanSign,
  MachineDetection,
  Verdict,
  VerdictRule,
} from '../domain/machine-detection.ts';

/** What is fixed for this call when it is placed; durations in milliseconds. */
export interface CallPlan {
  /** Who placed the call and connects its agent. */
  readonly heldBy: 'sidecar' | 'dialer';
  /** The person's channel comes to the message by itself when its dead-man switch is not re-armed; ours always, a dialer's seldom. */
  readonly deadMan: boolean;
  readonly silenceMs: number;
  readonly talkThreshold: number;
  readonly noiseThreshold: number;
  readonly longestGreetingMs: number;
  readonly connectAt: ConnectAt;
  readonly connectWithinMs: number;
  /** Where no agent is ready the person waits for one until so long after the greeting; 0: not at all. */
  readonly waitForAgentMs: number;
  /** Length of the safe-harbor message. */
  readonly messageMs: number;
  readonly optOutDigit: string;
  readonly destination: AgentDestination;
  /** A disclosure must be heard before recording. */
  readonly disclose: boolean;
  /** False also once the person has refused: then nothing starts any more. */
  readonly record: boolean;
  /** Null: no key refuses. */
  readonly refusalDigit: string | null;
  /** Null: every answer is a person's. Always so of a call that a dialer holds: it has its own detector. */
  readonly machine: MachinePlan | null;
}

/** With the length of what is said to a machine; 0 when nothing is. */
export type MachinePlan = MachineDetection & { readonly messageMs: number };

export interface Agent {
  readonly agentId: AgentId;
  /** The agent's parked channel; null when the agent belongs to a destination in the dialplan. */
  readonly channelId: string | null;
  /** Promised in the name of a queue to this call: which of its members takes it is the queue's choice. */
  readonly queuedFor?: CallId;
}

/**
 * What the end of the greeting was told by: talk that ended; a voice that ended above noise that did not; noise above which there
 * was no voice, or none any more; nobody spoke; sound that never ended; an agent who was there at the answer; it was missed (lost
 * connection, restart); `AMD()` of the exchange had heard a person out, or its time was over and it could not tell.
 */
export type GreetingEnd =
  | 'amd_human'
  | 'amd_not_sure'
  | 'talk_end'
  | 'voice_end'
  | 'noise'
  | 'no_speech'
  | 'longest'
  | 'at_answer'
  | 'missed';

/** What has been heard of the person so far. */
export interface Hearing {
  /** Where talk is being heard now. */
  readonly talking: readonly Ear[];
  readonly heardSpeech: boolean;
  /** The time in which a first word was waited for is over; talk was heard then. */
  readonly noSpeechOver: boolean;
  /** The call's channel listens for a voice above noise; the other ear still for any sound. */
  readonly raised: boolean;
  /** What the channel has heard ended as noise does, and as a greeting of just that length: the other ear has a moment to tell. */
  readonly perhapsNoise: boolean;
  /** No key was pressed, no voice above noise has paused, and no ear was cut off: it may be a machine's. */
  readonly perhapsMachine: boolean;
}

/** Its greeting is being heard out; it is over, and the tone may come; our message is played to it; it is hung up on. */
export type MachineCourse = 'greets' | 'pauses' | 'is_told' | 'is_hung_up';

/** In milliseconds from the moment in which the end of the greeting is told. */
export interface AgentWait {
  readonly ms: number;
  /** What is left for the connection behind it. */
  readonly connectMs: number;
  /** Then the dialplan plays the message, unless there is a connection. */
  readonly switchMs: number;
}

export type CallState =
  | { readonly kind: 'dialing' }
  | { readonly kind: 'ringing' }
  /** `keys`: what was pressed before the call was in our hands. */
  | { readonly kind: 'answered'; readonly keys: string }
  | {
      readonly kind: 'greeting';
      readonly agent: Agent | null;
      readonly hearing: Hearing;
      readonly hangingUp: boolean;
    }
  | {
      readonly kind: 'awaiting_agent';
      /** How long a connection may take once there is an agent. */
      readonly withinMs: number;
      /** What the person may wait when there is none; null: not at all. */
      readonly wait: AgentWait | 'begun' | null;
      readonly hangingUp: boolean;
    }
  | { readonly kind: 'connecting'; readonly agent: Agent; readonly hangingUp: boolean }
  | { readonly kind: 'handing_over'; readonly agent: Agent; readonly hangingUp: boolean }
  /** At the place in the dialplan, and not seen with anybody yet. `unseen`: a bridge may have been missed, for we could not hear. */
  | {
      readonly kind: 'awaiting_bridge';
      readonly agent: Agent;
      readonly unseen: boolean;
      readonly hangingUp: boolean;
    }
  | { readonly kind: 'connected'; readonly agent: Agent; readonly recording: boolean }
  | { readonly kind: 'handed_over'; readonly agent: Agent }
  /** Hung up on as a machine if the talk goes on. `heard`: an ear of ours hears it. */
  | { readonly kind: 'doubted'; readonly heard: boolean; readonly hangingUp: boolean }
  | { readonly kind: 'machine'; readonly doing: MachineCourse; readonly hangingUp: boolean }
  | { readonly kind: 'safe_harbor'; readonly optingOut: boolean }
  /** Placed by a dialer, not yet known to be answered. */
  | { readonly kind: 'with_dialer' }
  | { readonly kind: 'awaiting_dialer'; readonly hangingUp: boolean }
  /** On its way to us, from the dialer or from a place in the dialplan. `again`: it was refused, and will be asked for once more. */
  | { readonly kind: 'taken'; readonly again: boolean }
  | { readonly kind: 'rescued' }
  | { readonly kind: 'closing' }
  | { readonly kind: 'ended' };

export type TimerName =
  | 'no_speech'
  | 'noise_suspected'
  | 'voice_ended'
  | 'longest_greeting'
  | 'machine_suspected'
  | 'machine_confirmed'
  | 'machine_greeting'
  | 'tone'
  | 'agent_wait'
  | 'connect'
  | 'message'
  | 'closing';

export type CallEvent =
  | { readonly kind: 'ringing' }
  /** `lateMs`: how long ago that was; left out: just now. */
  | { readonly kind: 'answered'; readonly lateMs?: number }
  /** `amd`: what the exchange has found, where it was asked. */
  | { readonly kind: 'entered'; readonly lateMs?: number; readonly amd?: AmdReport }
  | { readonly kind: 'talk_started'; readonly by: Ear }
  /** Told `silenceMs` after the last sound; `talkMs` is how long it lasted. */
  | { readonly kind: 'talk_finished'; readonly by: Ear; readonly talkMs: number }
  /** Whatever the person said was said while nobody of us heard it. */
  | { readonly kind: 'greeting_missed' }
  | { readonly kind: 'digit'; readonly digit: string }
  /** `bySide`: left out where it does not matter who wants it. */
  | { readonly kind: 'hangup_requested'; readonly bySide?: 'person' | 'exchange' }
  | { readonly kind: 'left' }
  | { readonly kind: 'ended'; readonly hangupCause: number | null; readonly sipStatus: number | null }
  | { readonly kind: 'agent_promised'; readonly agent: Agent }
  | { readonly kind: 'no_agent' }
  | { readonly kind: 'agent_lost' }
  | { readonly kind: 'bridged' }
  /** The dialplan has the call, and nobody is known to be there. */
  | { readonly kind: 'handed_over' }
  | { readonly kind: 'connect_failed' }
  /** The dialer, or the place in the dialplan, has bridged the person with somebody, or says so. `proven`: the exchange shows that it is an agent. */
  | { readonly kind: 'agent_reached'; readonly proven?: boolean }
  | { readonly kind: 'take_failed' }
  | { readonly kind: 'message_finished' }
  | { readonly kind: 'message_failed' }
  | { readonly kind: 'disclosure_finished' }
  | { readonly kind: 'disclosure_failed' }
  | { readonly kind: 'opt_out_durable' }
  /** The channel's ear hears a voice above noise only, from now on. */
  | { readonly kind: 'threshold_raised' }
  /** The exchange cannot tell us anything: what the ears said last may be over. */
  | { readonly kind: 'connection_lost' }
  /** Somebody said for the person that they do not want to be recorded. */
  | { readonly kind: 'recording_refused'; readonly who: string }
  | { readonly kind: 'timer'; readonly timer: TimerName };

export type CallEffect =
  /** Re-arm the dead-man switch every quarter second until told to stop. */
  | { readonly do: 'start_heartbeat' }
  | { readonly do: 'stop_heartbeat' }
  | { readonly do: 'set_timer'; readonly timer: TimerName; readonly ms: number }
  | { readonly do: 'cancel_timer'; readonly timer: TimerName }
  /** A second ear beside the call's channel, for as long as the greeting lasts. */
  | { readonly do: 'listen' }
  | { readonly do: 'stop_listening' }
  /** From here on the call's channel counts as talk only what is louder than noise. */
  | { readonly do: 'raise_threshold' }
  /** Tells the dialplan that the person has spoken, so that its fallback does not wait for a first word. */
  | { readonly do: 'note_speech' }
  | { readonly do: 'note_greeting_end'; readonly how: GreetingEnd; readonly by: Ear | null }
  | { readonly do: 'note_verdict'; readonly verdict: Verdict; readonly rule: VerdictRule }
  /** Whoever was taken for a machine is a person. */
  | { readonly do: 'note_human_sign'; readonly sign: HumanSign }
  | { readonly do: 'request_agent' }
  /** The next agent who becomes free is promised, unless somebody has waited longer. */
  | { readonly do: 'await_agent' }
  | { readonly do: 'stop_waiting' }
  | { readonly do: 'release_agent'; readonly agent: Agent; readonly after: 'promise' | 'talk' }
  /** The agent waits for the end of the greeting, and may be told of the lead. */
  | { readonly do: 'brief_agent'; readonly agent: Agent }
  | { readonly do: 'connect_agent'; readonly agent: Agent }
  | {
      readonly do: 'hand_over';
      readonly context: string;
      readonly extension: string;
      readonly priority: number;
      /** Whoever is not bridged with somebody by then the exchange itself brings to the message; null: nobody looks. */
      readonly bridgedWithinMs: number | null;
    }
  /** The person is bridged: the exchange need not look. */
  | { readonly do: 'call_off' }
  | { readonly do: 'disarm' }
  /** Leaves the call to the switch: the greeting is over, and the message comes so long from now unless it is disarmed. */
  | { readonly do: 'leave_to_switch'; readonly ms: number }
  /** Takes the person's channel away from the dialer, or from the place in the dialplan. */
  | { readonly do: 'take' }
  | { readonly do: 'play_message' }
  /** What was recorded for machines. */
  | { readonly do: 'play_machine_message' }
  | { readonly do: 'stop_message' }
  | { readonly do: 'record_opt_out' }
  | { readonly do: 'play_disclosure' }
  | { readonly do: 'start_recording' }
  /** `running`: a recording has begun, or is about to; it stops. Either way none starts any more. */
  | {
      readonly do: 'refuse_recording';
      readonly how: 'key' | 'request';
      readonly who: string;
      readonly running: boolean;
    }
  | {
      readonly do: 'settle';
      readonly outcome: Outcome;
      readonly hangupCause: number | null;
      readonly sipStatus: number | null;
    }
  /** What was heard of a call that its dialer holds proves this result; the dialer's own word comes before it. */
  | { readonly do: 'prove'; readonly outcome: 'connected' | 'hung_up' }
  | { readonly do: 'hang_up' }
  /** Our own playing failed: the dialplan plays the message, so that the person is not left in silence. */
  | { readonly do: 'rescue' }
  /** Nothing more will come: write the timeline, forget the call. */
  | { readonly do: 'finish' };

export interface Step {
  readonly state: CallState;
  readonly effects: readonly CallEffect[];
}
