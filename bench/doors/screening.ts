/**
 * Screening as a sidecar does it, for the doors that are measured: the real law, lists of a million lines, the use case as it is shipped,
 * and a ledger in PostgreSQL on the same machine, with fsync. What is reserved is given back beside the clock.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import { openPostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { openPostgres } from '../../src/adapters/postgres/open.ts';
import { postgresRecords } from '../../src/adapters/postgres/records.ts';
import type { ScreenAnswer, ScreenInput } from '../../src/control/operations.ts';
import { createRequests } from '../../src/control/origination-request.ts';
import { screenOrigination } from '../../src/control/screen-origination.ts';
import type { CallId, WriterId } from '../../src/domain/ids.ts';
import type { OriginationRequest } from '../../src/domain/origination.ts';
import { OWN_LIST_STATES } from '../../test/support/rules-world.ts';
import {
  areaCodesOf,
  benchClock,
  type DecideWorld,
  MIX,
  openDecideWorld,
  requestOf,
} from '../support/decide-world.ts';
import { syntheticLists } from '../support/synthetic-lists.ts';

const LIST_LINES = 1_000_000;

export interface Screening {
  readonly world: DecideWorld;
  /** To the server that the ledger is on. */
  readonly connection: ClientConfig;
  /** Durable when it resolves. */
  readonly screen: (input: ScreenInput) => Promise<ScreenAnswer>;
  /** Decisions in the ledger. */
  decisions(): Promise<number>;
  close(): Promise<void>;
}

/** `DATABASE_URL` names another PostgreSQL than one started here. */
export async function openScreening(): Promise<Screening> {
  const directory = await mkdtemp(join(tmpdir(), 'breakwater-bench-'));
  const url = process.env['DATABASE_URL'];
  const store = await openPostgres(url === undefined ? { embedded: { directory } } : { url });
  const ledger = await openPostgresLedger(store, {
    writer: `bench-${process.pid}-${Date.now()}` as WriterId,
    clock: benchClock,
    appendWithinMs: 30_000,
  });
  const { lists } = await syntheticLists(areaCodesOf(null), LIST_LINES, OWN_LIST_STATES);
  const world = await openDecideWorld(
    lists,
    { ledger, records: postgresRecords(store) },
    { agents: 1_000, attemptsMax: 1_000_000 },
  );
  let made = 0;
  const newCallId = (): CallId => `bench-${process.pid}-${(made += 1)}` as CallId;
  const { requestOf: read } = createRequests({ clock: benchClock, newCallId, ledger }, () =>
    Promise.resolve(null),
  );
  return {
    world,
    connection: store.connection,
    async screen(input) {
      const request = read(world.sidecar, input, 'dialer');
      const { screened, repeated } = await screenOrigination(world.sidecar, world.duty, request);
      if (screened.decision.kind === 'permit') void world.sidecar.counters.release(screened.callId);
      return { ...screened, repeated, message: null };
    },
    async decisions() {
      let found = 0;
      for (let afterId = 0; ;) {
        const page = await ledger.read({ afterId, kinds: ['decision'], limit: 10_000 });
        const last = page.at(-1);
        if (last === undefined) return found;
        found += page.length;
        afterId = last.id;
      }
    },
    async close() {
      await ledger.close();
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The mix of `bench:decide`, its parts drawn by turns. */
export function mixedRequests(world: DecideWorld): readonly OriginationRequest[] {
  const parts = MIX.flatMap((part) => Array.from({ length: part.percent }, () => part));
  return Array.from({ length: 20 * parts.length }, (_, index) => {
    const part = parts[(index * 37) % parts.length];
    if (part === undefined) throw new Error('the mix is empty');
    return requestOf(part, index, world);
  });
}

/** Of waits in milliseconds; NaN where there are none. */
export function percentile(waits: readonly number[], share: number): number {
  const sorted = [...waits].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
