import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTrust, TrustFileError, type TrustFiles } from '../../../src/adapters/certificates/trust.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { issue, revocationList } from '../../../scripts/asterisk/sti-authority.ts';

const root = issue({ subject: 'Test Root' });
const leaf = issue({ subject: 'Test Leaf', issuer: root });

let directory: string;
const warnings: unknown[] = [];
const log = {
  info: () => undefined,
  warn: (fields: unknown) => void warnings.push(fields),
  error: () => undefined,
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'breakwater-trust-'));
  warnings.length = 0;
});
afterEach(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const clock = fakeClock('2026-11-23T17:00:00Z');
const open = (files: Partial<TrustFiles>) =>
  openTrust({ rootsFile: null, revocationListFiles: [], ...files }, clock, log);

test('roots of one file, as many as a country has; none without a file', () => {
  const many = Array.from({ length: 12 }, (_, index) => issue({ subject: `Root ${index}` }).pem).join('\n');
  expect(open({ rootsFile: file('roots.pem', many) }).roots).toHaveLength(12);
  expect(open({}).roots).toEqual([]);
});

test.each<readonly [string, () => Partial<TrustFiles>, string]>([
  [
    'a roots file that is not there',
    () => ({ rootsFile: join(directory, 'none') }),
    'cannot be read (ENOENT)',
  ],
  ['a roots file without certificates', () => ({ rootsFile: file('a', 'hello') }), 'holds no certificate'],
  ['a root that is no authority', () => ({ rootsFile: file('a', leaf.pem) }), 'is not of an authority'],
  [
    'a root that does not read',
    () => ({ rootsFile: file('a', root.pem.replace('M', '/')) }),
    'does not read',
  ],
  ['a huge roots file', () => ({ rootsFile: file('a', 'x'.repeat(2_000_000)) }), 'expected at most 1048576'],
  [
    'a revocation list of nobody we trust',
    () => ({ revocationListFiles: [file('l', revocationList({ signer: root, revoked: [] }))] }),
    'signed by no configured root',
  ],
])('%s is told at start', (_, files, problem) => {
  expect(() => open(files())).toThrow(TrustFileError);
  expect(() => open(files())).toThrow(problem);
});

test('a revocation list that changes is taken within a minute, a broken one is not', async () => {
  const rootsFile = file('roots.pem', root.pem);
  const list = file('list.pem', revocationList({ signer: root, revoked: [] }));
  const trust = open({ rootsFile, revocationListFiles: [list] });
  const count = (): number => trust.revocationLists()[0]?.revoked.size ?? -1;
  const change = (text: string, seconds: number): void => {
    writeFileSync(list, text);
    utimesSync(list, seconds, seconds);
  };
  expect(count()).toBe(0);
  change(revocationList({ signer: root, revoked: [leaf] }), 1_000);
  expect(count()).toBe(0);
  await clock.go(60_000);
  expect(count()).toBe(1);
  change('gone wrong', 2_000);
  await clock.go(60_000);
  expect(count()).toBe(1);
  expect(warnings).toEqual([{ reason: expect.stringContaining('does not read') as string }]);
  rmSync(list);
  await clock.go(60_000);
  expect(count()).toBe(1);
  expect(warnings).toHaveLength(2);
});

test('a list may bring the certificate of its signer', () => {
  const administrator = issue({ subject: 'Policy Administrator' });
  const text = revocationList({ signer: administrator, revoked: [leaf], entryIssuer: 'Test Root' });
  const trust = open({
    rootsFile: file('roots.pem', root.pem),
    revocationListFiles: [file('list.pem', `${text}${administrator.pem}`)],
  });
  expect(trust.revocationLists()[0]).toMatchObject({ isIndirect: true });
});
