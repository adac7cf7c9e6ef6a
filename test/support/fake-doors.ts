/** The further doors over a ledger in memory: the real use cases, for tests of the routes in front of them. */
import { openMemoryLedger } from '../../src/adapters/memory/ledger.ts';
import { peopleDoors } from '../../src/control/doors/index.ts';
import type { PeopleDoors } from '../../src/control/doors/people-doors.ts';
import type { Station } from '../../src/control/sidecar.ts';
import type { Campaign } from '../../src/domain/campaign.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import type { LedgerEntry } from '../../src/domain/ledger-entry.ts';
import type { Instant } from '../../src/domain/time.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { policyOf } from './rules-world.ts';

export interface FakeDoors extends PeopleDoors {
  readonly written: readonly LedgerEntry[];
}

/** `now` and `campaigns` are asked each time. */
export function fakeDoors(now: () => Instant, campaigns: () => readonly Campaign[]): FakeDoors {
  const clock = { now } as Clock;
  const ledger = openMemoryLedger({ writer: 'doors' as WriterId, clock });
  const station = {
    clock,
    ledger,
    records: ledger.records,
    inForce: () => ({
      policy: policyOf({}),
      campaigns: new Map(campaigns().map((campaign) => [campaign.id, campaign])),
      retired: new Map(),
    }),
  };
  return { ...peopleDoors(station as unknown as Station), written: ledger.store.entries };
}
