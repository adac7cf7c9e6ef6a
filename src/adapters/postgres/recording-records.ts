/** Recordings, holds and the queue of owed deliveries, from the tables that migrations/000007.sql and 000011.sql keep. */
import type { QueryConfig, QueryResultRow } from 'pg';
import type { RecordingArchivedBody } from '../../domain/recording-bodies.ts';
import type { JsonObject } from '../../domain/ledger-entry.ts';
import type { HoldScope, KeptRecording, LegalHold, RecordingTrack } from '../../domain/recording.ts';
import { type Instant, instant } from '../../domain/time.ts';
import { LedgerUnavailable } from '../../ports/ledger.ts';
import type { RecordingRecords } from '../../ports/recording-records.ts';
import { ask } from './ask.ts';
import type { PostgresStore } from './open.ts';

interface RecordingRow {
  readonly record: RecordingArchivedBody & JsonObject;
  readonly keeper: string;
  readonly archived_at: Date;
  readonly retention_until: Date;
  readonly deleted_at: Date | null;
  readonly unwanted: boolean;
}

interface HoldRow {
  readonly hold_id: string;
  readonly scope: HoldScope;
  readonly value: string;
  readonly who: string;
  readonly why: string;
  readonly set_at: Date;
  readonly lifted_at: Date | null;
}

interface PushRow {
  readonly call_id: string;
  readonly track: RecordingTrack;
  readonly target: string;
  readonly attempts: number;
  readonly enqueued_at: Date;
  readonly problem: string | null;
}

const UNWANTED = 'EXISTS (SELECT FROM breakwater.recording_unwanted u WHERE u.call_id = r.call_id)';
const RECORDING = `r.record, r.keeper, r.archived_at, r.retention_until, r.deleted_at, ${UNWANTED} AS unwanted`;
const HOLD = 'h.hold_id, h.scope, h.value, h.who, h.why, h.set_at, h.lifted_at';

/** True for a hold `h` that binds a call, number or seller. */
const binds = (call: string, number: string, seller: string): string =>
  `h.lifted_at IS NULL AND ((h.scope = 'call' AND h.value = ${call}) OR (h.scope = 'number' AND h.value = ${number})
                            OR (h.scope = 'seller' AND h.value = ${seller}))`;

/** True for a recording `r` in the custody of the keeper with these stores. */
const isWith = (keeper: string, stores: string): string =>
  `(r.store = ANY (${stores}) OR (r.store IS NULL AND r.keeper = ${keeper}))`;

/** Calls whose recordings are to go at an instant, or without one those that are unwanted; held ones among them. */
const due = (at: string): string =>
  `(SELECT call_id FROM breakwater.recording WHERE deleted_at IS NULL AND retention_until <= ${at}
     UNION SELECT call_id FROM breakwater.recording_unwanted)`;

const notHeld = `NOT EXISTS (SELECT FROM breakwater.recording_hold h
                              WHERE ${binds('r.call_id', 'r.number', 'r.seller_id')})`;

const dateOf = (at: Instant | null): Date | null => (at === null ? null : new Date(at));

const instantOf = (date: Date): Instant => instant(date.getTime());

const recordingOf = (row: RecordingRow): KeptRecording => ({
  callId: row.record.callId,
  number: row.record.number,
  sellerId: row.record.sellerId,
  campaignId: row.record.campaignId,
  files: row.record.files,
  keeper: row.keeper,
  retentionUntil: instantOf(row.retention_until),
  record: row.record,
  archivedAt: instantOf(row.archived_at),
  deletedAt: row.deleted_at === null ? null : instantOf(row.deleted_at),
  unwanted: row.unwanted,
});

const holdOf = (row: HoldRow): LegalHold => ({
  holdId: row.hold_id,
  scope: row.scope,
  value: row.value,
  who: row.who,
  why: row.why,
  setAt: instantOf(row.set_at),
  liftedAt: row.lifted_at === null ? null : instantOf(row.lifted_at),
});

