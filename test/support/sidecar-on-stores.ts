/** A sidecar of the rules' world on a real PostgreSQL: connections, ledger writer and ruling of its own, counters as handed in. */
import { postgresCountersFence } from '../../src/adapters/postgres/counters-fence.ts';
import { openPostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { openPostgres } from '../../src/adapters/postgres/open.ts';
import { postgresRecords } from '../../src/adapters/postgres/records.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { Ruling } from '../../src/control/ruling.ts';
import type { Duty, Sidecar } from '../../src/control/sidecar.ts';
import { NOTHING_MEASURED } from '../../src/domain/connect-times.ts';
import { NO_DIAL_LIMITS } from '../../src/domain/dial-limits.ts';
import { known } from '../../src/domain/facts.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import type { Counters } from '../../src/ports/counters.ts';
import { at, AT, factsOf, policyOf } from './rules-world.ts';
import { SOLAR } from './sim-world.ts';

/** Far above what a busy machine needs: here nothing may be vetoed for being late. */
export const NEVER_LATE_MS = 30_000;

export const ON_DUTY: Duty = {
  isDraining: () => false,
  isReconciled: () => true,
  isRebuilding: () => false,
  limits: () => NO_DIAL_LIMITS,
  measured: () => known(NOTHING_MEASURED),
};

export interface OpenedSidecar {
  readonly sidecar: Sidecar;
  /** The counters are the caller's to close. */
  readonly close: () => Promise<void>;
}

export async function openSidecarOn(url: string, writer: string, counters: Counters): Promise<OpenedSidecar> {
  const clock = systemClock(at(AT));
  const store = await openPostgres({ url }, { readWithinMs: NEVER_LATE_MS });
  const ledger = await openPostgresLedger(store, {
    writer: writer as WriterId,
    clock,
    appendWithinMs: NEVER_LATE_MS,
  });
  const lists = factsOf({}).lists;
  if (!lists.known) throw new Error('the world has no lists');
  const ruling: Ruling = {
    lists: { lookUp: () => Promise.resolve(lists.value), status: () => [] },
    prompts: {
      prompt: () => ({ fit: true, media: 'sound:breakwater/x', durationMs: 6_000, text: 'x', sha256: 'x' }),
    },
    campaigns: new Map([[SOLAR.id, SOLAR]]),
    policy: policyOf({}),
    limits: { factMs: NEVER_LATE_MS, countersMs: NEVER_LATE_MS, leaseAfterRingMs: 60_000, overrideDays: 366 },
    retired: new Map(),
  };
  return {
    sidecar: {
      clock,
      ledger,
      records: postgresRecords(store),
      counters,
      countersFence: postgresCountersFence(store),
      telephony: { problem: () => null } as Sidecar['telephony'],
      recordings: { digest: () => Promise.resolve([]) },
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      newCallId: () => 'unused',
      ...ruling,
      inForce: () => ruling,
    },
    async close() {
      await ledger.close();
      await store.close();
    },
  };
}

/** Of a campaign without a past. */
export async function* noSteps(): AsyncGenerator<never> {
  // nothing has happened
}
