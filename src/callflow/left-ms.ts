/**
 * What is left of the two seconds when the end of the greeting is told, and how much of it is ours.
 * The message must start `connectWithinMs` after the end of the greeting (47 CFR 64.1200(a)(7)); MESSAGE_MARGIN_MS before we give up.
 */
import { MESSAGE_MARGIN_MS } from '../domain/agent-wait.ts';
import { BELIEVED_AFTER_MS } from '../domain/ear.ts';
import type { CallPlan, GreetingEnd } from './state.ts';

/** A switch that is left to itself fires so long after we should have acted; still within the margin. */
export const BEHIND_OUR_TAKE_MS = 200;

/** What is left of the two seconds when the end of the greeting is told. */
export function leftMs({ connectWithinMs, silenceMs }: CallPlan, how: GreetingEnd): number {
  const whole = connectWithinMs - MESSAGE_MARGIN_MS;
  switch (how) {
    case 'talk_end':
      return Math.max(0, whole - silenceMs);
    case 'voice_end':
      return Math.max(0, whole - silenceMs - BELIEVED_AFTER_MS);
    // The clock starts with these.
    case 'longest':
    case 'at_answer':
      return Math.max(0, whole);
    // The two seconds ran from the answer, and are over but for the margin; or nobody knows how long it was.
    case 'no_speech':
    case 'noise':
    case 'missed':
    case 'amd_human':
    case 'amd_not_sure':
      return 0;
    default:
      return how satisfies never;
  }
}

/** Somebody there must be seen with the person before a hand-over counts as a connection. */
export const awaitsBridge = ({ heldBy, destination }: CallPlan): boolean =>
  heldBy === 'sidecar' && destination.kind === 'dialplan' && destination.connectedBy !== 'handover';

/** Of somebody who says nothing the two seconds run from the answer: a quarter of them is the queue's. */
export const bridgeAfterSilenceMs = ({ connectWithinMs }: CallPlan): number =>
  Math.floor(connectWithinMs / 4);

/** How long a place in the dialplan has to bridge somebody with the person, from when the end of the greeting is told. */
export function bridgeWithinMs(plan: CallPlan, how: GreetingEnd): number {
  switch (how) {
    // `AMD()` tells of silence when its own time for a first word is over, and that is late.
    case 'no_speech':
      return plan.machine?.by === 'asterisk' ? 0 : bridgeAfterSilenceMs(plan);
    case 'amd_human': {
      const silenceMs = plan.machine?.amd.afterGreetingSilenceMs ?? 0;
      return Math.max(0, plan.connectWithinMs - MESSAGE_MARGIN_MS - silenceMs);
    }
    case 'talk_end':
    case 'voice_end':
    case 'longest':
    case 'at_answer':
    case 'noise':
    case 'missed':
    case 'amd_not_sure':
      return leftMs(plan, how);
    default:
      return how satisfies never;
  }
}
