/** What a verdict on person or machine stands on, gathered while the call lasts: for the ledger, `call show` and the live page. */
import type { CallEffect, CallEvent, CallPlan, MachinePlan } from '../callflow/state.ts';
import type { JsonObject } from '../domain/ledger-entry.ts';
import { addMs, formatInstant, type Instant } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';

export interface MachineEvidence {
  noteEvent(event: CallEvent): void;
  noteEffect(effect: CallEffect): void;
  /** `clockStarted`: since when a person would have waited; null where that is unknown. */
  toJson(clockStarted: Instant | null): JsonObject;
}

/** Talk of one ear; a machine's greeting has a few sentences, and nobody needs a hundred of them. */
const TALKS_KEPT = 32;

/** Null for a call whose answer nobody looks at. */
export function newMachineEvidence(clock: Clock, plan: CallPlan): MachineEvidence | null {
  const { machine } = plan;
  if (machine === null) return null;
  const talks: JsonObject[] = [];
  const since = new Map<string, Instant>();
  let verdict: { readonly verdict: string; readonly rule: string; readonly at: Instant } | null = null;
  let humanSign: { readonly sign: string; readonly at: Instant } | null = null;
  let amd: JsonObject | null = null;

  function talkEnded({ by, talkMs }: CallEvent & { kind: 'talk_finished' }): void {
    // Told so long after its end.
    const to = addMs(clock.now(), -plan.silenceMs);
    const from = since.get(by) ?? addMs(to, -talkMs);
    since.delete(by);
    if (talks.length < TALKS_KEPT) talks.push(talk(by, from, to, talkMs));
  }

  return {
    noteEvent(event) {
      if (event.kind === 'talk_started' && !since.has(event.by)) since.set(event.by, clock.now());
      if (event.kind === 'talk_finished') talkEnded(event);
      if (event.kind === 'entered' && event.amd !== undefined) amd = { ...event.amd };
    },
    noteEffect(effect) {
      if (effect.do === 'note_verdict') {
        // A person who was known by a key, and whose greeting ends later, is the same person.
        verdict ??= { verdict: effect.verdict, rule: effect.rule, at: clock.now() };
      }
      if (effect.do === 'note_human_sign') humanSign ??= { sign: effect.sign, at: clock.now() };
    },
    toJson: (clockStarted) => ({
      by: machine.by,
      verdict: verdict?.verdict ?? 'undecided',
      rule: verdict?.rule ?? 'left',
      at: verdict === null ? null : formatInstant(verdict.at),
      // A machine's verdict falls in the middle of its talk: then nobody waits.
      waitedMs:
        verdict === null || verdict.verdict === 'machine' || clockStarted === null
          ? null
          : Math.max(0, verdict.at - clockStarted),
      humanSign: humanSign === null ? null : { sign: humanSign.sign, at: formatInstant(humanSign.at) },
      amd,
      talks: [...talks, ...[...since].map(([by, from]) => talk(by, from, null, null))],
      thresholds: thresholdsOf(machine, plan),
    }),
  };
}

const talk = (by: string, from: Instant, to: Instant | null, talkMs: number | null): JsonObject => ({
  by,
  from: formatInstant(from),
  to: to === null ? null : formatInstant(to),
  talkMs,
});

function thresholdsOf(
  machine: MachinePlan,
  { silenceMs, talkThreshold, noiseThreshold }: CallPlan,
): JsonObject {
  const heard = { silenceMs, talkThreshold };
  switch (machine.by) {
    case 'own':
      return { ...heard, noiseThreshold, longestHumanTalkMs: machine.longestHumanTalkMs };
    case 'asterisk':
      return { ...heard, ...machine.amd };
    default:
      return machine.by satisfies never;
  }
}
