/** Recordings, holds and owed deliveries projected from entries in memory: the reference for migrations/000007.sql and 000011.sql. */
import type {
  RecordingArchivedBody,
  RecordingDeletedBody,
  RecordingHoldLiftedBody,
  RecordingHoldSetBody,
  RecordingPushedBody,
  RecordingRefusedBody,
} from '../../domain/recording-bodies.ts';
import type { LedgerEntry } from '../../domain/ledger-entry.ts';
import { holdBinds, type KeptRecording, type LegalHold, type PendingPush } from '../../domain/recording.ts';
import { type Instant, instant } from '../../domain/time.ts';
import type { Custody, PushKey, RecordingRecords } from '../../ports/recording-records.ts';

export interface MemoryRecordingRecords {
  project(entry: LedgerEntry): void;
  /** `read` fails while the store is down. */
  reads(read: <T>(answer: () => T) => Promise<T>): RecordingRecords;
}

interface Owed extends PendingPush {
  readonly nextAt: Instant;
  readonly pushed: boolean;
}

const readInstant = (text: string): Instant => instant(Date.parse(text));
const keyOf = ({ callId, track, target }: PushKey): string => `${callId} ${track} ${target}`;

export function memoryRecordingRecords(): MemoryRecordingRecords {
  const recordings = new Map<string, KeptRecording>();
  /** Calls whose recording is to be deleted by the person's wish; the entry may come before the row. */
  const unwanted = new Set<string>();
  const holds = new Map<string, LegalHold>();
  const pushes = new Map<string, Owed>();

  function archive(entry: LedgerEntry): void {
    const body = entry.body as unknown as RecordingArchivedBody;
    const { callId, number, sellerId, campaignId, files } = body;
    if (!recordings.has(callId)) {
      recordings.set(callId, {
        callId,
        number,
        sellerId,
        campaignId,
        files,
        keeper: entry.writer,
        retentionUntil: readInstant(body.retentionUntil),
        record: entry.body,
        archivedAt: entry.at,
        deletedAt: null,
        unwanted: false,
      });
    }
    for (const { track } of files) {
      for (const target of body.pushTo) {
        const owed = { callId, track, target, attempts: 0, enqueuedAt: entry.at, problem: null };
        const key = keyOf(owed);
        if (!pushes.has(key)) pushes.set(key, { ...owed, nextAt: entry.at, pushed: false });
      }
    }
  }

  function project(entry: LedgerEntry): void {
    const body: unknown = entry.body;
    if (entry.kind === 'recording_archived') archive(entry);
    else if (entry.kind === 'recording_refused') {
      const { callId, policy } = body as RecordingRefusedBody;
      if (policy === 'stop_and_delete') unwanted.add(callId);
    } else if (entry.kind === 'recording_deleted') {
      const { callId, deletedAt } = body as RecordingDeletedBody;
      const known = recordings.get(callId);
      unwanted.delete(callId);
      if (known?.deletedAt === null) recordings.set(callId, { ...known, deletedAt: readInstant(deletedAt) });
    } else if (entry.kind === 'recording_pushed') {
      const key = keyOf(body as RecordingPushedBody);
      const known = pushes.get(key);
      if (known !== undefined) pushes.set(key, { ...known, pushed: true, problem: null });
    } else if (entry.kind === 'recording_hold_set') {
      const { holdId, scope, value, who, why, setAt } = body as RecordingHoldSetBody;
      const hold = { holdId, scope, value, who, why, setAt: readInstant(setAt), liftedAt: null };
      if (!holds.has(holdId)) holds.set(holdId, hold);
    } else if (entry.kind === 'recording_hold_lifted') {
      const { holdId, liftedAt } = body as RecordingHoldLiftedBody;
      const known = holds.get(holdId);
      if (known?.liftedAt === null) holds.set(holdId, { ...known, liftedAt: readInstant(liftedAt) });
    }
  }

  const rowOf = (callId: string): KeptRecording | null => {
    const row = recordings.get(callId);
    return row === undefined ? null : { ...row, unwanted: unwanted.has(callId) };
  };
  const isThere = (callId: string): boolean =>
    recordings.get(callId)?.deletedAt === null && !unwanted.has(callId);
  const waiting = (): readonly Owed[] =>
    [...pushes.values()].filter(({ pushed, callId }) => !pushed && isThere(callId));
  const isWith = ({ keeper, stores }: Custody, row: KeptRecording | null): boolean => {
    if (row === null) return false;
    const store = row.files[0]?.store;
    return store === undefined ? row.keeper === keeper : stores.includes(store);
  };
  const due = (now: Instant | null): readonly KeptRecording[] =>
    [...recordings.keys()]
      .flatMap((callId) => rowOf(callId) ?? [])
      .filter(({ deletedAt }) => deletedAt === null)
      .filter((row) => row.unwanted || (now !== null && row.retentionUntil <= now))
      .filter((row) => ![...holds.values()].some((hold) => holdBinds(hold, row)))
      .sort((a, b) => a.retentionUntil - b.retentionUntil);

  return {
    project,
    reads: (read) => ({
      recording: (callId) => read(() => rowOf(callId)),
      holdsOn: (subject) => read(() => [...holds.values()].filter((hold) => holdBinds(hold, subject))),
      holds: (limit) => read(() => [...holds.values()].reverse().slice(0, limit)),
      hold: (holdId) => read(() => holds.get(holdId) ?? null),
      dueForDeletion: (custody, now, limit) =>
        read(() =>
          due(now)
            .filter((row) => isWith(custody, row))
            .slice(0, limit),
        ),
      dueElsewhere: (custody, now) =>
        read(() => due(now).filter((row) => row.keeper === custody.keeper && !isWith(custody, row)).length),
      claimPushes: (custody, targets, now, until, limit) =>
        read(() => {
          const claimable = waiting()
            .filter(({ callId }) => isWith(custody, rowOf(callId)))
            .filter(({ target, nextAt }) => targets.includes(target) && nextAt <= now)
            .sort((a, b) => a.nextAt - b.nextAt)
            .slice(0, limit);
          return claimable.map((each) => {
            const claimed = { ...each, attempts: each.attempts + 1, nextAt: until };
            pushes.set(keyOf(each), claimed);
            const { callId, track, target, attempts, enqueuedAt, problem } = claimed;
            return { callId, track, target, attempts, enqueuedAt, problem };
          });
        }),
      postponePush: (key, nextAt, problem) =>
        read(() => {
          const known = pushes.get(keyOf(key));
          if (known?.pushed === false) pushes.set(keyOf(key), { ...known, nextAt, problem });
        }),
      pushQueue: () =>
        read(() => {
          const targets = [...new Set(waiting().map(({ target }) => target))].sort();
          return targets.map((target) => {
            const owed = waiting().filter((each) => each.target === target);
            const oldest = Math.min(...owed.map(({ enqueuedAt }) => enqueuedAt));
            return { target, waiting: owed.length, oldestAt: instant(oldest) };
          });
        }),
    }),
  };
}
