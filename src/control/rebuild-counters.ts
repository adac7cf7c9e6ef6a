/** Counters are a sum of the ledger: at start, and whenever their store has forgotten, they are added up again. */
import type { Outcome } from '../domain/call-result.ts';
import { OUTCOMES } from '../domain/call-result.ts';
import type { Campaign } from '../domain/campaign.ts';
import { type CallId, type CampaignId, parseSellerId } from '../domain/ids.ts';
import { type LedgerEntry, textOf } from '../domain/ledger-entry.ts';
import { parsePhoneNumber, type PhoneNumber } from '../domain/phone-number.ts';
import { DAY_MS, instant, parseInstant, SECOND_MS, type Instant } from '../domain/time.ts';
import type { RebuildStep } from '../ports/counters.ts';
import { countingWindows } from './counting-windows.ts';
import { campaignEver, pastCampaigns } from './past-campaigns.ts';
import { type CountedCampaign, countedCampaigns, knownCampaign } from './ruling.ts';
import { type Sidecar, type Station, underRuling } from './sidecar.ts';

const PAGE = 5_000;
/** The longest window that counts: a 30-day block and the rolling 30 days, with room for zones. */
const HORIZON_MS = 32 * DAY_MS;

/** Without the ring time where the settings are gone: whatever still rang has ended since. */
type Rebuilt = CountedCampaign & Partial<Pick<Campaign, 'ring'>>;

/**
 * Rebuilds those campaigns whose counters say that they have forgotten, and those of `recount`, whose calendar has changed. `onLost`
 * hears of each before anything is touched. Each is taken as the ruling of that moment has it, and out of `recount` before its sum
 * begins: a calendar that changes once more meanwhile puts it in again, for the next round. Counters in another store than the one that
 * is claimed have all forgotten, whatever they say: INVARIANT (counters-fenced), the claim comes before the first look at the permits.
 * INVARIANT (attempts-of-the-seller): campaigns of the ledger's past come first. A number's attempts and its rest after a drop are the
 * seller's, so a campaign that says it is rebuilt must not wait for those of one that is in no settings any more.
 */
export async function rebuildLost(
  station: Station,
  onLost: () => void,
  recount: Set<CampaignId> = new Set(),
): Promise<readonly CampaignId[]> {
  const rebuilt: CampaignId[] = [];
  let isPastCounted = false;
  if (await isFencedOff(station)) {
    onLost();
    // Before the claim: whoever claims and dies leaves nothing behind that is believed.
    for (const { id } of await everCounted(underRuling(station))) await station.counters.forget(id);
  }
  for (const { id } of countedCampaigns(station.inForce())) {
    const due = recount.has(id);
    if (!due && !(await hasForgotten(underRuling(station), id))) continue;
    onLost();
    if (!isPastCounted) {
      const store = station.counters.store();
      if (store !== null) await station.countersFence?.claim(store);
      await rebuildPast(underRuling(station));
    }
    isPastCounted = true;
    recount.delete(id);
    try {
      await rebuild(underRuling(station), id);
    } catch (error) {
      if (due) recount.add(id);
      throw error;
    }
    rebuilt.push(id);
  }
  return rebuilt;
}

/**
 * For campaigns that nobody has called for in this life: done before the first decision, so that no other campaign has to wait. One that
 * comes back with another zone has its days counted again.
 */
export async function rebuildAdded(sidecar: Sidecar, campaigns: readonly Campaign[]): Promise<void> {
  for (const campaign of campaigns) {
    const was = await campaignEver(sidecar, campaign.id);
    const hasMoved = was !== null && was.zone !== campaign.zone;
    if (hasMoved || (await hasForgotten(sidecar, campaign.id))) await rebuild(sidecar, campaign.id);
  }
}

/** Others have rebuilt counters elsewhere since, or a version without a fence has rebuilt these. */
async function isFencedOff({ counters, countersFence }: Station): Promise<boolean> {
  const store = counters.store();
  if (store === null || countersFence === undefined) return false;
  const named = await countersFence.named();
  return named !== null && named !== store;
}

const everCounted = async (sidecar: Sidecar): Promise<readonly CountedCampaign[]> => [
  ...countedCampaigns(sidecar),
  ...(await pastCampaigns(sidecar)),
];

async function rebuildPast(sidecar: Sidecar): Promise<void> {
  for (const campaign of await pastCampaigns(sidecar)) {
    if (!(await isCounted(sidecar, campaign))) await countAgain(sidecar, campaign);
  }
}

async function hasForgotten(sidecar: Sidecar, id: CampaignId): Promise<boolean> {
  const campaign = knownCampaign(sidecar, id)?.campaign;
  return campaign !== undefined && !(await isCounted(sidecar, campaign));
}

