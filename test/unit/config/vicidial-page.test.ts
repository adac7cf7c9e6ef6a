/** docs/vicidial.md shows settings that load, all together, and doors that the tests on a real exchange use. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { fencesOf } from '../../support/pages.ts';
import { VICIDIAL_DOORS } from '../../support/vicidial-stand-in.ts';
import { world } from './world.ts';

type Tree = Readonly<Record<string, unknown>>;

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const merged = (one: Tree, other: Tree): Tree =>
  Object.entries(other).reduce<Tree>((tree, [key, value]) => {
    const before = tree[key];
    return { ...tree, [key]: isTree(before) && isTree(value) ? merged(before, value) : value };
  }, one);

const source = readFileSync(resolve('docs/vicidial.md'), 'utf8');
const shown = fencesOf({ path: 'docs/vicidial.md', source })
  .filter(({ language }) => language === 'yaml')
  .map(({ text }) => parse(text) as Tree)
  .reduce(merged, {});

test('every setting of the page loads, with a password in each file that it names', () => {
  const made = world();
  const settings = parse(made.read('config/breakwater.yaml')) as Tree;
  made.write('config/breakwater.yaml', stringify(merged(settings, shown)));
  const files = JSON.stringify(shown).match(/secrets\/[a-z-]+/g) ?? [];
  expect(files.length).toBeGreaterThanOrEqual(4);
  for (const file of files) {
    made.write(file, 'a password of this system');
    made.write(`config/${file}`, 'a password of this system');
  }
  const loaded = made.load({ AMI_HOST: '127.0.0.1', AMI_USER: 'breakwater', AMI_SECRET: 'of the manager' });
  expect(loaded.ok ? [] : loaded.problems).toEqual([]);
  if (!loaded.ok) return;
  expect(loaded.config.vicidial).toMatchObject({
    statuses: new Map([
      ['QUAL', 'connected'],
      ['AA', 'nothing'],
    ]),
    requestStatuses: ['DNC', 'ASKED'],
    hopper: { status: 'DNCL' },
  });
  expect(loaded.config.dialLevels.vicidial?.owns).toBe('level');
});

test('the doors of the page are those of the tests', () => {
  const proxy = shown['amiProxy'] as { readonly accounts: readonly [{ readonly doors: Tree }] };
  const [{ doors }] = proxy.accounts;
  const { destinations, applications: none, ...rest } = VICIDIAL_DOORS;
  expect(none).toEqual([]);
  expect(doors).toMatchObject({ ...rest, agents: expect.arrayContaining([...rest.agents]) as unknown });
  // Behind the routing prefix the page has VICIdial's own extensions; the test has one more for a machine.
  expect(doors['destinations']).toEqual(
    expect.arrayContaining(['138368@default', '138369@default', '8600###@default']),
  );
  expect(destinations).toEqual(
    expect.arrayContaining(['138368@default', '138369@default', '8600###@default']),
  );
});
