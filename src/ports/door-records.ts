/** Records of the doors besides opt-outs and consents; the same promises as `ComplianceRecords`. */
import type { RecordedEmergency } from '../domain/emergency.ts';
import type { SellerId } from '../domain/ids.ts';
import type { LedgerHold } from '../domain/ledger-hold.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';
import type { Instant } from '../domain/time.ts';
import type { UnclearRequest } from '../domain/unclear-request.ts';

/** What a person has asked of a seller, beside the newest consent to that seller. */
export interface RequestOnRecord {
  /** Newest request not to be called; null when there is none. */
  readonly requestedAt: Instant | null;
  /** Newest revocation; a request not to be called is one. */
  readonly revokedAt: Instant;
  /** Revoked or not; null when there is none. */
  readonly consentGivenAt: Instant | null;
}

export interface DoorRecords {
  /** Oldest first, at most `limit`, that nobody has settled. */
  unclearRequests(limit: number): Promise<readonly UnclearRequest[]>;
  /** Null when there is none of this id. */
  unclearRequestById(
    requestId: string,
  ): Promise<{ readonly request: UnclearRequest; readonly settled: boolean } | null>;
  /** Every seller that a campaign of this ledger ever had with the number as caller ID or callback number; by id. */
  sellersAt(number: PhoneNumber): Promise<readonly SellerId[]>;
  /** Every seller that a campaign of this ledger ever had; by id. */
  sellersEver(): Promise<readonly SellerId[]>;
  /** Of those of `numbers` that asked the seller not to call, or revoked. Only what is in the ledger counts. */
  requestsOf(
    sellerId: SellerId,
    numbers: readonly PhoneNumber[],
  ): Promise<ReadonlyMap<PhoneNumber, RequestOnRecord>>;
  /** Legal holds on the ledger that were ever set, lifted or not, newest first. */
  ledgerHolds(limit: number): Promise<readonly LedgerHold[]>;
  /** Null when there is none of this id. */
  ledgerHold(holdId: string): Promise<LedgerHold | null>;
  /** Every one ever declared, as it stands now, by place and first day. */
  emergencies(): Promise<readonly RecordedEmergency[]>;
}
