/** Counters are a sum of the ledger: at start, and whenever their store has forgotten, they are added up again. */
import type { Outcome } from '../domain/call-result.ts';
import { OUTCOMES } from '../domain/call-result.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { CallId } from '../domain/ids.ts';
import type { LedgerEntry } from '../domain/ledger-entry.ts';
import { parsePhoneNumber } from '../domain/phone-number.ts';
import { DAY_MS, parseInstant, type Instant } from '../domain/time.ts';
import type { RebuildStep } from '../ports/counters.ts';
import { countingWindows } from './counting-windows.ts';
import { messageOf } from './deadline.ts';
import type { Sidecar } from './sidecar.ts';

const PAGE = 5_000;
/** The longest window that counts: a 30-day block and the rolling 30 days, with room for zones. */
const HORIZON_MS = 32 * DAY_MS;

export async function rebuildAll(sidecar: Sidecar): Promise<void> {
  const history = await readHistory(sidecar);
  for (const campaign of sidecar.campaigns.values()) {
    await sidecar.counters.rebuild(campaign.id, stepsOf(sidecar, campaign, history));
  }
}

/** Rebuilds those campaigns whose counters say that they have forgotten. */
export async function rebuildLost(sidecar: Sidecar): Promise<readonly string[]> {
  const now = sidecar.clock.now();
  const lost: Campaign[] = [];
  for (const campaign of sidecar.campaigns.values()) {
    const tally = await sidecar.counters.tally(campaign.id, now, countingWindows(campaign, now));
    if (!tally.rebuilt) lost.push(campaign);
  }
  if (lost.length === 0) return [];
  try {
    const history = await readHistory(sidecar);
    for (const campaign of lost) {
      await sidecar.counters.rebuild(campaign.id, stepsOf(sidecar, campaign, history));
    }
  } catch (error) {
    sidecar.log.warn({ problem: messageOf(error) }, 'counters not rebuilt yet: progressive dialing only');
    throw error;
  }
  return lost.map((campaign) => campaign.id);
}

interface History {
  readonly permits: readonly LedgerEntry[];
  readonly results: ReadonlyMap<string, LedgerEntry>;
}

async function readHistory(sidecar: Sidecar): Promise<History> {
  const from = sidecar.clock.now() - HORIZON_MS;
  const permits: LedgerEntry[] = [];
  const results = new Map<string, LedgerEntry>();
  for (let afterId = 0; ;) {
    const page = await sidecar.ledger.read({ afterId, kinds: ['decision', 'call_result'], limit: PAGE });
    for (const entry of page) {
      if (entry.at < from) continue;
      if (entry.kind === 'call_result') results.set(String(entry.body['callId']), entry);
      else if (entry.body['verdict'] === 'permit') permits.push(entry);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return { permits, results };
    afterId = last.id;
  }
}

// eslint-disable-next-line @typescript-eslint/require-await -- the port takes any async source; this one is in memory
async function* stepsOf(sidecar: Sidecar, campaign: Campaign, history: History): AsyncGenerator<RebuildStep> {
  for (const permit of history.permits) {
    if (permit.body['campaignId'] !== campaign.id) continue;
    const callId = String(permit.body['callId']) as CallId;
    const result = history.results.get(callId);
    // Never placed: given back then, and not counted now.
    if (result?.body['placed'] === false) continue;
    const number = parsePhoneNumber(String(permit.body['number']));
    const at = parseInstant(String(permit.body['decidedAt']));
    if (!number.ok || !at.ok) continue;
    yield {
      request: {
        callId,
        campaignId: campaign.id,
        sellerId: campaign.seller.id,
        number: number.value,
        at: at.value,
        windows: countingWindows(campaign, at.value),
        ceilingBp: campaign.dropRateMaxBp,
        overDialing: 'allowed',
        attempts: { max: campaign.attempts.max, windowHours: campaign.attempts.perHours },
        lockoutHours: campaign.dropLockoutHours,
        leaseMs: campaign.ring.atMostSeconds * 1_000 + sidecar.limits.leaseAfterRingMs,
      },
      outcome: outcomeOf(campaign, result),
    };
  }
}

function outcomeOf(campaign: Campaign, result: LedgerEntry | undefined): RebuildStep['outcome'] {
  if (result === undefined) return null;
  const outcome = OUTCOMES.find((each) => each === result.body['outcome']);
  const at = parseInstant(String(result.body['endedAt']));
  // An unreadable result is counted as the worst it can be.
  const counted: Outcome = outcome ?? 'expired';
  const endedAt: Instant = at.ok ? at.value : result.at;
  return { outcome: counted, at: endedAt, windows: countingWindows(campaign, endedAt) };
}
