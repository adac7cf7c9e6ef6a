/** Doctor's look at signing: does the exchange mirror its calls, and does it sign where a campaign counts on it. */
import { openSigningSettings } from '../../adapters/asterisk/signing-settings.ts';
import { type AttestationLevel, meetsLevel } from '../../domain/attestation.ts';
import type { Campaign } from '../../domain/campaign.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import { trunkOf } from '../../domain/trunk.ts';
import type { Finding } from '../wiring.ts';
import type { AriPlace } from './ari.ts';
import { bad, ok, skipped } from './machine.ts';

/** res_hep_pjsip mirrors; it does not load while hep.conf says `enabled=no`, so a restart is the safe switch. */
const MIRROR_MODULES = ['res_hep.so', 'res_hep_pjsip.so'] as const;

/** A campaign that counts on what is signed here. */
export interface SigningDemand {
  readonly campaign: string;
  readonly minimum: AttestationLevel;
  /** Null: the dial string does not tell. */
  readonly trunk: string | null;
  readonly callerIds: readonly PhoneNumber[];
}

export interface AttestationNeeds {
  /** `hep.port`. */
  readonly port: number | null;
  readonly demands: readonly SigningDemand[];
}

/** Where the carrier signs, and `signed_here` does not count, an unsigned trunk is as it should be. */
export const attestationNeeds = (port: number | null, campaigns: readonly Campaign[]): AttestationNeeds => ({
  port,
  demands: campaigns.flatMap(({ id, attestation: { minimum, ways }, endpoint, callerIds }) =>
    minimum === 'none' || !ways.includes('signed_here')
      ? []
      : [
          {
            campaign: id,
            minimum,
            trunk: trunkOf(endpoint),
            callerIds: callerIds.map(({ number }) => number),
          },
        ],
  ),
});

export async function signing(
  needs: AttestationNeeds,
  place: AriPlace,
  modules: (names: readonly string[]) => Promise<readonly string[]>,
): Promise<readonly Finding[]> {
  const { port, demands } = needs;
  if (port === null && demands.length === 0) {
    return [skipped('attestation', 'nothing is mirrored, and no campaign counts on what is signed here')];
  }
  return [await mirror(needs, modules), ...(await trunks(demands, place))];
}

async function mirror(
  { port, demands }: AttestationNeeds,
  missingOf: (names: readonly string[]) => Promise<readonly string[]>,
): Promise<Finding> {
  if (port === null) {
    const names = demands.map(({ campaign }) => campaign).join(', ');
    return bad(
      'mirror of calls',
      `hep.port is null, and ${names} counts on what is signed here: nothing confirms it`,
      'set hep.port and hep.conf, or take signed_here out of attestation.ways',
    );
  }
  const missing = await missingOf(MIRROR_MODULES);
  return missing.length === 0
    ? ok('mirror of calls', `${MIRROR_MODULES.join(' and ')} are running`)
    : bad(
        'mirror of calls',
        `not running: ${missing.join(', ')}`,
        `hep.conf: enabled=yes, capture_address=ADDRESS:${port}, uuid_type=call-id; then restart Asterisk`,
      );
}

async function trunks(demands: readonly SigningDemand[], place: AriPlace): Promise<readonly Finding[]> {
  const settings = openSigningSettings(place);
  const findings: Finding[] = [];
  for (const { campaign, minimum, trunk, callerIds } of demands) {
    if (trunk === null) {
      const fix = 'dial PJSIP/{number}@TRUNK, or confirm it by `breakwater attest declare`';
      findings.push(bad('signing', `the endpoint of ${campaign} names no trunk`, fix));
      continue;
    }
    for (const callerId of callerIds) {
      const { level, because } = await settings.of(trunk, callerId);
      const what = `${callerId} on ${trunk}: ${level} (${because})`;
      findings.push(
        meetsLevel(level, minimum)
          ? ok('signing', what)
          : bad(
              'signing',
              `${what}, and ${campaign} demands ${minimum}`,
              'correct stir_shaken.conf or the endpoint',
            ),
      );
    }
  }
  return findings;
}
