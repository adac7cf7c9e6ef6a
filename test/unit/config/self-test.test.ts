/** Seeds of the self-test are checked before anything starts: one that proves nothing is refused. */
import { expect, test } from 'vitest';
import { world } from './world.ts';

function withSeeds(seeds: string): ReturnType<typeof world> {
  const made = world();
  made.edit('breakwater.yaml', 'recordings:\n', `selfTest:\n  seeds:\n${seeds}\nrecordings:\n`);
  return made;
}

test('left out: nothing is tested', () => {
  const loaded = world().load();
  expect(loaded.ok && loaded.config.selfTest).toEqual({ everyHours: 24, seeds: [] });
});

test('a seed stands on the registry unless it says where, and is asked for every campaign unless it names some', () => {
  const campaign = campaignOf(world());
  const loaded = withSeeds(
    `    - { number: "303 555 0150" }\n    - { number: "+13035550151", expects: on_internal_list, campaigns: [${campaign}] }`,
  ).load();
  expect(loaded.ok ? loaded.config.selfTest.seeds : loaded.problems).toEqual([
    { number: '+13035550150', expects: 'on_national_registry', campaigns: [] },
    { number: '+13035550151', expects: 'on_internal_list', campaigns: [campaign] },
  ]);
});

test.each([
  ['    - { number: "+4930123456" }', /selfTest\.seeds\[0\]\.number: is not a telephone number/],
  ['    - { number: "+13035550150", campaigns: [nobody] }', /seeds\[0\]\.campaigns\[0\]: is no campaign/],
  ['    - { number: "+13035550150", expects: sunday }', /seeds\[0\]\.expects/],
  [
    '    - { number: "+13035550150" }\n    - { number: "(303) 555-0150" }',
    /selfTest\.seeds\[1\]: is listed twice/,
  ],
])('%s is refused', (yaml, problem) => {
  // Where the settings cannot be read at all, more is said than this.
  expect(withSeeds(yaml).problems()).toContainEqual(expect.stringMatching(problem));
});

test('in production a number that is reserved for fiction proves nothing: every decision vetoes it as that', () => {
  const problems = withSeeds('    - { number: "+13035550150" }').problems({
    BREAKWATER_ENVIRONMENT: 'production',
  });
  expect(problems).toContainEqual(
    expect.stringMatching(/selfTest\.seeds\[0\]\.number: is reserved for fiction/),
  );
});

function campaignOf(made: ReturnType<typeof world>): string {
  const loaded = made.load();
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  const [campaign] = loaded.config.campaigns;
  if (campaign === undefined) throw new Error('the shipped configuration has no campaign');
  return campaign.id;
}
