/** How signed caller IDs are verified: `attestation` of `breakwater.yaml`. */
import { resolve } from 'node:path';
import { isNetwork } from './address-guard.ts';
import type { Report } from './check-settings.ts';
import { type DeepReadonly, flag, group, integer, listOf, nullableText, text } from './schema-parts.ts';
import type Type from 'typebox';

export const ATTESTATION_SCHEMA = group({
  rootsFile: nullableText({
    means: 'PEM file with the STI-CA roots that are trusted; null: no signed caller ID verifies',
  }),
  revocationListFiles: listOf(text({ means: 'a revocation list, PEM or DER' }), {
    means:
      'files with revocation lists, each with the certificate of its signer beside it unless that is a root; looked at each minute',
  }),
  freshSeconds: integer(
    1,
    300,
    { means: 'Date and iat may be this far from the clock and from each other' },
    60,
  ),
  certificateHosts: listOf(text({ means: 'a host name' }, undefined, 253), {
    means: 'hosts that certificates are fetched from; empty: any with a public address',
  }),
  privateNetworks: listOf(text({ means: 'a network in CIDR notation' }, undefined, 64), {
    means: 'networks like 10.1.0.0/16 that certificates are fetched from although they are not public',
  }),
  fetchMs: integer(
    100,
    10_000,
    { means: 'a certificate that takes longer to come is given up, and the caller ID is not verified' },
    2_000,
  ),
  relaxCertificateUrls: flag(
    { means: 'true also allows http and ports other than 443 and 8443: for an authority of your own' },
    false,
  ),
});

type AttestationYaml = DeepReadonly<Type.Static<typeof ATTESTATION_SCHEMA>>;

export interface AttestationSettings {
  /** Absolute. */
  readonly rootsFile: string | null;
  readonly revocationListFiles: readonly string[];
  readonly freshMs: number;
  /** Lower case. */
  readonly certificateHosts: readonly string[];
  /** CIDR notation. */
  readonly privateNetworks: readonly string[];
  readonly fetchMs: number;
  readonly relaxCertificateUrls: boolean;
}

export function readAttestation(yaml: AttestationYaml, base: string, report: Report): AttestationSettings {
  yaml.privateNetworks.forEach((network, index) => {
    if (!isNetwork(network)) {
      const expected = 'an address and a length like 10.1.0.0/16';
      report(`attestation.privateNetworks[${index}]`, 'is not a network', network, expected);
    }
  });
  return {
    rootsFile: yaml.rootsFile === null ? null : resolve(base, yaml.rootsFile),
    revocationListFiles: yaml.revocationListFiles.map((path) => resolve(base, path)),
    freshMs: yaml.freshSeconds * 1_000,
    certificateHosts: yaml.certificateHosts.map((host) => host.toLowerCase()),
    privateNetworks: yaml.privateNetworks,
    fetchMs: yaml.fetchMs,
    relaxCertificateUrls: yaml.relaxCertificateUrls,
  };
}
