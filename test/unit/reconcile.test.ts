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
import type { Ledger } from '../../src/ports/ledger.ts';
import type { FallbackRecord } from '../../src/ports/telephony.ts';

const DECIDED = '2026-11-23T18:00:00.500Z';

/** The ledger after a reconcile in which the dialplan's record of the call was found; the campaign is of `sunrise` by now. */
async function ledgerAfter(record: FallbackRecord, sellerAtDecision?: string): Promise<Ledger> {
  const clock = systemClock(Date.parse('2026-11-23T18:00:10.000Z') as never);
  const ledger = openMemoryLedger({ writer: 'w' as WriterId, clock });
  await ledger.append({
    kind: 'decision',
    body: {
      callId: 'c-1',
      campaignId: 'solar',
      ...(sellerAtDecision === undefined ? {} : { sellerId: sellerAtDecision }),
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
  return ledger;
}

/** The end that the ledger gets for a drop which the exchange stamped with `atEpochSeconds`. */
async function endFor(atEpochSeconds: number): Promise<string> {
  const ledger = await ledgerAfter({ callId: 'c-1', what: 'dropped', atEpochSeconds });
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

test.each([
  ['of the decision, whoever has the campaign by now', 'moonlight', 'moonlight'],
  ['of the campaign, where an older decision names none', undefined, 'sunrise'],
  ['of the campaign, where the decision names what is no id', 'no id', 'sunrise'],
])(
  'a key pressed while nobody of us listened is a request to the seller %s',
  async (_name, named, expected) => {
    const record: FallbackRecord = { callId: 'c-1', what: 'opt_out', atEpochSeconds: seconds(DECIDED) };
    const ledger = await ledgerAfter(record, named);
    const requests = await ledger.read({ kinds: ['opt_out'], limit: 2 });
    expect(requests.map(({ body }) => body)).toMatchObject([
      { number: '+13035550101', sellerId: expected, channel: 'key_press', callId: 'c-1' },
    ]);
  },
);
