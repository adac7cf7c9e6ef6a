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
    database: {
      host: '127.0.0.1',
      port: 3_306,
      name: 'asterisk',
      user: 'breakwater',
      secret: 'of the reader',
      tls: false,
      timeoutMs: 2_000,
      campaigns: new Map([['TESTCAMP', 'solar']]),
    },
    statuses: new Map(),
    requestStatuses: ['DNC'],
    hopper: null,
  });
  expect(made.problems()).toEqual([
    expect.stringMatching(/secretFile: holds no password.*BREAKWATER_VICIDIAL_DATABASE_SECRET/),
  ]);
});

test('a campaign of VICIdial is named without case', () => {
  const made = withVicidial(
    'database: { host: 127.0.0.1 }, campaigns: [{ campaign: solar, theirs: TestCamp }]',
  );
  const loaded = made.load(PASSWORD);
  expect(loaded.ok && loaded.config.vicidial?.database.campaigns).toEqual(new Map([['TESTCAMP', 'solar']]));
});

test('results have the statuses of the site, or are not read; the hopper has an API, a password and a status', () => {
  const api = "hopper: { url: 'https://vici.example.com/vicidial/non_agent_api.php', status: BWVETO }";
  const made = withVicidial(
    `database: { host: 127.0.0.1 }, ${ONE}, results: { statuses: [{ status: qual, outcome: connected }] }, ${api}`,
  );
  const given = { ...PASSWORD, BREAKWATER_VICIDIAL_HOPPER_SECRET: 'of the API user' };
  const loaded = made.load(given);
  expect(loaded.ok ? loaded.config.vicidial : loaded.problems).toMatchObject({
    statuses: new Map([['QUAL', 'connected']]),
    hopper: {
      api: {
        url: 'https://vici.example.com/vicidial/non_agent_api.php',
        user: 'breakwater',
        secret: 'of the API user',
        source: 'breakwater',
        timeoutMs: 5_000,
      },
      status: 'BWVETO',
    },
  });
  expect(made.problems(PASSWORD)).toEqual([
    expect.stringMatching(
      /vicidial\.hopper\.secretFile: holds no password.*BREAKWATER_VICIDIAL_HOPPER_SECRET/,
    ),
  ]);
  const silent = withVicidial(`database: { host: 127.0.0.1 }, ${ONE}, results: { read: false }`).load(
    PASSWORD,
  );
  expect(silent.ok && silent.config.vicidial?.statuses).toBeNull();
});

test.each([
  [
    `database: { host: 127.0.0.1 }, ${ONE}, results: { statuses: [{ status: QUAL, outcome: busy }, { status: qual, outcome: machine }] }`,
    /statuses\[1\]\.status: is used twice/,
  ],
  [
    `database: { host: 127.0.0.1 }, ${ONE}, hopper: { url: 'http://vici.example.com/api' }`,
    /vicidial\.hopper\.url: is not safe/,
  ],
  [
    `database: { host: 127.0.0.1 }, ${ONE}, hopper: { url: 'https://vici.example.com/api', status: 'B W' }`,
    /vicidial\.hopper\.status: is no status/,
  ],
  ["hopper: { url: 'https://vici.example.com/api' }", /vicidial\.database\.host: is missing/],
  [`database: { host: db.example.com }, ${ONE}`, /vicidial\.database\.tls: is off for another machine/],
  [`database: { host: 192.0.2.7, tls: true }, ${ONE}`, /vicidial\.database\.host: is an address/],
  ['database: { host: 127.0.0.1 }', /vicidial\.campaigns: is empty/],
  [
    'database: { host: 127.0.0.1 }, campaigns: [{ campaign: roofs, theirs: TESTCAMP }]',
    /campaigns\[0\]\.campaign: is no campaign/,
  ],
  [
    'database: { host: 127.0.0.1 }, campaigns: [{ campaign: solar, theirs: A }, { campaign: solar, theirs: A }]',
    /campaigns\[1\]\.theirs: is used twice/,
  ],
  [
    'database: { host: 127.0.0.1 }, campaigns: [{ campaign: solar, theirs: SALES }, { campaign: solar, theirs: sales }]',
    /campaigns\[1\]\.theirs: is used twice/,
  ],
  [
    "database: { host: 127.0.0.1 }, campaigns: [{ campaign: solar, theirs: 'SALES ' }]",
    /campaigns\[0\]\.theirs: is no campaign id/,
  ],
])('%s is refused', (yaml, problem) => {
  const given = { ...PASSWORD, BREAKWATER_VICIDIAL_HOPPER_SECRET: 'of the API user' };
  expect(withVicidial(yaml).problems(given)).toEqual([expect.stringMatching(problem)]);
});
