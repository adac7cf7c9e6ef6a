/** What a verdict on person or machine stands on, gathered while the call lasts: for the ledger, `call show` and the live page. */
import type { CallEffect, CallEvent, CallPlan, MachinePlan } from '../callflow/state.ts';
import type { ConnectTime } from '../domain/connect-times.ts';
import type { JsonObject } from '../domain/ledger-entry.ts';
import { addMs, formatInstant, type Instant } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';

export interface MachineEvidence {
  noteEvent(event: CallEvent): void;
  noteEffect(effect: CallEffect): void;
  /** What is known when the call has its result; null where it tells nothing of how long a connection takes. */
  connectTime(clockStarted: Instant | null): ConnectTime | null;
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
  let connecting: Connecting = 'open';
  let connectedAt: Instant | null = null;
  let handedOver = false;

  function talkEnded({ by, talkMs }: CallEvent & { kind: 'talk_finished' }): void {
    // Told so long after its end.
    const to = addMs(clock.now(), -plan.silenceMs);
    const from = since.get(by) ?? addMs(to, -talkMs);
    since.delete(by);
    if (talks.length < TALKS_KEPT) talks.push(talk(by, from, to, talkMs));
  }

  /** The first that decides does. */
  function noteConnecting(event: CallEvent): void {
    if (connecting !== 'open') return;
    connecting = connectingAfter(event, plan, handedOver);
    if (connecting === 'done') connectedAt = clock.now();
  }

  /** A machine's verdict falls in the middle of its talk: then nobody waits. */
  const waitedMs = (clockStarted: Instant | null): number | null =>
    verdict === null || verdict.verdict === 'machine' || clockStarted === null
      ? null
      : Math.max(0, verdict.at - clockStarted);

  return {
    connectTime(clockStarted) {
      if (verdict?.verdict === 'machine' || connecting === 'open' || connecting === 'ended_by_others')
        return null;
      const measured = connectedAt !== null && clockStarted !== null ? connectedAt - clockStarted : null;
      return {
        by: machine.by,
        detectorMs: waitedMs(clockStarted),
        // A clock that was put back meanwhile has measured nothing, and what is not known is too slow.
        togetherMs: measured !== null && measured >= 0 ? measured : null,
      };
    },
    noteEvent(event) {
      noteConnecting(event);
      if (event.kind === 'talk_started' && !since.has(event.by)) since.set(event.by, clock.now());
      if (event.kind === 'talk_finished') talkEnded(event);
      if (event.kind === 'entered' && event.amd !== undefined) amd = { ...event.amd };
    },
    noteEffect(effect) {
      if (effect.do === 'hand_over') handedOver = true;
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
      waitedMs: waitedMs(clockStarted),
      humanSign: humanSign === null ? null : { sign: humanSign.sign, at: formatInstant(humanSign.at) },
      amd,
      talks: [...talks, ...[...since].map(([by, from]) => talk(by, from, null, null))],
      thresholds: thresholdsOf(machine, plan),
    }),
  };
}

/** What came of the connection to an agent. `ended_by_others`: that tells nothing of how long one takes. */
type Connecting = 'open' | 'done' | 'given_up' | 'ended_by_others';

function connectingAfter(event: CallEvent, { optOutDigit }: CallPlan, handedOver: boolean): Connecting {
  switch (event.kind) {
    case 'bridged':
    case 'agent_reached':
      return 'done';
    case 'timer':
      return event.timer === 'connect' ? 'given_up' : 'open';
    // To the agents in the dialplan, or taken back by the dialplan because we were too slow.
    case 'left':
      return handedOver ? 'open' : 'given_up';
    case 'digit':
      return event.digit === optOutDigit ? 'ended_by_others' : 'open';
    // Refused, not slow. And while the exchange is away every call is vetoed; how long these have waited nobody knows.
    case 'connect_failed':
    case 'connection_lost':
    case 'greeting_missed':
    case 'hangup_requested':
      return 'ended_by_others';
    default:
      return 'open';
  }
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
