/** STIR/SHAKEN attestation of a caller ID (RFC 8588): A full, B partial, C gateway. */
import type { PhoneNumber } from './phone-number.ts';
import type { Instant } from './time.ts';

export const ATTESTATION_LEVELS = ['A', 'B', 'C'] as const;
export type AttestationLevel = (typeof ATTESTATION_LEVELS)[number];

/** How the level came to be known. */
export const ATTESTATION_WAYS = ['signed_here', 'seen_there', 'declared'] as const;
export type AttestationWay = (typeof ATTESTATION_WAYS)[number];

export interface AttestationRecord {
  readonly callerId: PhoneNumber;
  readonly level: AttestationLevel;
  readonly way: AttestationWay;
  readonly confirmedAt: Instant;
  readonly expiresAt: Instant;
  /** Reference of the proof: document hash, call id, carrier statement. */
  readonly proof: string;
}

/** True when `level` is at least `minimum`; A is the highest. */
export function meetsLevel(level: AttestationLevel, minimum: AttestationLevel): boolean {
  return ATTESTATION_LEVELS.indexOf(level) <= ATTESTATION_LEVELS.indexOf(minimum);
}
