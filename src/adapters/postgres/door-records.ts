/** The further doors' records, read from the projections that migrations/000010.sql keeps. */
import type { QueryConfig, QueryResultRow } from 'pg';
import { emergencyOf, type RecordedEmergency } from '../../domain/emergency.ts';
import type { EmergencyDeclaredBody, UnclearRequestBody } from '../../domain/entry-bodies.ts';
import type { SellerId } from '../../domain/ids.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import type { LocalDate } from '../../domain/time.ts';
import { type UnclearRequest, unclearRequestOf } from '../../domain/unclear-request.ts';
import type { DoorRecords } from '../../ports/door-records.ts';
import { batchedReads } from './batched-reads.ts';

/** Runs a statement; rejects with `LedgerUnavailable` when the store does not answer. */
export type RowsOf = <Row extends QueryResultRow>(query: QueryConfig) => Promise<readonly Row[]>;

interface Pair {
  readonly number: PhoneNumber;
  readonly sellerId: SellerId;
}

export function postgresDoorRecords(rowsOf: RowsOf): DoorRecords {
  const unclearRequest = batchedReads<Pair, UnclearRequest | null>(async (pairs) => {
    const rows = await rowsOf<{ record: UnclearRequestBody | null }>({
      name: 'unclear-request',
      text: `SELECT (SELECT u.record FROM breakwater.unclear_request u
                      WHERE u.number = k.number AND u.seller_id = k.seller_id AND NOT u.settled
                      ORDER BY u.entry_id LIMIT 1) AS record
               FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (number, seller_id, place)
              ORDER BY k.place`,
      values: [pairs.map(({ number }) => number), pairs.map(({ sellerId }) => sellerId)],
    });
    return rows.map(({ record }) => (record === null ? null : unclearRequestOf(record)));
  });

  /** One statement answers all who ask together. */
  const emergencies = batchedReads<null, readonly RecordedEmergency[]>(async (asked) => {
    const rows = await rowsOf<{ record: EmergencyDeclaredBody; last_day: string | null }>({
      name: 'emergencies',
      text: `SELECT record, last_day::text AS last_day FROM breakwater.emergency
              ORDER BY state COLLATE "C", first_day`,
    });
    const found = rows.map(({ record, last_day: until }) => ({
      ...emergencyOf(record),
      until: until as LocalDate | null,
    }));
    return asked.map(() => found);
  });

  return {
    unclearRequest: (number, sellerId) => unclearRequest({ number, sellerId }),
    emergencies: () => emergencies(null),

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
