/** The dependency review sees what is new, and what an override has not reached. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  isAllowed,
  type LockedPackage,
  type Manifest,
  reviewDependencies,
  type Reviewed,
} from '../../../scripts/dependencies/review.ts';

const REVIEWED: Reviewed = {
  licences: { everywhere: ['MIT'], development: ['MPL-2.0'], read: { 'silent@1.0.0': 'MIT' } },
  installScripts: { builds: 'may; compiles' },
};
const MANIFEST: Manifest = {
  overrides: { ws: '^8', request: 'npm:@other/request@^3', outer: { inner: '$inner' } },
  allowScripts: { builds: true },
};
const of = (version: string, more: Partial<LockedPackage> = {}): LockedPackage => ({
  ...{ version, license: 'MIT', integrity: 'sha512-x' },
  ...more,
});
const unlicensed: LockedPackage = { version: '1.0.0', integrity: 'sha512-x' };
const GOOD: Readonly<Record<string, LockedPackage>> = {
  '': {},
  'node_modules/silent': unlicensed,
  'node_modules/builds': of('1.0.0', { hasInstallScript: true }),
  'node_modules/ws': of('8.1.0'),
  'node_modules/request': of('3.0.0', { name: '@other/request' }),
  'node_modules/inner': of('2.5.0'),
  'node_modules/outer/node_modules/inner': of('2.5.0'),
};
const review = (more: Readonly<Record<string, LockedPackage>> = {}, manifest = MANIFEST) =>
  reviewDependencies({ ...GOOD, ...more }, manifest, REVIEWED);

test('what has been reviewed is no problem', () => {
  expect(review()).toEqual([]);
  expect(review({ 'node_modules/tool': of('1.0.0', { license: 'MPL-2.0', dev: true }) })).toEqual([]);
});

test.each<readonly [string, Readonly<Record<string, LockedPackage>>, string]>([
  ['another licence', { 'node_modules/x': of('1.0.0', { license: 'GPL-3.0' }) }, 'has the licence GPL-3.0'],
  ['a development licence shipped', { 'node_modules/x': of('1.0.0', { license: 'MPL-2.0' }) }, 'MPL-2.0'],
  ['no licence', { 'node_modules/x': unlicensed }, 'x@1.0.0 states no licence'],
  [
    'another version of one whose licence was read',
    { 'node_modules/silent': { ...unlicensed, version: '1.0.1' } },
    'silent@1.0.1 states no licence',
  ],
  [
    'a program at install',
    { 'node_modules/x': of('1.0.0', { hasInstallScript: true }) },
    'x: runs a program at install',
  ],
  ['no integrity', { 'node_modules/x': { version: '1.0.0', license: 'MIT' } }, 'has no integrity'],
  [
    'an override that one escapes',
    { 'node_modules/a/node_modules/ws': of('6.2.7') },
    'ws is 6.2.7, wanted ^8',
  ],
  ['an alias that is not in effect', { 'node_modules/request': of('2.88.2') }, 'override request'],
  [
    'an override to our own version that is another',
    { 'node_modules/outer/node_modules/inner': of('2.4.0') },
    'override inner',
  ],
])('%s is named', (_name, more, problem) => {
  expect(review(more).join('\n')).toContain(problem);
});

test('what is gone is named, so that the review does not outlive it', () => {
  const rest = Object.fromEntries(Object.entries(GOOD).filter(([path]) => !/builds|ws$/.test(path)));
  const problems = reviewDependencies(rest, MANIFEST, REVIEWED).join('\n');
  expect(problems).toContain('builds runs nothing at install');
  expect(problems).toContain('override ws: nothing asks for it');
});

test('an `allowScripts` without a reason is named', () => {
  expect(review({}, { ...MANIFEST, allowScripts: { builds: true, sneaky: true } })).toEqual([
    'allowScripts: sneaky has no reason in reviewed.yaml',
  ]);
});

test.each([
  ['(MIT OR GPL-3.0)', true],
  ['(MIT AND GPL-3.0)', false],
  ['MIT AND MIT', true],
  ['SEE LICENSE IN x', false],
])('%s: %s', (expression, allowed) => {
  expect(isAllowed(expression, ['MIT'])).toBe(allowed);
});

test('the lock file of this project is as it was reviewed', () => {
  const root = join(import.meta.dirname, '../../..');
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, LockedPackage> };
  const reviewed = parse(read('scripts/dependencies/reviewed.yaml')) as Reviewed;
  expect(reviewDependencies(lock.packages, JSON.parse(read('package.json')) as Manifest, reviewed)).toEqual(
    [],
  );
});
