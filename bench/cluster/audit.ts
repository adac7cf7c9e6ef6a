/** What the ledger and Redis say after a run: each invariant counted, none assumed. Reads the ledger once, in order of its ids. */
import type { Redis } from 'ioredis';
import { countingWindows } from '../../src/control/counting-windows.ts';
import { verifyLedger } from '../../src/control/verify-ledger.ts';
import { countsOf, OUTCOMES } from '../../src/domain/call-result.ts';
import { type LedgerEntry, textOf } from '../../src/domain/ledger-entry.ts';
import type { Opened } from './world.ts';

const PAGE = 5_000;

export interface Audit {
  readonly permits: number;
  readonly results: number;
  readonly liveAnswers: number;
  readonly drops: number;
  /** A call id permitted twice. */
  readonly doubledPermits: number;
  readonly doubledResults: number;
  /** Permits that their asker heard of and the ledger has not. */
  readonly lostPermits: number;
  /** Results in whose order the drops stood above the ceiling. */
  readonly aboveCeiling: number;
  /** Numbers with more permits than attempts allow. */
  readonly overAttempts: number;
  /** Permits for a number that rests after a drop. */
  readonly inLockout: number;
  /** Permits without a result. */
  readonly pending: number;
  /** Numbers whose attempts Redis counts otherwise than the ledger. */
  readonly attemptsDiffer: number;
  /** Live answers, drops and calls in flight, as Redis has them, minus the ledger's. */
  readonly tallyDiffers: number;
  /** `sound`, or what is broken. */
  readonly chain: string;
}

export async function audit(opened: Opened, redis: Redis, heard: Iterable<string>): Promise<Audit> {
  const { ledger, campaign, counters } = opened;
  const permitted = new Map<string, string>();
  const settled = new Set<string>();
  const placedOf = new Map<string, number>();
  const droppedAt = new Map<string, number>();
  let [liveAnswers, drops, doubledPermits, doubledResults, aboveCeiling, inLockout] = [0, 0, 0, 0, 0, 0];

  const look = (entry: LedgerEntry): void => {
    const { kind, body } = entry;
    const callId = textOf(entry, 'callId');
    if (kind === 'decision' && body['verdict'] === 'permit') {
      const number = textOf(entry, 'number');
      if (permitted.has(callId)) doubledPermits += 1;
      if (droppedAt.has(number)) inLockout += 1;
      permitted.set(callId, number);
      placedOf.set(number, (placedOf.get(number) ?? 0) + 1);
    }
    if (kind !== 'call_result') return;
    if (settled.has(callId)) doubledResults += 1;
    settled.add(callId);
    const number = permitted.get(callId) ?? '';
    if (body['placed'] === false) {
      placedOf.set(number, (placedOf.get(number) ?? 0) - 1);
      return;
    }
    const outcome = OUTCOMES.find((each) => each === body['outcome']) ?? 'expired';
    const counts = countsOf(outcome);
    liveAnswers += counts.liveAnswers;
    drops += counts.drops;
    if (counts.drops > 0) droppedAt.set(number, entry.id);
    if (10_000 * drops > campaign.dropRateMaxBp * liveAnswers) aboveCeiling += 1;
  };

  async function* entries(): AsyncGenerator<LedgerEntry> {
    for (let afterId = 0; ;) {
      const page = await ledger.read({ afterId, limit: PAGE });
      for (const entry of page) {
        look(entry);
        yield entry;
      }
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      afterId = last.id;
    }
  }
  const chain = await verifyLedger(entries());

  let lostPermits = 0;
  for (const callId of heard) if (!permitted.has(callId)) lostPermits += 1;
  let attemptsDiffer = 0;
  const numbers = [...placedOf];
  for (let from = 0; from < numbers.length; from += 1_000) {
    const some = numbers.slice(from, from + 1_000);
    const pipeline = redis.pipeline();
    for (const [number] of some) pipeline.zcard(`bw:attempts:${campaign.seller.id}:${number}`);
    const counted = (await pipeline.exec()) ?? [];
    some.forEach(([, placed], index) => {
      if (Number(counted[index]?.[1]) !== placed) attemptsDiffer += 1;
    });
  }
  const now = opened.now();
  const { today, inFlight } = await counters.tally(campaign.id, now, countingWindows(campaign, now));
  const pending = [...permitted.keys()].filter((callId) => !settled.has(callId)).length;
  const differences = [today.liveAnswers - liveAnswers, today.drops - drops, inFlight - pending];
  return {
    permits: permitted.size,
    results: settled.size,
    ...{ liveAnswers, drops, doubledPermits, doubledResults, lostPermits, aboveCeiling, inLockout, pending },
    overAttempts: [...placedOf.values()].filter((placed) => placed > campaign.attempts.max).length,
    attemptsDiffer,
    tallyDiffers: differences.reduce((sum, each) => sum + Math.abs(each), 0),
    chain: chain.ok ? 'sound' : `${chain.fault} at ${chain.id}: ${chain.detail}`,
  };
}
