/** A permitted call as the ledger knows it, with the campaign it was permitted for. */
import { type CallId, type CampaignId, parseSellerId, type SellerId } from '../domain/ids.ts';
import { textOf } from '../domain/ledger-entry.ts';
import { parsePhoneNumber, type PhoneNumber } from '../domain/phone-number.ts';
import { localDateOf, parseInstant, type Instant } from '../domain/time.ts';
import { decisionFromEntry } from './decision-entry.ts';
import { bareCampaign, campaignEver } from './past-campaigns.ts';
import { type CountedCampaign, type KnownCampaign, knownCampaign } from './ruling.ts';
import type { Sidecar } from './sidecar.ts';

/** Enough to give the call its result and the person's wish its seller, also when the campaign is in no settings any more. */
export interface RecordedPermit {
  readonly callId: CallId;
  readonly number: PhoneNumber;
  /** For whom the call was placed; the campaign may belong to another seller by now. */
  readonly sellerId: SellerId;
  readonly campaign: CountedCampaign;
  readonly placedBy: string;
  /** Who decided. */
  readonly writer: string;
  readonly decision: ReturnType<typeof decisionFromEntry>;
  readonly decidedAt: Instant;
}

/** Of a campaign of now, or of before a reload: such a call can be followed. */
export interface KnownPermit extends RecordedPermit, KnownCampaign {
  readonly campaign: KnownCampaign['campaign'];
}

/** Null when the ledger knows no such call, its entry cannot be read, or neither it nor a campaign names a seller. */
export async function recordedPermitOf(sidecar: Sidecar, callId: string): Promise<RecordedPermit | null> {
  const [entry] = await sidecar.ledger.read({ callId, kinds: ['decision'], limit: 1 });
  if (entry === undefined) return null;
  const number = parsePhoneNumber(textOf(entry, 'number'));
  const decidedAt = parseInstant(textOf(entry, 'decidedAt'));
  const request = entry.body['request'];
  if (!number.ok || !decidedAt.ok || typeof request !== 'object') return null;
  const named = parseSellerId(textOf(entry, 'sellerId'));
  const campaignId = textOf(entry, 'campaignId') as CampaignId;
  const ever = await campaignEver(sidecar, campaignId);
  const sellerId = named.ok ? named.value : (ever?.seller.id ?? null);
  if (sellerId === null) return null;
  return {
    callId: callId as CallId,
    number: number.value,
    sellerId,
    campaign: ever ?? bareCampaign(campaignId, sellerId, localDateOf(decidedAt.value, 'UTC')),
    placedBy: String((request as Readonly<Record<string, unknown>>)['placedBy']),
    writer: entry.writer,
    decision: decisionFromEntry(entry),
    decidedAt: decidedAt.value,
  };
}

/** As `recordedPermitOf`; null also when the campaign is in no settings since this process began. */
export async function permitOf(sidecar: Sidecar, callId: string): Promise<KnownPermit | null> {
  const recorded = await recordedPermitOf(sidecar, callId);
  const known = recorded === null ? undefined : knownCampaign(sidecar, recorded.campaign.id);
  return recorded === null || known === undefined ? null : { ...recorded, ...known };
}