async function isCounted(sidecar: Sidecar, campaign: Rebuilt): Promise<boolean> {
  const now = sidecar.clock.now();
  return (await sidecar.counters.tally(campaign.id, now, countingWindows(campaign, now))).rebuilt;
}

async function rebuild(sidecar: Sidecar, id: CampaignId): Promise<void> {
  const campaign = knownCampaign(sidecar, id)?.campaign;
  if (campaign !== undefined) await countAgain(sidecar, campaign);
}

const countAgain = (sidecar: Sidecar, campaign: Rebuilt): Promise<void> =>
  sidecar.counters.rebuild(campaign.id, stepsOf(sidecar, campaign), sidecar.clock.now());

/** Reads the ledger only when pulled: results that arrive while the sum is being made are in it. */
async function* stepsOf(sidecar: Sidecar, campaign: Rebuilt): AsyncGenerator<RebuildStep> {
  const permits: LedgerEntry[] = [];
  for await (const entry of entriesOf(sidecar, campaign, 'decision')) {
    if (entry.body['verdict'] === 'permit') permits.push(entry);
  }
  const results = new Map<string, LedgerEntry>();
  for await (const entry of entriesOf(sidecar, campaign, 'call_result')) {
    results.set(textOf(entry, 'callId'), entry);
  }
  const permitted = new Set(permits.map((permit) => textOf(permit, 'callId')));
  for (const [callId, result] of results) {
    // Counted when it was reported though nobody had permitted it: a live answer is a live answer.
    if (!permitted.has(callId) && result.body['placed'] !== false)
      yield unscreenedStep(sidecar, campaign, result);
  }
  for (const permit of permits) {
    const step = stepOf(sidecar, campaign, permit, results.get(textOf(permit, 'callId')));
    if (step !== null) yield step;
  }
}

async function* entriesOf(
  sidecar: Sidecar,
  campaign: Rebuilt,
  kind: 'decision' | 'call_result',
): AsyncGenerator<LedgerEntry> {
  const since = instant(sidecar.clock.now() - HORIZON_MS);
  for (let afterId = 0; ;) {
    const page = await sidecar.ledger.read({
      afterId,
      kinds: [kind],
      campaignId: campaign.id,
      since,
      limit: PAGE,
    });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    afterId = last.id;
  }
}

function stepOf(
  sidecar: Sidecar,
  campaign: Rebuilt,
  permit: LedgerEntry,
  result: LedgerEntry | undefined,
): RebuildStep | null {
  // Never placed: given back then, and not counted now.
  if (result?.body['placed'] === false) return null;
  const number = parsePhoneNumber(textOf(permit, 'number'));
  const at = parseInstant(textOf(permit, 'decidedAt'));
  if (!number.ok || !at.ok) return null;
  return {
    request: requestOf(sidecar, campaign, permit, number.value, at.value),
    outcome: outcomeOf(campaign, result),
  };
}

/** Attempts of nobody: a result that came without a permit does not always say whose number it was. */
const NOBODY = '' as PhoneNumber;

function unscreenedStep(sidecar: Sidecar, campaign: Rebuilt, result: LedgerEntry): RebuildStep {
  const number = parsePhoneNumber(textOf(result, 'number'));
  return {
    request: requestOf(sidecar, campaign, result, number.ok ? number.value : NOBODY, result.at),
    outcome: outcomeOf(campaign, result),
  };
}

function requestOf(
  sidecar: Sidecar,
  campaign: Rebuilt,
  entry: LedgerEntry,
  number: PhoneNumber,
  at: Instant,
): RebuildStep['request'] {
  const then = parseSellerId(textOf(entry, 'sellerId'));
  return {
    callId: textOf(entry, 'callId') as CallId,
    campaignId: campaign.id,
    // Of then: settings that name another seller now do not take its calls away from the one they were placed for.
    sellerId: then.ok ? then.value : campaign.seller.id,
    number,
    at,
    leaseMs: (campaign.ring?.atMostSeconds ?? 0) * SECOND_MS + sidecar.limits.leaseAfterRingMs,
  };
}

function outcomeOf(campaign: Rebuilt, result: LedgerEntry | undefined): RebuildStep['outcome'] {
  if (result === undefined) return null;
  const outcome = OUTCOMES.find((each) => each === result.body['outcome']);
  const at = parseInstant(textOf(result, 'endedAt'));
  // An unreadable result is counted as the worst it can be.
  const counted: Outcome = outcome ?? 'expired';
  const endedAt: Instant = at.ok ? at.value : result.at;
  return { outcome: counted, at: endedAt, windows: countingWindows(campaign, endedAt) };
}
