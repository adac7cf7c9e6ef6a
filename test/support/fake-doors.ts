/** The further doors over a ledger in memory: the real use cases, for tests of the routes in front of them. */
import { openMemoryLedger } from '../../src/adapters/memory/ledger.ts';
import { createIncidents, type Incidents } from '../../src/control/incidents.ts';
import { createLedgerHolds, type LedgerHolds } from '../../src/control/retention/ledger-holds.ts';
import { createSelfTest, NO_SELF_TEST, type SelfTest } from '../../src/control/self-test.ts';
import { peopleDoors } from '../../src/control/doors/index.ts';
import type { PeopleDoors } from '../../src/control/doors/people-doors.ts';
import { messageDoors } from '../../src/control/messages/index.ts';
import type { MessageDoors } from '../../src/control/messages/message-doors.ts';
import type { Station } from '../../src/control/sidecar.ts';
import type { Campaign } from '../../src/domain/campaign.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import type { LedgerEntry } from '../../src/domain/ledger-entry.ts';
import type { Instant } from '../../src/domain/time.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { policyOf } from './rules-world.ts';
import { ON_DUTY } from './sidecar-on-stores.ts';

export interface FakeDoors extends PeopleDoors {
  readonly messages: MessageDoors;
  readonly incidents: Incidents;
  readonly ledgerHolds: LedgerHolds;
  readonly selfTest: SelfTest;
  readonly written: readonly LedgerEntry[];
}

/** `now` and `campaigns` are asked each time. */
export function fakeDoors(now: () => Instant, campaigns: () => readonly Campaign[]): FakeDoors {
  // Nothing here is ever late.
  const clock = { now, after: () => ({ cancel: () => undefined }) } as unknown as Clock;
  const ledger = openMemoryLedger({ writer: 'doors' as WriterId, clock });
  let ids = 0;
  const station = {
    clock,
    ledger,
    records: ledger.records,
    telephony: { problem: () => null },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    newCallId: () => `message-${(ids += 1)}`,
    inForce: () => ({
      policy: policyOf({}),
      campaigns: new Map(campaigns().map((campaign) => [campaign.id, campaign])),
      retired: new Map(),
      lists: { lookUp: () => Promise.resolve({ consulted: [], hits: [] }), status: () => [] },
      prompts: { prompt: () => ({ fit: false, problem: 'none' }) },
      limits: { factMs: 1_000, countersMs: 1_000, leaseAfterRingMs: 60_000, overrideDays: 366 },
    }),
  } as unknown as Station;
  return {
    ...peopleDoors(station),
    messages: messageDoors(station, ON_DUTY),
    incidents: createIncidents(station),
    ledgerHolds: createLedgerHolds(station),
    selfTest: createSelfTest(station, NO_SELF_TEST, () => Promise.reject(new Error('no seeds'))),
    written: ledger.store.entries,
  };
}
