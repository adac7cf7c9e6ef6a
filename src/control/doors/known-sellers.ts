/** Sellers as the campaigns know them: a request to a misspelt seller would bind nobody. */
import type { Campaign } from '../../domain/campaign.ts';
import { parseSellerId, type SellerId } from '../../domain/ids.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import { InputProblem } from '../input-problem.ts';
import { countedCampaigns } from '../ruling.ts';
import type { Sidecar } from '../sidecar.ts';

/** Those taken out by a reload count too: what people ask of their sellers binds for ever. */
type Campaigns = Pick<Sidecar, 'campaigns' | 'retired'>;

const sellersOf = (campaigns: Iterable<Campaign>): readonly SellerId[] => [
  ...new Set([...campaigns].map(({ seller }) => seller.id)),
];

/** The seller of at least one campaign, or an `InputProblem` that lists them. */
export function knownSeller(ruling: Campaigns, text: string, field = 'seller'): SellerId {
  const known = sellersOf(countedCampaigns(ruling));
  const seller = parseSellerId(text);
  if (!seller.ok || !known.includes(seller.value)) {
    const expected =
      known.length === 0 ? 'a seller; no campaign is configured' : `one of ${known.join(', ')}`;
    throw new InputProblem(field, text.slice(0, 80), expected);
  }
  return seller.value;
}

/** Everybody who calls with the number or is called back at it. */
export function sellersAt(ruling: Campaigns, number: PhoneNumber): readonly SellerId[] {
  const reached = countedCampaigns(ruling).filter(
    ({ callerIds, seller }) =>
      seller.callbackNumber === number || callerIds.some((each) => each.number === number),
  );
  return sellersOf(reached);
}
