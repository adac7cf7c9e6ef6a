/** VICIdial's database is checked before anything starts. */
import { expect, test } from 'vitest';
import { world } from './world.ts';

const PASSWORD = { BREAKWATER_VICIDIAL_DATABASE_SECRET: 'of the reader' };
const ONE = 'campaigns: [{ campaign: solar, theirs: TESTCAMP }]';

function withVicidial(yaml: string): ReturnType<typeof world> {
  const made = world();
  made.edit('breakwater.yaml', 'recordings:\n', `vicidial: { ${yaml} }\nrecordings:\n`);
  return made;
}

test('left out: nobody is read', () => {
  const loaded = world().load({});
  expect(loaded.ok && loaded.config.vicidial).toBeNull();
});

test('it has a host, a password, and the campaigns whose agents count', () => {
  const made = withVicidial(`database: { host: 127.0.0.1 }, ${ONE}`);
  const loaded = made.load(PASSWORD);
  expect(loaded.ok ? loaded.config.vicidial : loaded.problems).toEqual({
    host: '127.0.0.1',
    port: 3_306,
    name: 'asterisk',
    user: 'breakwater',
    secret: 'of the reader',
    tls: false,
    timeoutMs: 2_000,
    campaigns: new Map([['TESTCAMP', 'solar']]),
  });
  expect(made.problems()).toEqual([
    expect.stringMatching(/secretFile: holds no password.*BREAKWATER_VICIDIAL_DATABASE_SECRET/),
  ]);
});

test.each([
  [`database: { host: db.example.com }, ${ONE}`, /vicidial\.database\.tls: is off for another machine/],
  ['database: { host: 127.0.0.1 }', /vicidial\.campaigns: is empty/],
  [
    'database: { host: 127.0.0.1 }, campaigns: [{ campaign: roofs, theirs: TESTCAMP }]',
    /campaigns\[0\]\.campaign: is no campaign/,
  ],
  [
    'database: { host: 127.0.0.1 }, campaigns: [{ campaign: solar, theirs: A }, { campaign: solar, theirs: A }]',
    /campaigns\[1\]\.theirs: is used twice/,
  ],
])('%s is refused', (yaml, problem) => {
  expect(withVicidial(yaml).problems(PASSWORD)).toEqual([expect.stringMatching(problem)]);
});
