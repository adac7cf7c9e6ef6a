/** Compliance records read from the projections that the ledger's own triggers keep (migrations/000002.sql, 000004.sql, 000013.sql and 000015.sql). */
import type { QueryConfig, QueryResultRow } from 'pg';
import type { AttestationRecord } from '../../domain/attestation.ts';
import { attestationOf, type AttestationRecordedBody } from '../../domain/attestation-body.ts';
import type { OverrideBody } from '../../domain/entry-bodies.ts';
import type { CampaignId } from '../../domain/ids.ts';
import { overrideOf } from '../../domain/override.ts';
import { formatInstant, instant } from '../../domain/time.ts';
import type {
  ComplianceRecords,
  RecordsMark,
  StandingQuestion,
  StandingRecords,
} from '../../ports/fact-sources.ts';
import { LedgerUnavailable } from '../../ports/ledger.ts';
import { ask } from './ask.ts';
import { askableOf, type AskableRow, consentsToQuery } from './askable-consents.ts';
import { batchedReads } from './batched-reads.ts';
import { postgresDoorRecords } from './door-records.ts';
import type { PostgresStore } from './open.ts';
import { MARK_QUERY, markOf, standingOf, standingQuery, type StandingRow } from './standing-records.ts';

export function postgresRecords({ lookUps }: Pick<PostgresStore, 'lookUps'>): ComplianceRecords {
  async function rowsOf<Row extends QueryResultRow>(query: QueryConfig): Promise<readonly Row[]> {
    try {
      return (await ask<Row>(lookUps, query)).rows;
    } catch (cause) {
      throw new LedgerUnavailable('the records cannot be read', { cause });
    }
  }

  const standing = batchedReads<StandingQuestion, StandingRecords>(async (questions) =>
    standingOf(questions, await rowsOf<StandingRow>(standingQuery(questions))),
  );

  const mark = batchedReads<null, RecordsMark>(async (asked) => {
    const [row] = await rowsOf<{ mark: string }>(MARK_QUERY);
    const found = markOf(row);
    return asked.map(() => found);
  });

  /** One statement answers all who ask together. */
  const pausedCampaigns = batchedReads<null, readonly CampaignId[]>(async (asked) => {
    const rows = await rowsOf<{ campaign_id: string }>({
      name: 'paused-campaigns',
      text: 'SELECT campaign_id FROM breakwater.campaign_switch WHERE paused ORDER BY campaign_id COLLATE "C"',
    });
    const paused = rows.map((row) => row.campaign_id as CampaignId);
    return asked.map(() => paused);
  });

  /** All of them, and asked for with each call whose campaign chooses its caller ID: one answer for all who ask together. */
  const attestations = batchedReads<null, readonly AttestationRecord[]>(async (asked) => {
    const rows = await rowsOf<{ record: AttestationRecordedBody }>({
      name: 'attestations',
      text: `SELECT record FROM breakwater.attestation
              ORDER BY caller_id COLLATE "C", trunk COLLATE "C", way COLLATE "C"`,
    });
    const found = rows.map(({ record }) => attestationOf(record));
    return asked.map(() => found);
  });

  return {
    ...postgresDoorRecords(rowsOf),
    standing,
    mark: (told) => (told === undefined ? mark(null) : Promise.resolve(told)),
    async overrides(sellerId) {
      const rows = await rowsOf<{ record: OverrideBody }>({
        text: `SELECT record FROM breakwater.override WHERE seller_id = $1
                ORDER BY what COLLATE "C", state COLLATE "C"`,
        values: [sellerId],
      });
      return rows.map(({ record }) => overrideOf(record));
    },
    consentsTo: async (page) => (await rowsOf<AskableRow>(consentsToQuery(page))).map(askableOf),
    attestations: () => attestations(null),
    pausedCampaigns: () => pausedCampaigns(null),

    async pendingPermits(which) {
      const rows = await rowsOf<PermitRow>({
        text: `SELECT call_id, campaign_id, number, writer, decided_at FROM breakwater.pending_permit
                WHERE $1::timestamptz IS NULL OR (decided_at <= $1 AND campaign_id <> ALL ($2::text[]))
                ORDER BY entry_id`,
        values: [which === undefined ? null : formatInstant(which.decidedBy), which?.except ?? []],
      });
      return rows.map((row) => ({
        callId: row.call_id,
        campaignId: row.campaign_id,
        number: row.number,
        writer: row.writer,
        decidedAt: formatInstant(instant(row.decided_at.getTime())),
      }));
    },
  };
}

interface PermitRow {
  readonly call_id: string;
  readonly campaign_id: string;
  readonly number: string;
  readonly writer: string;
  readonly decided_at: Date;
}
