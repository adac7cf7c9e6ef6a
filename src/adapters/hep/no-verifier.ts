/** Stands where no certificate can be believed: confirms nothing, and holds nothing against anybody. */
import type { IdentityVerifier } from '../../ports/identity-verifier.ts';

export const noVerifier = (): IdentityVerifier => ({
  verify: () =>
    Promise.resolve({
      kind: 'refused',
      fault: 'certificate_unavailable',
      detail: 'no certificate authority is configured, so no signature can be verified',
      sipStatus: 436,
      claimed: null,
    }),
});
