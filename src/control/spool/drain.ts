/**
 * Writes what waited on the disk to the ledger, in order. An entry that stands already is left; what it would have said besides is kept.
 * INVARIANT (wish-binds): what a person asked for while the ledger was away binds, whatever stands under the key that its door gave it: the
 * person may have consented in between, and nobody could look that up then.
 */
import type { JsonObject, LedgerDraft, LedgerEntry } from '../../domain/ledger-entry.ts';
import { sha256Hex } from '../../domain/hash-chain.ts';
import type { WriterId } from '../../domain/ids.ts';
import type { DamagedBytes, SpooledEntry } from '../../domain/spool-record.ts';
import { formatInstant, instant, SECOND_MS } from '../../domain/time.ts';
import { EntryRefused, type Ledger, type LedgerReceipt } from '../../ports/ledger.ts';
import type { Log } from '../../ports/log.ts';
import type { Held } from './held-entries.ts';

/** An append whose outcome was unknown was stamped at most this long after the disk's copy of it. */
const SAME_APPEND_MS = 60 * SECOND_MS;
const LOOKED_THROUGH = 10_000;

const keyOf = ({ id }: SpooledEntry): string => `spool:${id}`;

const draftOf = (spooled: SpooledEntry): LedgerDraft => ({
  kind: spooled.kind,
  body: JSON.parse(spooled.bodyText) as JsonObject,
  dedupeKey: spooled.dedupeKey ?? keyOf(spooled),
  at: spooled.at,
});

export interface DrainTo {
  readonly ledger: Ledger;
  readonly log: Log;
  readonly onWritten: (entry: LedgerEntry, replayed: boolean) => void;
}

/** Resolves when all stand. Rejects with `LedgerUnavailable` when the store is gone again: then any of them may stand. */
export async function drainBatch(to: DrainTo, batch: readonly Held[]): Promise<void> {
  const { ledger } = to;
  const due: Held[] = [];
  for (const each of batch) if (!(await stoodBefore(ledger, each.spooled))) due.push(each);
  const settled = await Promise.allSettled(due.map(({ spooled }) => ledger.append(draftOf(spooled))));
  for (const [index, answer] of settled.entries()) {
    const spooled = due[index]?.spooled;
    if (spooled === undefined) continue;
    if (answer.status === 'fulfilled') {
      to.onWritten(answer.value.entry, true);
      await keepDifference(to, spooled, answer.value);
    } else if (answer.reason instanceof EntryRefused) {
      await keepConflict(to, spooled, { why: 'refused', problem: answer.reason.message });
    } else throw answer.reason;
  }
}

/** The commit that was cut off has written it after all; without a key of its own only its content tells. */
async function stoodBefore(
  ledger: Ledger,
  { doubtful, dedupeKey, ...spooled }: SpooledEntry,
): Promise<boolean> {
  if (!doubtful || dedupeKey !== null) return false;
  const found = await ledger.read({
    kinds: [spooled.kind],
    since: instant(spooled.at - SECOND_MS),
    limit: LOOKED_THROUGH,
  });
  return found.some(
    (entry) =>
      entry.writer === ledger.writer &&
      entry.bodyText === spooled.bodyText &&
      entry.at <= spooled.at + SAME_APPEND_MS,
  );
}

async function keepDifference(to: DrainTo, spooled: SpooledEntry, receipt: LedgerReceipt): Promise<void> {
  if (receipt.kind === 'written' || receipt.entry.bodyText === spooled.bodyText) return;
  const wish = wishAnew(spooled);
  if (wish === null) {
    await keepConflict(to, spooled, {
      why: 'another_stands',
      problem: `entry ${receipt.entry.id} has its key`,
    });
    return;
  }
  const anew = await to.ledger.append(wish);
  const { entry } = anew;
  // Another one than what was told of when it was spooled.
  if (anew.kind === 'written') to.onWritten(entry, false);
  to.log.warn(
    { kind: entry.kind, entryId: entry.id, otherEntryId: receipt.entry.id },
    'what waited on the disk had the key of an older entry: it is written as one of its own, and binds',
  );
}

/** Under a key that nobody else has. Where it is a mere repeat it changes nothing: the newest instant binds. Null: it binds nobody. */
function wishAnew(spooled: SpooledEntry): LedgerDraft | null {
  const draft = draftOf({ ...spooled, dedupeKey: null });
  switch (spooled.kind) {
    case 'opt_out':
    case 'consent_revoked':
    case 'reassigned_checked': // only what refutes waits on the disk: of two answers under one id the strict one binds
      return draft;
    case 'unclear_request':
      // The records know it by its id, and the other one may be settled.
      return { ...draft, body: { ...draft.body, requestId: `spool-${spooled.id}` } };
    default:
      return null;
  }
}

async function keepConflict(
  { ledger, log }: DrainTo,
  spooled: SpooledEntry,
  found: { readonly why: 'refused' | 'another_stands'; readonly problem: string },
): Promise<void> {
  const { entry } = await ledger.append(conflictDraft(spooled, found.why, found.problem));
  log.error(
    { kind: spooled.kind, entryId: entry.id, ...found },
    'what waited on the disk is not in force: it is kept as spool_conflict, and somebody must read it',
  );
}

/** The body is text here: whatever the store did not take of it, it takes as Base64. */
const conflictDraft = (spooled: SpooledEntry, why: string, problem: string): LedgerDraft => ({
  kind: 'spool_conflict',
  dedupeKey: keyOf(spooled),
  body: {
    why,
    problem,
    spooledKind: spooled.kind,
    spooledAt: formatInstant(spooled.at),
    spooledKey: spooled.dedupeKey,
    spooledBodyBase64: Buffer.from(spooled.bodyText).toString('base64'),
  },
});

/** What one entry takes of bytes that nobody can read; a whole region of a disk is no entry. */
const DAMAGED_MAX = 1_000_000;

/** What was acknowledged once and has rotted since: null where it is not more than the ledger takes, else why the file must stay. */
export function tooDamaged(damaged: readonly DamagedBytes[]): string | null {
  const bytes = acknowledgedBytes(damaged);
  return bytes <= DAMAGED_MAX
    ? null
    : `the spool has ${bytes} damaged bytes of acknowledged entries, more than the ledger takes (${DAMAGED_MAX}): all that can be read of it is written; move its file away, and keep it`;
}

/** Of entries that were acknowledged and cannot be read any more. */
export const acknowledgedBytes = (damaged: readonly DamagedBytes[]): number =>
  damaged.reduce((sum, { base64, length }) => sum + (base64 === null ? 0 : length), 0);

/** One for each spool: drained again after a crash it has the same key. */
export function drainedDraft(
  entries: readonly SpooledEntry[],
  damaged: readonly DamagedBytes[],
  writer: WriterId,
): LedgerDraft {
  const [first] = entries;
  const last = entries.at(-1);
  const damagedText = damaged.map(({ offset, sha256 }) => `${offset} ${sha256}`).join('\n');
  return {
    kind: 'spool_drained',
    dedupeKey: `${writer}:${first?.id ?? ''}:${last?.id ?? ''}:${sha256Hex(damagedText).slice(0, 16)}`,
    body: {
      entries: entries.length,
      firstAt: first === undefined ? null : formatInstant(first.at),
      lastAt: last === undefined ? null : formatInstant(last.at),
      damaged: damaged.map((each) => ({ ...each })),
    },
  };
}
