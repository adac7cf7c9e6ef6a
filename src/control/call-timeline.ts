/** The instants of one call, each with its source, for the ledger, the page and `call show`. */
import type { CallEffect, CallEvent, CallPlan, GreetingEnd } from '../callflow/state.ts';
import { BELIEVED_AFTER_MS } from '../domain/ear.ts';
import type { Ear } from '../domain/ear.ts';
import { addMs, formatInstant, type Instant } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';

/**
 * Each with its source: told by the `exchange`, an act of the `sidecar`, durable in the `ledger`, or worked out from what was told.
 * `greeting_end` is when the last word ended, `greeting_end_told` when we were told so. `clock_started` is where the law's two
 * seconds begin: at the end of the greeting, or at the answer where that end is not known. `machine_verdict` is when it was
 * taken for a machine, `human_sign` when it turned out to be a person. `handed_over` is when a place in the dialplan had the call,
 * `connected` when somebody was bridged with the person.
 */
const SOURCES = {
  dialed: 'sidecar',
  taken_back: 'sidecar',
  watched: 'sidecar',
  ringing: 'exchange',
  answered: 'exchange',
  entered: 'exchange',
  first_sound: 'exchange',
  clock_started: 'worked out',
  greeting_end: 'worked out',
  greeting_end_told: 'exchange',
  machine_verdict: 'sidecar',
  human_sign: 'exchange',
  machine_message_requested: 'sidecar',
  connect_requested: 'sidecar',
  handed_over: 'exchange',
  connected: 'exchange',
  agent_reached: 'exchange',
  take_requested: 'sidecar',
  message_requested: 'sidecar',
  message_started: 'exchange',
  message_finished: 'exchange',
  opt_out_key: 'exchange',
  opt_out_durable: 'ledger',
  hang_up_requested: 'sidecar',
  disclosure_started: 'exchange',
  disclosure_finished: 'exchange',
  recording_started: 'sidecar',
  recording_refused: 'sidecar',
  recording_stopped: 'sidecar',
  left: 'exchange',
  ended: 'exchange',
} as const satisfies Readonly<Record<string, string>>;
export type Moment = keyof typeof SOURCES;
export const MOMENTS = Object.keys(SOURCES) as readonly Moment[];

/** What the two seconds of a call were counted from. */
export interface GreetingClock {
  readonly source: GreetingEnd;
  /** Which ear told it; null where nobody was heard to stop. */
  readonly heardBy: Ear | null;
  /** Silence that had to pass before it was told. */
  readonly silenceMs: number;
}

export interface Timeline {
  /** Keeps the first instant of each moment. */
  note(moment: Moment, at?: Instant): void;
  noteEvent(event: CallEvent): void;
  noteEffect(effect: CallEffect): void;
  /** Null until the greeting has ended. */
  clock(): GreetingClock | null;
  at(moment: Moment): Instant | null;
  /** RFC 3339 by moment, only those that happened. */
  toJson(): Readonly<Record<string, string>>;
  /** The source of each of them. */
  sources(): Readonly<Record<string, string>>;
}

const EVENT_MOMENTS: Partial<Record<CallEvent['kind'], Moment>> = {
  ringing: 'ringing',
  answered: 'answered',
  entered: 'entered',
  talk_started: 'first_sound',
  bridged: 'connected',
  handed_over: 'handed_over',
  agent_reached: 'agent_reached',
  message_finished: 'message_finished',
  opt_out_durable: 'opt_out_durable',
  disclosure_finished: 'disclosure_finished',
  left: 'left',
  ended: 'ended',
};

const EFFECT_MOMENTS: Partial<Record<CallEffect['do'], Moment>> = {
  connect_agent: 'connect_requested',
  hand_over: 'connect_requested',
  call_off: 'connected',
  take: 'take_requested',
  play_message: 'message_requested',
  play_machine_message: 'machine_message_requested',
  note_human_sign: 'human_sign',
  record_opt_out: 'opt_out_key',
  hang_up: 'hang_up_requested',
  refuse_recording: 'recording_refused',
};

export function newTimeline(clock: Clock, plan: CallPlan): Timeline {
  const moments = new Map<Moment, Instant>();
  let found: GreetingClock | null = null;
  const note = (moment: Moment, at: Instant = clock.now()): void => {
    if (!moments.has(moment)) moments.set(moment, at);
  };
  const happened = (): readonly (readonly [Moment, Instant])[] =>
    MOMENTS.flatMap((moment) => {
      const at = moments.get(moment);
      return at === undefined ? [] : [[moment, at] as const];
    });

  function noteGreetingEnd(how: GreetingEnd, heardBy: Ear | null): void {
    const now = clock.now();
    const told = how === 'voice_end' ? addMs(now, -BELIEVED_AFTER_MS) : now;
    const silenceMs = how === 'amd_human' ? (plan.machine?.amd.afterGreetingSilenceMs ?? 0) : plan.silenceMs;
    found = { source: how, heardBy, silenceMs };
    const answered = moments.get('answered') ?? now;
    if (how === 'talk_end' || how === 'voice_end' || how === 'amd_human') {
      // Talk detection speaks `silenceMs` after the last word (asterisk.org: TALK_DETECT).
      const end = addMs(told, -silenceMs);
      note('greeting_end', end);
      note('greeting_end_told', told);
      note('clock_started', end);
      return;
    }
    if (how !== 'at_answer') note('greeting_end', now);
    note('clock_started', how === 'longest' ? now : answered);
  }

  return {
    note,
    noteEvent(event) {
      const moment = EVENT_MOMENTS[event.kind];
      const lateMs = event.kind === 'answered' || event.kind === 'entered' ? (event.lateMs ?? 0) : 0;
      const at = addMs(clock.now(), -lateMs);
      if (moment !== undefined) note(moment, at);
      // Told of the entry only: the answer was a millisecond before.
      if (event.kind === 'entered') note('answered', at);
    },
    noteEffect(effect) {
      const moment = EFFECT_MOMENTS[effect.do];
      if (moment !== undefined) note(moment);
      if (effect.do === 'note_greeting_end') noteGreetingEnd(effect.how, effect.by);
      if (effect.do === 'note_verdict' && effect.verdict === 'machine') note('machine_verdict');
    },
    clock: () => found,
    at: (moment) => moments.get(moment) ?? null,
    toJson: () => Object.fromEntries(happened().map(([moment, at]) => [moment, formatInstant(at)])),
    sources: () => Object.fromEntries(happened().map(([moment]) => [moment, SOURCES[moment]])),
  };
}
