/**
 * A copy of all records that decisions depend on, kept true by the entries themselves, for the time when the store cannot be asked.
 *
 * INVARIANT (as-fresh-as-the-store): the copy answers only when it knows what the store knew when it was last seen: it is whole, nobody
 * else was writing to the store then, and the store has not been away for longer than the operator allows. Otherwise it says why not, and
 * that is an unknown fact.
 */
import { type EntryKind, ENTRY_KINDS, type LedgerEntry } from '../../domain/ledger-entry.ts';
import type { MonotonicMs } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ledger } from '../../ports/ledger.ts';
import type { Log } from '../../ports/log.ts';
import type { ProjectedRecords, StandingSource } from '../../ports/standing-source.ts';
import { messageOf } from '../deadline.ts';

const LOOK_EVERY_MS = 1_000;
/** Who else writes was looked at this long before the store went, or nobody knows. */
const LOOKED_WITHIN_MS = 5_000;

const FAILED_AGAIN_MS = 5_000;
const FULL_AGAIN_MS = 600_000;

/** Kinds that change what `standing` reads. */
export const RECORD_KINDS: ReadonlySet<EntryKind> = new Set(
  ENTRY_KINDS.filter((kind) =>
    [
      'opt_out',
      'consent_recorded',
      'consent_confirmed',
      'consent_revoked',
      'relationship_recorded',
      'reassigned_checked',
      'attestation_recorded',
      'override',
      'campaign_paused',
      'campaign_resumed',
      'unclear_request',
      'unclear_request_settled',
      'emergency_declared',
      'emergency_ended',
    ].includes(kind),
  ),
);

export type CopyAnswer =
  | { readonly usable: true; readonly records: ProjectedRecords }
  | { readonly usable: false; readonly problem: string };

export interface RecordsCopy {
  /** `awaySince`: when the store went. */
  asOf(awaySince: MonotonicMs): CopyAnswer;
  /** An entry of this process; `replayed`: told of before, when it was spooled. */
  wrote(entry: LedgerEntry, replayed: boolean): void;
  /** An entry that is durable on the disk only. */
  spooled(entry: LedgerEntry): void;
  stop(): void;
}

export interface RecordsCopyOptions {
  readonly source: StandingSource;
  readonly ledger: Pick<Ledger, 'subscribe'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly empty: () => ProjectedRecords;
  readonly recordsMax: number;
  readonly permitsForMs: number;
  /** Null: the store answers, and nothing waits. */
  readonly awaySince: () => MonotonicMs | null;
  /** Some campaign goes on while the store is away: without one there is no copy. */
  readonly isWanted: () => boolean;
}

export function createRecordsCopy(options: RecordsCopyOptions): RecordsCopy {
  const { source, clock, log } = options;
  let records: ProjectedRecords | null = null;
  let problem = 'it has not been read yet';
  let count = 0;
  let loading = false;
  let stopped = false;
  let looked: { readonly at: MonotonicMs; readonly others: number } | null = null;
  /** What came while the copy was being read, by id. */
  let waiting = new Map<number, LedgerEntry>();
  /** Entries of this process that are in the copy before the feed has told of them. */
  const ahead = new Set<number>();
  let heardId = 0;
  /** Everything up to it was in the store when the copy was read. */
  let copiedId = 0;
  let loadFrom = 0;

  const take = (entry: LedgerEntry): void => {
    if (records === null) return;
    records.project(entry);
    count += 1;
    if (count <= options.recordsMax) return;
    drop(TOO_MANY);
  };

  const drop = (why: string): void => {
    records = null;
    problem = why;
    loadFrom = clock.monotonic() + FULL_AGAIN_MS;
    ahead.clear();
    log.warn({ problem: why }, 'no copy of the records: nothing is permitted while the ledger is away');
  };

  const feed = options.ledger.subscribe((entry) => {
    if (!RECORD_KINDS.has(entry.kind)) return;
    heardId = entry.id;
    if (loading) waiting.set(entry.id, entry);
    else if (!ahead.delete(entry.id) && entry.id > copiedId) take(entry);
  });

  async function load(): Promise<void> {
    loading = true;
    waiting = new Map();
    ahead.clear();
    const fresh = options.empty();
    let read = 0;
    try {
      const lastId = await source.load(options.recordsMax, (record) => {
        fresh.project(record);
        read += 1;
      });
      if (lastId === null) {
        drop(TOO_MANY);
        return;
      }
      // What waited on the disk when it was read is in the ledger now, or it is read anew.
      if (options.awaySince() !== null) return;
      records = fresh;
      count = read;
      copiedId = lastId;
      for (const entry of [...waiting.values()].sort((a, b) => a.id - b.id)) {
        if (entry.id <= lastId) continue;
        take(entry);
        if (entry.id > heardId) ahead.add(entry.id);
      }
      log.info({ records: count }, 'the records are copied: calls can go on while the ledger is away');
    } catch (error) {
      problem = `it could not be read: ${messageOf(error)}`;
      loadFrom = clock.monotonic() + FAILED_AGAIN_MS;
    } finally {
      loading = false;
    }
  }

  async function look(): Promise<void> {
    if (options.awaySince() === null && options.isWanted()) {
      if (records === null && clock.monotonic() >= loadFrom) await load();
      try {
        const at = clock.monotonic();
        looked = { at, others: await source.others() };
      } catch (error) {
        log.warn({ problem: messageOf(error) }, 'who else writes to the ledger is not known');
      }
    } else if (!options.isWanted()) records = null;
    if (!stopped) clock.after(LOOK_EVERY_MS, () => void look());
  }
  void look();

  return {
    asOf(awaySince) {
      const no = (why: string): CopyAnswer => ({
        usable: false,
        problem: `the records' copy is of no use: ${why}`,
      });
      if (!options.isWanted()) return no('no campaign goes on while the ledger is away');
      if (records === null) return no(problem);
      if (looked === null || awaySince - looked.at > LOOKED_WITHIN_MS)
        return no('nobody knows who else wrote to the ledger when it was last seen');
      if (looked.others > 0) return no(`${looked.others} more could write to the ledger`);
      if (clock.monotonic() - awaySince > options.permitsForMs)
        return no('the ledger has been away for longer than spool.permitMinutes');
      return { usable: true, records };
    },
    wrote(entry, replayed) {
      if (!RECORD_KINDS.has(entry.kind)) return;
      if (loading) {
        waiting.set(entry.id, entry);
      } else if (records !== null && entry.id > Math.max(heardId, copiedId)) {
        ahead.add(entry.id);
        if (!replayed) take(entry);
      }
    },
    spooled(entry) {
      if (!RECORD_KINDS.has(entry.kind)) return;
      take(entry);
    },
    stop() {
      stopped = true;
      feed.unsubscribe();
    },
  };
}

const TOO_MANY = 'there are more records than spool.recordsMax';
