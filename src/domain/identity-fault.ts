/** Names of the ways in which an Identity header fails to prove who calls (RFC 8224 §6.2.2; Asterisk's `verify_result` tells finer ones). */

export type SipStatus = 403 | 428 | 436 | 437 | 438;

/**
 * The status a verifier would answer with, and what the fault means. A PASSporT that says nothing of attestation counts as none (RFC 8224
 * §6.2: unsupported ones are passed over), hence 428.
 */
export const IDENTITY_FAULTS = {
  missing_identity: { sipStatus: 428, meaning: 'the call came without an Identity header' },
  malformed_identity: { sipStatus: 438, meaning: 'an Identity header, or what it carries, does not read' },
  unsupported_passport: { sipStatus: 428, meaning: 'no Identity header names an attestation level' },
  missing_date: { sipStatus: 403, meaning: 'the call came without a Date header' },
  stale_date: { sipStatus: 403, meaning: 'Date or `iat` is too far from now' },
  caller_mismatch: { sipStatus: 438, meaning: 'the number that was signed is not the one that calls' },
  called_mismatch: { sipStatus: 438, meaning: 'it was signed for a call to somebody else' },
  bad_signature: { sipStatus: 438, meaning: 'the signature is not of the key of the certificate' },
  bad_info_url: { sipStatus: 436, meaning: 'the address of the certificate must not be opened' },
  certificate_unavailable: { sipStatus: 436, meaning: 'the certificate could not be fetched in time' },
  certificate_malformed: { sipStatus: 437, meaning: 'what was fetched is no usable certificate' },
  certificate_expired: { sipStatus: 437, meaning: 'a certificate of the chain is not valid at this time' },
  certificate_untrusted: { sipStatus: 437, meaning: 'no chain leads to a configured root' },
  certificate_revoked: { sipStatus: 437, meaning: 'a certificate of the chain is on a revocation list' },
  certificate_not_for_number: { sipStatus: 437, meaning: 'the certificate says nothing of this number' },
} as const satisfies Record<string, { readonly sipStatus: SipStatus; readonly meaning: string }>;

export type IdentityFault = keyof typeof IDENTITY_FAULTS;
