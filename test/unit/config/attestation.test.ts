/** How signed caller IDs are verified is checked before anything starts. */
import { isAbsolute } from 'node:path';
import { expect, test } from 'vitest';
import { world } from './world.ts';

function withAttestation(yaml: string): ReturnType<typeof world> {
  const made = world();
  made.edit('breakwater.yaml', 'recordings:\n', `attestation:\n${yaml}\nrecordings:\n`);
  return made;
}

test('left out: no root, so nothing verifies; public addresses by https only', () => {
  const loaded = world().load({});
  expect(loaded.ok && loaded.config.attestation).toEqual({
    rootsFile: null,
    revocationListFiles: [],
    freshMs: 60_000,
    certificateHosts: [],
    privateNetworks: [],
    fetchMs: 2_000,
    relaxCertificateUrls: false,
  });
});

test('paths are absolute, hosts in small letters', () => {
  const loaded = withAttestation(
    '  rootsFile: sti/roots.pem\n  revocationListFiles: [sti/list.pem]\n  certificateHosts: [Certs.Example.com]',
  ).load({});
  if (!loaded.ok) throw new Error(loaded.problems.join());
  const { rootsFile, revocationListFiles, certificateHosts } = loaded.config.attestation;
  expect([rootsFile ?? '', ...revocationListFiles].every(isAbsolute)).toBe(true);
  expect(certificateHosts).toEqual(['certs.example.com']);
});

test.each(['10.0.0.0', '10.0.0.0/33', 'fd00::/129', 'localhost/8', '10.0.0.0/8/8', '/8'])(
  'network %s is refused by name',
  (network) => {
    expect(withAttestation(`  privateNetworks: ['${network}']`).problems({})).toEqual([
      expect.stringMatching(/attestation\.privateNetworks\[0\]: is not a network.*expected an address/),
    ]);
  },
);

test('freshness and time have bounds', () => {
  const problems = withAttestation('  freshSeconds: 301\n  fetchMs: 50').problems({});
  expect(problems.filter((line) => line.includes('attestation.'))).toEqual([
    expect.stringContaining('expected a whole number from 1 to 300'),
    expect.stringContaining('expected a whole number from 100 to 10000'),
  ]);
});
