/** `breakwater token` and the file it keeps: hashes only, two at once, all or nothing, and nobody on a file that cannot be trusted. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { followTokenFile, readTokenFile } from '../../../src/adapters/files/token-file.ts';
import { tokenList, tokenNew, tokenRevoke } from '../../../src/cli/commands/token.ts';
import { createAuthenticator, tokenBook } from '../../../src/http/auth.ts';
import { fakeIo, type FakeIo } from '../../support/fake-io.ts';

let folder: string;
let file: string;
let io: FakeIo;
const place = { configDirectory: 'config', env: {} };
const wiring = { tokenFile: () => file };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'breakwater-tokens-'));
  file = join(folder, 'tokens.json');
  io = fakeIo();
});
afterEach(() => rmSync(folder, { recursive: true }));

const make = (name: string, more: { readonly days?: number; readonly replace?: number } = {}): string => {
  tokenNew({ ...place, name, scope: ['dialer'], ...more }, io, wiring);
  return io.output.at(-1) ?? '';
};
/** As the sidecar of this moment would. */
const admits = (token: string, atMs = io.nowMs()): string | undefined => {
  const tokens = readTokenFile(file);
  return createAuthenticator(
    tokenBook(
      [],
      () => atMs,
      () => tokens,
    ),
  )(token)?.name;
};

test('a new token is shown once and stands in the file as a hash, which only its owner may read', () => {
  const token = make('dialer one');
  expect(token).toMatch(/^bwt_[A-Za-z0-9_-]{43}$/);
  const kept = readFileSync(file, 'utf8');
  expect(kept).not.toContain(token);
  expect(kept).not.toContain(token.slice(4));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(admits(token)).toBe('dialer one');
  expect(make('dialer one')).not.toBe(token);
});

const notRoot = process.getuid?.() === 0 ? undefined : 'only root writes for other users';
if (notRoot !== undefined) process.stderr.write(`SKIPPED: owner of the token file: ${notRoot}\n`);

test.skipIf(notRoot !== undefined)(
  'written by root it belongs to whom it belonged to, and at first to the owner of its folder: the sidecar must read it',
  () => {
    const [service, other] = [4_711, 4_712];
    chownSync(folder, service, service);
    make('dialer one');
    expect(statSync(file)).toMatchObject({ uid: service, gid: service });
    chownSync(file, other, other);
    make('dialer two');
    expect(statSync(file)).toMatchObject({ uid: other, gid: other });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    tokenRevoke({ ...place, which: 'dialer one' }, io, wiring);
    expect(statSync(file).uid).toBe(other);
  },
);

test('a replaced token is good for the hours that were given, beside the new one', () => {
  const old = make('dialer one');
  const other = make('crm');
  const fresh = make('dialer one', { replace: 24, days: 90 });
  expect([admits(old), admits(fresh)]).toEqual(['dialer one', 'dialer one']);
  const later = io.nowMs() + 24 * 3_600_000;
  expect([admits(old, later), admits(fresh, later), admits(other, later)]).toEqual([
    undefined,
    'dialer one',
    'crm',
  ]);
  expect(admits(fresh, io.nowMs() + 90 * 86_400_000)).toBeUndefined();
});

test('the list shows no token, and revoking is by id or by holder', () => {
  const tokens = [make('dialer one'), make('crm'), make('crm')];
  tokenList({ ...place, json: true }, io, wiring);
  const shown = io.output.at(-1) ?? '';
  for (const token of tokens) expect(shown).not.toContain(token.slice(4));
  const rows = (JSON.parse(shown) as { tokens: { id: string; name: string; in_force: boolean }[] }).tokens;
  expect(rows.map(({ name, in_force }) => [name, in_force])).toEqual([
    ['dialer one', true],
    ['crm', true],
    ['crm', true],
  ]);
  tokenRevoke({ ...place, which: rows[0]?.id ?? '' }, io, wiring);
  expect(tokens.map((token) => admits(token))).toEqual([undefined, 'crm', 'crm']);
  tokenRevoke({ ...place, which: 'crm' }, io, wiring);
  expect(readTokenFile(file)).toEqual([]);
  expect(() => tokenRevoke({ ...place, which: 'crm' }, io, wiring)).toThrow('no token `crm`');
});

test('two changes at once are refused, and a change that fails leaves nothing behind', () => {
  const token = make('crm');
  writeFileSync(`${file}.new`, '');
  expect(() => make('other')).toThrow('another change is under way');
  rmSync(`${file}.new`);
  expect(() => tokenRevoke({ ...place, which: 'nobody' }, io, wiring)).toThrow('no token');
  expect(existsSync(`${file}.new`)).toBe(false);
  expect(admits(token)).toBe('crm');
});

test.each([
  ['{', 'is not JSON'],
  ['{}', 'has no list `tokens`'],
  ['{"tokens":[{"name":"a"}]}', 'tokens[0].sha256'],
  [`{"tokens":[{"name":"a","sha256":"${'0'.repeat(64)}","scopes":["root"]}]}`, 'tokens[0].scopes'],
  [
    `{"tokens":[{"name":"a","sha256":"${'0'.repeat(64)}","scopes":["admin"],"createdAt":"2026-01-01T00:00:00Z"}]}`,
    'tokens[0].expiresAt',
  ],
])('a file with %s is refused by name: %s', (text, problem) => {
  writeFileSync(file, text, { mode: 0o600 });
  expect(() => readTokenFile(file)).toThrow(problem);
  expect(() => tokenList(place, io, wiring)).toThrow(problem);
});

test('a running sidecar follows the file; one that others may write to, or that is broken, admits nobody', () => {
  let now = 0;
  const problems: string[] = [];
  const given = { monotonicMs: () => now, onProblem: (problem: string) => void problems.push(problem) };
  const follow = followTokenFile(file, given);
  const names = (): readonly string[] => {
    now += 1_000;
    return follow().map(({ name }) => name);
  };
  expect(names()).toEqual([]);
  make('crm');
  expect(names()).toEqual(['crm']);
  make('dialer one');
  expect(names()).toEqual(['crm', 'dialer one']);
  chmodSync(file, 0o666);
  expect([names(), names()]).toEqual([[], []]);
  expect(problems).toEqual([expect.stringContaining('may be written by others')]);
  chmodSync(file, 0o600);
  expect(names()).toEqual(['crm', 'dialer one']);
  const whole = readFileSync(file, 'utf8');
  writeFileSync(file, whole.slice(0, -20));
  expect(names()).toEqual([]);
  expect(problems).toHaveLength(2);
  rmSync(file);
  expect(names()).toEqual([]);
});
