/**
 * Campaigns that were taken out before this process began, as their `campaign_loaded` entries name them: what their calls have used up of
 * the attempts, and what they still bring, results and wishes, belongs to their seller, whatever has become of the settings.
 */
import { type CampaignId, parseCampaignId, parseSellerId, type SellerId } from '../domain/ids.ts';
import { objectIn, textIn } from '../domain/json-parts.ts';
import type { LedgerEntry } from '../domain/ledger-entry.ts';
import { localDateOf, type LocalDate, parseLocalDate } from '../domain/time.ts';
import type { Ledger } from '../ports/ledger.ts';
import { type CountedCampaign, knownCampaign, type Ruling } from './ruling.ts';

/** Sidecars and reloads that may have loaded it since the seller was last readable; one is enough, as a rule. */
const ENTRIES_MAX = 100;

/** Older entries name no calendar, and nobody decides by the counts of a campaign that is gone. */
const NO_CALENDAR_ZONE = 'UTC';

/** A campaign of now, of before a reload, or of this ledger's past, as it was last; null: there never was one of this id. */
export async function campaignEver(
  { ledger, inForce }: { readonly ledger: Pick<Ledger, 'read'>; readonly inForce: () => Ruling },
  id: CampaignId,
): Promise<CountedCampaign | null> {
  const known = knownCampaign(inForce(), id);
  if (known !== undefined) return known.campaign;
  const entries = await ledger.read({
    campaignId: id,
    kinds: ['campaign_loaded'],
    order: 'desc',
    limit: ENTRIES_MAX,
  });
  for (const entry of entries) {
    const campaign = campaignIn(entry);
    if (campaign !== null) return campaign;
  }
  return null;
}

/** Entries of one read. */
const PAGE = 5_000;

/** Every campaign of this ledger's past that is neither in force nor was taken out by a reload of this process, each as it was last. */
export async function pastCampaigns({
  ledger,
  inForce,
}: {
  readonly ledger: Pick<Ledger, 'read'>;
  readonly inForce: () => Ruling;
}): Promise<readonly CountedCampaign[]> {
  const found = new Map<CampaignId, CountedCampaign>();
  for (let afterId = 0; ;) {
    const page = await ledger.read({ afterId, kinds: ['campaign_loaded'], limit: PAGE });
    for (const entry of page) {
      const campaign = campaignIn(entry);
      if (campaign !== null) found.set(campaign.id, campaign);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) break;
    afterId = last.id;
  }
  return [...found.values()].filter(({ id }) => knownCampaign(inForce(), id) === undefined);
}

/** As a `campaign_loaded` entry names it; null when no seller can be read. */
function campaignIn(entry: LedgerEntry): CountedCampaign | null {
  const seller = parseSellerId(textIn(objectIn(entry.body['seller'])?.['id']) ?? '');
  const id = parseCampaignId(textIn(entry.body['campaignId']) ?? '');
  return seller.ok && id.ok ? { ...calendarOf(entry), id: id.value, seller: { id: seller.value } } : null;
}

/** What is counted of a campaign of which nothing but its seller is known, since `from`. */
export const bareCampaign = (id: CampaignId, sellerId: SellerId, from: LocalDate): CountedCampaign => ({
  ...{ id, seller: { id: sellerId }, startedOn: from, zone: NO_CALENDAR_ZONE },
});

function calendarOf({ body, at }: LedgerEntry): Pick<CountedCampaign, 'startedOn' | 'zone'> {
  const startedOn = parseLocalDate(textIn(body['startedOn']) ?? '');
  const zone = textIn(body['zone']);
  return startedOn.ok && zone !== null
    ? { startedOn: startedOn.value, zone }
    : { startedOn: localDateOf(at, NO_CALENDAR_ZONE), zone: NO_CALENDAR_ZONE };
}
