/**
 * One statement, asked through the driver's callback. The promise that the driver makes itself (8.23) ties each answer to the next one's
 * question: what was asked and answered then stays until a large collection of garbage, and with it every decision that waited for it.
 * A loop of such queries left half of all its memory to the large collections; through the callback nothing outlives its small one.
 */
import type { ClientBase, Pool, QueryConfig, QueryResult, QueryResultRow } from 'pg';

export type Queryable = ClientBase | Pool;

/** Rejects as the driver does. */
export function ask<Row extends QueryResultRow>(
  queryable: Queryable,
  query: string | QueryConfig,
): Promise<QueryResult<Row>> {
  const config = typeof query === 'string' ? { text: query } : query;
  return new Promise((resolve, reject) => {
    const answered = (error: Error | null | undefined, result: QueryResult<Row>): void => {
      if (error == null) resolve(result);
      else reject(error);
    };
    queryable.query<Row>(config, answered);
  });
}
