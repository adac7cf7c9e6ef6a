/** Ledger entries that foreign programs are told of: what is posted, and what the ledger keeps of the telling. */
import type { EntryKind, JsonObject, LedgerEntry } from './ledger-entry.ts';
import { formatInstant } from './time.ts';

/** Of `event_progress`: everything of its writer up to `throughId` was told to the target, or given up. */
export interface EventProgressBody {
  readonly target: string;
  readonly throughId: number;
}

/** Of `event_undelivered` and `event_resent`. */
export interface EventLetterBody {
  readonly target: string;
  readonly entryId: number;
}

/** An event that a target has not taken; the next ones were told. */
export interface DeadLetter {
  readonly target: string;
  readonly entryId: number;
  readonly kind: string;
  /** RFC 3339, of the entry that was given up. */
  readonly givenUpAt: string;
  readonly attempts: number;
  readonly problem: string;
}

/** Entries about the telling are told to nobody: each would make another one. */
export const TELLING_KINDS = [
  'event_progress',
  'event_undelivered',
  'event_resent',
] as const satisfies readonly EntryKind[];

/** As in the feed, with its writer; `id` is the same whenever it is told. */
export const eventDocument = ({ id, writer, kind, at, body }: LedgerEntry): JsonObject => ({
  id,
  writer,
  kind,
  at: formatInstant(at),
  body,
});

/** Those of the letters that nobody has sent since; `entries` of the two kinds, oldest first. */
export function deadLetters(entries: readonly LedgerEntry[]): readonly DeadLetter[] {
  const open = new Map<string, DeadLetter>();
  for (const { kind, at, body } of entries) {
    const { target, entryId } = body as unknown as EventLetterBody;
    const key = `${entryId} ${target}`;
    if (kind === 'event_resent') open.delete(key);
    if (kind !== 'event_undelivered') continue;
    const { kind: what, attempts, problem } = body as unknown as DeadLetter;
    open.set(key, { target, entryId, kind: what, givenUpAt: formatInstant(at), attempts, problem });
  }
  return [...open.values()];
}
