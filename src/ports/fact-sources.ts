/** Look-ups for one decision. Every promise may reject or hang: the caller sets the deadline and takes silence as unknown. */
import type { AttestationRecord } from '../domain/attestation.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { ConsentView } from '../domain/consent.ts';
import type { InternalRequest, ListFacts } from '../domain/facts.ts';
import type { CampaignId, SellerId } from '../domain/ids.ts';
import type { Override } from '../domain/override.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';
import type { ReassignedCheck } from '../domain/reassigned.ts';
import type { RelationshipView } from '../domain/relationship.ts';

/** Records that are projections of the ledger. Reads MUST see every entry whose append has resolved. */
export interface ComplianceRecords {
  internalRequest(number: PhoneNumber, sellerId: SellerId): Promise<InternalRequest | null>;
  consent(number: PhoneNumber, sellerId: SellerId): Promise<ConsentView>;
  /** Newest purchase and newest inquiry. */
  relationship(number: PhoneNumber, sellerId: SellerId): Promise<RelationshipView>;
  /** Newest answer of the reassigned-numbers database. */
  reassigned(number: PhoneNumber, sellerId: SellerId): Promise<ReassignedCheck | null>;
  /** The newest of each kind and place, in force or not. */
  overrides(sellerId: SellerId): Promise<readonly Override[]>;
  /** Newest record of the caller ID. */
  attestation(callerId: PhoneNumber): Promise<AttestationRecord | null>;
  /** Ids of campaigns paused now. */
  pausedCampaigns(): Promise<readonly CampaignId[]>;
  /** Permitted calls without a result: what a restart must settle. Newest last. */
  pendingPermits(): Promise<readonly PendingPermit[]>;
}

export interface PendingPermit {
  readonly callId: string;
  readonly campaignId: string;
  readonly number: string;
  /** Writer that decided. */
  readonly writer: string;
  /** RFC 3339 UTC. */
  readonly decidedAt: string;
}

/** Do-not-call lists loaded from files. */
export interface DoNotCallLists {
  lookUp(number: PhoneNumber, campaign: Campaign): Promise<ListFacts>;
}
