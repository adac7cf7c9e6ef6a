/** Opens the verifier of signed caller IDs as the settings want it. Files are read here, so that a flaw in one is told at start. */
import type { Config } from '../../config/config.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { addressGuard } from '../../config/address-guard.ts';
import { certificateCache } from './certificate-cache.ts';
import { type ExplainingVerifier, identityVerifier } from './identity-verifier.ts';
import { openTrust } from './trust.ts';

const NO_ROOTS = 'no certificate authority is configured, so no signature can be verified';

/**
 * Stands where no root is configured: confirms nothing, and holds no signature against anybody. That a call has none, or one for another
 * number or of another day, is seen without a certificate.
 */
export const rootlessVerifier = (freshMs: number): ExplainingVerifier =>
  identityVerifier({
    trust: { roots: [], revocationLists: () => [] },
    source: {
      certificateAt: () => ({ kind: 'refused', fault: 'certificate_unavailable', detail: NO_ROOTS }),
      distrust: () => undefined,
    },
    freshMs,
  });

/** Throws `TrustFileError` for a roots file or revocation list that cannot be used. */
export function openIdentityVerifier(
  { attestation }: Pick<Config, 'attestation'>,
  clock: Clock,
  log: Log,
): ExplainingVerifier {
  const { certificateHosts, privateNetworks, fetchMs, relaxCertificateUrls, freshMs } = attestation;
  return identityVerifier({
    trust: openTrust(attestation, clock, log),
    source: certificateCache({
      clock,
      guard: addressGuard(privateNetworks),
      timeoutMs: fetchMs,
      hosts: certificateHosts,
      relaxed: relaxCertificateUrls,
    }),
    freshMs,
  });
}
