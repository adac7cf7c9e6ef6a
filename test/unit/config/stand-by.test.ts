/** Who may stand by: only where nothing that one of the two has acknowledged waits on a disk that the other does not see. */
import { expect, test } from 'vitest';
import { placeToStandBy } from '../../../src/config/stand-by.ts';
import { spawnServe } from '../../support/serve-process.ts';
import { world } from './world.ts';

const PAIR = { BREAKWATER_WRITER: 'w1', DATABASE_URL: 'postgres://user:secret@127.0.0.1:1/calls' };

function placeOf(env: Readonly<Record<string, string>>) {
  const loaded = world().load(env);
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  return placeToStandBy(loaded.config);
}

test('a pair shares its writer and its PostgreSQL', () => {
  expect(placeOf(PAIR)).toEqual({ ok: true, writer: 'w1', databaseUrl: PAIR.DATABASE_URL });
  expect(placeOf({})).toEqual({
    ok: false,
    problems: [
      'breakwater.yaml: writer: is missing; expected the writer id of both sidecars',
      'breakwater.yaml: stores.databaseUrl: is missing; expected the PostgreSQL of both sidecars',
    ],
  });
});

test('nobody stands by with a spool: requests that wait on its disk would bind nobody after a takeover', async () => {
  const env = { ...PAIR, BREAKWATER_SPOOL_DIRECTORY: '/spool' };
  const problems = [
    'breakwater.yaml: spool.directory: is set; expected null with --standby: who takes over does not know what waits on the other disk',
  ];
  expect(placeOf(env)).toEqual({ ok: false, problems });
  const life = spawnServe(env, ['--standby']);
  expect(await life.ended(150_000)).toBe(2);
  expect(life.complaints()).toContain(problems[0]);
});
