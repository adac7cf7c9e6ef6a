/** Doctor's look at the self-test: each list by itself, for one of a kind says nothing of the others. */
import { expect, test } from 'vitest';
import { selfTestFinding, type SeededList } from '../../../src/cli/doctor/self-test.ts';
import { listsHolding } from '../../../src/cli/local-lists.ts';
import type { Config } from '../../../src/config/config.ts';
import type { SelfTestSeed } from '../../../src/domain/self-test.ts';
import { phone } from '../../support/fake-operations.ts';
import { linesOf, listWorld, REJECTED_MAX_BP } from '../lists/world.ts';

const A = phone('+13035550101');
const B = phone('+13035550102');
const seed = (number = A, more: Partial<SelfTestSeed> = {}): SelfTestSeed => ({
  ...{ number, expects: 'on_national_registry', campaigns: [] },
  ...more,
});
const registry = (name: string, ...listed: readonly (typeof A)[]): SeededList => ({
  ...{ name, kind: 'national', campaignId: null, listed: new Set(listed) },
});
const found = (seeds: readonly SelfTestSeed[], ...lists: readonly SeededList[]) => {
  const { state, detail } = selfTestFinding({ everyHours: 24, seeds }, lists);
  return [state, detail];
};

test('no seeds: nothing is tested', () => {
  expect(found([], registry('national'))[0]).toBe('skipped');
});

test('each list needs a seed that stands on it, also when another of its kind has one', () => {
  expect(found([seed(A)], registry('west', A), registry('east'))).toEqual([
    'skipped',
    'no seed that expects it stands on east (national)',
  ]);
  expect(found([seed(A), seed(B)], registry('west', A), registry('east', B))).toEqual([
    'ok',
    '2 seeds, each 24 hours and at the start',
  ]);
});

test('a seed tests a list only when it expects that list to be the reason', () => {
  const texas: SeededList = { ...registry('texas', A), kind: 'state' };
  expect(found([seed(A)], texas)[0]).toBe('skipped');
  expect(found([seed(A, { expects: 'on_state_list' })], texas)[0]).toBe('ok');
});

test("a campaign's list is tested by what is screened for that campaign", () => {
  const own: SeededList = { ...registry('own', A), kind: 'campaign', campaignId: 'solar' };
  const expects = 'on_campaign_list';
  expect(found([seed(A, { expects, campaigns: ['roofs' as never] })], own)[0]).toBe('skipped');
  expect(found([seed(A, { expects, campaigns: ['solar' as never] })], own)[0]).toBe('ok');
  expect(found([seed(A, { expects })], own)[0]).toBe('ok');
});

test('the lists are read as the sidecar reads them: files and imports', async () => {
  const world = listWorld();
  const lists = [world.setting('of-file', linesOf('3035550101'))];
  await world.mustImport([world.file('two.txt', linesOf('3035550102'))], {
    ...{ name: 'texas', kind: 'state', jurisdiction: 'TX' },
  });
  const config = {
    ...{ lists, listImports: { rejectedMaxBp: REJECTED_MAX_BP }, importedLists: [] },
    data: { directory: world.base },
  } as unknown as Config;
  expect(await listsHolding(config, [A, B])).toEqual([
    { name: 'of-file', kind: 'national', campaignId: null, listed: new Set([A]) },
    { name: 'texas', kind: 'state', campaignId: null, listed: new Set([B]) },
  ]);
});
