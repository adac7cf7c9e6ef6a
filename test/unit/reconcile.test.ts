/** What the dialplan recorded by itself, taken into the ledger with an end that the sidecar's own clock can stand behind. */
import { expect, test } from 'vitest';
import { openMemoryLedger } from '../../src/adapters/memory/ledger.ts';
import { memoryCounters } from '../../src/adapters/memory/counters.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { openLog } from '../../src/adapters/system/log.ts';
import type { Follower } from '../../src/control/follow-call.ts';
import { reconcile } from '../../src/control/reconcile.ts';
import type { Sidecar } from '../../src/control/sidecar.ts';
import type { Campaign } from '../../src/domain/campaign.ts';
import type { CampaignId, WriterId } from '../../src/domain/ids.ts';
import { textOf } from '../../src/domain/ledger-entry.ts';
import type { FallbackRecord } from '../../src/ports/telephony.ts';

const DECIDED = '2026-11-23T18:00:00.500Z';

/** The end that the ledger gets for a drop which the exchange stamped with `atEpochSeconds`. */
async function endFor(atEpochSeconds: number): Promise<string> {
  const clock = systemClock(Date.parse('2026-11-23T18:00:10.000Z') as never);
  const ledger = openMemoryLedger({ writer: 'w' as WriterId, clock });
  const record: FallbackRecord = { callId: 'c-1', what: 'dropped', atEpochSeconds };
  await ledger.append({
    kind: 'decision',
    body: {
      callId: 'c-1',
      campaignId: 'solar',
      number: '+13035550101',
      verdict: 'permit',
      decidedAt: DECIDED,
      decision: { kind: 'permit', obligations: [], warnings: [], validUntil: DECIDED },
      request: { placedBy: 'sidecar' },
    },
  });
  const campaign = { id: 'solar', seller: { id: 'sunrise' }, zone: 'UTC', startedOn: '2026-11-02' };
  const ruling = {
    campaigns: new Map([['solar' as CampaignId, campaign as unknown as Campaign]]),
    retired: new Map(),
  };
  const sidecar = {
    ...ruling,
    inForce: () => ruling,
    clock,
    ledger,
    records: ledger.records,
    counters: memoryCounters(),
    log: openLog('silent'),
    telephony: {
      fallbackRecords: () => Promise.resolve([record]),
      channels: () => Promise.resolve([]),
      clearFallbackRecord: () => Promise.resolve(),
    },
  } as unknown as Sidecar;
  const nobody = { follows: () => false, followed: () => [], agentChannels: () => [] };
  await reconcile(sidecar, nobody as unknown as Follower);
  const [result] = await ledger.read({ kinds: ['call_result'], limit: 1 });
  return result === undefined ? 'no result' : textOf(result, 'endedAt');
}

const seconds = (text: string): number => Date.parse(text) / 1_000;

test('the stamp of the exchange stands where it lies between the decision and now', async () => {
  expect(await endFor(seconds('2026-11-23T18:00:07Z'))).toBe('2026-11-23T18:00:07.000Z');
});

test('an exchange whose clock is behind, or a rehearsal with a set clock: not before the decision', async () => {
  expect(await endFor(seconds('2026-11-21T23:00:00Z'))).toBe(DECIDED);
});

test('an exchange whose clock is ahead: not later than now', async () => {
  expect(Date.parse(await endFor(seconds('2027-01-01T00:00:00Z')))).toBeLessThan(
    Date.parse('2026-11-23T18:01:00Z'),
  );
});