export function postgresRecordingRecords({ pool }: Pick<PostgresStore, 'pool'>): RecordingRecords {
  async function rowsOf<Row extends QueryResultRow>(query: QueryConfig): Promise<readonly Row[]> {
    try {
      return (await ask<Row>(pool, query)).rows;
    } catch (cause) {
      throw new LedgerUnavailable('the rows of recordings cannot be read', { cause });
    }
  }

  return {
    async recording(callId) {
      const [row] = await rowsOf<RecordingRow>({
        text: `SELECT ${RECORDING} FROM breakwater.recording r WHERE r.call_id = $1`,
        values: [callId],
      });
      return row === undefined ? null : recordingOf(row);
    },

    async holdsOn({ callId, number, sellerId }) {
      const rows = await rowsOf<HoldRow>({
        text: `SELECT ${HOLD} FROM breakwater.recording_hold h WHERE ${binds('$1', '$2', '$3')} ORDER BY h.entry_id`,
        values: [callId, number, sellerId],
      });
      return rows.map(holdOf);
    },

    async holds(limit) {
      const rows = await rowsOf<HoldRow>({
        text: `SELECT ${HOLD} FROM breakwater.recording_hold h ORDER BY h.entry_id DESC LIMIT $1`,
        values: [limit],
      });
      return rows.map(holdOf);
    },

    async hold(holdId) {
      const [row] = await rowsOf<HoldRow>({
        text: `SELECT ${HOLD} FROM breakwater.recording_hold h WHERE h.hold_id = $1`,
        values: [holdId],
      });
      return row === undefined ? null : holdOf(row);
    },

    async dueForDeletion({ keeper, stores }, now, limit) {
      const rows = await rowsOf<RecordingRow>({
        text: `SELECT ${RECORDING} FROM breakwater.recording r JOIN ${due('$1')} due USING (call_id)
                WHERE r.deleted_at IS NULL AND ${isWith('$2', '$3')} AND ${notHeld}
                ORDER BY r.retention_until, r.entry_id LIMIT $4`,
        values: [dateOf(now), keeper, stores, limit],
      });
      return rows.map(recordingOf);
    },

    async dueElsewhere({ keeper, stores }, now) {
      const [row] = await rowsOf<{ found: number }>({
        text: `SELECT count(*)::int AS found FROM breakwater.recording r JOIN ${due('$1')} due USING (call_id)
                WHERE r.deleted_at IS NULL AND r.keeper = $2 AND NOT ${isWith('$2', '$3')} AND ${notHeld}`,
        values: [dateOf(now), keeper, stores],
      });
      return row?.found ?? 0;
    },

    async claimPushes({ keeper, stores }, targets, now, until, limit) {
      const rows = await rowsOf<PushRow>({
        text: `UPDATE breakwater.recording_push p SET attempts = p.attempts + 1, next_at = $3
                 FROM (SELECT q.call_id, q.track, q.target, q.next_at FROM breakwater.recording_push q
                         JOIN breakwater.recording r ON r.call_id = q.call_id AND r.deleted_at IS NULL
                        WHERE q.pushed_at IS NULL AND q.next_at <= $2 AND q.target = ANY ($1)
                          AND NOT ${UNWANTED} AND ${isWith('$5', '$6')}
                        ORDER BY q.next_at LIMIT $4 FOR UPDATE OF q SKIP LOCKED) due
                WHERE p.call_id = due.call_id AND p.track = due.track AND p.target = due.target
            RETURNING p.call_id, p.track, p.target, p.attempts, p.enqueued_at, p.problem`,
        values: [targets, new Date(now), new Date(until), limit, keeper, stores],
      });
      return rows.map((row) => ({
        callId: row.call_id,
        track: row.track,
        target: row.target,
        attempts: row.attempts,
        enqueuedAt: instantOf(row.enqueued_at),
        problem: row.problem,
      }));
    },

    async postponePush({ callId, track, target }, nextAt, problem) {
      await rowsOf({
        text: `UPDATE breakwater.recording_push SET next_at = $4, problem = $5
                WHERE call_id = $1 AND track = $2 AND target = $3 AND pushed_at IS NULL`,
        values: [callId, track, target, new Date(nextAt), problem],
      });
    },

    async pushQueue() {
      const rows = await rowsOf<{ target: string; waiting: number; oldest_at: Date }>({
        text: `SELECT q.target, count(*)::int AS waiting, min(q.enqueued_at) AS oldest_at
                 FROM breakwater.recording_push q
                 JOIN breakwater.recording r ON r.call_id = q.call_id AND r.deleted_at IS NULL
                WHERE q.pushed_at IS NULL AND NOT ${UNWANTED} GROUP BY q.target ORDER BY q.target COLLATE "C"`,
      });
      return rows.map((row) => ({
        target: row.target,
        waiting: row.waiting,
        oldestAt: instantOf(row.oldest_at),
      }));
    },
  };
}
