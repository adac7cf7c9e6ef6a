/** Sellers as campaigns know or knew them: a request to a misspelt seller would bind nobody, one to a seller of before still binds. */
import type { Campaign } from '../../domain/campaign.ts';
import { parseSellerId, type SellerId } from '../../domain/ids.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import { LedgerUnavailable } from '../../ports/ledger.ts';
import { InputProblem } from '../input-problem.ts';
import { countedCampaigns } from '../ruling.ts';
import type { Sidecar } from '../sidecar.ts';

/** What people ask of their sellers binds for ever: also those taken out by a reload, or by a restart, count. */
type Campaigns = Pick<Sidecar, 'campaigns' | 'retired' | 'records'>;

const sellersOf = (campaigns: Iterable<Campaign>): readonly SellerId[] => [
  ...new Set([...campaigns].map(({ seller }) => seller.id)),
];

/** The seller of at least one campaign, of now or of this ledger's past, or an `InputProblem` that lists those of now. */
export async function knownSeller(store: Campaigns, text: string, field = 'seller'): Promise<SellerId> {
  const known = sellersOf(countedCampaigns(store));
  const seller = parseSellerId(text);
  if (seller.ok && known.includes(seller.value)) return seller.value;
  if (seller.ok && (await store.records.sellersEver()).includes(seller.value)) return seller.value;
  const expected = known.length === 0 ? 'a seller; no campaign is configured' : `one of ${known.join(', ')}`;
  throw new InputProblem(field, text.slice(0, 80), expected);
}

export interface ReachedSellers {
  readonly sellers: readonly SellerId[];
  /** Those of the ledger's past could not be looked up, so some may be missing; null: these are all. */
  readonly away: LedgerUnavailable | null;
}

/**
 * Everybody who calls or ever called with the number, or is or was called back at it. The person who texts to it may mean any of them,
 * so the wish binds all of them.
 */
export async function sellersAt(store: Campaigns, number: PhoneNumber): Promise<ReachedSellers> {
  const reached = countedCampaigns(store).filter(
    ({ callerIds, seller }) =>
      seller.callbackNumber === number || callerIds.some((each) => each.number === number),
  );
  try {
    const before = await store.records.sellersAt(number);
    return { sellers: [...new Set([...sellersOf(reached), ...before])], away: null };
  } catch (error) {
    if (error instanceof LedgerUnavailable) return { sellers: sellersOf(reached), away: error };
    throw error;
  }
}

/** Whose campaigns send texts from a short code. Only those of this life: of a telephone number the ledger remembers more. */
export const sellersTextingFrom = (store: Campaigns, sender: string): readonly SellerId[] =>
  sellersOf(countedCampaigns(store).filter(({ texts }) => texts?.senders.includes(sender) === true));
