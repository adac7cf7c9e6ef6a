/** The commands of docs/attestation.md make what they promise: an authority, a certificate with TNAuthList, a revocation list. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test as anywhere } from 'vitest';
import { instant } from '../../../src/domain/time.ts';
import { readCertificates, type StiCertificate } from '../../../src/passport/certificate.ts';
import { checkAuthority, checkPath, findPath } from '../../../src/passport/chain.ts';
import { readRevocationList } from '../../../src/passport/revocation-list.ts';
import { announceMissing } from '../../support/stores.ts';

const missing = spawnSync('openssl', ['version']).status === 0 ? undefined : 'no `openssl` on the PATH';
announceMissing('openssl', missing);
const test = anywhere.skipIf(missing !== undefined);

const page = readFileSync(join(resolve(import.meta.dirname, '../../..'), 'docs/attestation.md'), 'utf8');
const commands = [...page.matchAll(/^```text\n([^]*?)^```$/gm)].map(([, text = '']) => text);

test('authority, certificate and list of the docs are read, trusted and heeded', () => {
  expect(commands).toHaveLength(2);
  const directory = mkdtempSync(join(tmpdir(), 'breakwater-openssl-'));
  try {
    const run = spawnSync('sh', ['-e', '-c', commands.join('\n')], { cwd: directory, encoding: 'utf8' });
    expect(run.status, run.stderr).toBe(0);
    const read = (name: string): readonly StiCertificate[] => {
      const found = readCertificates(readFileSync(join(directory, name)));
      if (!found.ok) throw new Error(found.problem);
      return found.value;
    };
    const roots = read('ca.pem');
    // The commands ran within the last seconds; what they made is valid from then on.
    const at = instant(Date.now() + 5_000);
    const path = findPath(read('leaf.pem'), roots, at);
    if (!path.ok) throw new Error(path.refusal.detail);
    expect(checkPath(path.value, at, [])).toBeNull();
    expect(path.value[0].tnAuthList).toEqual([{ kind: 'provider_code', code: '709J' }]);
    expect(checkAuthority(path.value, '13035550142')).toBeNull();
    const list = readRevocationList(readFileSync(join(directory, 'crl.pem')), roots);
    if (!list.ok) throw new Error(list.problem);
    expect(checkPath(path.value, at, [list.value])).toMatchObject({ fault: 'certificate_revoked' });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
