/** A permitted call as the ledger knows it, with the campaign it was permitted for. */
import { type CallId, type CampaignId, parseSellerId, type SellerId } from '../domain/ids.ts';
import { textOf } from '../domain/ledger-entry.ts';
import { parsePhoneNumber, type PhoneNumber } from '../domain/phone-number.ts';
import { parseInstant, type Instant } from '../domain/time.ts';
import { decisionFromEntry } from './decision-entry.ts';
import { type KnownCampaign, knownCampaign } from './ruling.ts';
import type { Sidecar } from './sidecar.ts';

export interface KnownPermit extends KnownCampaign {
  readonly callId: CallId;
  readonly number: PhoneNumber;
  /** For whom the call was placed; the campaign may belong to another seller by now. */
  readonly sellerId: SellerId;
  readonly placedBy: string;
  /** Who decided. */
  readonly writer: string;
  readonly decision: ReturnType<typeof decisionFromEntry>;
  readonly decidedAt: Instant;
}

/** Null when the ledger knows no such call, or its entry cannot be read. */
export async function permitOf(sidecar: Sidecar, callId: string): Promise<KnownPermit | null> {
  const [entry] = await sidecar.ledger.read({ callId, kinds: ['decision'], limit: 1 });
  if (entry === undefined) return null;
  const known = knownCampaign(sidecar, textOf(entry, 'campaignId') as CampaignId);
  const number = parsePhoneNumber(textOf(entry, 'number'));
  const decidedAt = parseInstant(textOf(entry, 'decidedAt'));
  const request = entry.body['request'];
  const seller = parseSellerId(textOf(entry, 'sellerId'));
  if (known === undefined || !number.ok || !decidedAt.ok || typeof request !== 'object') return null;
  return {
    ...known,
    callId: callId as CallId,
    number: number.value,
    sellerId: seller.ok ? seller.value : known.campaign.seller.id,
    placedBy: String((request as Readonly<Record<string, unknown>>)['placedBy']),
    writer: entry.writer,
    decision: decisionFromEntry(entry),
    decidedAt: decidedAt.value,
  };
}
