/** The instants of one call, each with its source, for the ledger, the page and `call show`. */
import type { CallEffect, CallEvent, CallPlan } from '../callflow/state.ts';
import { addMs, formatInstant, type Instant } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';

export const MOMENTS = [
  'dialed',
  'taken_back',
  'ringing',
  'answered',
  'greeting_end',
  'connected',
  'message_requested',
  'message_started',
  'opt_out_key',
  'opt_out_durable',
  'hang_up_requested',
  'disclosure_started',
  'disclosure_finished',
  'recording_started',
  'ended',
] as const;
export type Moment = (typeof MOMENTS)[number];

export interface Timeline {
  /** Keeps the first instant of each moment. */
  note(moment: Moment, at?: Instant): void;
  noteEvent(event: CallEvent): void;
  noteEffect(effect: CallEffect): void;
  greetingEndSource(): string | null;
  at(moment: Moment): Instant | null;
  /** RFC 3339 by moment, only those that happened. */
  toJson(): Readonly<Record<string, string>>;
}

const EVENT_MOMENTS: Partial<Record<CallEvent['kind'], Moment>> = {
  ringing: 'ringing',
  answered: 'answered',
  entered: 'answered',
  bridged: 'connected',
  opt_out_durable: 'opt_out_durable',
  disclosure_finished: 'disclosure_finished',
  ended: 'ended',
};

const EFFECT_MOMENTS: Partial<Record<CallEffect['do'], Moment>> = {
  play_message: 'message_requested',
  record_opt_out: 'opt_out_key',
  hang_up: 'hang_up_requested',
};

export function newTimeline(clock: Clock, plan: CallPlan): Timeline {
  const moments = new Map<Moment, Instant>();
  let source: string | null = null;
  const note = (moment: Moment, at: Instant = clock.now()): void => {
    if (!moments.has(moment)) moments.set(moment, at);
  };
  return {
    note,
    noteEvent(event) {
      const moment = EVENT_MOMENTS[event.kind];
      if (moment !== undefined) note(moment);
    },
    noteEffect(effect) {
      const moment = EFFECT_MOMENTS[effect.do];
      if (moment !== undefined) note(moment);
      if (effect.do !== 'note_greeting_end') return;
      source = effect.how;
      // Talk detection speaks `silenceMs` after the last word (asterisk.org: TALK_DETECT).
      note('greeting_end', effect.how === 'talk_end' ? addMs(clock.now(), -plan.silenceMs) : clock.now());
    },
    greetingEndSource: () => source,
    at: (moment) => moments.get(moment) ?? null,
    toJson: () =>
      Object.fromEntries(
        MOMENTS.flatMap((moment) => {
          const at = moments.get(moment);
          return at === undefined ? [] : [[moment, formatInstant(at)]];
        }),
      ),
  };
}
