/** The part of `main.ts` that opens what confirms calls as they leave: the mirror of the exchange, and who verifies signatures. */
import { openSigningSettings } from './adapters/asterisk/signing-settings.ts';
import { openHepListener } from './adapters/hep/hep-listener.ts';
import { noVerifier } from './adapters/hep/no-verifier.ts';
import type { Config } from './config/config.ts';
import type { SignedHereParts } from './control/attest/signed-here.ts';
import type { Log } from './ports/log.ts';

/** Null where nothing is mirrored to us. */
export async function openSignedHere(
  { hep, asterisk }: Pick<Config, 'hep' | 'asterisk'>,
  log: Log,
): Promise<SignedHereParts | null> {
  if (hep.port === null) return null;
  const { ariUrl: url, ariUser, ariPassword } = asterisk;
  return {
    tap: await openHepListener({ host: hep.host, port: hep.port, log }),
    verifier: noVerifier(),
    settings: url === null ? null : openSigningSettings({ url, user: ariUser ?? '', password: ariPassword ?? '' }),
  };
}
