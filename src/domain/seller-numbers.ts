/**
 * The numbers by which people reach a seller, as a `campaign_loaded` entry names them: who texts to one of them speaks to that seller,
 * also when no campaign has the number any more. Pure; bodies of any age.
 */
import type { SellerId } from './ids.ts';
import { objectIn, objectsIn, textIn } from './json-parts.ts';
import type { JsonObject } from './ledger-entry.ts';

export interface SellerNumber {
  /** As the settings had it when they were read: E.164. */
  readonly number: string;
  readonly sellerId: SellerId;
}

/** Caller IDs and the callback number, each once. */
export function sellerNumbersIn(campaignLoaded: JsonObject): readonly SellerNumber[] {
  const seller = objectIn(campaignLoaded['seller']);
  const sellerId = textIn(seller?.['id']);
  if (sellerId === null) return [];
  const numbers = [
    seller?.['callbackNumber'],
    ...objectsIn(campaignLoaded['callerIds']).map((each) => each['number']),
  ].flatMap((number) => textIn(number) ?? []);
  return [...new Set(numbers)].map((number) => ({ number, sellerId: sellerId as SellerId }));
}
