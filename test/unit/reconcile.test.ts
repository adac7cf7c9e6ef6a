/** What the dialplan recorded by itself, taken into the ledger with an end that the sidecar's own clock can stand behind. */
import { describe, expect, test } from 'vitest';
import { openMemoryLedger } from '../../src/adapters/memory/ledger.ts';
import { memoryCounters } from '../../src/adapters/memory/counters.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { openLog } from '../../src/adapters/system/log.ts';
import type { Follower } from '../../src/control/follow-call.ts';
import { reconcile } from '../../src/control/reconcile.ts';
import type { Sidecar } from '../../src/control/sidecar.ts';
import type { Campaign } from '../../src/domain/campaign.ts';
import type { CampaignId, WriterId } from '../../src/domain/ids.ts';
import { type JsonObject, type LedgerDraft, textOf } from '../../src/domain/ledger-entry.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import type { FallbackRecord } from '../../src/ports/telephony.ts';

const DECIDED = '2026-11-23T18:00:00.500Z';

interface Found {
  readonly sellerAtDecision?: string;
  /** Null: in no settings since a restart. The campaign is of `sunrise` by now. */
  readonly campaign?: 'solar' | null;
  /** Its `campaign_loaded` entries, oldest first. */
  readonly loaded?: readonly JsonObject[];
  /** False: the ledger has no decision of the call. */
  readonly decided?: boolean;
}

interface After {
  readonly ledger: Ledger;
  readonly cleared: readonly FallbackRecord[];
  readonly errors: readonly string[];
}

/** After a reconcile in which the dialplan's record of the call was found; null: nothing was recorded. */
async function after(record: FallbackRecord | null, found: Found = {}): Promise<After> {
  const { sellerAtDecision, campaign: id = 'solar', loaded = [], decided = true } = found;
  const clock = systemClock(Date.parse('2026-11-23T18:00:10.000Z') as never);
  const ledger = openMemoryLedger({ writer: 'w' as WriterId, clock });
  for (const body of loaded) await ledger.append({ kind: 'campaign_loaded', body });
  const decision: LedgerDraft = {
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
  };
  if (decided) await ledger.append(decision);
  const campaign = { id, seller: { id: 'sunrise' }, zone: 'UTC', startedOn: '2026-11-02' };
  const ruling = {
    campaigns: new Map(id === null ? [] : [[id as CampaignId, campaign as unknown as Campaign]]),
    retired: new Map(),
  };
  const cleared: FallbackRecord[] = [];
  const errors: string[] = [];
  const sidecar = {
    ...ruling,
    inForce: () => ruling,
    clock,
    ledger,
    records: ledger.records,
    counters: memoryCounters(),
    log: { ...openLog('silent'), error: (_fields: unknown, message: string) => errors.push(message) },
    telephony: {
      fallbackRecords: () => Promise.resolve(record === null ? [] : [record]),
      channels: () => Promise.resolve([]),
      clearFallbackRecord: (each: FallbackRecord) => Promise.resolve(cleared.push(each)),
    },
  } as unknown as Sidecar;
  const nobody = { follows: () => false, followed: () => [], agentChannels: () => [] };
  await reconcile(sidecar, nobody as unknown as Follower);
  return { ledger, cleared, errors };
}

