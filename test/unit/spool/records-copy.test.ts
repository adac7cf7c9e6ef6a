/** A copy of the records answers only when it knows what the store knew: otherwise a call would be permitted on what is not true any more. */
import { expect, test } from 'vitest';
import { openMemoryLedger } from '../../../src/adapters/memory/ledger.ts';
import { memoryRecords } from '../../../src/adapters/memory/records.ts';
import { recordsBesideSpool } from '../../../src/control/spool/records-beside-spool.ts';
import { createRecordsCopy } from '../../../src/control/spool/records-copy.ts';
import type { SellerId, WriterId } from '../../../src/domain/ids.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { type MonotonicMs, monotonicMs } from '../../../src/domain/time.ts';
import type { StandingSource } from '../../../src/ports/standing-source.ts';
import * as draft from '../../support/entries.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };
const QUESTION = { number: draft.NUMBER as PhoneNumber, sellerId: 's1' as SellerId, callerId: null };

async function world(given: Partial<StandingSource> & { recordsMax?: number; wanted?: boolean } = {}) {
  const clock = fakeClock('2026-11-20T12:00:00Z');
  const ledger = openMemoryLedger({ writer: 'w1' as WriterId, clock });
  let since: MonotonicMs | null = null;
  const source: StandingSource = {
    load: (_max, take) => {
      for (const entry of ledger.store.entries) take(entry);
      return Promise.resolve(ledger.store.entries.at(-1)?.id ?? 0);
    },
    others: () => Promise.resolve(0),
    ...given,
  };
  const copy = createRecordsCopy({
    source,
    ledger,
    clock,
    log: QUIET,
    empty: () => memoryRecords(() => false),
    recordsMax: given.recordsMax ?? 100,
    permitsForMs: 60_000,
    awaySince: () => since,
    isWanted: () => given.wanted ?? true,
  });
  const records = recordsBesideSpool(ledger.records, copy, () => since);
  await clock.go(10);
  return {
    clock,
    ledger,
    copy,
    records,
    away: () => {
      since = clock.monotonic();
      ledger.store.down = true;
    },
    back: () => {
      since = null;
      ledger.store.down = false;
    },
    pausedNow: async () => records.pausedCampaigns(),
  };
}

test('what the store said last is said while it is away, and what was spooled since', async () => {
  const { clock, ledger, records, copy, away } = await world();
  await ledger.append(draft.consent(1));
  await clock.go(10);
  const { mark } = await records.standing(QUESTION);
  away();
  const asOf = await records.standing(QUESTION);
  expect(asOf.consent.newest).not.toBeNull();
  // Another mark than the store's: whoever looked there looks again here.
  expect(asOf.mark).not.toBe(mark);
  const wish = draft.optOut(2);
  copy.spooled({ ...wish, id: 0 } as never);
  const standing = await records.standing(QUESTION);
  expect(standing.internalRequest).toMatchObject({ channel: 'key' });
  expect(standing.mark).not.toBe(asOf.mark);
});

test('an entry counts from its receipt on, though the feed has not told of it and never does', async () => {
  const { clock, ledger, copy, away, pausedNow } = await world();
  await ledger.append(draft.campaign('campaign_paused', 'c1'));
  const { listeners } = ledger.store;
  const [feed] = [...listeners];
  listeners.clear();
  const resumed = await ledger.append(draft.campaign('campaign_resumed', 'c1'));
  const paused = await ledger.append(draft.campaign('campaign_paused', 'c1'));
  copy.wrote(resumed.entry, false);
  copy.wrote(paused.entry, false);
  // The feed is behind: it tells of the end of the pause, and is cut off before the next one.
  feed?.(resumed.entry);
  await clock.go(10);
  away();
  expect(await pausedNow()).toEqual(['c1']);
});

test.each<[string, Parameters<typeof world>[0], string]>([
  ['others may write', { others: () => Promise.resolve(1) }, '1 more could write'],
  [
    'nobody knows who writes',
    { others: () => Promise.reject(new Error('away')) },
    'nobody knows who else wrote',
  ],
  ['it was never read', { load: () => Promise.reject(new Error('slow')) }, 'could not be read: slow'],
  [
    'there were too many records',
    { load: () => Promise.resolve(null) },
    'more records than spool.recordsMax',
  ],
  ['no campaign goes on', { wanted: false }, 'no campaign goes on'],
])('of no use when %s', async (_, given, problem) => {
  const { records, away } = await world(given);
  away();
  await expect(records.standing(QUESTION)).rejects.toThrow(problem);
});

test('of no use when the store has been away for too long, or was last looked at too long before', async () => {
  const { clock, records, copy, away } = await world();
  away();
  await records.standing(QUESTION);
  await clock.go(60_001);
  await expect(records.standing(QUESTION)).rejects.toThrow('longer than spool.permitMinutes');
  expect(copy.asOf(monotonicMs(6_000))).toMatchObject({ usable: false });
});

test('of no use when it has grown beyond what is kept', async () => {
  const { clock, ledger, records, away } = await world({ recordsMax: 2 });
  for (let n = 0; n < 3; n += 1) await ledger.append(draft.optOut(n));
  await clock.go(10);
  away();
  await expect(records.standing(QUESTION)).rejects.toThrow('more records than spool.recordsMax');
});

test('what the copy does not hold nobody knows; when the store is back it is asked', async () => {
  const { records, away, back } = await world();
  away();
  await expect(records.pendingPermits()).rejects.toThrow('the ledger is away');
  await expect(records.sellersEver()).rejects.toThrow('the ledger is away');
  back();
  expect(await records.pendingPermits()).toEqual([]);
});
