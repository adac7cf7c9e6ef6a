/** The further doors' records, read from the projections that migrations/000005.sql keeps. */
import type { QueryConfig, QueryResultRow } from 'pg';
import { emergencyOf, type RecordedEmergency } from '../../domain/emergency.ts';
import type { EmergencyDeclaredBody, UnclearRequestBody } from '../../domain/entry-bodies.ts';
import type { LocalDate } from '../../domain/time.ts';
import { unclearRequestOf } from '../../domain/unclear-request.ts';
import type { DoorRecords } from '../../ports/door-records.ts';

/** Runs a statement; rejects with `LedgerUnavailable` when the store does not answer. */
export type RowsOf = <Row extends QueryResultRow>(query: QueryConfig) => Promise<readonly Row[]>;

/** An emergency as the store keeps it: its last day may have been brought forward since it was declared. */
export interface EmergencyRow {
  readonly record: EmergencyDeclaredBody;
  readonly last_day: string | null;
}

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

    async unclearRequests(limit) {
      const rows = await rowsOf<{ record: UnclearRequestBody }>({
        name: 'unclear-requests',
        text: 'SELECT record FROM breakwater.unclear_request WHERE NOT settled ORDER BY entry_id LIMIT $1',
        values: [limit],
      });
      return rows.map(({ record }) => unclearRequestOf(record));
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
