/** The part of `main.ts` that opens what confirms calls as they leave: the mirror of the exchange, and who verifies signatures. */
import { openSigningSettings } from './adapters/asterisk/signing-settings.ts';
import { openIdentityVerifier, rootlessVerifier } from './adapters/certificates/open-verifier.ts';
import { openHepListener } from './adapters/hep/hep-listener.ts';
import type { Config } from './config/config.ts';
import type { SignedHereParts } from './control/attest/signed-here.ts';
import type { Clock } from './ports/clock.ts';
import type { IdentityVerifier } from './ports/identity-verifier.ts';
import type { Log } from './ports/log.ts';

/** Null without roots: then nothing can be verified. Throws for a file of roots or revocations that cannot be used. */
export const openVerifier = (
  { attestation }: Pick<Config, 'attestation'>,
  clock: Clock,
  log: Log,
): IdentityVerifier | null =>
  attestation.rootsFile === null ? null : openIdentityVerifier({ attestation }, clock, log);

/** Null where nothing is mirrored to us. */
export async function openSignedHere(
  { hep, asterisk, attestation }: Pick<Config, 'hep' | 'asterisk' | 'attestation'>,
  log: Log,
  identity: IdentityVerifier | null,
): Promise<SignedHereParts | null> {
  if (hep.port === null) return null;
  if (identity === null) log.warn({}, 'no level is confirmed here: attestation.rootsFile is not set');
  const { ariUrl: url, ariUser, ariPassword } = asterisk;
  return {
    tap: await openHepListener({ host: hep.host, port: hep.port, log }),
    verifier: identity ?? rootlessVerifier(attestation.freshMs),
    settings:
      url === null ? null : openSigningSettings({ url, user: ariUser ?? '', password: ariPassword ?? '' }),
  };
}
