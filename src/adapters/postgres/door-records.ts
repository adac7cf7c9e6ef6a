/** The further doors' records, read from the projections that migrations/000002.sql, 000005.sql and 000006.sql keep. */
import type { QueryConfig, QueryResultRow } from 'pg';
import { emergencyOf, type RecordedEmergency } from '../../domain/emergency.ts';
import type { EmergencyDeclaredBody, UnclearRequestBody } from '../../domain/entry-bodies.ts';
import type { SellerId } from '../../domain/ids.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import { type Instant, instant, type LocalDate } from '../../domain/time.ts';
import { unclearRequestOf } from '../../domain/unclear-request.ts';
import type { DoorRecords } from '../../ports/door-records.ts';
import { ledgerHoldOf, ledgerHoldQuery, type LedgerHoldRow, ledgerHoldsQuery } from './ledger-holds.ts';

/** Runs a statement; rejects with `LedgerUnavailable` when the store does not answer. */
export type RowsOf = <Row extends QueryResultRow>(query: QueryConfig) => Promise<readonly Row[]>;

/** An emergency as the store keeps it: its last day may have been brought forward since it was declared. */
export interface EmergencyRow {
  readonly record: EmergencyDeclaredBody;
  readonly last_day: string | null;
}

interface RequestRow {
  readonly number: PhoneNumber;
  readonly requested_at: Date | null;
  readonly revoked_at: Date;
  readonly given_at: Date | null;
}

const instantOf = (date: Date | null): Instant | null => (date === null ? null : instant(date.getTime()));

export const recordedEmergencyOf = ({ record, last_day: until }: EmergencyRow): RecordedEmergency => ({
  ...emergencyOf(record),
  until: until as LocalDate | null,
});

export function postgresDoorRecords(rowsOf: RowsOf): DoorRecords {
  return {
    async emergencies() {
      const rows = await rowsOf<EmergencyRow>({
        name: 'emergencies',
        text: `SELECT record, last_day::text AS last_day FROM breakwater.emergency
                ORDER BY state COLLATE "C", first_day`,
      });
      return rows.map(recordedEmergencyOf);
    },

    async ledgerHolds(limit) {
      return (await rowsOf<LedgerHoldRow>(ledgerHoldsQuery(limit))).map(ledgerHoldOf);
    },

    async ledgerHold(holdId) {
      const [row] = await rowsOf<LedgerHoldRow>(ledgerHoldQuery(holdId));
      return row === undefined ? null : ledgerHoldOf(row);
    },

    async unclearRequests(limit) {
      const rows = await rowsOf<{ record: UnclearRequestBody }>({
        name: 'unclear-requests',
        text: 'SELECT record FROM breakwater.unclear_request WHERE NOT settled ORDER BY entry_id LIMIT $1',
        values: [limit],
      });
      return rows.map(({ record }) => unclearRequestOf(record));
    },

    async sellersAt(number) {
      const rows = await rowsOf<{ seller_id: SellerId }>({
        name: 'sellers-at',
        text: 'SELECT seller_id FROM breakwater.seller_number WHERE number = $1 ORDER BY seller_id COLLATE "C"',
        values: [number],
      });
      return rows.map((row) => row.seller_id);
    },

    async sellersEver() {
      const rows = await rowsOf<{ seller_id: SellerId }>({
        name: 'sellers-ever',
        text: 'SELECT DISTINCT seller_id COLLATE "C" AS seller_id FROM breakwater.seller_number ORDER BY 1',
      });
      return rows.map((row) => row.seller_id);
    },

    async requestsOf(sellerId, numbers) {
      const rows = await rowsOf<RequestRow>({
        name: 'requests-of',
        text: `SELECT v.number, r.requested_at, v.revoked_at, c.given_at
                 FROM breakwater.consent_revocation v
                 LEFT JOIN breakwater.opt_out r USING (number, seller_id)
                 LEFT JOIN breakwater.consent c USING (number, seller_id)
                WHERE seller_id = $1 AND v.number = ANY ($2)`,
        values: [sellerId, numbers],
      });
      return new Map(
        rows.map((row) => [
          row.number,
          {
            requestedAt: instantOf(row.requested_at),
            revokedAt: instant(row.revoked_at.getTime()),
            consentGivenAt: instantOf(row.given_at),
          },
        ]),
      );
    },

    async unclearRequestById(requestId) {
      const [row] = await rowsOf<{ record: UnclearRequestBody; settled: boolean }>({
        name: 'unclear-request-by-id',
        text: 'SELECT record, settled FROM breakwater.unclear_request WHERE request_id = $1',
        values: [requestId],
      });
      return row === undefined ? null : { request: unclearRequestOf(row.record), settled: row.settled };
    },
  };
}
