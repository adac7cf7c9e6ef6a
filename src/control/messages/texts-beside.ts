/** Where places cap how often a person is contacted, a text counts as a call: both doors look at what the other has permitted. */
import { type AttemptFacts, type Fact, known } from '../../domain/facts.ts';
import type { SellerId } from '../../domain/ids.ts';
import type { OriginationRequest } from '../../domain/origination.ts';
import type { Instant } from '../../domain/time.ts';
import { factWithin } from '../deadline.ts';
import { countedCampaigns } from '../ruling.ts';
import type { Sidecar } from '../sidecar.ts';
import { textsWithin } from './text-history.ts';

/**
 * The same attempts where no campaign of the seller sends texts; unknown where its texts are. `beforeId`: only texts with a smaller entry
 * id, of two that are asked for at once the first; null: all.
 */
export async function withTexts(
  sidecar: Sidecar,
  { number, campaignId }: OriginationRequest,
  now: Instant,
  attempts: Fact<AttemptFacts>,
  beforeId: number | null,
): Promise<Fact<AttemptFacts>> {
  const seller = sidecar.campaigns.get(campaignId)?.seller.id;
  if (!attempts.known || number === null || seller === undefined || !isTexting(sidecar, seller))
    return attempts;
  const { placed, windowHours } = attempts.value;
  const texts = await factWithin(sidecar.clock, sidecar.limits.factMs, 'texts on record', () =>
    textsWithin(sidecar.ledger, { number, sellerId: seller, now, hours: windowHours, beforeId }),
  );
  return texts.known ? known({ ...attempts.value, placed: placed + texts.value }) : texts;
}

/** Its texts must be looked up in the ledger. */
export const isTexting = (sidecar: Sidecar, seller: SellerId | undefined): boolean =>
  countedCampaigns(sidecar).some((each) => each.seller.id === seller && each.texts !== undefined);

/** Nothing came between two looks at the contacts of one request. */
export const hasSameContacts = (before: Fact<AttemptFacts>, now: Fact<AttemptFacts>): boolean =>
  before === now || (before.known && now.known && before.value.placed === now.value.placed);
