/** The fence between stores of counters (migrations/000016.sql). Rejects with `LedgerUnavailable` when PostgreSQL does not answer. */
import { LedgerUnavailable } from '../../ports/ledger.ts';
import type { CountersFence } from '../../ports/counters-fence.ts';
import { ask } from './ask.ts';
import type { PostgresStore } from './open.ts';

export function postgresCountersFence({ pool }: Pick<PostgresStore, 'pool'>): CountersFence {
  return {
    async named() {
      try {
        const { rows } = await ask<{ store: string }>(pool, 'SELECT store FROM breakwater.counters_store');
        return rows[0]?.store ?? null;
      } catch (cause) {
        throw new LedgerUnavailable('the fence of the counters cannot be read', { cause });
      }
    },
    async claim(store) {
      try {
        await ask(pool, { text: 'SELECT breakwater.claim_counters($1)', values: [store] });
      } catch (cause) {
        throw new LedgerUnavailable('the counters cannot be claimed', { cause });
      }
    },
  };
}
