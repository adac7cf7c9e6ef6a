/**
 * Sees to it that the ledger has the tables of this month and the next two, and that ids move into the month's own when it begins
 * (migrations/000019.sql). By the server's clock, by whichever sidecar comes first. Nothing waits for it: until it is done entries go
 * where those before them went.
 */
import { ask } from './ask.ts';
import type { PostgresStore } from './open.ts';

const TURN_EVERY_MS = 3_600_000;

export interface LedgerMonths {
  end(): Promise<void>;
}

/** Turns now and each hour from now on. */
export function keepLedgerMonths({
  pool,
  onProblem,
}: Pick<PostgresStore, 'pool' | 'onProblem'>): LedgerMonths {
  let turning: Promise<void> | undefined;
  const turn = (): void => {
    turning ??= turnLedgerMonth(pool)
      .catch((error: unknown) => onProblem('the ledger has not turned to its month', error))
      .finally(() => {
        turning = undefined;
      });
  };
  turn();
  const hourly = setInterval(turn, TURN_EVERY_MS).unref();
  return {
    async end() {
      clearInterval(hourly);
      await turning;
    },
  };
}

/** Ids move only after the tables they move into have been committed: hence a second call. */
async function turnLedgerMonth(pool: PostgresStore['pool']): Promise<void> {
  for (let calls = 0; calls < 2; calls += 1) {
    const { rows } = await ask<{ made: boolean }>(pool, 'SELECT breakwater.turn_ledger_month() AS made');
    if (rows[0]?.made !== true) return;
  }
}