/** The end that the ledger gets for a drop which the exchange stamped with `atEpochSeconds`. */
async function endFor(atEpochSeconds: number | null): Promise<string> {
  const { ledger } = await after({ callId: 'c-1', what: 'dropped', atEpochSeconds });
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

test('a stamp that is no number: now', async () => {
  expect(Date.parse(await endFor(null))).toBeGreaterThan(seconds('2026-11-23T18:00:09Z') * 1_000);
});

test.each([
  ['of the decision, whoever has the campaign by now', 'moonlight', 'moonlight'],
  ['of the campaign, where an older decision names none', undefined, 'sunrise'],
  ['of the campaign, where the decision names what is no id', 'no id', 'sunrise'],
])(
  'a key pressed while nobody of us listened is a request to the seller %s',
  async (_name, named, expected) => {
    const record: FallbackRecord = { callId: 'c-1', what: 'opt_out', atEpochSeconds: seconds(DECIDED) };
    const { ledger } = await after(record, named === undefined ? {} : { sellerAtDecision: named });
    const requests = await ledger.read({ kinds: ['opt_out'], limit: 2 });
    expect(requests.map(({ body }) => body)).toMatchObject([
      { number: '+13035550101', sellerId: expected, channel: 'key_press', callId: 'c-1' },
    ]);
  },
);

describe('of a campaign that is in no settings since a restart', () => {
  const optOut: FallbackRecord = { callId: 'c-1', what: 'opt_out', atEpochSeconds: seconds(DECIDED) };
  const dropped: FallbackRecord = { ...optOut, what: 'dropped' };
  const gone = { campaign: null } as const;
  const loadedAs = (sellerId: string, more: JsonObject = {}): JsonObject => ({
    campaignId: 'solar',
    seller: { id: sellerId },
    ...more,
  });
  const named = { ...gone, sellerAtDecision: 'moonlight' };

  test.each<readonly [string, Found, string]>([
    ['of the decision', named, 'moonlight'],
    [
      'of the decision, before what the campaign was loaded as',
      { ...named, loaded: [loadedAs('sunrise')] },
      'moonlight',
    ],
    [
      'of the campaign as it was loaded last',
      { ...gone, loaded: [loadedAs('moonlight'), loadedAs('sunrise'), loadedAs('no id')] },
      'sunrise',
    ],
  ])('an opt-out is a request to the seller %s', async (_name, found, expected) => {
    const { ledger, cleared } = await after(optOut, found);
    const [request] = await ledger.read({ kinds: ['opt_out'], limit: 1 });
    expect(request?.body).toMatchObject({ number: '+13035550101', sellerId: expected, callId: 'c-1' });
    expect(cleared).toEqual([optOut]);
  });

  test.each<readonly [string, FallbackRecord | null, Found, JsonObject]>([
    ['a drop that the dialplan noted', dropped, named, { outcome: 'dropped', sellerId: 'moonlight' }],
    ['a call that is gone', null, named, { outcome: 'expired', sellerId: 'moonlight' }],
    [
      'a drop of a campaign that was loaded with its calendar',
      dropped,
      { ...gone, loaded: [loadedAs('sunrise', { startedOn: '2026-11-02', zone: 'America/Denver' })] },
      { outcome: 'dropped', sellerId: 'sunrise' },
    ],
    [
      'a drop of a campaign that was loaded before calendars were kept',
      dropped,
      { ...gone, loaded: [loadedAs('sunrise', { startedOn: 'soon', zone: 'UTC' })] },
      { outcome: 'dropped', sellerId: 'sunrise' },
    ],
  ])('%s is its result', async (_name, record, found, expected) => {
    const { ledger, cleared } = await after(record, found);
    const [result] = await ledger.read({ kinds: ['call_result'], limit: 1 });
    expect(result?.body).toMatchObject({ callId: 'c-1', campaignId: 'solar', ...expected });
    expect(cleared).toEqual(record === null ? [] : [record]);
  });

  test.each<readonly [string, Found]>([
    ['a call that the ledger does not know', { decided: false }],
    ['a call of which nothing names a seller', gone],
  ])('what was noted of %s stays with the exchange, and is reported', async (_name, found) => {
    const { ledger, cleared, errors } = await after(optOut, found);
    expect(cleared).toEqual([]);
    expect(errors).toEqual([expect.stringContaining('binds nobody')]);
    const reported = await ledger.read({ kinds: ['fallback_unmatched'], limit: 2 });
    expect(reported.map(({ body }) => body)).toEqual([optOut]);
  });
});
