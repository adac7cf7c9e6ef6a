/** Who may go on without the ledger: only with a disk, and only where no other sidecar uses the store. */
import { expect, test } from 'vitest';
import { world } from './world.ts';

function going() {
  const made = world();
  made.edit('campaigns/solar.yaml', 'id: solar', 'id: solar\nwhenLedgerAway: spool');
  return made;
}

test('without a word there is no spool, every campaign wants a veto, and the policy is that of before', () => {
  const loaded = world().load();
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  expect(loaded.config.spool.directory).toBeNull();
  expect(loaded.config.campaigns.some((campaign) => 'whenLedgerAway' in campaign)).toBe(false);
  const said = going().load({ BREAKWATER_SPOOL_DIRECTORY: 'spool' });
  if (!said.ok) throw new Error(said.problems.join('\n'));
  expect(said.config.policy.hash).not.toBe(loaded.config.policy.hash);
});

test('a campaign that goes on needs the disk', () => {
  expect(going().problems()).toEqual([
    'breakwater.yaml: spool.directory: is missing, got `null`, expected a folder, as campaign solar goes on without PostgreSQL',
  ]);
  const made = going();
  const loaded = made.load({ BREAKWATER_SPOOL_DIRECTORY: 'spool' });
  expect(loaded.ok && loaded.config.spool.directory).toBe(`${made.base}/spool`);
});

test('where several sidecars share the store nobody goes on: what another one was asked would not be known', () => {
  const env = { BREAKWATER_SPOOL_DIRECTORY: '/spool', REDIS_URL: 'redis://:secret@127.0.0.1:6379' };
  const problems = going().problems(env).join('\n');
  expect(problems).toMatch(/stores\.redisUrl: says that several sidecars share the store/);
  expect(problems).not.toContain('secret');
  expect(world().load(env).ok).toBe(true);
});
