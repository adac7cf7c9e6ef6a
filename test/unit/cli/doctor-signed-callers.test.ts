import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { signedCallerFinding } from '../../../src/cli/doctor/signed-callers.ts';
import { realClock } from '../../support/real-clock.ts';
import { issue, revocationList } from '../../../scripts/asterisk/sti-authority.ts';

const DAY = 86_400_000;
const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };
let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'breakwater-doctor-'))));
afterEach(() => rmSync(directory, { recursive: true }));

function look(roots: string | null, list: string | null = null) {
  const rootsFile = roots === null ? null : join(directory, 'roots.pem');
  const listFile = join(directory, 'list.pem');
  if (rootsFile !== null) writeFileSync(rootsFile, roots ?? '');
  if (list !== null) writeFileSync(listFile, list);
  const attestation = {
    rootsFile,
    revocationListFiles: list === null ? [] : [listFile],
    freshMs: 60_000,
    certificateHosts: [],
    privateNetworks: [],
    fetchMs: 2_000,
    relaxCertificateUrls: false,
  };
  return signedCallerFinding({ attestation }, realClock, SILENT);
}

test('no roots, good roots, roots that do not read, and what runs out', () => {
  const root = issue({ subject: 'Root' });
  const short = issue({ subject: 'Short', until: Date.now() + 29 * DAY });
  const list = (until: number): string => revocationList({ signer: root, revoked: [], until });
  expect(look(null)).toMatchObject({ state: 'skipped' });
  expect(look(root.pem)).toMatchObject({ state: 'ok', detail: '1 root, 0 revocation lists' });
  expect(look(root.pem, list(Date.now() + DAY))).toMatchObject({ detail: '1 root, 1 revocation list' });
  expect(look('nothing')).toMatchObject({ state: 'problem' });
  expect(look(root.pem + short.pem)).toMatchObject({
    state: 'problem',
    detail: expect.stringContaining('Short') as string,
  });
  expect(look(root.pem, list(Date.now() - 1_000))).toMatchObject({
    state: 'problem',
    detail: expect.stringContaining('has run out') as string,
  });
});
