/**
 * Judges one call by what the person lived through; only then is the ledger asked whether it tells the same. Pure.
 * The two seconds run from the end of the greeting, or from the answer when the person said nothing.
 */
import type { HeardCall } from '../calls.ts';

const LAW_MS = 2_000;
const WHOLE = 0.95;

export type Lived =
  /** The message, whole, or until the person had enough of it. */
  | 'message'
  | 'agent'
  /** Gone before anything was due. */
  | 'hung_up'
  /** Some of the message, then nothing. */
  | 'cut'
  | 'never';

export interface Verdict {
  readonly lived: Lived;
  /** From the end of the greeting to the first voice; negative when it was talked over; null when there was none. */
  readonly waitMs: number | null;
  /** Over two seconds: until the first voice, or inside the message. */
  readonly late: boolean;
  readonly heardTwice: boolean;
}

export function judge({ record, hearing }: HeardCall): Verdict {
  const dueFrom = record.greetingEndAt ?? record.answeredAt;
  const firstAt = hearing.firstVoicedAt;
  const waitMs = firstAt === null ? null : firstAt - dueFrom;
  const lived = livedThrough({ record, hearing }, dueFrom);
  const silent = lived === 'never' || lived === 'cut';
  return {
    lived,
    waitMs,
    late: silent || (waitMs ?? 0) > LAW_MS || hearing.holeMs > LAW_MS,
    heardTwice: hearing.messageStarts > 1,
  };
}

function livedThrough({ record, hearing }: Pick<HeardCall, 'record' | 'hearing'>, dueFrom: number): Lived {
  const leftByPerson = record.endedBy === 'person';
  if (hearing.agentAt !== null) return 'agent';
  if (hearing.messageAt === null) {
    return leftByPerson && record.endedAt - dueFrom <= LAW_MS ? 'hung_up' : 'never';
  }
  const pressed = record.keys.some(({ upAt }) => upAt >= (hearing.messageAt ?? Infinity));
  return hearing.messageShare >= WHOLE || pressed || leftByPerson ? 'message' : 'cut';
}

export type Recorded =
  | 'right'
  /** No result at all. */
  | 'lost'
  | 'twice'
  /** A drop that the person suffered and nobody counts. */
  | 'drop_not_counted'
  /** Counted more strictly than it was lived: as a drop, though there was none. */
  | 'counted_as_drop'
  | 'other';

const DROPS = ['dropped', 'expired'];

/** `outcomes` of the call in the ledger, held against what the person lived through. */
export function compare(lived: Lived, outcomes: readonly string[]): Recorded {
  const [outcome, ...more] = outcomes;
  if (outcome === undefined) return 'lost';
  if (more.length > 0) return 'twice';
  const isDrop = DROPS.includes(outcome);
  if (lived === 'message' || lived === 'cut' || lived === 'never')
    return isDrop ? 'right' : 'drop_not_counted';
  if (isDrop) return 'counted_as_drop';
  return outcome === (lived === 'agent' ? 'connected' : 'hung_up') ? 'right' : 'other';
}
