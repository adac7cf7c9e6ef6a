/** Writes what waited on the disk to the ledger, in order. An entry that stands already is left; what it would have said besides is kept. */
import type { JsonObject, LedgerDraft, LedgerEntry } from '../../domain/ledger-entry.ts';
import { sha256Hex } from '../../domain/hash-chain.ts';
import type { WriterId } from '../../domain/ids.ts';
import type { DamagedBytes, SpooledEntry } from '../../domain/spool-record.ts';
import { formatInstant, instant, SECOND_MS } from '../../domain/time.ts';
import { EntryRefused, type Ledger, type LedgerReceipt } from '../../ports/ledger.ts';
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

/** Resolves when all stand. Rejects with `LedgerUnavailable` when the store is gone again: then any of them may stand. */
export async function drainBatch(
  ledger: Ledger,
  batch: readonly Held[],
  onWritten: (entry: LedgerEntry, replayed: boolean) => void,
): Promise<void> {
  const due: Held[] = [];
  for (const each of batch) if (!(await stoodBefore(ledger, each.spooled))) due.push(each);
  const settled = await Promise.allSettled(due.map(({ spooled }) => ledger.append(draftOf(spooled))));
  for (const [index, answer] of settled.entries()) {
    const spooled = due[index]?.spooled;
    if (spooled === undefined) continue;
    if (answer.status === 'fulfilled') {
      onWritten(answer.value.entry, true);
      await keepDifference(ledger, spooled, answer.value);
    } else if (answer.reason instanceof EntryRefused) {
      await ledger.append(conflictDraft(spooled, 'refused', answer.reason.message));
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

async function keepDifference(ledger: Ledger, spooled: SpooledEntry, receipt: LedgerReceipt): Promise<void> {
  if (receipt.kind === 'written' || receipt.entry.bodyText === spooled.bodyText) return;
  await ledger.append(conflictDraft(spooled, 'another_stands', `entry ${receipt.entry.id} has its key`));
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
