/** What the ledger says of attestations: shapes of its entries, and the record back from one. */
import type { AttestationLevel, AttestationRecord, AttestationWay, RecordedLevel } from './attestation.ts';
import type { PhoneNumber } from './phone-number.ts';
import { instant } from './time.ts';

/** RFC 3339 UTC text. */
type InstantText = string;

export interface AttestationRecordedBody {
  readonly callerId: string;
  readonly trunk?: string;
  readonly level: RecordedLevel;
  readonly way: AttestationWay;
  readonly confirmedAt: InstantText;
  readonly expiresAt: InstantText;
  readonly proof: string;
  readonly before?: RecordedLevel;
}

/** A call left below what is demanded, configured or was seen before. */
export interface AttestationAlarmBody {
  readonly callId: string;
  /** Null: a call that is not under a permit of this sidecar. */
  readonly campaignId: string | null;
  readonly callerId: string;
  readonly trunk: string;
  readonly level: RecordedLevel;
  /** Null: nothing was seen before. */
  readonly before: RecordedLevel | null;
  readonly demanded: AttestationLevel | 'none';
  /** What the exchange is configured to sign; null: it could not be asked. */
  readonly configured: RecordedLevel | null;
  readonly problem: string;
  readonly ended: boolean;
  readonly seenAt: InstantText;
}

export const attestationOf = (body: AttestationRecordedBody): AttestationRecord => ({
  callerId: body.callerId as PhoneNumber,
  ...(body.trunk === undefined ? {} : { trunk: body.trunk }),
  level: body.level,
  way: body.way,
  confirmedAt: instant(Date.parse(body.confirmedAt)),
  expiresAt: instant(Date.parse(body.expiresAt)),
  proof: body.proof,
  ...(body.before === undefined ? {} : { before: body.before }),
});
