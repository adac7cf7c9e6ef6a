/** Whether the Identity headers of a call prove who calls (RFC 8224, ATIS-1000074), and at which level. Never throws, never waits without bound. */
import type { AttestationLevel } from '../domain/attestation.ts';
import type { IdentityFault } from '../domain/identity-fault.ts';
import type { Instant } from '../domain/time.ts';

export interface CallToVerify {
  /** The values of all Identity headers in the order of the message, unfolded or not; none: the call is unsigned. */
  readonly identities: readonly string[];
  /** User part of P-Asserted-Identity or From, as it stood in the message. */
  readonly callerId: string;
  /** User part of To or of the Request-URI, as it stood in the message. */
  readonly calledNumber: string;
  /** The Date header, null when there is none. */
  readonly date: string | null;
  /** When the message was seen. */
  readonly seenAt: Instant;
}

export type { IdentityFault } from '../domain/identity-fault.ts';

export type IdentityVerdict =
  | {
      readonly kind: 'verified';
      readonly level: AttestationLevel;
      /** Canonical digits with country code, of the claims. */
      readonly callerId: string;
      readonly calledNumbers: readonly string[];
      readonly issuedAt: Instant;
      readonly originationId: string;
      readonly certificateUrl: string;
      /** SHA-256 of the leaf certificate, hex. */
      readonly certificateSha256: string;
    }
  | {
      readonly kind: 'refused';
      readonly fault: IdentityFault;
      /** One sentence that names the field, what stood there and what was expected. */
      readonly detail: string;
      /** The status RFC 8224 §6.2.2 and RFC 8588 §6 name for it: 403, 428, 436, 437 or 438. */
      readonly sipStatus: 403 | 428 | 436 | 437 | 438;
      /** What the header claims, unproven; null where it could not be read. */
      readonly claimed: AttestationLevel | null;
    };

export interface IdentityVerifier {
  verify(call: CallToVerify): Promise<IdentityVerdict>;
}
